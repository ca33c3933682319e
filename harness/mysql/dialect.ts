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
}): string {
  const schema = WORKLOAD_SCHEMA;
  const create = ({ user, password }: Account): string =>
    `CREATE USER ${quoteSql(user)}@'%' IDENTIFIED BY ${quoteSql(password)};`;
  return [
    "SET SESSION sql_log_bin = 0;",
    `CREATE DATABASE ${schema};`,
    `CREATE TABLE ${schema}.writes (
       id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
       lane VARCHAR(16) NOT NULL,
       seq BIGINT UNSIGNED NOT NULL,
       server VARCHAR(64) NOT NULL,
       UNIQUE KEY lane_seq (lane, seq)
     ) ENGINE = InnoDB;`,
    `CREATE TABLE ${schema}.markers (
       name VARCHAR(64) NOT NULL PRIMARY KEY
     ) ENGINE = InnoDB;`,
    create(accounts.app),
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ${schema}.* TO ${quoteSql(accounts.app.user)}@'%';`,
    create(accounts.replication),
    `GRANT REPLICATION SLAVE ON *.* TO ${quoteSql(accounts.replication.user)}@'%';`,
    "SET SESSION sql_log_bin = 1;",
    "SELECT VERSION();",
  ].join("\n");
}

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
}): string {
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
    "",
    "[mariadb]",
    "binlog_format = ROW",
    "log_slave_updates = ON",
    `gtid_domain_id = ${server.serverId}`,
    "",
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

/** Reads one row of the status; absent when the server is no replica. */
export function readReplicationRow(row: Readonly<Record<string, unknown>>): ReplicationState {
  const field = (...names: string[]): string => {
    const name = names.find((candidate) => row[candidate] !== undefined && row[candidate] !== null);
    return name === undefined ? "" : String(row[name]);
  };
  return {
    receiverRunning: field("Replica_IO_Running", "Slave_IO_Running") === "Yes",
    applierRunning: field("Replica_SQL_Running", "Slave_SQL_Running") === "Yes",
    lastError: [field("Last_IO_Error"), field("Last_SQL_Error")].filter(Boolean).join("; "),
  };
}

/** A string literal in standard SQL quoting; backslashes doubled for the default sql_mode. */
export function quoteSql(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}
