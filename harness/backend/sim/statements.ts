/** What a simulated server answers to the statements that check scripts ask; nothing to any other. */
import { showReplicationSql, type Flavour } from "../../mysql/dialect.ts";
import type { ReplicationEvent } from "../../history/events.ts";
import type { ResultSet } from "../../shell/host.ts";
import type { MysqlServer } from "./mysql/server.ts";

export function statement(
  server: MysqlServer,
  sql: string,
  replication: (node: string) => ReplicationEvent | undefined,
): ResultSet | undefined {
  const text = sql.trim().toLowerCase().replaceAll(/\s+/g, " ").replace(/\\g$/, "").trim();
  if (/^(?:select|show) (?:slave|replica) status$/.test(text) || isShowReplication(server, text)) {
    return replicationSet(server, replication(server.node));
  }
  if (/^use \w+$/.test(text)) return { columns: [], rows: [] };
  const constant = /^select ('[^']*'|\d+)(?: from dual)?$/.exec(text)?.[1];
  if (constant !== undefined) {
    const value = constant.replaceAll("'", "");
    return { columns: [value], rows: [[value]] };
  }
  if (/^select version\(\)$/.test(text)) return one("version()", server.flavour);
  if (/^select now\(\)$/.test(text)) return one("now()", "2026-01-01 00:00:00");
  if (/^select @@(?:global\.)?read_only$/.test(text)) {
    return one("@@read_only", server.readOnly ? "1" : "0");
  }
  if (/^select @@(?:global\.)?hostname$/.test(text)) return one("@@hostname", server.node);
  const variable = /^show (?:global |session )?variables (?:like|where variable_name ?=) '([\w%]+)'$/;
  const name = variable.exec(text)?.[1];
  if (name === "read_only") return pair(name, server.readOnly ? "ON" : "OFF");
  if (name === "port") return pair(name, "3306");
  const status = /^show (?:global |session )?status like '(\w+)'$/.exec(text)?.[1];
  if (status === "threads_connected") return pair("Threads_connected", String(server.sessions.size));
  if (status === "uptime") return pair("Uptime", "1");
  if (text === "show databases") {
    return {
      columns: ["Database"],
      rows: [["information_schema"], ["mysql"], ["performance_schema"], ["vipdrill"]],
    };
  }
  if (text === "show processlist") return { columns: ["Id", "User", "Host"], rows: [] };
  return undefined;
}

function isShowReplication(server: MysqlServer, text: string): boolean {
  const flavour: Flavour = server.flavour === "mysql-9.7" ? "mysql" : "mariadb";
  return text === showReplicationSql(flavour).toLowerCase();
}

function one(column: string, value: string): ResultSet {
  return { columns: [column], rows: [[value]] };
}

function pair(name: string, value: string): ResultSet {
  return { columns: ["Variable_name", "Value"], rows: [[name, value]] };
}

/** Columns by the flavour's own names (MySQL manual 15.7.7.36; MariaDB knowledge base). */
function replicationSet(server: MysqlServer, state: ReplicationEvent | undefined): ResultSet {
  if (state === undefined) return { columns: [], rows: [] };
  const yesNo = (value: boolean): string => (value ? "Yes" : "No");
  const mysql = server.flavour === "mysql-9.7";
  const [receiver, applier, lag] = mysql
    ? ["Replica_IO_Running", "Replica_SQL_Running", "Seconds_Behind_Source"]
    : ["Slave_IO_Running", "Slave_SQL_Running", "Seconds_Behind_Master"];
  const running = state.receiverRunning && state.applierRunning;
  return {
    columns: [receiver, applier, lag, "Last_Error"],
    rows: [
      [
        yesNo(state.receiverRunning),
        yesNo(state.applierRunning),
        running ? "0" : null,
        state.lastError,
      ],
    ],
  };
}
