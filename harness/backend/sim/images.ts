/**
 * What the lab's images hold, so that the simulator plays the same versions: Debian bookworm, trixie
 * and sid as of the packages named here.
 */
import type { KeepalivedVersion } from "../../keepalived/versions.ts";
import { keepalivedOf } from "../lines.ts";
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
    keepalived: keepalivedOf("sid"),
    mysqld: "9.7.4",
    flavour: "mysql",
    server: "mysql-9.7",
    process: "mysqld",
  },
  trixie: {
    keepalived: keepalivedOf("trixie"),
    mysqld: "11.8.3-MariaDB",
    flavour: "mariadb",
    server: "mariadb-11.8",
    process: "mariadbd",
  },
  bookworm: {
    keepalived: keepalivedOf("bookworm"),
    mysqld: "10.11.14-MariaDB",
    flavour: "mariadb",
    server: "mariadb-10.11",
    process: "mariadbd",
  },
};

export const SIMULATED_IMAGES: readonly string[] = Object.keys(IMAGES);

export function simulatedImage(name: string): SimulatedImage | undefined {
  return Object.hasOwn(IMAGES, name) ? IMAGES[name] : undefined;
}
