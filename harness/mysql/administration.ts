/**
 * What an administrator types to disturb and to mend a server, where MySQL and MariaDB differ, as text.
 *
 * MySQL manual 15.4.2 (replication statements), 19.4.10 (semi-synchronous replication), 7.1.8 (read_only,
 * super_read_only, max_connections); MariaDB knowledge base, the same names.
 */
import { quoteSql, WORKLOAD_SCHEMA, type Flavour } from "./dialect.ts";

export type Threads = "receiver" | "applier" | "both";

export function stopReplicationSql(flavour: Flavour, threads: Threads): string {
  return `STOP ${replicaWord(flavour)}${threadWord(threads)};`;
}

export function resumeReplicationSql(flavour: Flavour, threads: Threads): string {
  return `START ${replicaWord(flavour)}${threadWord(threads)};`;
}

/** MySQL lets the receiver go on meanwhile; MariaDB refuses while either thread runs (error 1198). */
export function delaySql(flavour: Flavour, delaySeconds: number): string {
  const threads = flavour === "mysql" ? "applier" : "both";
  const change =
    flavour === "mysql"
      ? `CHANGE REPLICATION SOURCE TO SOURCE_DELAY = ${delaySeconds};`
      : `CHANGE MASTER TO MASTER_DELAY = ${delaySeconds};`;
  return [
    stopReplicationSql(flavour, threads),
    change,
    resumeReplicationSql(flavour, threads),
  ].join("\n");
}

function replicaWord(flavour: Flavour): string {
  return flavour === "mysql" ? "REPLICA" : "SLAVE";
}

function threadWord(threads: Threads): string {
  switch (threads) {
    case "both":
      return "";
    case "receiver":
      return " IO_THREAD";
    case "applier":
      return " SQL_THREAD";
  }
}

/** MariaDB has no super_read_only. */
export function hasSuperReadOnly(flavour: Flavour): boolean {
  return flavour === "mysql";
}

export function readOnlySql(flavour: Flavour, options: { super: boolean; on: boolean }): string {
  const value = options.on ? "ON" : "OFF";
  const isSuper = options.super && hasSuperReadOnly(flavour);
  // ON for the stronger one sets the weaker, and OFF for the weaker clears the stronger.
  return `SET GLOBAL ${isSuper && options.on ? "super_read_only" : "read_only"} = ${value};`;
}

/** Adds a row that is nobody's and takes it back. */
export function tryWriteSql(name: string): string {
  return `BEGIN; INSERT INTO ${WORKLOAD_SCHEMA}.markers VALUES (${quoteSql(name)}); ROLLBACK;`;
}

/** Status variable and setting of a source's side of semi-synchronous replication. */
export function semiSyncNames(flavour: Flavour): {
  readonly setting: string;
  readonly status: string;
} {
  const side = flavour === "mysql" ? "source" : "master";
  return { setting: `rpl_semi_sync_${side}_enabled`, status: `Rpl_semi_sync_${side}_status` };
}

export function semiSyncSql(flavour: Flavour, on: boolean): string {
  return `SET GLOBAL ${semiSyncNames(flavour).setting} = ${on ? "ON" : "OFF"};`;
}

/** One row, name and value; none where the plugin is missing. */
export function semiSyncStatusSql(flavour: Flavour): string {
  return `SHOW GLOBAL STATUS LIKE ${quoteSql(semiSyncNames(flavour).status)}`;
}

/** MariaDB takes no less than 10 (knowledge base, max_connections). */
export const MAX_CONNECTIONS_LEAST = 10;

/**
 * Lowers max_connections to what is connected now, and prints it with the server's time in microseconds.
 * Threads of replication and of the event scheduler do not count as connections.
 */
export function closeRanksSql(): string {
  const connected =
    "SELECT COUNT(*) FROM information_schema.processlist WHERE user NOT IN ('system user', 'event_scheduler')";
  return [
    `SET @most = CAST(GREATEST(${MAX_CONNECTIONS_LEAST}, LEAST(@@GLOBAL.max_connections, (${connected}))) AS SIGNED);`,
    `SELECT 'most', @most, ${NOW_US_SQL};`,
    "SET GLOBAL max_connections = @most;",
    `SELECT 'set', @@GLOBAL.max_connections, ${NOW_US_SQL};`,
  ].join(" ");
}

/** Microseconds since the epoch; not bound to the beginning of the statement. */
export const NOW_US_SQL = "CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS UNSIGNED)";
