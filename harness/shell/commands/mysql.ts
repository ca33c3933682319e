/**
 * The MySQL clients: mysql, mariadb, mysqladmin, mysqlshow, mysqldump. Arguments as in the manual's
 * "Command Options for Connecting to the Server"; the layout of results as in "mysql Client Options"
 * (`--batch` is the default where the output is no terminal).
 */
import { seconds, type Us } from "../../core/time.ts";
import { MYSQL_CLIENT_US } from "../costs.ts";
import type { CommandEnd, MysqlAnswer, ResultSet } from "../host.ts";
import { ended, unmodelled, type Call } from "./call.ts";

interface Login {
  host: string | undefined;
  port: number | undefined;
  socket: string | undefined;
  user: string | undefined;
  password: string | undefined;
  connectTimeoutUs: Us | undefined;
  defaultsFile: string | undefined;
  sql: string | undefined;
  headers: boolean;
  vertical: boolean;
  table: boolean;
  force: boolean;
  count: number;
  rest: string[];
}

/** Long options that take a value, and what they set. */
const LONG: Readonly<Record<string, (login: Login, value: string) => void>> = {
  host: (login, value) => (login.host = value),
  port: (login, value) => (login.port = Number(value)),
  socket: (login, value) => (login.socket = value),
  user: (login, value) => (login.user = value),
  password: (login, value) => (login.password = value),
  "connect-timeout": (login, value) => (login.connectTimeoutUs = timeoutOf(value)),
  connect_timeout: (login, value) => (login.connectTimeoutUs = timeoutOf(value)),
  "defaults-file": (login, value) => (login.defaultsFile = value),
  "defaults-extra-file": (login, value) => (login.defaultsFile = value),
  execute: (login, value) => (login.sql = value),
};

const SHORT: Readonly<Record<string, keyof typeof LONG>> = {
  h: "host",
  P: "port",
  S: "socket",
  u: "user",
  e: "execute",
};

function timeoutOf(value: string): Us | undefined {
  return Number(value) > 0 ? seconds(Number(value)) : undefined;
}

function longOption(login: Login, arg: string, next: () => string): void {
  const equals = arg.indexOf("=");
  const name = equals < 0 ? arg.slice(2) : arg.slice(2, equals);
  const setter = LONG[name];
  // `--password` without a value asks at the terminal; there is none, so it is empty.
  if (setter !== undefined)
    setter(login, equals >= 0 ? arg.slice(equals + 1) : name === "password" ? "" : next());
  else if (name === "skip-column-names" || name === "column-names=0") login.headers = false;
  else if (name === "vertical") login.vertical = true;
  else if (name === "table") login.table = true;
  else if (name === "force") login.force = true;
}

function shortOptions(login: Login, arg: string, next: () => string): void {
  for (let at = 1; at < arg.length; at += 1) {
    const letter = arg[at] ?? "";
    const rest = arg.slice(at + 1);
    const long = SHORT[letter];
    if (long !== undefined) {
      LONG[long]?.(login, rest === "" ? next() : rest);
      return;
    }
    // The password is joined on or not given (mysql(1), --password).
    if (letter === "p") {
      login.password = rest;
      return;
    }
    if (letter === "D" || letter === "i" || letter === "w" || letter === "c") {
      if (rest === "") next();
      return;
    }
    if (letter === "N") login.headers = false;
    if (letter === "E") login.vertical = true;
    if (letter === "t") login.table = true;
    if (letter === "f") login.force = true;
  }
}

function loginOf(call: Call): Login {
  const login: Login = {
    host: undefined,
    port: undefined,
    socket: undefined,
    user: undefined,
    password: call.context?.environment("MYSQL_PWD"),
    connectTimeoutUs: undefined,
    defaultsFile: undefined,
    sql: undefined,
    headers: true,
    vertical: false,
    table: false,
    force: false,
    count: 1,
    rest: [],
  };
  for (let at = 0; at < call.args.length; at += 1) {
    const arg = call.args[at] ?? "";
    const next = (): string => call.args[(at += 1)] ?? "";
    if (arg.startsWith("--")) longOption(login, arg, next);
    else if (arg.startsWith("-") && arg !== "-") shortOptions(login, arg, next);
    else login.rest.push(arg);
  }
  return login;
}

/** Of the client itself, so that it counts as no answer of the server (MySQL client error reference). */
const CR_UNKNOWN_ERROR = 2000;

function ask(call: Call, login: Login, sql: string): MysqlAnswer {
  const { host, port, socket, user, password, connectTimeoutUs, defaultsFile } = login;
  if (defaultsFile !== undefined && call.host.fileKind(defaultsFile) === undefined) {
    const message = `Could not open required defaults file: ${defaultsFile}`;
    return { kind: "error", code: CR_UNKNOWN_ERROR, message, durationUs: 0 };
  }
  // An option file is taken to hold what the server wants.
  const filed = defaultsFile === undefined ? password : (password ?? "");
  return call.host.mysql({ host, port, socket, user, password: filed, sql, connectTimeoutUs });
}

const SQLSTATES: Readonly<Record<number, string>> = {
  1040: "08004",
  1044: "42000",
  1045: "28000",
  1064: "42000",
  1130: "HY000",
  1203: "42000",
  1290: "HY000",
  1836: "HY000",
};

function errorText(code: number, message: string): string {
  return `ERROR ${String(code)} (${SQLSTATES[code] ?? "HY000"}): ${message}\n`;
}

function cell(value: string | null): string {
  if (value === null) return "NULL";
  return value.replaceAll("\\", "\\\\").replaceAll("\t", "\\t").replaceAll("\n", "\\n");
}

export function formatSet(
  set: ResultSet,
  how: { headers: boolean; vertical: boolean; table: boolean },
): string {
  if (how.vertical) {
    const width = Math.max(0, ...set.columns.map((column) => column.length));
    return set.rows
      .map((row, at) => {
        const title = `*************************** ${String(at + 1)}. row ***************************\n`;
        const values = set.columns.map(
          (column, index) => `${column.padStart(width)}: ${row[index] ?? "NULL"}\n`,
        );
        return title + values.join("");
      })
      .join("");
  }
  // The client writes no header for an empty result.
  if (set.rows.length === 0) return "";
  if (how.table) return tableOf(set, how.headers);
  const rows = set.rows.map((row) => `${row.map(cell).join("\t")}\n`).join("");
  return how.headers ? `${set.columns.join("\t")}\n${rows}` : rows;
}

function tableOf(set: ResultSet, headers: boolean): string {
  const widths = set.columns.map((column, at) =>
    Math.max(headers ? column.length : 0, ...set.rows.map((row) => (row[at] ?? "NULL").length)),
  );
  const rule = `+${widths.map((width) => "-".repeat(width + 2)).join("+")}+\n`;
  const line = (values: readonly (string | null)[]): string =>
    `|${values.map((value, at) => ` ${(value ?? "NULL").padEnd(widths[at] ?? 0)} `).join("|")}|\n`;
  const body = set.rows.map((row) => line(row)).join("");
  return headers ? `${rule}${line(set.columns)}${rule}${body}${rule}` : `${rule}${body}${rule}`;
}

const WARNING = "Warning] Using a password on the command line interface can be insecure.\n";

export function mysql(call: Call): CommandEnd {
  if (call.args.some((arg) => arg === "-V" || arg === "--version")) {
    return ended("mysql  Ver 8.4.3 for Linux on x86_64 (MySQL Community Server - GPL)\n");
  }
  const login = loginOf(call);
  const sql = login.sql ?? call.stdin;
  const answer = ask(call, login, sql.replace(/^\s*(?:tee|notee|use|delimiter)\b[^\n]*$/gim, ""));
  if (answer.kind === "hangs") return answer;
  if (answer.kind === "unmodelled") return answer;
  const how = { headers: login.headers, vertical: login.vertical, table: login.table };
  const sets = answer.sets ?? [];
  const marks = verticalMarks(sql);
  const text = sets
    .map((set, at) => formatSet(set, { ...how, vertical: how.vertical || (marks[at] ?? false) }))
    .join("");
  const warning =
    (login.password ?? "") !== "" && call.args.some((arg) => /^(?:-\w*p.|--password=)/.test(arg))
      ? `mysql: [${WARNING}`
      : "";
  if (answer.kind === "answer") return ended(text, 0, warning, answer.durationUs);
  return ended(text, 1, warning + errorText(answer.code, answer.message), answer.durationUs);
}

/** Which statements that give rows end in `\G`. */
function verticalMarks(sql: string): boolean[] {
  return sql
    .split(/(\\G|;)/)
    .flatMap((piece, at, all) =>
      at % 2 === 0 && /^\s*(?:select|show|desc|explain)/i.test(piece)
        ? [all[at + 1] === "\\G"]
        : [],
    );
}

function adminError(code: number, message: string): string {
  if (code === 1045 || code === 1040)
    return `mysqladmin: connect to server at 'localhost' failed\nerror: '${message}'\n`;
  return `mysqladmin: connect to server at 'localhost' failed\nerror: '${message}'\nCheck that mysqld is running and that the socket: '/var/run/mysqld/mysqld.sock' exists!\n`;
}

/** `ping` ends with 0 even when the login is refused: the server is there (mysqladmin(1)). */
export function mysqladmin(call: Call): CommandEnd {
  const login = loginOf(call);
  const [verb = "", ...words] = login.rest;
  const statements: Readonly<Record<string, string>> = {
    ping: "",
    status: "SHOW GLOBAL STATUS LIKE 'Uptime'",
    "extended-status": "SHOW GLOBAL STATUS",
    variables: "SHOW GLOBAL VARIABLES",
    processlist: "SHOW PROCESSLIST",
    version: "SELECT VERSION()",
    shutdown: "SHUTDOWN",
    "stop-slave": "STOP SLAVE",
    "start-slave": "START SLAVE",
    "stop-replica": "STOP REPLICA",
    "start-replica": "START REPLICA",
    "flush-logs": "FLUSH LOGS",
    "flush-hosts": "FLUSH HOSTS",
  };
  const sql = statements[verb];
  if (sql === undefined) return unmodelled(`mysqladmin ${[verb, ...words].join(" ")}`);
  const answer = ask(call, login, sql);
  if (answer.kind === "hangs" || answer.kind === "unmodelled") return answer;
  if (answer.kind === "error") {
    // An error that the server gave is an answer: mysqladmin.cc ends with 0 if all it was asked is ping.
    const alive = verb === "ping" && (answer.code < 2000 || answer.code >= 3000);
    if (alive) return ended("", 0, adminError(answer.code, answer.message), answer.durationUs);
    return ended("", 1, adminError(answer.code, answer.message), answer.durationUs);
  }
  const { durationUs } = answer;
  if (verb === "ping") return ended("mysqld is alive\n", 0, "", durationUs);
  if (verb === "status") {
    const uptime = answer.sets[0]?.rows[0]?.[1] ?? "0";
    return ended(
      `Uptime: ${uptime}  Threads: 2  Questions: 100  Slow queries: 0  Opens: 120  Flush tables: 3  Open tables: 40  Queries per second avg: 0.100\n`,
      0,
      "",
      durationUs,
    );
  }
  const how = { headers: true, vertical: false, table: true };
  return ended(answer.sets.map((set) => formatSet(set, how)).join(""), 0, "", durationUs);
}

export function mysqlshow(call: Call): CommandEnd {
  const answer = ask(call, loginOf(call), "SHOW DATABASES");
  if (answer.kind === "hangs" || answer.kind === "unmodelled") return answer;
  if (answer.kind === "error")
    return ended("", 1, `mysqlshow: ${answer.message}\n`, answer.durationUs);
  const how = { headers: true, vertical: false, table: true };
  return ended(answer.sets.map((set) => formatSet(set, how)).join(""), 0, "", answer.durationUs);
}

/** Only whether it can log in: what a dump holds is not modelled. */
export function mysqldump(call: Call): CommandEnd {
  const answer = ask(call, loginOf(call), "");
  if (answer.kind === "hangs" || answer.kind === "unmodelled") return answer;
  if (answer.kind === "error")
    return ended(
      "",
      2,
      `mysqldump: Got error: ${String(answer.code)}: ${answer.message} when trying to connect\n`,
      answer.durationUs,
    );
  call.host.act(call.argv);
  return ended("", 0, "", answer.durationUs + MYSQL_CLIENT_US);
}
