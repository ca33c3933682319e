/** Builtins that need nothing from outside but the files of the host. Each answers with its status. */
import { ArithmeticError, evaluate } from "./arithmetic.ts";
import { test, TestError } from "./conditions.ts";
import { printf, shellQuote, unescapeText } from "./format.ts";
import type { ShellState } from "./state.ts";

export type Builtin = (state: ShellState, argv: readonly string[]) => number;

function echo(state: ShellState, argv: readonly string[]): number {
  let at = 1;
  let newline = true;
  let escapes = false;
  for (; at < argv.length && /^-[neE]+$/.test(argv[at] ?? ""); at += 1) {
    const flags = argv[at] ?? "";
    if (flags.includes("n")) newline = false;
    if (flags.includes("e")) escapes = true;
    if (flags.includes("E")) escapes = false;
  }
  const text = argv.slice(at).join(" ");
  state.write(1, (escapes ? unescapeText(text) : text) + (newline ? "\n" : ""));
  return 0;
}

function printfBuiltin(state: ShellState, argv: readonly string[]): number {
  if (argv[1] === "-v" && argv[2] !== undefined) {
    state.assign(argv[2], printf(argv[3] ?? "", argv.slice(4)));
    return 0;
  }
  const from = argv[1] === "--" ? 2 : 1;
  state.write(1, printf(argv[from] ?? "", argv.slice(from + 1)));
  return 0;
}

function testBuiltin(state: ShellState, argv: readonly string[]): number {
  const name = argv[0] ?? "test";
  const bracket = name.endsWith("[");
  try {
    if (bracket && argv.at(-1) !== "]") throw new TestError("missing `]'");
    return test(argv.slice(1, bracket ? -1 : undefined), state) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof TestError)) throw error;
    state.complain(`${name}: ${error.message}`);
    return 2;
  }
}

function numberArgument(state: ShellState, argv: readonly string[], otherwise: number): number {
  const text = argv[1];
  if (text === undefined) return otherwise;
  if (/^[-+]?\d+$/.test(text)) return Number(text);
  state.complain(`${argv[0] ?? ""}: ${text}: numeric argument required`);
  return 2;
}

function exit(state: ShellState, argv: readonly string[]): number {
  const status = numberArgument(state, argv, state.status) & 255;
  state.jump = "exit";
  return status;
}

function returnBuiltin(state: ShellState, argv: readonly string[]): number {
  const status = numberArgument(state, argv, state.status) & 255;
  if (state.callDepth === 0) {
    state.complain("return: can only `return' from a function or sourced script");
    return 2;
  }
  state.jump = "return";
  return status;
}

function leaveLoop(state: ShellState, argv: readonly string[]): number {
  if (state.loopDepth === 0) return 0;
  state.jump = argv[0] === "break" ? "break" : "continue";
  state.jumpLevels = Math.min(Math.max(1, numberArgument(state, argv, 1)), state.loopDepth);
  return 0;
}

function shift(state: ShellState, argv: readonly string[]): number {
  const count = numberArgument(state, argv, 1);
  if (count > state.positional.length) return 1;
  state.positional = state.positional.slice(count);
  return 0;
}

function setOption(state: ShellState, name: string, on: boolean): void {
  if (name === "e" || name === "errexit") state.errexit = on;
  else if (name === "u" || name === "nounset") state.nounset = on;
  else if (name === "pipefail") state.pipefail = on;
  else if (
    !/^(?:[xvmhbBEHP]|xtrace|verbose|monitor|hashall|braceexpand|posix|errtrace)$/.test(name)
  ) {
    state.note(`set -o ${name}`);
  }
}

function set(state: ShellState, argv: readonly string[]): number {
  let at = 1;
  for (; at < argv.length; at += 1) {
    const arg = argv[at] ?? "";
    if (arg === "--" || arg === "-") {
      state.positional = argv.slice(at + 1);
      return 0;
    }
    if (!/^[-+][a-zA-Z]+$/.test(arg)) break;
    const on = arg.startsWith("-");
    for (const letter of arg.slice(1)) {
      if (letter === "o") {
        at += 1;
        setOption(state, argv[at] ?? "", on);
      } else setOption(state, letter, on);
    }
  }
  if (at < argv.length) state.positional = argv.slice(at);
  return 0;
}

function unset(state: ShellState, argv: readonly string[]): number {
  const functions = argv[1] === "-f";
  for (const name of argv.slice(1)) {
    const element = /^(\w+)\[(.+)\]$/.exec(name);
    if (name.startsWith("-")) continue;
    if (element !== null) state.arrays.get(element[1] ?? "")?.delete(element[2] ?? "");
    else if (functions) state.functions.delete(name);
    else state.unset(name);
  }
  return 0;
}

/** `local`, `export`, `declare`, `readonly`. Values that were words of their own are assigned by the caller. */
function declare(state: ShellState, argv: readonly string[]): number {
  const command = argv[0] ?? "";
  if (command === "local" && state.frames.length === 0) {
    state.complain("local: can only be used in a function");
    return 1;
  }
  const flags = argv.filter((arg, index) => index > 0 && /^[-+][a-zA-Z]+$/.test(arg)).join("");
  const exporting = command === "export" ? !flags.includes("n") : flags.includes("x");
  for (const arg of argv.slice(1)) {
    if (/^[-+]/.test(arg)) continue;
    const equals = arg.indexOf("=");
    const name = equals < 0 ? arg : arg.slice(0, equals);
    const local = command === "local" || (command !== "export" && command !== "readonly");
    if (local && state.frames.length > 0 && !flags.includes("g")) state.makeLocal(name);
    if (equals >= 0) state.assign(name, arg.slice(equals + 1));
    if (/[aA]/.test(flags) && command !== "export" && !state.arrays.has(name)) {
      state.assignArray(name, [], false);
    }
    if (exporting) state.exported.add(name);
    if (command === "readonly" || flags.includes("r")) state.readonlyNames.add(name);
  }
  return 0;
}

function letBuiltin(state: ShellState, argv: readonly string[]): number {
  let last = 0;
  try {
    for (const expression of argv.slice(1)) last = evaluate(expression, state);
  } catch (error) {
    if (!(error instanceof ArithmeticError)) throw error;
    state.complain(`let: ${error.message}`);
    return 1;
  }
  return last === 0 ? 1 : 0;
}

function cd(state: ShellState, argv: readonly string[]): number {
  const given = argv.slice(1).find((arg) => !/^-[LPe]$/.test(arg)) ?? state.lookup("HOME") ?? "/";
  const target = given === "-" ? (state.lookup("OLDPWD") ?? "/") : given;
  const pieces: string[] = [];
  for (const piece of state.absolute(target).split("/")) {
    if (piece === "..") pieces.pop();
    else if (piece !== "" && piece !== ".") pieces.push(piece);
  }
  const path = `/${pieces.join("/")}`;
  if (path !== "/" && state.shared.host.fileKind(path) !== "directory") {
    state.complain(`cd: ${target}: No such file or directory`);
    return 1;
  }
  state.variables.set("OLDPWD", state.directory);
  state.directory = path;
  return 0;
}

interface ReadOptions {
  raw: boolean;
  array: string | undefined;
  delimiter: string;
  names: string[];
}

function readOptions(argv: readonly string[]): ReadOptions {
  const options: ReadOptions = { raw: false, array: undefined, delimiter: "\n", names: [] };
  for (let at = 1; at < argv.length; at += 1) {
    const arg = argv[at] ?? "";
    if (!/^-[a-zA-Z]/.test(arg)) {
      options.names.push(arg);
      continue;
    }
    if (arg.includes("r")) options.raw = true;
    const last = arg.at(-1) ?? "";
    if (!"tpadnu".includes(last)) continue;
    at += 1;
    if (last === "a") options.array = argv[at];
    if (last === "d") options.delimiter = argv[at] ?? "\n";
  }
  return options;
}

/** Splits into at most `count` fields; the last takes the rest as it is, without blanks around it. */
function fieldsOf(line: string, count: number, separators: string): string[] {
  const blanks = Array.from(separators)
    .filter((char) => " \t\n".includes(char))
    .join("");
  const strip = (text: string): string => {
    let start = 0;
    let end = text.length;
    while (start < end && blanks.includes(text[start] ?? "?")) start += 1;
    while (end > start && blanks.includes(text[end - 1] ?? "?")) end -= 1;
    return text.slice(start, end);
  };
  let rest = strip(line);
  const fields: string[] = [];
  while (fields.length < count - 1 && rest !== "") {
    let end = 0;
    while (end < rest.length && !separators.includes(rest[end] ?? "?")) end += 1;
    fields.push(rest.slice(0, end));
    const hard = !blanks.includes(rest[end] ?? "?");
    rest = strip(rest.slice(end + (hard ? 1 : 0)));
  }
  if (rest !== "") fields.push(rest);
  return fields;
}

function read(state: ShellState, argv: readonly string[]): number {
  const options = readOptions(argv);
  const stream = state.fds[0];
  if (stream?.kind !== "input" || stream.at >= stream.text.length) {
    for (const name of options.names) state.assign(name, "");
    return 1;
  }
  const end = stream.text.indexOf(options.delimiter, stream.at);
  let line = stream.text.slice(stream.at, end < 0 ? undefined : end);
  stream.at = end < 0 ? stream.text.length : end + 1;
  if (!options.raw) line = line.replace(/\\(.)/g, "$1");
  const separators = state.lookup("IFS") ?? " \t\n";
  if (options.array !== undefined) {
    state.assignArray(options.array, fieldsOf(line, 1000, separators), false);
  } else if (options.names.length === 0) state.assign("REPLY", line);
  else {
    const fields = fieldsOf(line, options.names.length, separators);
    options.names.forEach((name, index) => {
      state.assign(name, fields[index] ?? "");
    });
  }
  return end < 0 ? 1 : 0;
}

function trap(state: ShellState, argv: readonly string[]): number {
  const args = argv.slice(1).filter((arg) => arg !== "--");
  const [action = "", ...signals] = args;
  for (const signal of signals) {
    if (signal !== "EXIT" && signal !== "0") state.note(`trap on ${signal} is ignored`);
    else if (action === "-") state.traps.delete("EXIT");
    else state.traps.set("EXIT", action);
  }
  return 0;
}

function alias(state: ShellState, argv: readonly string[]): number {
  for (const arg of argv.slice(1)) {
    const equals = arg.indexOf("=");
    if (equals > 0) state.aliases.set(arg.slice(0, equals), arg.slice(equals + 1));
  }
  return 0;
}

function shopt(state: ShellState, argv: readonly string[]): number {
  const on = argv.includes("-s");
  for (const name of argv.slice(1)) {
    if (name === "expand_aliases") state.expandAliases = on;
    else if (!name.startsWith("-")) state.note(`shopt ${name}`);
  }
  return 0;
}

function getopts(state: ShellState, argv: readonly string[]): number {
  const [, spec = "", name = "opt", ...given] = argv;
  const args = given.length > 0 ? given : state.positional;
  const at = Number(state.lookup("OPTIND") ?? "1") - 1;
  const current = args[at] ?? "";
  if (!/^-./.test(current) || current === "--") {
    state.assign(name, "?");
    return 1;
  }
  const letter = current[state.getoptsAt] ?? "?";
  const where = spec.indexOf(letter);
  state.getoptsAt += 1;
  let next = at;
  if (where >= 0 && spec[where + 1] === ":") {
    const inline = current.slice(state.getoptsAt);
    state.assign("OPTARG", inline === "" ? (args[at + 1] ?? "") : inline);
    next = at + (inline === "" ? 2 : 1);
    state.getoptsAt = 1;
  } else if (state.getoptsAt >= current.length) {
    next = at + 1;
    state.getoptsAt = 1;
  }
  state.assign("OPTIND", String(next + 1));
  state.assign(name, where < 0 ? "?" : letter);
  return 0;
}

function typeBuiltin(state: ShellState, argv: readonly string[]): number {
  let status = 0;
  for (const name of argv.slice(1)) {
    if (name.startsWith("-")) continue;
    const path = whereIs(state, name);
    if (path === undefined) status = 1;
    else
      state.write(
        1,
        argv.includes("-P") || argv.includes("-p") ? `${path}\n` : `${name} is ${path}\n`,
      );
  }
  return status;
}

/** Where a command would be found; the model knows names, not directories, so the usual one is named. */
export function whereIs(state: ShellState, name: string): string | undefined {
  if (name === "" || state.shared.host.lacksCommand(name)) return undefined;
  return name.includes("/") ? name : `/usr/bin/${name}`;
}

function pwd(state: ShellState): number {
  state.write(1, `${state.directory}\n`);
  return 0;
}

function noop(): number {
  return 0;
}

function failure(): number {
  return 1;
}

function exportPrint(state: ShellState, argv: readonly string[]): number {
  if (argv.length > 1 && argv[1] !== "-p") return declare(state, argv);
  for (const name of state.exported) {
    state.write(1, `declare -x ${name}=${shellQuote(state.lookup(name) ?? "")}\n`);
  }
  return 0;
}

export const BUILTINS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  [":", noop],
  ["true", noop],
  ["false", failure],
  ["echo", echo],
  ["printf", printfBuiltin],
  ["test", testBuiltin],
  ["[", testBuiltin],
  ["exit", exit],
  ["logout", exit],
  ["return", returnBuiltin],
  ["break", leaveLoop],
  ["continue", leaveLoop],
  ["shift", shift],
  ["set", set],
  ["unset", unset],
  ["export", exportPrint],
  ["local", declare],
  ["declare", declare],
  ["typeset", declare],
  ["readonly", declare],
  ["let", letBuiltin],
  ["cd", cd],
  ["pwd", pwd],
  ["read", read],
  ["trap", trap],
  ["alias", alias],
  ["unalias", noop],
  ["shopt", shopt],
  ["getopts", getopts],
  ["type", typeBuiltin],
  ["umask", noop],
  ["ulimit", noop],
  ["hash", noop],
  ["disown", noop],
]);

/** Builtins that leave the shell they run in as it was: a pipeline needs no copy of it for them. */
export const HARMLESS: ReadonlySet<string> = new Set([
  ":",
  "true",
  "false",
  "echo",
  "test",
  "[",
  "pwd",
  "type",
]);
