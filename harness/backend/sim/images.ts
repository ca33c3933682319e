/**
 * What the lab's images hold, so that the simulator plays the same versions: Debian bookworm, trixie
 * and sid as of the packages named here (DESIGN section 4).
 */
import type { KeepalivedVersion } from "../../keepalived/versions.ts";
import type { Flavour } from "../../mysql/dialect.ts";
import type { ServerFlavour } from "./mysql/server.ts";

export interface SimulatedImage {
  readonly keepalived: KeepalivedVersion;
  readonly mysqld: string;
  readonly flavour: Flavour;
  readonly server: ServerFlavour;
  /** Name of the server's process. */
  readonly process: string;
}

const IMAGES: Readonly<Record<string, SimulatedImage>> = {
  sid: {
    keepalived: "2.3.4",
    mysqld: "9.7.4",
    flavour: "mysql",
    server: "mysql-9.7",
    process: "mysqld",
  },
  trixie: {
    keepalived: "2.3.3",
    mysqld: "11.8.3-MariaDB",
    flavour: "mariadb",
    server: "mariadb-11.8",
    process: "mariadbd",
  },
  bookworm: {
    keepalived: "2.2.7",
    mysqld: "10.11.14-MariaDB",
    flavour: "mariadb",
    server: "mariadb-10.11",
    process: "mariadbd",
  },
};

export const SIMULATED_IMAGES: readonly string[] = Object.keys(IMAGES);

export function simulatedImage(name: string): SimulatedImage | undefined {
  return IMAGES[name];
}
