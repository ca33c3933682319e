/**
 * The SQL that differs between MySQL 8.4+ and MariaDB, as text; no connections here.
 *
 * MySQL: SHOW REPLICA STATUS and CHANGE REPLICATION SOURCE TO (manual 15.4.2, 15.7.7.36).
 * MariaDB: SHOW SLAVE STATUS and CHANGE MASTER TO (knowledge base, same names).
 */
export type Flavour = "mysql" | "mariadb";

export interface ReplicationSource {
  readonly address: string;
  readonly user: string;
  readonly password: string;
}

/** The schema and table that the workload writes to, and the marker table of `settle`. */
export const WORKLOAD_SCHEMA = "vipdrill";

export function flavourOf(versionText: string): Flavour {
  return /mariadb/i.test(versionText) ? "mariadb" : "mysql";
}

/** What identifies the server that ran a statement. MariaDB before 11.x has no UUID of its own. */
export function serverIdentity(flavour: Flavour): string {
  return flavour === "mysql" ? "@@server_uuid" : "CONCAT('server-id-', @@server_id)";
}

/** Accounts and tables, kept out of the binary log because every node makes its own. */
export function bootstrapSql(accounts: {
  readonly app: Account;
  readonly replication: Account;
  /** May connect, and nothing more: what a check script logs in with. */
  readonly check: Account;
  readonly semiSync?: boolean;
}): string {
  const schema = WORKLOAD_SCHEMA;
  const create = ({ user, password }: Account): string =>
    `CREATE USER ${quoteSql(user)}@'%' IDENTIFIED BY ${quoteSql(password)};`;
  return [
    ...(accounts.semiSync === true ? SEMI_SYNC_PLUGINS : []),
    "SET SESSION sql_log_bin = 0;",
    `CREATE DATABASE ${schema};`,
    `CREATE TABLE ${schema}.writes (
       id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
       lane VARCHAR(80) NOT NULL,
       seq BIGINT UNSIGNED NOT NULL,
       server VARCHAR(64) NOT NULL,
       UNIQUE KEY lane_seq (lane, seq)
     ) ENGINE = InnoDB;`,
    `CREATE TABLE ${schema}.markers (
       name VARCHAR(64) NOT NULL PRIMARY KEY
     ) ENGINE = InnoDB;`,
    create(accounts.app),
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ${schema}.* TO ${quoteSql(accounts.app.user)}@'%';`,
    // To see SHOW REPLICA STATUS. The probe asks as nobody in particular would.
    `/*!80000 GRANT REPLICATION CLIENT ON *.* TO ${quoteSql(accounts.app.user)}@'%' */;`,
    `/*M!100502 GRANT REPLICA MONITOR ON *.* TO ${quoteSql(accounts.app.user)}@'%' */;`,
    create(accounts.check),
    create(accounts.replication),
    `GRANT REPLICATION SLAVE ON *.* TO ${quoteSql(accounts.replication.user)}@'%';`,
    "SET SESSION sql_log_bin = 1;",
    "SELECT VERSION();",
  ].join("\n");
}

/**
 * Plugins in MySQL since 8.0.26 (manual 19.4.10.2), built in in MariaDB, which skips comments of versions
 * from 5.7 up. They are loaded again at every start, and take their settings from the file.
 */
const SEMI_SYNC_PLUGINS: readonly string[] = ["source", "replica"].map(
  (side) => `/*!80026 INSTALL PLUGIN rpl_semi_sync_${side} SONAME 'semisync_${side}.so' */;`,
);

export interface Account {
  readonly user: string;
  readonly password: string;
}

export function startReplicationSql(flavour: Flavour, source: ReplicationSource): string {
  const quote = quoteSql;
  if (flavour === "mysql") {
    return `CHANGE REPLICATION SOURCE TO SOURCE_HOST = ${quote(source.address)},
      SOURCE_USER = ${quote(source.user)}, SOURCE_PASSWORD = ${quote(source.password)},
      SOURCE_AUTO_POSITION = 1, GET_SOURCE_PUBLIC_KEY = 1,
      SOURCE_CONNECT_RETRY = 1, SOURCE_RETRY_COUNT = 86400;
    START REPLICA;`;
  }
  return `CHANGE MASTER TO MASTER_HOST = ${quote(source.address)},
      MASTER_USER = ${quote(source.user)}, MASTER_PASSWORD = ${quote(source.password)},
      MASTER_USE_GTID = slave_pos, MASTER_CONNECT_RETRY = 1;
    START SLAVE;`;
}

export function showReplicationSql(flavour: Flavour): string {
  return flavour === "mysql" ? "SHOW REPLICA STATUS" : "SHOW SLAVE STATUS";
}

/**
 * The settings file of one node; read last, so it wins over the image's own. One text for both
 * flavours: each skips the `loose_` options and the groups that it does not know.
 */
export function settingsFile(server: {
  readonly serverId: number;
  readonly autoIncrementOffset: number;
  readonly autoIncrementIncrement: number;
  readonly name: string;
  readonly semiSync?: { readonly timeoutMs: number };
  readonly settings?: readonly string[];
}): string {
  const { semiSync } = server;
  return [
    "[mysqld]",
    `server_id = ${server.serverId}`,
    `report_host = ${server.name}`,
    "log_bin = binlog",
    "loose_gtid_mode = ON",
    "loose_enforce_gtid_consistency = ON",
    "loose_log_replica_updates = ON",
    `auto_increment_increment = ${server.autoIncrementIncrement}`,
    `auto_increment_offset = ${server.autoIncrementOffset}`,
    ...(semiSync === undefined
      ? []
      : [
          "loose_rpl_semi_sync_source_enabled = ON",
          "loose_rpl_semi_sync_replica_enabled = ON",
          "loose_rpl_semi_sync_source_wait_point = AFTER_SYNC",
          `loose_rpl_semi_sync_source_timeout = ${semiSync.timeoutMs}`,
        ]),
    "",
    "[mariadb]",
    "binlog_format = ROW",
    "log_slave_updates = ON",
    `gtid_domain_id = ${server.serverId}`,
    ...(semiSync === undefined
      ? []
      : [
          "rpl_semi_sync_master_enabled = ON",
          "rpl_semi_sync_slave_enabled = ON",
          "rpl_semi_sync_master_wait_point = AFTER_SYNC",
          `rpl_semi_sync_master_timeout = ${semiSync.timeoutMs}`,
        ]),
    "",
    ...(server.settings === undefined ? [] : ["[mysqld]", ...server.settings, ""]),
  ].join("\n");
}

/** The server's own position, as text that `waitForPositionSql` takes on a replica. */
export function positionSql(flavour: Flavour): string {
  return flavour === "mysql"
    ? "SELECT @@GLOBAL.gtid_executed"
    : // Only what this server wrote itself: the rest it has from the others.
      "SELECT REGEXP_SUBSTR(@@gtid_binlog_pos, CONCAT('\\\\b', @@server_id, '-[0-9]+-[0-9]+'))";
}

/** Waits in the server until it has applied the position; prints 0 when it has. */
export function waitForPositionSql(flavour: Flavour, position: string, seconds: number): string {
  const text = quoteSql(position.replaceAll(/\s/g, ""));
  return flavour === "mysql"
    ? `SELECT WAIT_FOR_EXECUTED_GTID_SET(${text}, ${seconds})`
    : `SELECT MASTER_GTID_WAIT(${text}, ${seconds})`;
}

/** A replication thread is running, as `SHOW REPLICA STATUS` says it. */
export interface ReplicationState {
  readonly receiverRunning: boolean;
  readonly applierRunning: boolean;
  readonly lastError: string;
}

/** What a fault's proof looks at beside it. */
export interface ReplicationDetail {
  /** The receiver is not running but keeps trying. */
  readonly connecting: boolean;
  /** Last_SQL_Errno; 0 is none. */
  readonly applierErrno: number;
  /** SQL_Delay. */
  readonly delaySeconds: number;
}

export function readReplicationDetail(row: Readonly<Record<string, unknown>>): ReplicationDetail {
  const io = row["Replica_IO_Running"] ?? row["Slave_IO_Running"];
  return {
    connecting: io === "Connecting",
    applierErrno: Number(row["Last_SQL_Errno"] ?? 0),
    delaySeconds: Number(row["SQL_Delay"] ?? 0),
  };
}

/** Reads one row of the status; absent when the server is no replica. */
export function readReplicationRow(row: Readonly<Record<string, unknown>>): ReplicationState {
  const field = (...names: string[]): string => {
    const name = names.find((candidate) => row[candidate] !== undefined && row[candidate] !== null);
    return name === undefined ? "" : String(row[name]);
  };
  return {
    receiverRunning: field("Replica_IO_Running", "Slave_IO_Running") === "Yes",
    applierRunning: field("Replica_SQL_Running", "Slave_SQL_Running") === "Yes",
    lastError: [
      field("Last_IO_Error"),
      withNumber(field("Last_SQL_Error"), field("Last_SQL_Errno")),
    ]
      .filter(Boolean)
      .join("; "),
  };
}

/** The text of MySQL's coordinator leaves out the number of the worker's error. */
function withNumber(text: string, number: string): string {
  return text === "" || number === "" || text.includes(number) ? text : `${text} (error ${number})`;
}

/** A string literal in standard SQL quoting; backslashes doubled for the default sql_mode. */
export function quoteSql(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}
