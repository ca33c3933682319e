/** Drivers of the faults of group `mysql`. */
import type { MysqlFault } from "../../../fault/fault.ts";
import type { Drivers } from "./driver.ts";
import { exhaustDriver } from "./mysql-connections.ts";
import { lockDriver } from "./mysql-lock.ts";
import { readOnlyDriver } from "./mysql-read-only.ts";
import { recoveryDriver } from "./mysql-recovery.ts";
import {
  breakReplicationDriver,
  delayReplicationDriver,
  stopReplicationDriver,
} from "./mysql-replication.ts";
import { semiSyncDriver } from "./mysql-semi-sync.ts";

export const MYSQL_DRIVERS: Drivers<MysqlFault> = {
  "mysql-read-only": (fault) => readOnlyDriver(fault),
  "connections-exhausted": () => exhaustDriver(),
  "tables-locked": () => lockDriver(),
  "replication-stopped": (fault) => stopReplicationDriver(fault),
  "replication-delayed": (fault) => delayReplicationDriver(fault),
  "replication-broken": () => breakReplicationDriver(),
  "crash-recovery-slow": (fault) => recoveryDriver(fault),
  "semi-sync-off": () => semiSyncDriver(),
};
