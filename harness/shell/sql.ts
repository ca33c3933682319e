/**
 * The statements that check and notify scripts send, answered from a few facts about a server. What a
 * statement changes comes back as data; whoever owns the server applies it.
 */
import type { ResultSet } from "./host.ts";

export interface ReplicaFacts {
  readonly sourceHost: string;
  readonly sourcePort: number;
  readonly ioRunning: "Yes" | "No" | "Connecting";
  readonly sqlRunning: "Yes" | "No";
  readonly secondsBehind: number | null;
  readonly lastIoErrno: number;
  readonly lastIoError: string;
  readonly lastSqlErrno: number;
  readonly lastSqlError: string;
  readonly sourceLogFile: string;
  readonly readPosition: number;
  readonly executedPosition: number;
}

export interface ServerFacts {
  readonly version: string;
  readonly hostname: string;
  readonly serverId: number;
  readonly port: number;
  readonly readOnly: boolean;
  readonly superReadOnly: boolean;
  readonly uptimeSeconds: number;
  readonly threadsConnected: number;
  readonly maxConnections: number;
  readonly logFile: string;
  readonly logPosition: number;
  readonly replica: ReplicaFacts | undefined;
  /** Further global variables and status counters, by lower-case name. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly status?: Readonly<Record<string, string>>;
}

export type SqlEffect =
  | { readonly kind: "set-global"; readonly name: string; readonly value: string }
  | { readonly kind: "replica"; readonly action: "start" | "stop" | "reset" | "change-source" }
  | { readonly kind: "reset-binary-logs" }
  | { readonly kind: "lock-tables" }
  | { readonly kind: "shutdown" }
  | { readonly kind: "write"; readonly sql: string };

export interface SqlAnswer {
  readonly sets: readonly ResultSet[];
  readonly effects: readonly SqlEffect[];
  readonly error?: { readonly code: number; readonly message: string };
  /** The first statement that is not modelled; nothing after it was looked at. */
  readonly unmodelled?: string;
}

interface StatementAnswer {
  readonly set?: ResultSet;
  readonly effect?: SqlEffect;
  readonly error?: { readonly code: number; readonly message: string };
}

const TERMINATED =
  /((?:'(?:\\[^]|[^'\\])*'|"(?:\\[^]|[^"\\])*"|`[^`]*`|[^;\\]|\\(?![gG]))*)(?:;|\\[gG]|$)/g;

/** At `;`, `\G` and `\g` outside quotation marks. */
export function statementsOf(sql: string): string[] {
  return [...sql.matchAll(TERMINATED)]
    .map((match) => (match[1] ?? "").replace(/\/\*[^]*?\*\/|^\s*(?:#|--\s).*$/gm, "").trim())
    .filter((statement) => statement !== "");
}

function onOff(value: boolean): string {
  return value ? "ON" : "OFF";
}

export function globalVariables(facts: ServerFacts): Readonly<Record<string, string>> {
  return {
    auto_increment_increment: "2",
    auto_increment_offset: String(facts.serverId),
    datadir: "/var/lib/mysql/",
    event_scheduler: "ON",
    gtid_mode: "ON",
    hostname: facts.hostname,
    log_bin: "ON",
    log_bin_basename: "/var/lib/mysql/binlog",
    max_connections: String(facts.maxConnections),
    port: String(facts.port),
    read_only: onOff(facts.readOnly),
    server_id: String(facts.serverId),
    super_read_only: onOff(facts.superReadOnly),
    version: facts.version,
    ...facts.variables,
  };
}

function globalStatus(facts: ServerFacts): Readonly<Record<string, string>> {
  return {
    Slave_running: onOff(facts.replica?.ioRunning === "Yes" && facts.replica.sqlRunning === "Yes"),
    Threads_connected: String(facts.threadsConnected),
    Threads_running: "2",
    Uptime: String(facts.uptimeSeconds),
    ...facts.status,
  };
}

function like(pattern: string): RegExp {
  const source = pattern
    .replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")
    .replaceAll("%", ".*")
    .replaceAll("_", ".");
  return new RegExp(`^${source}$`, "i");
}

function shownValues(values: Readonly<Record<string, string>>, statement: string): ResultSet {
  const pattern =
    /\b(?:like|where\s+variable_name\s*(?:=|like)|=)\s*['"]?([^'"\s]+)['"]?\s*$/i.exec(
      statement,
    )?.[1];
  const filter = pattern === undefined ? /^/ : like(pattern);
  return {
    columns: ["Variable_name", "Value"],
    rows: Object.entries(values)
      .filter(([name]) => filter.test(name))
      .map(([name, value]): [string, string] => [name, value]),
  };
}

/** Columns in the server's order as far as scripts look; before 8.0.22 with the old words. */
export function replicaStatus(replica: ReplicaFacts | undefined, modern: boolean): ResultSet {
  const [source, replicaWord] = modern ? ["Source", "Replica"] : ["Master", "Slave"];
  const row: readonly (readonly [string, string | null])[] =
    replica === undefined
      ? []
      : [
          [
            `${replicaWord}_IO_State`,
            replica.ioRunning === "Yes" ? `Waiting for ${source.toLowerCase()} to send event` : "",
          ],
          [`${source}_Host`, replica.sourceHost],
          [`${source}_User`, "repl"],
          [`${source}_Port`, String(replica.sourcePort)],
          ["Connect_Retry", "60"],
          [`${source}_Log_File`, replica.sourceLogFile],
          [`Read_${source}_Log_Pos`, String(replica.readPosition)],
          ["Relay_Log_File", "relay-bin.000002"],
          ["Relay_Log_Pos", "371"],
          [`Relay_${source}_Log_File`, replica.sourceLogFile],
          [`${replicaWord}_IO_Running`, replica.ioRunning],
          [`${replicaWord}_SQL_Running`, replica.sqlRunning],
          ["Replicate_Do_DB", ""],
          ["Replicate_Ignore_DB", ""],
          ["Replicate_Do_Table", ""],
          ["Replicate_Ignore_Table", ""],
          ["Replicate_Wild_Do_Table", ""],
          ["Replicate_Wild_Ignore_Table", ""],
          ["Last_Errno", String(replica.lastSqlErrno)],
          ["Last_Error", replica.lastSqlError],
          ["Skip_Counter", "0"],
          [`Exec_${source}_Log_Pos`, String(replica.executedPosition)],
          ["Relay_Log_Space", "573"],
          [
            `Seconds_Behind_${source}`,
            replica.secondsBehind === null ? null : String(replica.secondsBehind),
          ],
          ["Last_IO_Errno", String(replica.lastIoErrno)],
          ["Last_IO_Error", replica.lastIoError],
          ["Last_SQL_Errno", String(replica.lastSqlErrno)],
          ["Last_SQL_Error", replica.lastSqlError],
        ];
  return {
    columns: row.map(([name]) => name),
    rows: row.length === 0 ? [] : [row.map(([, value]) => value)],
  };
}

function syntaxError(statement: string): StatementAnswer {
  return {
    error: {
      code: 1064,
      message: `You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version for the right syntax to use near '${statement.slice(0, 80)}' at line 1`,
    },
  };
}

/** Words that went away with MySQL 8.4: `SHOW SLAVE STATUS` is a syntax error there. */
function knowsOldWords(version: string): boolean {
  if (/mariadb/i.test(version)) return true;
  const [major = 0, minor = 0] = version.split(".").map((piece) => Number.parseInt(piece, 10));
  return major < 8 || (major === 8 && minor < 4);
}

/** Words that came with MySQL 8.0.22; MariaDB has them since 10.5.1. */
function knowsNewWords(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version
    .split(".")
    .map((piece) => Number.parseInt(piece, 10));
  if (/mariadb/i.test(version)) return major > 10 || (major === 10 && minor >= 5);
  return major > 8 || (major === 8 && (minor > 0 || patch >= 22));
}

function show(statement: string, facts: ServerFacts): StatementAnswer | undefined {
  const text = statement.toLowerCase();
  const replica = /^show\s+(?:all\s+)?(slave|slaves|replica|replicas)\s+status\b/.exec(text);
  if (replica !== null) {
    const old = (replica[1] ?? "").startsWith("slave");
    if (old ? !knowsOldWords(facts.version) : !knowsNewWords(facts.version))
      return syntaxError(statement);
    // MariaDB keeps the old column names under the new statement.
    return { set: replicaStatus(facts.replica, !old && !/mariadb/i.test(facts.version)) };
  }
  const source = /^show\s+(master|binary\s+log|binlog)\s+status\b/.exec(text);
  if (source !== null) {
    if (source[1] === "master" && !knowsOldWords(facts.version)) return syntaxError(statement);
    return {
      set: {
        columns: ["File", "Position", "Binlog_Do_DB", "Binlog_Ignore_DB", "Executed_Gtid_Set"],
        rows: [[facts.logFile, String(facts.logPosition), "", "", ""]],
      },
    };
  }
  if (/^show\s+(?:global\s+|session\s+)?variables\b/.test(text))
    return { set: shownValues(globalVariables(facts), statement) };
  if (/^show\s+(?:global\s+|session\s+)?status\b/.test(text))
    return { set: shownValues(globalStatus(facts), statement) };
  if (/^show\s+(?:databases|schemas)\b/.test(text)) {
    return {
      set: {
        columns: ["Database"],
        rows: ["information_schema", "mysql", "performance_schema", "sys"].map((name) => [name]),
      },
    };
  }
  if (/^show\s+(?:full\s+)?processlist\b/.test(text)) {
    return {
      set: {
        columns: ["Id", "User", "Host", "db", "Command", "Time", "State", "Info"],
        rows: [["8", "root", "localhost", null, "Query", "0", "init", statement]],
      },
    };
  }
  if (
    /^show\s+(?:tables|engines|plugins|warnings|grants|(?:slave|replica)\s*(?:hosts|s)|binary\s+logs|master\s+logs)\b/.test(
      text,
    )
  ) {
    return { set: { columns: ["Name"], rows: [] } };
  }
  return undefined;
}

function expression(text: string, facts: ServerFacts): string | null | undefined {
  const trimmed = text.trim().replace(/\s+as\s+\S+$/i, "");
  if (/^-?\d+$/.test(trimmed)) return trimmed;
  const quoted = /^(['"])(.*)\1$/.exec(trimmed);
  if (quoted !== null) return quoted[2] ?? "";
  const variable = /^@@(?:global\.|session\.)?(\w+)$/i.exec(trimmed)?.[1]?.toLowerCase();
  if (variable !== undefined) {
    const value = globalVariables(facts)[variable];
    // SELECT shows a boolean as a number, SHOW VARIABLES as a word.
    return value === "ON" || value === "OFF" ? String(Number(value === "ON")) : value;
  }
  if (/^version\s*\(\)$/i.test(trimmed)) return facts.version;
  if (/^(?:now|current_timestamp|sysdate)\s*(?:\(\))?$/i.test(trimmed))
    return "2026-01-01 00:00:00";
  if (/^(?:user|current_user)\s*(?:\(\))?$/i.test(trimmed)) return "root@localhost";
  if (/^connection_id\s*\(\)$/i.test(trimmed)) return "8";
  if (/^database\s*\(\)$/i.test(trimmed)) return null;
  const sum = /^(\d+)\s*\+\s*(\d+)$/.exec(trimmed);
  return sum === null ? undefined : String(Number(sum[1]) + Number(sum[2]));
}

function select(statement: string, facts: ServerFacts): StatementAnswer | undefined {
  const list = /^select\s+([^]+?)(?:\s+from\s+dual)?(?:\s+limit\s+\d+)?$/i.exec(statement)?.[1];
  if (list === undefined) return undefined;
  if (/\bfrom\b/i.test(list)) {
    // Only counts of tables that every server has.
    if (/^count\(\*\)\s+from\s+(?:mysql\.user|information_schema\.\w+)\s*$/i.test(list)) {
      return { set: { columns: ["count(*)"], rows: [["5"]] } };
    }
    return undefined;
  }
  const items = list.split(",").map((item) => item.trim());
  const values = items.map((item) => expression(item, facts));
  if (values.includes(undefined)) return undefined;
  return {
    set: {
      columns: items.map(
        (item) => /\s+as\s+(\S+)$/i.exec(item)?.[1] ?? item.replace(/^['"]|['"]$/g, ""),
      ),
      rows: [values.map((value) => value ?? null)],
    },
  };
}

function change(statement: string, facts: ServerFacts): StatementAnswer | undefined {
  const text = statement.toLowerCase().replace(/\s+/g, " ");
  const variable = /^set (?:@@)?global[ .]\s*(\w+)\s*(?::?=)\s*(.+)$/.exec(text);
  if (variable !== null) {
    const value = (variable[2] ?? "").replace(/['"]/g, "");
    const word = /^(?:1|on|true)$/.test(value)
      ? "ON"
      : /^(?:0|off|false)$/.test(value)
        ? "OFF"
        : value;
    return {
      effect: {
        kind: "set-global",
        name: variable[1] ?? "",
        value: /read_only|event_scheduler|enabled/.test(variable[1] ?? "") ? word : value,
      },
    };
  }
  if (/^set\b/.test(text)) return {};
  const replica = /^(start|stop|reset) (slave|replica)\b/.exec(text);
  if (replica !== null) {
    if (replica[2] === "slave" && !knowsOldWords(facts.version)) return syntaxError(statement);
    const action = replica[1] === "start" ? "start" : replica[1] === "stop" ? "stop" : "reset";
    return { effect: { kind: "replica", action } };
  }
  if (/^change (?:master|replication source) to\b/.test(text)) {
    if (text.startsWith("change master") && !knowsOldWords(facts.version))
      return syntaxError(statement);
    return { effect: { kind: "replica", action: "change-source" } };
  }
  if (/^reset (?:master|binary logs and gtids)\b/.test(text))
    return { effect: { kind: "reset-binary-logs" } };
  if (/^flush tables? with read lock\b/.test(text)) return { effect: { kind: "lock-tables" } };
  if (/^shutdown\b/.test(text)) return { effect: { kind: "shutdown" } };
  if (
    /^(?:flush|unlock|use|begin|commit|rollback|start transaction|do|kill|analyze|grant|install)\b/.test(
      text,
    )
  )
    return {};
  if (/^(?:insert|update|delete|replace|create|drop|alter|truncate)\b/.test(text)) {
    if (facts.superReadOnly) {
      return {
        error: {
          code: 1290,
          message:
            "The MySQL server is running with the --super-read-only option so it cannot execute this statement",
        },
      };
    }
    return { effect: { kind: "write", sql: statement } };
  }
  return undefined;
}

function answer(statement: string, facts: ServerFacts): StatementAnswer | undefined {
  if (/^show\b/i.test(statement)) return show(statement, facts);
  if (/^select\b/i.test(statement)) return select(statement, facts);
  if (/^(?:status|\\s)$/i.test(statement)) return { set: { columns: [], rows: [] } };
  return change(statement, facts);
}

export function answerSql(sql: string, facts: ServerFacts): SqlAnswer {
  const sets: ResultSet[] = [];
  const effects: SqlEffect[] = [];
  for (const statement of statementsOf(sql)) {
    const one = answer(statement, facts);
    if (one === undefined) return { sets, effects, unmodelled: statement };
    if (one.set !== undefined) sets.push(one.set);
    if (one.effect !== undefined) effects.push(one.effect);
    if (one.error !== undefined) return { sets, effects, error: one.error };
  }
  return { sets, effects };
}
