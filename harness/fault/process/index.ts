/** Faults of processes: what happens to mysqld, keepalived and the check scripts. */
import type { Definitions } from "../definition.ts";
import { keepalivedKilled, type KeepalivedKilled } from "./keepalived-killed.ts";
import { keepalivedStopped, type KeepalivedStopped } from "./keepalived-stopped.ts";
import { mysqldKilled, type MysqldKilled } from "./mysqld-killed.ts";
import { mysqldStopped, type MysqldStopped } from "./mysqld-stopped.ts";
import { serviceFrozen, type ServiceFrozen } from "./service-frozen.ts";

export type ProcessFault =
  MysqldKilled | MysqldStopped | KeepalivedStopped | KeepalivedKilled | ServiceFrozen;

export const PROCESS_FAULTS: Definitions<ProcessFault> = {
  "mysqld-killed": mysqldKilled,
  "mysqld-stopped": mysqldStopped,
  "keepalived-stopped": keepalivedStopped,
  "keepalived-killed": keepalivedKilled,
  "service-frozen": serviceFrozen,
};
