/** Faults of the database server and of replication, made with SQL or at its start. */
import type { Definitions } from "../definition.ts";
import { connectionsExhausted, type ConnectionsExhausted } from "./connections-exhausted.ts";
import { crashRecoverySlow, type CrashRecoverySlow } from "./crash-recovery-slow.ts";
import { mysqlReadOnly, type MysqlReadOnly } from "./mysql-read-only.ts";
import { replicationBroken, type ReplicationBroken } from "./replication-broken.ts";
import { replicationDelayed, type ReplicationDelayed } from "./replication-delayed.ts";
import { replicationStopped, type ReplicationStopped } from "./replication-stopped.ts";
import { semiSyncOff, type SemiSyncOff } from "./semi-sync-off.ts";
import { tablesLocked, type TablesLocked } from "./tables-locked.ts";

export type { ReplicationThread } from "./replication-stopped.ts";

export type MysqlFault =
  | MysqlReadOnly
  | ConnectionsExhausted
  | TablesLocked
  | ReplicationStopped
  | ReplicationDelayed
  | ReplicationBroken
  | CrashRecoverySlow
  | SemiSyncOff;

export const MYSQL_FAULTS: Definitions<MysqlFault> = {
  "mysql-read-only": mysqlReadOnly,
  "connections-exhausted": connectionsExhausted,
  "tables-locked": tablesLocked,
  "replication-stopped": replicationStopped,
  "replication-delayed": replicationDelayed,
  "replication-broken": replicationBroken,
  "crash-recovery-slow": crashRecoverySlow,
  "semi-sync-off": semiSyncOff,
};
