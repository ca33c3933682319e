/** What the lab's images hold, by the Debian line they are made from (`images/README.md`). */
import { DEFAULT_VERSION, type KeepalivedVersion } from "../keepalived/versions.ts";
import type { ActualVersions } from "../scenario/versions.ts";

type Line = ActualVersions & { readonly keepalived: KeepalivedVersion };

const LINES: ReadonlyMap<string, Line> = new Map([
  ["sid", { keepalived: "2.3.4", mysqld: "mysql" }],
  ["trixie", { keepalived: "2.3.3", mysqld: "mariadb" }],
  ["bookworm", { keepalived: "2.2.7", mysqld: "mariadb" }],
]);

/** Absent for an image of the user's own, whose versions are not known before it runs. */
export function lineOf(image: string): ActualVersions | undefined {
  return LINES.get(image);
}

/** Of an image of the user's own the newest version is assumed. */
export function keepalivedOf(image: string): KeepalivedVersion {
  return LINES.get(image)?.keepalived ?? DEFAULT_VERSION;
}
