/** What a shell knows while it runs: variables, streams, functions, options. A subshell gets a copy. */
import type { Command } from "./ast.ts";
import type { ArithmeticScope } from "./arithmetic.ts";
import type { HostView } from "./host.ts";

/** Where output goes or input comes from. */
export type Stream =
  | { readonly kind: "buffer"; text: string }
  | { readonly kind: "input"; readonly text: string; at: number }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "null" };

export const NULL_STREAM: Stream = { kind: "null" };

export interface Note {
  readonly what: string;
  readonly line: number;
}

/** Set by `exit`, `return`, `break` and `continue`; every level looks at it after each command. */
export type Jump = "exit" | "return" | "break" | "continue" | undefined;

/** What a shell and its subshells share. */
export interface Shared {
  readonly host: HostView;
  readonly notes: Note[];
  stepsLeft: number;
  /** Commands inside commands, functions and scripts together. */
  depth: number;
  readonly steps: number;
  readonly pid: number;
  readonly parentPid: number;
  readonly script: string;
  readonly args: readonly string[];
  /** Run as `sh`: a file to source that is missing ends the shell. */
  readonly posix: boolean;
}

/** A failure that ends the command, or with `fatal` the shell. */
export class ExpansionError extends Error {
  readonly fatal: boolean;

  constructor(message: string, fatal: boolean) {
    super(message);
    this.fatal = fatal;
  }
}

export type ArrayValue = Map<string, string>;

interface Saved {
  readonly name: string;
  readonly value: string | undefined;
  readonly array: ArrayValue | undefined;
}

export class ShellState implements ArithmeticScope {
  readonly shared: Shared;
  variables: Map<string, string>;
  arrays: Map<string, ArrayValue>;
  exported: Set<string>;
  readonlyNames: Set<string>;
  functions: Map<string, Command>;
  aliases: Map<string, string>;
  traps: Map<string, string>;
  positional: readonly string[];
  name: string;
  fds: readonly (Stream | undefined)[];
  status = 0;
  /** Of the last pipeline, if it had several stages. */
  pipeStatus: readonly number[] | undefined;
  /** Stages of the running pipeline after this one: they show in a process list. */
  laterStages: readonly Command[] = [];
  substitutionStatus = 0;
  lastBackground: number | undefined;
  jump: Jump;
  jumpLevels = 0;
  loopDepth = 0;
  line = 1;
  callDepth = 0;
  errexit = false;
  nounset = false;
  pipefail = false;
  expandAliases = false;
  /** Inside a condition, where `set -e` does not act. */
  guarded = 0;
  directory = "/";
  deadlineUs: number | undefined;
  /** One frame for each running function. */
  frames: Saved[][] = [];
  getoptsAt = 1;

  constructor(
    shared: Shared,
    initial: { name: string; positional: readonly string[]; fds: readonly (Stream | undefined)[] },
    from?: ShellState,
  ) {
    this.shared = shared;
    this.name = initial.name;
    this.positional = initial.positional;
    this.fds = initial.fds;
    this.variables = new Map(from?.variables);
    this.arrays = new Map(from?.arrays);
    this.exported = new Set(from?.exported);
    this.readonlyNames = new Set(from?.readonlyNames);
    this.functions = new Map(from?.functions);
    this.aliases = new Map(from?.aliases);
    this.traps = new Map();
  }

  fork(): ShellState {
    const copy = new ShellState(this.shared, this, this);
    // Arrays are changed in place, so the copy needs its own.
    for (const [name, values] of this.arrays) copy.arrays.set(name, new Map(values));
    copy.status = this.status;
    copy.lastBackground = this.lastBackground;
    copy.loopDepth = 0;
    copy.line = this.line;
    copy.callDepth = this.callDepth;
    copy.errexit = this.errexit;
    copy.nounset = this.nounset;
    copy.pipefail = this.pipefail;
    copy.expandAliases = this.expandAliases;
    copy.guarded = this.guarded;
    copy.directory = this.directory;
    copy.deadlineUs = this.deadlineUs;
    copy.frames = this.frames.length === 0 ? [] : [[]];
    return copy;
  }

  lookup(name: string): string | undefined {
    const value = this.variables.get(name);
    if (value !== undefined) return value;
    if (this.arrays.size > 0) {
      const array = this.arrays.get(name);
      if (array !== undefined) return array.get("0");
    }
    return this.#special(name);
  }

  #special(name: string): string | undefined {
    switch (name) {
      case "PPID":
        return String(this.shared.parentPid);
      case "HOSTNAME":
        return this.shared.host.hostname();
      case "UID":
      case "EUID":
        return "0";
      case "PWD":
        return this.directory;
      case "IFS":
        return " \t\n";
      case "LINENO":
        return String(this.line);
      case "SECONDS":
        return "0";
      case "BASH_SOURCE":
        return this.name;
      case "BASH_VERSION":
        return "5.2.15(1)-release";
      case "RANDOM":
        this.note("RANDOM is always 4");
        return "4";
      default:
        return undefined;
    }
  }

  arrayOf(name: string): ArrayValue | undefined {
    if (name === "PIPESTATUS") {
      return new Map(
        (this.pipeStatus ?? [this.status]).map((status, index) => [String(index), String(status)]),
      );
    }
    const array = this.arrays.get(name);
    if (array !== undefined) return array;
    const value = this.lookup(name);
    return value === undefined ? undefined : new Map([["0", value]]);
  }

  assign(name: string, value: string): void {
    if (this.readonlyNames.has(name)) throw new ExpansionError(`${name}: readonly variable`, true);
    const array = this.arrays.get(name);
    if (array === undefined) this.variables.set(name, value);
    else array.set("0", value);
  }

  assignElement(name: string, key: string, value: string): void {
    let array = this.arrays.get(name);
    if (array === undefined) {
      const scalar = this.variables.get(name);
      array = new Map(scalar === undefined ? [] : [["0", scalar]]);
      this.variables.delete(name);
      this.arrays.set(name, array);
    }
    array.set(key, value);
  }

  assignArray(name: string, values: readonly string[], append: boolean): void {
    const old = append ? [...(this.arrayOf(name)?.values() ?? [])] : [];
    const entries = [...old, ...values].map((value, index): [string, string] => [
      String(index),
      value,
    ]);
    this.variables.delete(name);
    this.arrays.set(name, new Map(entries));
  }

  unset(name: string): void {
    this.variables.delete(name);
    this.arrays.delete(name);
    this.exported.delete(name);
  }

  /** `local`: the caller's value comes back when the function ends. */
  makeLocal(name: string): void {
    const frame = this.frames.at(-1);
    if (frame === undefined || frame.some((saved) => saved.name === name)) return;
    frame.push({ name, value: this.variables.get(name), array: this.arrays.get(name) });
    this.variables.delete(name);
    this.arrays.delete(name);
  }

  leaveFunction(): void {
    for (const { name, value, array } of this.frames.pop() ?? []) {
      this.variables.delete(name);
      this.arrays.delete(name);
      if (value !== undefined) this.variables.set(name, value);
      if (array !== undefined) this.arrays.set(name, array);
    }
  }

  get(name: string, index: number | undefined): string {
    if (index !== undefined) return this.arrayOf(name)?.get(String(index)) ?? "";
    return this.lookup(name) ?? "";
  }

  set(name: string, index: number | undefined, value: string): void {
    if (index === undefined) this.assign(name, value);
    else this.assignElement(name, String(index), value);
  }

  /** The value a child process would see. */
  environment(name: string): string | undefined {
    return this.exported.has(name) ? this.lookup(name) : undefined;
  }

  absolute(path: string): string {
    return path.startsWith("/") ? path : `${this.directory === "/" ? "" : this.directory}/${path}`;
  }

  note(what: string): void {
    const { notes } = this.shared;
    if (notes.some((one) => one.what === what && one.line === this.line)) return;
    notes.push({ what, line: this.line });
  }

  write(fd: number, text: string): void {
    if (text === "") return;
    const stream = this.fds[fd];
    if (stream === undefined || stream.kind === "null") return;
    if (stream.kind === "buffer") stream.text += text;
    else if (stream.kind === "file") this.shared.host.writeFile(stream.path, text, true);
  }

  /** What a shell says of itself: `script: line 3: text`. */
  complain(text: string): void {
    this.write(2, `${this.name}: line ${String(this.line)}: ${text}\n`);
  }

  /** All that is left of standard input. */
  input(): string {
    const stream = this.fds[0];
    return stream?.kind === "input" ? stream.text.slice(stream.at) : "";
  }
}
