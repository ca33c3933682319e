/** A real run as fixture: what containers, keepalived and MySQL did, and how we watched it. */
import { join } from "node:path";
import { readRun, type StoredRun } from "../run/store.ts";

export function mysqldKilledRun(): StoredRun {
  return readRun(join(import.meta.dirname, "fixtures", "run-mysqld-killed"));
}
