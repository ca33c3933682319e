/** Faults of processes: what happens to mysqld, keepalived and the check scripts. */
import type { Definitions } from "../definition.ts";
import { checkScriptReplaced, type CheckScriptReplaced } from "./check-script-replaced.ts";
import { keepalivedKilled, type KeepalivedKilled } from "./keepalived-killed.ts";
import { keepalivedStopped, type KeepalivedStopped } from "./keepalived-stopped.ts";
import { mysqldCrashLooping, type MysqldCrashLooping } from "./mysqld-crash-looping.ts";
import { mysqldKilled, type MysqldKilled } from "./mysqld-killed.ts";
import { mysqldStopped, type MysqldStopped } from "./mysqld-stopped.ts";
import { serviceFrozen, type ServiceFrozen } from "./service-frozen.ts";
import { serviceRestarted, type ServiceRestarted } from "./service-restarted.ts";

export type ProcessFault =
  | MysqldKilled
  | MysqldStopped
  | MysqldCrashLooping
  | KeepalivedStopped
  | KeepalivedKilled
  | ServiceFrozen
  | ServiceRestarted
  | CheckScriptReplaced;

export const PROCESS_FAULTS: Definitions<ProcessFault> = {
  "mysqld-killed": mysqldKilled,
  "mysqld-stopped": mysqldStopped,
  "mysqld-crash-looping": mysqldCrashLooping,
  "keepalived-stopped": keepalivedStopped,
  "keepalived-killed": keepalivedKilled,
  "service-frozen": serviceFrozen,
  "service-restarted": serviceRestarted,
  "check-script-replaced": checkScriptReplaced,
};
