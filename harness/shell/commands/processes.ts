/**
 * What lists and signals processes: ps, pgrep, pkill, pidof, killall, kill. The script itself and its
 * pipeline are in the list too: `ps -ef | grep mysql | wc -l` counts its own grep, and a script called
 * check_mysql.sh.
 */
import type { CommandEnd, ProcessEntry } from "../host.ts";
import { posixPattern } from "../pattern.ts";
import { ended, optionsOf, textOf, unmodelled, type Call } from "./call.ts";

/** The kernel keeps 15 characters of a name (TASK_COMM_LEN). */
const COMM = 15;

function shellEntry(call: Call): ProcessEntry[] {
  const { context } = call;
  if (context === undefined || call.host.processes().some((one) => one.pid === context.pid))
    return [];
  const base = context.script.split("/").at(-1) ?? "";
  // Run by its `#!` line, a script has its own file's name as name and the interpreter in its arguments.
  const args = ["/bin/bash", context.script, ...context.args].join(" ");
  return [
    {
      pid: context.pid,
      ppid: context.parentPid,
      name: base.slice(0, COMM),
      args,
      user: "root",
      state: "running",
    },
  ];
}

/** All processes but the one that looks. */
function others(call: Call): ProcessEntry[] {
  const { context } = call;
  const siblings = (context?.siblings ?? []).map((argv, at): ProcessEntry => ({
    pid: (context?.pid ?? 0) + 2 + at,
    ppid: context?.pid ?? 1,
    name: (argv[0]?.split("/").at(-1) ?? "").slice(0, COMM),
    args: argv.join(" "),
    user: "root",
    state: "running",
  }));
  return [...call.host.processes(), ...shellEntry(call), ...siblings];
}

function itself(call: Call): ProcessEntry {
  const pid = call.context?.pid ?? 0;
  return {
    pid: pid + 1,
    ppid: pid,
    name: call.name,
    args: call.argv.join(" "),
    user: "root",
    state: "running",
  };
}

const COLUMNS: Readonly<Record<string, (one: ProcessEntry) => string>> = {
  pid: (one) => String(one.pid).padStart(7),
  ppid: (one) => String(one.ppid).padStart(7),
  comm: (one) => one.name.slice(0, COMM),
  ucmd: (one) => one.name.slice(0, COMM),
  cmd: (one) => one.args,
  command: (one) => one.args,
  args: (one) => one.args,
  user: (one) => one.user.padEnd(8),
  euser: (one) => one.user.padEnd(8),
  stat: (one) => (one.state === "stopped" ? "T" : "S"),
  state: (one) => (one.state === "stopped" ? "T" : "S"),
  s: (one) => (one.state === "stopped" ? "T" : "S"),
  tty: () => "?",
  etime: () => "01:00",
  etimes: () => "60",
};
const TITLES: Readonly<Record<string, string>> = {
  pid: "    PID",
  ppid: "   PPID",
  comm: "COMMAND",
  args: "COMMAND",
  cmd: "CMD",
  user: "USER    ",
  stat: "STAT",
};

interface PsOptions {
  all: boolean;
  full: "short" | "full" | "bsd";
  columns: string[] | undefined;
  header: boolean;
  names: string[];
  pids: number[];
  users: string[];
  unknown: string[];
}

function psOptions(args: readonly string[]): PsOptions {
  const options: PsOptions = {
    all: false,
    full: "short",
    columns: undefined,
    header: true,
    names: [],
    pids: [],
    users: [],
    unknown: [],
  };
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? "";
    const next = (): string => args[(at += 1)] ?? "";
    if (arg.startsWith("--no-head")) options.header = false;
    else if (/^\d+$/.test(arg)) options.pids.push(Number(arg));
    else if (/^--(?:pid|user|ppid)/.test(arg) || arg.startsWith("--sort")) {
      if (arg.startsWith("--pid"))
        options.pids.push(...(arg.split("=")[1] ?? next()).split(",").map(Number));
    } else if (arg.startsWith("--")) options.unknown.push(arg);
    else if (!arg.startsWith("-")) bsd(arg, options, next);
    else unix(arg.slice(1), options, next);
  }
  return options;
}

function bsd(letters: string, options: PsOptions, next: () => string): void {
  for (const letter of letters) {
    if (letter === "a" || letter === "x") options.all = true;
    else if (letter === "u") options.full = "bsd";
    else if (letter === "h") options.header = false;
    else if (letter === "o") options.columns = columnsOf(next(), options);
    else if (letter === "p") options.pids.push(...next().split(",").map(Number));
    else if (!"wfj".includes(letter)) options.unknown.push(letter);
  }
}

function unix(letters: string, options: PsOptions, next: () => string): void {
  for (const [at, letter] of Array.from(letters).entries()) {
    const value = (): string => (letters.slice(at + 1) === "" ? next() : letters.slice(at + 1));
    if (letter === "e" || letter === "A") options.all = true;
    else if (letter === "f" || letter === "F") options.full = "full";
    else if (letter === "C") {
      options.names.push(...value().split(","));
      return;
    } else if (letter === "p") {
      options.pids.push(...value().split(",").map(Number));
      return;
    } else if (letter === "o") {
      options.columns = columnsOf(value(), options);
      return;
    } else if (letter === "u" && (letters === "u" || letters === "fu")) {
      options.users.push(value());
      return;
    } else if (letter === "a" || letter === "x" || letter === "u") {
      options.all = true;
      if (letter === "u") options.full = "bsd";
    } else if (!"wljdHLT".includes(letter)) options.unknown.push(letter);
  }
}

function columnsOf(text: string, options: PsOptions): string[] {
  const columns = text.split(/[ ,]+/);
  if (columns.every((column) => column.endsWith("="))) options.header = false;
  return [...(options.columns ?? []), ...columns.map((column) => column.replace(/=.*$/, ""))];
}

function psRow(one: ProcessEntry, how: PsOptions["full"]): string {
  const pid = String(one.pid).padStart(7);
  const state = one.state === "stopped" ? "T" : "S";
  if (how === "full") {
    return `${one.user.padEnd(8)} ${pid} ${String(one.ppid).padStart(7)}  0 10:00 ?        00:00:01 ${one.args}`;
  }
  if (how === "bsd") {
    return `${one.user.padEnd(8)} ${pid}  0.0  0.1 123456 12345 ?        ${state.padEnd(4)} 10:00   0:01 ${one.args}`;
  }
  return `${pid} ?        00:00:01 ${one.name.slice(0, COMM)}`;
}

export function ps(call: Call): CommandEnd {
  const options = psOptions(call.args);
  const bad = options.columns?.find((column) => COLUMNS[column] === undefined);
  if (options.unknown.length > 0 || bad !== undefined)
    return unmodelled(`ps ${call.args.join(" ")}`);
  const everything = [...others(call), itself(call)];
  const chosen = options.names.length + options.pids.length + options.users.length > 0;
  // Without a selection ps shows what shares its terminal, which for a check script is nothing but itself.
  const rows = everything.filter((one) =>
    chosen
      ? options.names.includes(one.name.slice(0, COMM)) ||
        options.pids.includes(one.pid) ||
        options.users.includes(one.user)
      : options.all || one.ppid === call.context?.pid || one.pid === call.context?.pid,
  );
  const { columns } = options;
  const lines = rows.map((one) =>
    columns === undefined
      ? psLine(one, options, call)
      : columns
          .map((column, at) =>
            (COLUMNS[column]?.(one) ?? "").padEnd(at < columns.length - 1 ? 1 : 0),
          )
          .join(" "),
  );
  const header =
    columns === undefined
      ? titleOf(options, call)
      : columns.map((column) => TITLES[column] ?? column.toUpperCase()).join(" ");
  return ended(textOf(options.header ? [header, ...lines] : lines), rows.length === 0 ? 1 : 0);
}

/** `ps ax` has five columns, `ps -e` four. */
function psLine(one: ProcessEntry, options: PsOptions, call: Call): string {
  const plainBsd = options.full === "short" && call.args.some((arg) => /^[axw]+$/.test(arg));
  return plainBsd
    ? `${String(one.pid).padStart(7)} ?        ${one.state === "stopped" ? "T" : "S"}      0:01 ${one.args}`
    : psRow(one, options.full);
}

function titleOf(options: PsOptions, call: Call): string {
  if (options.full === "full") return "UID          PID    PPID  C STIME TTY          TIME CMD";
  if (options.full === "bsd")
    return "USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND";
  return call.args.some((arg) => /^[axw]+$/.test(arg))
    ? "    PID TTY      STAT   TIME COMMAND"
    : "    PID TTY          TIME CMD";
}

const LONG = {
  "--full": "f",
  "--exact": "x",
  "--count": "c",
  "--list-name": "l",
  "--list-full": "a",
  "--newest": "n",
  "--oldest": "o",
  "--signal=": "S",
  "--parent=": "P",
  "--euid=": "u",
  "--uid=": "u",
};

/** `-9`, `-KILL`, `-SIGTERM`, `-s KILL`: the signal and what is left. */
function signalOf(args: readonly string[]): { signal: string; rest: string[] } {
  let signal = "TERM";
  const rest: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? "";
    const named = /^-(\d+|(?:SIG)?(?:HUP|INT|QUIT|KILL|USR1|USR2|TERM|STOP|CONT|ALRM|PIPE))$/.exec(
      arg,
    );
    if (named !== null) signal = signalName(named[1] ?? "");
    else if (arg === "-s" || arg === "--signal") signal = signalName(args[(at += 1)] ?? "");
    else if (arg.startsWith("--signal=")) signal = signalName(arg.slice("--signal=".length));
    else rest.push(arg);
  }
  return { signal, rest };
}

const NUMBERS: Readonly<Record<string, string>> = {
  0: "0",
  1: "HUP",
  2: "INT",
  3: "QUIT",
  9: "KILL",
  10: "USR1",
  12: "USR2",
  13: "PIPE",
  14: "ALRM",
  15: "TERM",
  18: "CONT",
  19: "STOP",
};

function signalName(text: string): string {
  return NUMBERS[text] ?? text.replace(/^SIG/i, "").toUpperCase();
}

function matched(
  call: Call,
  args: readonly string[],
): { hits: ProcessEntry[]; flags: (flag: string) => boolean } | undefined {
  const options = optionsOf(args, "fxclanovieq", "uUPdgtsS", LONG);
  if (options.unknown.length > 0 || options.has("v")) return undefined;
  const [source] = options.rest;
  const pattern =
    source === undefined
      ? undefined
      : posixPattern(options.has("x") ? `^(${source})$` : source, {
          extended: true,
          flags: options.has("i") ? "i" : "",
        });
  const parent = options.value("P");
  const user = options.value("u") ?? options.value("U");
  let hits = others(call).filter((one) => {
    if (parent !== undefined && !parent.split(",").includes(String(one.ppid))) return false;
    if (user !== undefined && one.user !== user) return false;
    return (
      pattern === undefined || pattern.test(options.has("f") ? one.args : one.name.slice(0, COMM))
    );
  });
  if (options.has("n")) hits = hits.slice(-1);
  if (options.has("o")) hits = hits.slice(0, 1);
  return { hits, flags: (flag) => options.has(flag) };
}

export function pgrep(call: Call): CommandEnd {
  const found = matched(call, call.args);
  if (found === undefined) return unmodelled(`pgrep ${call.args.join(" ")}`);
  const { hits, flags } = found;
  const status = hits.length === 0 ? 1 : 0;
  if (flags("c")) return ended(`${String(hits.length)}\n`, status);
  return ended(
    textOf(
      hits.map((one) =>
        flags("a")
          ? `${String(one.pid)} ${one.args}`
          : flags("l")
            ? `${String(one.pid)} ${one.name}`
            : String(one.pid),
      ),
    ),
    status,
  );
}

export function pkill(call: Call): CommandEnd {
  const { signal, rest } = signalOf(call.args);
  const found = matched(call, rest);
  if (found === undefined) return unmodelled(`pkill ${call.args.join(" ")}`);
  for (const one of found.hits) call.host.signal(one.pid, signal);
  return ended("", found.hits.length === 0 ? 1 : 0);
}

/** Whole names only; `-x` lets scripts count too. */
export function pidof(call: Call): CommandEnd {
  const options = optionsOf(call.args, "sxcq", "o");
  const names = options.rest.map((name) => name.split("/").at(-1) ?? "");
  const script = options.has("x") ? undefined : call.context?.pid;
  let pids = others(call)
    .filter(
      (one) =>
        one.pid !== script && (names.includes(one.name) || names.includes(firstWord(one.args))),
    )
    .map((one) => one.pid)
    .sort((a, b) => b - a);
  if (options.has("s")) pids = pids.slice(0, 1);
  return pids.length === 0 ? ended("", 1) : ended(options.has("q") ? "" : `${pids.join(" ")}\n`);
}

function firstWord(args: string): string {
  return args.split(" ")[0]?.split("/").at(-1) ?? "";
}

/** killall of psmisc: the whole name, of which the kernel keeps 15 characters. */
export function killall(call: Call): CommandEnd {
  const { signal, rest } = signalOf(call.args);
  const options = optionsOf(rest, "ewqvIgri", "uoysn", {
    "--wait": "w",
    "--quiet": "q",
    "--exact": "e",
  });
  if (options.has("r") || options.unknown.length > 0)
    return unmodelled(`killall ${call.args.join(" ")}`);
  let errors = "";
  for (const name of options.rest) {
    const base = name.split("/").at(-1) ?? "";
    const hits = others(call).filter((one) => one.name.slice(0, COMM) === base.slice(0, COMM));
    if (hits.length === 0) errors += `${name}: no process found\n`;
    for (const one of hits) call.host.signal(one.pid, signal);
  }
  return ended("", errors === "" ? 0 : 1, options.has("q") ? "" : errors);
}

export function kill(call: Call): CommandEnd {
  const { signal, rest } = signalOf(call.args);
  if (rest[0] === "-l") return ended("HUP INT QUIT KILL TERM\n");
  const targets = rest.filter((arg) => arg !== "--");
  // bash: usage, status 2.
  if (targets.length === 0)
    return ended(
      "",
      2,
      "kill: usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]\n",
    );
  let errors = "";
  for (const one of targets) {
    if (!/^-?\d+$/.test(one)) errors += `kill: ${one}: arguments must be process or job IDs\n`;
    else if (!call.host.signal(Number(one), signal)) errors += `kill: (${one}) - No such process\n`;
  }
  const failed = errors.split("\n").length - 1;
  return ended("", failed === targets.length ? 1 : 0, errors);
}
