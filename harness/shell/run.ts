/**
 * Runs a script in virtual time. It is a generator: whatever takes time or leaves the shell is asked
 * for, and the driver answers when the simulated world has done it.
 *
 * Stages of a pipeline run one after the other, each on the whole output of the one before. Job
 * control, traps other than EXIT and file descriptors above standard error in children are not modelled.
 */
import { present } from "../core/assert.ts";
import type { Us } from "../core/time.ts";
import type {
  AndOr,
  CaseCommand,
  Command,
  Condition,
  CountCommand,
  ForCommand,
  IfCommand,
  List,
  LoopCommand,
  Pipeline,
  Redirect,
  ShellScript,
  SimpleCommand,
  Word,
} from "./ast.ts";
import { BUILTINS, HARMLESS } from "./builtins.ts";
import { binaryTest, compare, TestError, unaryTest } from "./conditions.ts";
import { PROCESS_US } from "./costs.ts";
import { ShellBudgetExceeded } from "./errors.ts";
import {
  arithmeticOf,
  expandPattern,
  expandRegExp,
  expandText,
  expandWords,
  matches,
  type Outputs,
} from "./expand.ts";
import type { CommandContext, HostView } from "./host.ts";
import { readShell } from "./parse.ts";
import { PatternError, posixPattern } from "./pattern.ts";
import { redirectTo, TCP } from "./redirect.ts";
import type { ShellReply, ShellRequest, ShellResult } from "./requests.ts";
import { ExpansionError, NULL_STREAM, ShellState, type Shared, type Stream } from "./state.ts";
import { isEmpty, outputsOf, type Capture } from "./substitute.ts";
import { WRAPPERS, type Running } from "./wrappers.ts";

export interface RunOptions {
  readonly host: HostView;
  /** The script as it was called: `$0`. */
  readonly name: string;
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly pid?: number;
  readonly parentPid?: number;
  /** Run as `sh` rather than `bash`. */
  readonly posix?: boolean;
  /** Commands the shell may run before it counts as an endless loop. */
  readonly maxSteps?: number;
}

const DEFAULT_STEPS = 100_000;
/** As `FUNCNEST` would: far above what scripts do, far below the end of the stack. */
const MAX_CALLS = 60;
/** The same for functions whose bodies are nested themselves. */
const MAX_DEPTH = 600;
const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The time given to `timeout` is over; caught where that was said. */
class TimeIsUp extends Error {}

class Context implements CommandContext {
  readonly #state: ShellState;

  constructor(state: ShellState) {
    this.#state = state;
  }
  get pid(): number {
    return this.#state.shared.pid;
  }
  get parentPid(): number {
    return this.#state.shared.parentPid;
  }
  get script(): string {
    return this.#state.shared.script;
  }
  get args(): readonly string[] {
    return this.#state.shared.args;
  }
  /** Only `ps` and its kind ask, so it is worked out when they do. */
  get siblings(): readonly (readonly string[])[] {
    return this.#state.laterStages.flatMap((command) => {
      if (command.kind !== "simple" || command.words.some((word) => word.runsCommand)) return [];
      const argv = expandWords(command.words, this.#state, undefined);
      return argv.length === 0 || BUILTINS.has(argv[0] ?? "") ? [] : [argv];
    });
  }
  environment(name: string): string | undefined {
    return this.#state.environment(name);
  }
}

export function* runShell(
  script: ShellScript,
  options: RunOptions,
): Generator<ShellRequest, ShellResult, ShellReply> {
  const args = options.args ?? [];
  const steps = options.maxSteps ?? DEFAULT_STEPS;
  const shared: Shared = {
    host: options.host,
    notes: [],
    stepsLeft: steps,
    depth: 0,
    steps,
    pid: options.pid ?? 20_000,
    parentPid: options.parentPid ?? 1,
    script: options.name,
    args,
    posix: options.posix ?? false,
  };
  const out: Stream = { kind: "buffer", text: "" };
  const err: Stream = { kind: "buffer", text: "" };
  const input: Stream = { kind: "input", text: options.stdin ?? "", at: 0 };
  const state = new ShellState(shared, {
    name: options.name,
    positional: args,
    fds: [input, out, err],
  });
  state.variables.set("PATH", DEFAULT_PATH);
  state.exported.add("PATH");
  for (const name in options.environment) {
    state.variables.set(name, options.environment[name] ?? "");
    state.exported.add(name);
  }
  yield* runScript(script, state);
  return { status: state.status, stdout: out.text, stderr: err.text, notes: shared.notes };
}

/** All of a script in a shell of its own, up to the trap on its exit. */
function* runScript(script: ShellScript, state: ShellState): Running {
  yield* runList(script.body, state);
  if (script.error !== undefined && state.jump === undefined) {
    state.line = script.error.line;
    state.write(2, `${state.name}: ${script.error.message}\n`);
    state.status = 2;
  }
  const trap = state.traps.get("EXIT");
  if (trap === undefined) return;
  const { status } = state;
  state.traps.delete("EXIT");
  state.jump = undefined;
  yield* runList(parsed(trap).body, state);
  if (state.jump === undefined) state.status = status;
}

function* runList(list: List, state: ShellState): Running {
  for (const item of list) {
    if (item.background) yield* background(item, state);
    else if (item.rest.length > 0) yield* andOr(item, state);
    else yield* pipeline(item.first, state);
    if (state.jump !== undefined) return;
  }
}

function* andOr(item: AndOr, state: ShellState): Running {
  let last = item.first;
  let wanted = true;
  for (let next = 0; ; next += 1) {
    const step = item.rest[next];
    if (wanted) {
      if (step !== undefined) state.guarded += 1;
      yield* pipeline(last, state);
      if (step !== undefined) state.guarded -= 1;
      if (state.jump !== undefined) return;
    }
    if (step === undefined) return;
    wanted = (state.status === 0) === (step.operator === "&&");
    last = step.pipeline;
  }
}

function* background(item: AndOr, state: ShellState): Running {
  const child = state.fork();
  child.fds = [NULL_STREAM, ...state.fds.slice(1)];
  const first = item.first.commands[0];
  const name = first?.kind === "simple" ? first.words[0]?.literal : undefined;
  const detached = /^(?:.*\/)?(?:setsid|nohup|systemd-run)$/.test(name ?? "");
  const reply = yield {
    kind: "background",
    run: backgroundRun(item, child),
    detached,
    line: state.line,
  };
  state.lastBackground = reply.pid;
  state.status = 0;
}

function* backgroundRun(
  item: AndOr,
  state: ShellState,
): Generator<ShellRequest, ShellResult, ShellReply> {
  yield* andOr(item, state);
  return { status: state.status, stdout: "", stderr: "", notes: state.shared.notes };
}

function* pipeline(pipe: Pipeline, state: ShellState): Running {
  const { commands } = pipe;
  const [only] = commands;
  if (pipe.negated) state.guarded += 1;
  if (commands.length === 1 && only !== undefined) {
    yield* command(only, state);
    state.pipeStatus = undefined;
  } else yield* stages(pipe, state);
  if (pipe.negated) {
    state.guarded -= 1;
    state.status = state.status === 0 ? 1 : 0;
    return;
  }
  if (state.errexit && state.status !== 0 && state.guarded === 0 && state.jump === undefined) {
    if (commands.length > 1 || endsOnError(only)) state.jump = "exit";
  }
}

/** With `set -e` a compound command is judged by the commands in it. */
function endsOnError(one: Command | undefined): boolean {
  return (
    one?.kind === "simple" ||
    one?.kind === "subshell" ||
    one?.kind === "condition" ||
    one?.kind === "arithmetic"
  );
}

function* stages(pipe: Pipeline, state: ShellState): Running {
  const statuses: number[] = [];
  const { fds, line } = state;
  let input = fds[0];
  const { laterStages } = state;
  for (let index = 0; index < pipe.commands.length; index += 1) {
    const stage = present(pipe.commands[index], "a stage");
    const last = index === pipe.commands.length - 1;
    const piped: Stream = { kind: "buffer", text: "" };
    const own = changesNothing(stage, state) ? state : state.fork();
    own.fds = [input, last ? fds[1] : piped, ...fds.slice(2)];
    own.laterStages = last ? [] : pipe.commands.slice(index + 1);
    own.guarded += 1;
    try {
      yield* command(stage, own);
    } finally {
      own.guarded -= 1;
      if (own === state) {
        state.fds = fds;
        state.laterStages = laterStages;
      }
    }
    statuses.push(own.status);
    input = { kind: "input", text: piped.text, at: 0 };
  }
  state.line = line;
  state.pipeStatus = statuses;
  const failed = statuses.findLast((status) => status !== 0);
  state.status = state.pipefail ? (failed ?? 0) : (statuses.at(-1) ?? 0);
}

const plain = new WeakMap<Command, boolean>();

/** A command that leaves its shell as it was needs no subshell: nobody could tell. */
function changesNothing(one: Command, state: ShellState): boolean {
  let known = plain.get(one);
  if (known === undefined) {
    known = one.kind === "simple" && isPlain(one);
    plain.set(one, known);
  }
  if (!known || one.kind !== "simple") return false;
  return state.functions.size === 0 || !state.functions.has(one.words[0]?.literal ?? "");
}

function isPlain(one: SimpleCommand): boolean {
  const name = one.words[0]?.literal;
  if (name === undefined || one.assignments.length > 0) return false;
  if (BUILTINS.has(name) ? !HARMLESS.has(name) : WRAPPERS.has(name)) return false;
  return one.words.every((word) =>
    word.parts.every(
      (part) =>
        part.kind === "text" ||
        part.kind === "command" ||
        (part.kind === "parameter" && part.operation?.kind !== "default"),
    ),
  );
}

function* command(one: Command, state: ShellState): Running {
  const { shared } = state;
  shared.stepsLeft -= 1;
  if (shared.stepsLeft < 0) throw new ShellBudgetExceeded(shared.steps, one.line);
  state.line = one.line;
  shared.depth += 1;
  try {
    if (shared.depth > MAX_DEPTH) throw new ExpansionError("commands nested too deeply", true);
    if (one.kind === "simple") yield* simple(one, state);
    else if (one.redirects.length === 0) yield* compound(one, state);
    else yield* redirected(one, state);
  } catch (error) {
    if (!(error instanceof ExpansionError)) throw error;
    state.complain(error.message);
    state.status = 1;
    if (error.fatal) state.jump = "exit";
  } finally {
    shared.depth -= 1;
  }
}

function* redirected(one: Exclude<Command, SimpleCommand>, state: ShellState): Running {
  const before = state.fds;
  try {
    if (yield* redirect(one.redirects, state)) yield* compound(one, state);
  } finally {
    state.fds = before;
  }
}

function* compound(one: Exclude<Command, SimpleCommand>, state: ShellState): Running {
  switch (one.kind) {
    case "if":
      yield* ifCommand(one, state);
      return;
    case "loop":
      yield* loop(one, state);
      return;
    case "for":
      yield* forCommand(one, state);
      return;
    case "count":
      yield* count(one, state);
      return;
    case "case":
      yield* caseCommand(one, state);
      return;
    case "function":
      state.functions.set(one.name, one.body);
      state.status = 0;
      return;
    case "group":
      if (one.body.length === 0) state.status = 0;
      yield* runList(one.body, state);
      return;
    case "subshell": {
      const child = state.fork();
      yield* runScript({ body: one.body, text: "", error: undefined }, child);
      state.status = child.status;
      return;
    }
    case "condition":
      state.status = yield* conditionStatus(one.condition, state);
      return;
    case "arithmetic": {
      const outputs = yield* outputsOf([one.text], state, capture);
      state.status = arithmeticOf(one.text, state, outputs) === 0 ? 1 : 0;
      return;
    }
  }
}

function* test(list: List, state: ShellState): Running {
  state.guarded += 1;
  yield* runList(list, state);
  state.guarded -= 1;
}

function* ifCommand(one: IfCommand, state: ShellState): Running {
  for (const branch of one.branches) {
    yield* test(branch.condition, state);
    if (state.jump !== undefined) return;
    if (state.status === 0) {
      yield* runList(branch.body, state);
      return;
    }
  }
  state.status = 0;
  if (one.otherwise !== undefined) yield* runList(one.otherwise, state);
}

/** After the body of a loop: is the loop over? */
function leaves(state: ShellState): boolean {
  if (state.jump === undefined) return false;
  if (state.jump === "exit" || state.jump === "return") return true;
  state.jumpLevels -= 1;
  if (state.jumpLevels > 0) return true;
  const over = state.jump === "break";
  state.jump = undefined;
  return over;
}

function* loop(one: LoopCommand, state: ShellState): Running {
  let status = 0;
  state.loopDepth += 1;
  for (;;) {
    yield* test(one.condition, state);
    if (state.jump !== undefined) {
      if (leaves(state)) break;
      continue;
    }
    if ((state.status === 0) === one.until) break;
    yield* runList(one.body, state);
    ({ status } = state);
    if (leaves(state)) break;
    tick(state, one.line);
  }
  state.loopDepth -= 1;
  if (state.jump === undefined || state.jump === "break") state.status = status;
}

function tick(state: ShellState, line: number): void {
  state.shared.stepsLeft -= 1;
  if (state.shared.stepsLeft < 0) throw new ShellBudgetExceeded(state.shared.steps, line);
}

function* forCommand(one: ForCommand, state: ShellState): Running {
  const outputs = one.words === undefined ? undefined : yield* outputsOf(one.words, state, capture);
  const values =
    one.words === undefined ? state.positional : expandWords(one.words, state, outputs);
  state.status = 0;
  state.loopDepth += 1;
  for (const value of values) {
    state.assign(one.name, value);
    yield* runList(one.body, state);
    if (leaves(state)) break;
  }
  state.loopDepth -= 1;
}

function* count(one: CountCommand, state: ShellState): Running {
  const outputs = yield* outputsOf([one.first, one.condition, one.next], state, capture);
  arithmeticOf(one.first, state, outputs);
  state.status = 0;
  state.loopDepth += 1;
  while (isEmpty(one.condition) || arithmeticOf(one.condition, state, outputs) !== 0) {
    yield* runList(one.body, state);
    if (leaves(state)) break;
    arithmeticOf(one.next, state, outputs);
    tick(state, one.line);
  }
  state.loopDepth -= 1;
}

function* caseCommand(one: CaseCommand, state: ShellState): Running {
  const patterns = one.clauses.flatMap((clause) => clause.patterns);
  const outputs = yield* outputsOf([one.subject, ...patterns], state, capture);
  const subject = expandText(one.subject, state, outputs);
  state.status = 0;
  let falls = false;
  for (const clause of one.clauses) {
    const hit =
      falls ||
      clause.patterns.some((word) =>
        word.literal === undefined || word.literal.includes("\\")
          ? matches(subject, expandPattern(word, state, outputs))
          : word.literal === subject,
      );
    if (!hit) continue;
    yield* runList(clause.body, state);
    if (state.jump !== undefined || clause.end === ";;") return;
    falls = clause.end === ";&";
  }
}

function* conditionStatus(condition: Condition, state: ShellState): Running<number> {
  try {
    return (yield* holds(condition, state)) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof TestError) && !(error instanceof PatternError)) throw error;
    state.complain(error.message);
    return 2;
  }
}

function* holds(condition: Condition, state: ShellState): Running<boolean> {
  switch (condition.kind) {
    case "not":
      return !(yield* holds(condition.operand, state));
    case "and":
      return (yield* holds(condition.left, state)) && (yield* holds(condition.right, state));
    case "or":
      return (yield* holds(condition.left, state)) || (yield* holds(condition.right, state));
    case "unary": {
      const outputs = yield* outputsOf([condition.operand], state, capture);
      return unaryTest(condition.operator, expandText(condition.operand, state, outputs), state);
    }
    case "binary": {
      const outputs = yield* outputsOf([condition.left, condition.right], state, capture);
      return binaryHolds(condition, state, outputs);
    }
  }
}

function binaryHolds(
  condition: Extract<Condition, { kind: "binary" }>,
  state: ShellState,
  outputs: Outputs,
): boolean {
  const { operator } = condition;
  const left = expandText(condition.left, state, outputs);
  if (operator === "=~") {
    const pattern = posixPattern(expandRegExp(condition.right, state, outputs), { extended: true });
    const match = pattern.exec(left);
    if (match !== null)
      state.assignArray(
        "BASH_REMATCH",
        [...match].map((one) => one ?? ""),
        false,
      );
    return match !== null;
  }
  if (operator === "=" || operator === "==" || operator === "!=") {
    const hit = matches(left, expandPattern(condition.right, state, outputs));
    return hit === (operator !== "!=");
  }
  const right = expandText(condition.right, state, outputs);
  if (/^-(?:eq|ne|lt|le|gt|ge)$/.test(operator)) {
    // Unlike `[`, both sides are arithmetic: a word that is no number is a variable, unset ones are 0.
    return compare(arithmetic(left, state), operator, arithmetic(right, state));
  }
  return binaryTest(left, operator, right, state);
}

function arithmetic(text: string, state: ShellState): number {
  const parts = [{ kind: "text" as const, text, quoted: true }];
  return arithmeticOf({ parts, literal: text, runsCommand: false }, state, undefined);
}

/** Changes the streams; false when a file could not be opened. The caller puts them back. */
function* redirect(redirects: readonly Redirect[], state: ShellState): Running<boolean> {
  if (redirects.length === 0) return true;
  const fds = [...state.fds];
  for (const one of redirects) {
    const outputs = runs(one.target) ? yield* outputsOf([one.target], state, capture) : undefined;
    const target = expandText(one.target, state, outputs);
    const tcp = target.startsWith("/dev/") ? TCP.exec(target) : null;
    let error: string | undefined;
    if (tcp === null) error = redirectTo(fds, one, target, state);
    else {
      const reply = yield* ask(["/dev/tcp", tcp[1] ?? "", tcp[2] ?? ""], state);
      if (reply.status === 0) fds[one.fd] = NULL_STREAM;
      else error = `${target}: ${reply.stderr}`;
    }
    if (error !== undefined) {
      state.complain(error);
      state.status = 1;
      return false;
    }
  }
  state.fds = fds;
  return true;
}

/** Saves a generator for the many words in which nothing runs. */
function runs(word: Word): boolean {
  return word.runsCommand;
}

const capture: Capture = function* captured(part, state) {
  if (part.broken !== undefined) {
    state.complain(`command substitution: ${part.broken}`);
    state.substitutionStatus = 2;
    return "";
  }
  const { body } = part;
  const [item] = body;
  if (item === undefined) return "";
  const out: Stream = { kind: "buffer", text: "" };
  const [first] = item.first.commands;
  const single = body.length === 1 && item.rest.length === 0 && !item.background;
  const isolated =
    single &&
    (item.first.commands.length > 1 || (first !== undefined && changesNothing(first, state)));
  if (isolated) {
    const { fds, line } = state;
    state.fds = [fds[0], out, ...fds.slice(2)];
    state.guarded += 1;
    yield* pipeline(item.first, state);
    state.guarded -= 1;
    state.fds = fds;
    state.line = line;
    state.substitutionStatus = state.status;
  } else {
    const child = state.fork();
    child.fds = [state.fds[0], out, ...state.fds.slice(2)];
    // Bash drops `set -e` in a command substitution, unless it is in POSIX mode.
    child.errexit = false;
    yield* runScript({ body, text: "", error: undefined }, child);
    state.substitutionStatus = child.status;
    if (isFileOnly(first)) out.text = inputOf(first, state);
  }
  return withoutLineEnds(out.text);
};

/** `$(< file)` */
function isFileOnly(one: Command | undefined): one is SimpleCommand {
  return (
    one?.kind === "simple" &&
    one.words.length === 0 &&
    one.assignments.length === 0 &&
    one.redirects[0]?.operator === "<"
  );
}

function inputOf(one: SimpleCommand, state: ShellState): string {
  const target = one.redirects[0]?.target;
  const path = target === undefined ? "" : expandText(target, state, undefined);
  return state.shared.host.readFile(state.absolute(path)) ?? "";
}

function withoutLineEnds(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 10) end -= 1;
  return end === text.length ? text : text.slice(0, end);
}

function* simple(given: SimpleCommand, state: ShellState): Running {
  const one = state.expandAliases ? withAlias(given, state) : given;
  state.substitutionStatus = 0;
  const outputs = one.words.some(runs) ? yield* outputsOf(one.words, state, capture) : undefined;
  const argv = expandWords(one.words, state, outputs);
  const before = state.fds;
  if (one.redirects.length > 0 && !(yield* redirect(one.redirects, state))) return;
  try {
    if (argv.length === 0) {
      for (const assignment of one.assignments) yield* assign(assignment, state);
      state.status = state.substitutionStatus;
      return;
    }
    if (one.assignments.length === 0) yield* invoke(argv, one, state);
    else yield* withEnvironment(argv, one, state);
  } finally {
    // `exec` without a command changes the streams of the shell itself.
    if (argv[0] !== "exec" || argv.length > 1) state.fds = before;
  }
}

function* assign(one: SimpleCommand["assignments"][number], state: ShellState): Running {
  const { name, value, append } = one;
  if ("length" in value) {
    const outputs = yield* outputsOf(value, state, capture);
    assignList(name, expandWords(value, state, outputs), append, state);
    return;
  }
  const outputs = runs(value) ? yield* outputsOf([value], state, capture) : undefined;
  const text = expandText(value, state, outputs);
  if (one.index === undefined) {
    state.assign(name, append ? (state.lookup(name) ?? "") + text : text);
    return;
  }
  const key = expandText(one.index, state, outputs);
  const at =
    /^\w*[A-Za-z_]\w*$/.test(key) && state.arrays.get(name) !== undefined
      ? key
      : String(arithmetic(key, state));
  state.assignElement(name, at, append ? (state.arrayOf(name)?.get(at) ?? "") + text : text);
}

/** `a=(x y)`, and `a=([k]=v)` of an associative array. */
function assignList(
  name: string,
  values: readonly string[],
  append: boolean,
  state: ShellState,
): void {
  const keyed = values.map((value) => /^\[([^\]]+)\]=([^]*)$/.exec(value));
  if (values.length === 0 || keyed.some((one) => one === null)) {
    state.assignArray(name, values, append);
    return;
  }
  if (!append) state.assignArray(name, [], false);
  for (const one of keyed) state.assignElement(name, one?.[1] ?? "", one?.[2] ?? "");
}

/** `NAME=value command`: the variable is there for this command only. */
function* withEnvironment(argv: readonly string[], one: SimpleCommand, state: ShellState): Running {
  const names = one.assignments.map((assignment) => assignment.name);
  const saved = names.map((name) => ({
    name,
    value: state.variables.get(name),
    was: state.exported.has(name),
  }));
  for (const assignment of one.assignments) yield* assign(assignment, state);
  for (const name of names) state.exported.add(name);
  yield* invoke(argv, one, state);
  for (const { name, value, was } of saved) {
    if (value === undefined) state.variables.delete(name);
    else state.variables.set(name, value);
    if (!was) state.exported.delete(name);
  }
}

/** An alias stands for the text it was given, with the rest of the command behind it. */
function withAlias(one: SimpleCommand, state: ShellState): SimpleCommand {
  const [first] = one.words;
  const text = first?.literal === undefined ? undefined : state.aliases.get(first.literal);
  if (text === undefined) return one;
  const [item] = parsed(text).body;
  const replaced = item?.first.commands[0];
  if (
    item === undefined ||
    item.rest.length > 0 ||
    item.first.commands.length > 1 ||
    replaced?.kind !== "simple"
  ) {
    state.note(`alias ${first?.literal ?? ""} of more than one command`);
    return one;
  }
  return {
    ...replaced,
    line: one.line,
    words: [...replaced.words, ...one.words.slice(1)],
    redirects: [...replaced.redirects, ...one.redirects],
  };
}

function* invoke(argv: readonly string[], one: SimpleCommand, state: ShellState): Running {
  const name = argv[0] ?? "";
  if (state.functions.size > 0) {
    const body = state.functions.get(name);
    if (body !== undefined) {
      yield* call(body, argv, state);
      return;
    }
  }
  const builtin = BUILTINS.get(name);
  if (builtin !== undefined) {
    state.status = builtin(state, argv);
    if (one.declared === undefined) return;
    for (const assignment of one.declared.values()) yield* assign(assignment, state);
    return;
  }
  yield* external(argv, state);
}

function* call(body: Command, argv: readonly string[], state: ShellState): Running {
  if (state.callDepth >= MAX_CALLS)
    throw new ExpansionError(`${argv[0] ?? ""}: maximum function nesting level exceeded`, true);
  const { positional, loopDepth } = state;
  state.positional = argv.slice(1);
  state.loopDepth = 0;
  state.callDepth += 1;
  state.frames.push([]);
  yield* command(body, state);
  state.leaveFunction();
  state.callDepth -= 1;
  state.loopDepth = loopDepth;
  state.positional = positional;
  if (state.jump === "return") state.jump = undefined;
}

/** A command that is no function and no plain builtin. */
function* external(argv: readonly string[], state: ShellState): Running {
  const name = argv[0] ?? "";
  const short = name.startsWith("/") ? name.replace(/^\/(?:usr\/)?(?:local\/)?s?bin\//, "") : name;
  const wrapper = WRAPPERS.get(short);
  if (wrapper !== undefined) {
    yield* wrapper(argv, state, SHELL);
    return;
  }
  if (short === "sleep") {
    yield* sleep(argv, state);
    return;
  }
  if (HARMLESS.has(short) || short === "printf") {
    // The program of that name does the same, at the price of a process.
    state.status = BUILTINS.get(short)?.(state, [short, ...argv.slice(1)]) ?? 0;
    yield { kind: "sleep", us: PROCESS_US, line: state.line };
    return;
  }
  if (short.includes("/") || short.endsWith(".sh")) {
    const text = state.shared.host.readFile(state.absolute(name));
    if (text !== undefined && isShellText(text)) {
      yield* child(text, [name, ...argv.slice(1)], state);
      return;
    }
  }
  const reply = yield* ask(argv, state);
  state.write(1, reply.stdout);
  state.write(2, reply.stderr);
  state.status = reply.status;
}

function isShellText(text: string): boolean {
  if (!text.startsWith("#!")) return true;
  const line = text.slice(0, Math.max(0, text.indexOf("\n")));
  return /\b(?:ba|da|k|z)?sh\b/.test(line);
}

function* ask(argv: readonly string[], state: ShellState): Running<ShellReply> {
  const timeoutUs = remainingUs(state);
  const reply = yield {
    kind: "command",
    argv,
    stdin: state.input(),
    timeoutUs,
    line: state.line,
    context: new Context(state),
  };
  if (timeoutUs !== undefined && reply.status === 124) remainingUs(state);
  return reply;
}

/** What is left of the time that `timeout` gave; throws when nothing is. */
function remainingUs(state: ShellState): Us | undefined {
  if (state.deadlineUs === undefined) return undefined;
  const left = state.deadlineUs - state.shared.host.nowUs();
  if (left <= 0) throw new TimeIsUp("time is up");
  return left;
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** `1.5`, `2m`, as `sleep` and `timeout` have them; nothing if it is no duration. */
function durationUsOf(text: string): Us | undefined {
  const match = /^(\d*\.?\d+|\d+\.)([smhd]?)$/.exec(text);
  if (match === null) return text === "infinity" ? Number.MAX_SAFE_INTEGER : undefined;
  return Math.round(
    Number(match[1]) * (UNITS[match[2] === "" ? "s" : (match[2] ?? "s")] ?? 1) * 1e6,
  );
}

function* sleep(argv: readonly string[], state: ShellState): Running {
  let us = PROCESS_US;
  for (const arg of argv.slice(1)) {
    const one = durationUsOf(arg);
    if (one === undefined) {
      state.write(2, `sleep: invalid time interval '${arg}'\n`);
      state.status = 1;
      return;
    }
    us += one;
  }
  const left = remainingUs(state);
  yield { kind: "sleep", us: left === undefined ? us : Math.min(us, left), line: state.line };
  if (left !== undefined && us >= left) throw new TimeIsUp("time is up");
  state.status = argv.length > 1 ? 0 : 1;
}

const KEPT = 200;
const scripts = new Map<string, ShellScript>();

/** Texts that are run from inside scripts come back again and again. */
function parsed(text: string): ShellScript {
  const known = scripts.get(text);
  if (known !== undefined) return known;
  const script = readShell(text);
  if (scripts.size >= KEPT) scripts.clear();
  scripts.set(text, script);
  return script;
}

/** A script as a process of its own: it inherits what was exported, and nothing it does comes back. */
function* child(text: string, argv: readonly string[], state: ShellState): Running {
  if (state.callDepth >= MAX_CALLS)
    throw new ExpansionError(`${argv[0] ?? ""}: scripts nested too deeply`, true);
  const own = new ShellState(state.shared, {
    name: argv[0] ?? "",
    positional: argv.slice(1),
    fds: state.fds,
  });
  for (const name of state.exported) {
    own.variables.set(name, state.lookup(name) ?? "");
    own.exported.add(name);
  }
  own.directory = state.directory;
  own.deadlineUs = state.deadlineUs;
  own.callDepth = state.callDepth + 1;
  yield { kind: "sleep", us: PROCESS_US, line: state.line };
  yield* runScript(parsed(text), own);
  state.status = own.status;
}

/** In this shell: `eval`, `source`. */
function* inside(text: string, state: ShellState): Running {
  if (state.callDepth >= MAX_CALLS) throw new ExpansionError("scripts nested too deeply", true);
  const script = parsed(text);
  state.callDepth += 1;
  state.status = 0;
  yield* runList(script.body, state);
  state.callDepth -= 1;
  if (script.error !== undefined && state.jump === undefined) {
    state.complain(script.error.message);
    state.status = 2;
  }
}

function* timed(us: Us, argv: readonly string[], state: ShellState): Running<boolean> {
  const { deadlineUs, fds, guarded } = state;
  const own = state.shared.host.nowUs() + us;
  state.deadlineUs = deadlineUs === undefined ? own : Math.min(deadlineUs, own);
  try {
    yield* external(argv, state);
    return true;
  } catch (error) {
    if (!(error instanceof TimeIsUp)) throw error;
    if (deadlineUs !== undefined && deadlineUs <= own) throw error;
    return false;
  } finally {
    state.deadlineUs = deadlineUs;
    state.fds = fds;
    state.guarded = guarded;
  }
}

const SHELL = { external, child, inside, timed, durationUsOf };
