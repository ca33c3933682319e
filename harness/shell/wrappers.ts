/**
 * Commands that run other commands: `eval`, `exec`, `timeout`, `sudo`, `bash -c`, `xargs` and their
 * kind. Changing the user (`sudo -u`, `su`) changes nothing here.
 */
import type { Us } from "../core/time.ts";
import { whereIs, BUILTINS } from "./builtins.ts";
import { PROCESS_US } from "./costs.ts";
import type { ShellReply, ShellRequest } from "./requests.ts";
import type { ShellState } from "./state.ts";

export type Running<T = void> = Generator<ShellRequest, T, ShellReply>;

/** What a wrapper needs of the interpreter. */
export interface ShellRunner {
  external(argv: readonly string[], state: ShellState): Running;
  /** A script text as a process of its own. */
  child(text: string, argv: readonly string[], state: ShellState): Running;
  /** A text in this shell. */
  inside(text: string, state: ShellState): Running;
  /** False when the time was over first. */
  timed(us: Us, argv: readonly string[], state: ShellState): Running<boolean>;
  durationUsOf(text: string): Us | undefined;
}

type Wrapper = (argv: readonly string[], state: ShellState, shell: ShellRunner) => Running;

/** The arguments after the options; `valued` names the options that take the next argument. */
function afterOptions(argv: readonly string[], valued: string): readonly string[] {
  let at = 1;
  for (; at < argv.length; at += 1) {
    const arg = argv[at] ?? "";
    if (arg === "--") return argv.slice(at + 1);
    if (!arg.startsWith("-") || arg === "-") break;
    if (arg.length === 2 && valued.includes(arg.slice(1))) at += 1;
  }
  return argv.slice(at);
}

function* run(argv: readonly string[], state: ShellState, shell: ShellRunner): Running {
  const builtin = BUILTINS.get(argv[0] ?? "");
  if (argv.length === 0) state.status = 0;
  else if (builtin === undefined) yield* shell.external(argv, state);
  else state.status = builtin(state, argv);
}

function prefix(valued: string): Wrapper {
  return function* prefixed(argv, state, shell) {
    yield* run(afterOptions(argv, valued), state, shell);
  };
}

const env: Wrapper = function* env(argv, state, shell) {
  let rest = afterOptions(argv, "uCS");
  const saved: { name: string; value: string | undefined; was: boolean }[] = [];
  for (;;) {
    const match = /^([A-Za-z_]\w*)=([^]*)$/.exec(rest[0] ?? "");
    if (match === null) break;
    const name = match[1] ?? "";
    saved.push({ name, value: state.variables.get(name), was: state.exported.has(name) });
    state.variables.set(name, match[2] ?? "");
    state.exported.add(name);
    rest = rest.slice(1);
  }
  if (rest.length > 0) yield* run(rest, state, shell);
  else for (const name of state.exported) state.write(1, `${name}=${state.lookup(name) ?? ""}\n`);
  for (const { name, value, was } of saved) {
    if (value === undefined) state.variables.delete(name);
    else state.variables.set(name, value);
    if (!was) state.exported.delete(name);
  }
};

const timeout: Wrapper = function* timeout(argv, state, shell) {
  const killed =
    argv.some((arg, at) => /^(?:-s|--signal)$/.test(arg) && /KILL|^9$/.test(argv[at + 1] ?? "")) ||
    argv.some((arg) => /^(?:-s|--signal=)(?:SIG)?(?:KILL|9)$/.test(arg));
  const [text = "", ...command] = afterOptions(
    argv.filter((arg, at) => arg !== "--signal" && argv[at - 1] !== "--signal"),
    "sk",
  );
  const us = shell.durationUsOf(text);
  if (us === undefined || command.length === 0) {
    state.write(2, `timeout: invalid time interval '${text}'\n`);
    state.status = 125;
    return;
  }
  // A limit of 0 is none (timeout(1)).
  if (us === 0) yield* shell.external(command, state);
  else if (!(yield* shell.timed(us, command, state))) state.status = killed ? 137 : 124;
};

const bash: Wrapper = function* bash(argv, state, shell) {
  const options = argv.slice(1);
  const c = options.findIndex((arg) => /^-[a-z]*c[a-z]*$/.test(arg));
  const file = options.findIndex((arg) => !arg.startsWith("-"));
  if (c >= 0 && (file < 0 || c < file)) {
    const [text = "", name = argv[0] ?? "bash", ...args] = options
      .slice(c + 1)
      .filter((arg, at) => at > 0 || !arg.startsWith("-"));
    yield* shell.child(text, [name, ...args], state);
    return;
  }
  if (file < 0) {
    yield* shell.child(state.input(), [argv[0] ?? "bash"], state);
    return;
  }
  const path = options[file] ?? "";
  const text = state.shared.host.readFile(state.absolute(path));
  if (text !== undefined) {
    yield* shell.child(text, options.slice(file), state);
    return;
  }
  state.note(`script ${path} was not given`);
  state.write(2, `${argv[0] ?? "bash"}: ${path}: No such file or directory\n`);
  state.status = 127;
};

const su: Wrapper = function* su(argv, state, shell) {
  const c = argv.findIndex((arg) => /^(?:-c|--command)$/.test(arg));
  const inline = argv.find((arg) => arg.startsWith("--command="))?.slice("--command=".length);
  const text = c >= 0 ? argv[c + 1] : inline;
  const command = argv.indexOf("--");
  if (text !== undefined) yield* shell.child(text, ["bash"], state);
  else if (command > 0) yield* run(argv.slice(command + 1), state, shell);
  else yield* shell.child(state.input(), ["bash"], state);
};

const evalWrapper: Wrapper = function* evalWrapper(argv, state, shell) {
  yield* shell.inside(argv.slice(1).join(" "), state);
};

const source: Wrapper = function* source(argv, state, shell) {
  const path = argv[1] ?? "";
  const text = state.shared.host.readFile(state.absolute(path));
  if (text === undefined) {
    // The shell says this of a file that is missing; the model cannot tell that from one it was not given.
    state.note(`sourced file ${path} was not given`);
    state.complain(`${path}: No such file or directory`);
    state.status = 1;
    if (state.shared.posix) state.jump = "exit";
    return;
  }
  const { positional } = state;
  if (argv.length > 2) state.positional = argv.slice(2);
  yield* shell.inside(text, state);
  state.positional = positional;
  if (state.jump === "return") state.jump = undefined;
};

const exec: Wrapper = function* exec(argv, state, shell) {
  const rest = afterOptions(argv, "a");
  if (rest.length === 0) {
    state.status = 0;
    return;
  }
  if (/^\{\w+\}$/.test(rest[0] ?? "")) {
    state.note("exec {name}> file");
    state.status = 0;
    return;
  }
  yield* run(rest, state, shell);
  state.jump = "exit";
};

const command: Wrapper = function* command(argv, state, shell) {
  if (argv[1] !== "-v" && argv[1] !== "-V") {
    yield* run(afterOptions(argv, ""), state, shell);
    return;
  }
  const name = argv[2] ?? "";
  const known = BUILTINS.has(name) || state.functions.has(name) ? name : whereIs(state, name);
  if (known !== undefined) state.write(1, `${known}\n`);
  state.status = known === undefined ? 1 : 0;
};

const wait: Wrapper = function* wait(argv, state) {
  const pids = argv.slice(1).filter((arg) => /^\d+$/.test(arg));
  for (const pid of pids.length === 0 ? [undefined] : pids.map(Number)) {
    const reply = yield { kind: "wait", pid, line: state.line };
    state.status = reply.status;
  }
};

interface XargsOptions {
  perCall: number;
  replace: string | undefined;
  skipEmpty: boolean;
  command: string[];
}

function xargsOptions(argv: readonly string[]): XargsOptions {
  const options: XargsOptions = {
    perCall: Infinity,
    replace: undefined,
    skipEmpty: false,
    command: [],
  };
  for (let at = 1; at < argv.length; at += 1) {
    const arg = argv[at] ?? "";
    if (!arg.startsWith("-")) {
      options.command = argv.slice(at);
      break;
    }
    if (arg === "-r" || arg === "--no-run-if-empty") options.skipEmpty = true;
    const valued = /^-([nILP])(.*)$/.exec(arg);
    if (valued === null) continue;
    const value = valued[2] === "" ? (argv[(at += 1)] ?? "") : (valued[2] ?? "");
    if (valued[1] === "n") options.perCall = Math.max(1, Number(value) || 1);
    if (valued[1] === "I") options.replace = value;
    if (valued[1] === "I" || valued[1] === "L") options.perCall = 1;
  }
  if (options.command.length === 0) options.command = ["echo"];
  return options;
}

function itemsOf(text: string, options: XargsOptions): string[] {
  if (options.replace !== undefined) {
    return text.split("\n").flatMap((line) => (line.trim() === "" ? [] : [line.trim()]));
  }
  return [...text.matchAll(/"([^"\n]*)"|'([^'\n]*)'|((?:\\.|[^\s"'])+)/g)].map(
    (match) => match[1] ?? match[2] ?? (match[3] ?? "").replace(/\\(.)/g, "$1"),
  );
}

const xargs: Wrapper = function* xargs(argv, state, shell) {
  const options = xargsOptions(argv);
  const items = itemsOf(state.input(), options);
  const { fds } = state;
  yield { kind: "sleep", us: PROCESS_US, line: state.line };
  state.fds = [{ kind: "input", text: "", at: 0 }, ...fds.slice(1)];
  let worst = 0;
  let at = 0;
  do {
    if (items.length === 0 && (options.skipEmpty || options.replace !== undefined)) break;
    const chunk = items.slice(at, at + options.perCall);
    const { replace } = options;
    const call =
      replace === undefined
        ? [...options.command, ...chunk]
        : options.command.map((word) => word.replaceAll(replace, chunk[0] ?? ""));
    yield* run(call, state, shell);
    // xargs(1): 123 if any invocation ended with 1 to 125.
    if (state.status !== 0) worst = state.status > 125 ? state.status : 123;
    at += options.perCall;
  } while (at < items.length);
  state.fds = fds;
  state.status = worst;
};

/** One script runs at a time here, so a lock is always free. */
const flock: Wrapper = function* flock(argv, state, shell) {
  const rest = afterOptions(argv, "wE").slice(1);
  state.note("flock: the lock is taken to be free");
  if (rest[0] === "-c") yield* shell.child(rest[1] ?? "", ["sh"], state);
  else yield* run(rest, state, shell);
};

const mapfile: Wrapper = function* mapfile(argv, state) {
  const lines = state.input().split("\n");
  if (lines.at(-1) === "") lines.pop();
  const name = argv.slice(1).find((arg) => !arg.startsWith("-")) ?? "MAPFILE";
  const kept = argv.includes("-t") ? lines : lines.map((line) => `${line}\n`);
  state.assignArray(name, kept, false);
  state.status = 0;
  yield* [];
};

export const WRAPPERS: ReadonlyMap<string, Wrapper> = new Map<string, Wrapper>([
  ["eval", evalWrapper],
  ["source", source],
  [".", source],
  ["exec", exec],
  ["command", command],
  ["builtin", prefix("")],
  ["wait", wait],
  ["mapfile", mapfile],
  ["readarray", mapfile],
  ["timeout", timeout],
  ["sudo", prefix("ugpCrtT")],
  ["nohup", prefix("")],
  ["setsid", prefix("")],
  ["nice", prefix("n")],
  ["ionice", prefix("cnp")],
  ["stdbuf", prefix("ioe")],
  ["time", prefix("of")],
  ["env", env],
  ["bash", bash],
  ["sh", bash],
  ["dash", bash],
  ["su", su],
  ["runuser", su],
  ["xargs", xargs],
  ["flock", flock],
]);
