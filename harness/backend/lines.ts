/** What the lab's images hold, by the Debian line they are made from (`images/README.md`). */
import { DEFAULT_VERSION, type KeepalivedVersion } from "../keepalived/versions.ts";

const KEEPALIVED: ReadonlyMap<string, KeepalivedVersion> = new Map([
  ["sid", "2.3.4"],
  ["trixie", "2.3.3"],
  ["bookworm", "2.2.7"],
]);

/** Of an image of the user's own the version is not known before it runs; the newest one is assumed. */
export function keepalivedOf(image: string): KeepalivedVersion {
  return KEEPALIVED.get(image) ?? DEFAULT_VERSION;
}
