/** Faults of group `mysql`, simulated. */
import type { MysqlFault } from "../../../fault/fault.ts";
import type { SimDrivers } from "./driver.ts";
import { recoveringSlowly } from "./mysql-recovery.ts";
import { brokenReplication, delayedReplication, stoppedReplication } from "./mysql-replication.ts";
import { exhausted, locked, readOnly, semiSyncOff } from "./mysql-server.ts";

export const MYSQL_FAULTS: SimDrivers<MysqlFault> = {
  "mysql-read-only": (fault, context) => readOnly(context, fault),
  "connections-exhausted": (_fault, context) => exhausted(context),
  "tables-locked": (_fault, context) => locked(context),
  "replication-stopped": (fault, context) => stoppedReplication(context, fault),
  "replication-delayed": (fault, context) => delayedReplication(context, fault),
  "replication-broken": (_fault, context) => brokenReplication(context),
  "crash-recovery-slow": (fault, context) => recoveringSlowly(context, fault),
  "semi-sync-off": (_fault, context) => semiSyncOff(context),
};
