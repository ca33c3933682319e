/**
 * Words to texts: parameters, substitutions (already run, handed in), splitting. File names are not
 * matched against a directory: a pattern stays as written, as it does when nothing matches it.
 */
import { ArithmeticError, evaluate } from "./arithmetic.ts";
import type { ParameterPart, Part, Word } from "./ast.ts";
import { escapeRegExp, searchPattern, trimPattern, wholePattern } from "./pattern.ts";
import { ExpansionError, type ArrayValue, type ShellState } from "./state.ts";

/** What the command substitutions of a word gave, by their part. */
export type Outputs = ReadonlyMap<Part, string> | undefined;

export function arithmeticOf(word: Word, state: ShellState, outputs: Outputs): number {
  const text = word.literal ?? expandText(word, state, outputs);
  try {
    return evaluate(text, state);
  } catch (error) {
    if (error instanceof ArithmeticError) throw new ExpansionError(error.message, false);
    throw error;
  }
}

/** One text, not split: assignments, redirections, `case`, quoted words. */
export function expandText(word: Word, state: ShellState, outputs: Outputs): string {
  if (word.literal !== undefined) return word.literal;
  let text = "";
  for (const part of word.parts) text += partText(part, state, outputs);
  return text;
}

function partText(part: Part, state: ShellState, outputs: Outputs): string {
  switch (part.kind) {
    case "text":
      return part.text;
    case "command":
      return outputs?.get(part) ?? "";
    case "arithmetic":
      return String(arithmeticOf(part.text, state, outputs));
    case "parameter": {
      const value = parameter(part, state, outputs);
      return typeof value === "string" ? value : value.join(joiner(part, state));
    }
  }
}

function joiner(part: ParameterPart, state: ShellState): string {
  const star = part.name === "*" || part.index?.literal === "*";
  return star ? (state.lookup("IFS") ?? " ").slice(0, 1) : " ";
}

/** As a shell pattern: what was quoted stands for itself. */
export function expandPattern(word: Word, state: ShellState, outputs: Outputs): string {
  let pattern = "";
  for (const part of word.parts) {
    const text = partText(part, state, outputs);
    pattern += part.quoted ? text.replace(/[\\*?[\]]/g, "\\$&") : text;
  }
  return pattern;
}

/** As the right side of `=~`: what was quoted stands for itself. */
export function expandRegExp(word: Word, state: ShellState, outputs: Outputs): string {
  let pattern = "";
  for (const part of word.parts) {
    const text = partText(part, state, outputs);
    pattern += part.quoted
      ? escapeRegExp(text).replaceAll("\\-", "-").replaceAll("\\/", "/")
      : text;
  }
  return pattern;
}

export function expandWords(words: readonly Word[], state: ShellState, outputs: Outputs): string[] {
  const fields: string[] = [];
  for (const word of words) {
    if (word.literal === undefined) expandInto(fields, word, state, outputs);
    else if (word.parts.length > 0) fields.push(word.literal);
  }
  return fields;
}

function expandInto(fields: string[], word: Word, state: ShellState, outputs: Outputs): void {
  const [only] = word.parts;
  if (word.parts.length === 1 && only?.kind === "parameter" && !only.quoted) {
    const value = parameter(only, state, outputs);
    if (typeof value === "string" && !/[ \t\n]/.test(value) && !state.variables.has("IFS")) {
      if (value !== "") fields.push(value);
      return;
    }
  }
  const splitter = new Splitter(fields, state.variables.get("IFS"));
  for (const part of word.parts) {
    if (part.kind === "text") {
      splitter.plain(part.text, part.quoted);
      continue;
    }
    const value =
      part.kind === "parameter" ? parameter(part, state, outputs) : partText(part, state, outputs);
    if (typeof value === "string") {
      if (part.quoted) splitter.plain(value, true);
      else splitter.split(value);
    } else if (part.quoted && part.kind === "parameter" && isStar(part)) {
      splitter.plain(value.join(joiner(part, state)), true);
    } else splitter.items(value, part.quoted, word.parts.every(isEmptyOrAll));
  }
  splitter.end();
}

function isStar(part: ParameterPart): boolean {
  return part.name === "*" || part.index?.literal === "*";
}

/** `"$@"` without arguments is no word at all, though it is quoted. */
function isEmptyOrAll(part: Part): boolean {
  return part.kind === "text" ? part.text === "" : part.kind === "parameter";
}

class Splitter {
  readonly #fields: string[];
  readonly #separators: string;
  #current = "";
  #started = false;

  constructor(fields: string[], separators: string | undefined) {
    this.#fields = fields;
    this.#separators = separators ?? " \t\n";
  }

  plain(text: string, quoted: boolean): void {
    this.#current += text;
    if (quoted || text !== "") this.#started = true;
  }

  /** At blanks among the separators any number counts as one; any other separator ends a field. */
  split(text: string): void {
    let afterHard = true;
    for (const char of text) {
      if (!this.#separators.includes(char)) {
        this.#current += char;
        this.#started = true;
        afterHard = false;
      } else if (" \t\n".includes(char)) {
        if (this.#started) afterHard = true;
        this.#flush();
      } else {
        if (!this.#started && !afterHard) this.#fields.push("");
        this.#flush();
        afterHard = false;
      }
    }
  }

  items(values: readonly string[], quoted: boolean, alone: boolean): void {
    if (values.length === 0 && alone) this.#started = false;
    values.forEach((value, index) => {
      if (index > 0) this.#flush();
      if (quoted) this.plain(value, true);
      else this.split(value);
    });
  }

  #flush(): void {
    if (!this.#started) return;
    this.#fields.push(this.#current);
    this.#current = "";
    this.#started = false;
  }

  end(): void {
    this.#flush();
  }
}

/** The value of a parameter; several for `$@`, `$*` and whole arrays. */
function parameter(
  part: ParameterPart,
  state: ShellState,
  outputs: Outputs,
): string | readonly string[] {
  const raw = rawValue(part, state, outputs);
  if (part.operation === undefined) {
    if (raw === undefined && state.nounset) {
      throw new ExpansionError(`${part.name}: unbound variable`, true);
    }
    return raw ?? "";
  }
  return operate(part, raw, state, outputs);
}

function rawValue(
  part: ParameterPart,
  state: ShellState,
  outputs: Outputs,
): string | readonly string[] | undefined {
  const { name, index } = part;
  if (index !== undefined) return element(name, index, state, outputs);
  const first = name.charCodeAt(0);
  if (first >= 65) return state.lookup(name); // a letter or `_`
  if (first >= 48 && first <= 57)
    return name === "0" ? state.name : state.positional[Number(name) - 1];
  switch (name) {
    case "?":
      return String(state.status);
    case "#":
      return String(state.positional.length);
    case "@":
    case "*":
      return state.positional;
    case "$":
      return String(state.shared.pid);
    case "!":
      return state.lastBackground === undefined ? undefined : String(state.lastBackground);
    default:
      return state.errexit ? "ehB" : "hB";
  }
}

function element(
  name: string,
  index: Word,
  state: ShellState,
  outputs: Outputs,
): string | readonly string[] | undefined {
  const array = state.arrayOf(name);
  if (index.literal === "@" || index.literal === "*") return [...(array?.values() ?? [])];
  const text = expandText(index, state, outputs);
  if (array === undefined) return undefined;
  return array.get(text) ?? array.get(keyOf(text, array, state));
}

function keyOf(text: string, array: ArrayValue, state: ShellState): string {
  try {
    const number = evaluate(text, state);
    return number >= 0 ? String(number) : ([...array.keys()].at(number) ?? "");
  } catch {
    return text;
  }
}

function operate(
  part: ParameterPart,
  raw: string | readonly string[] | undefined,
  state: ShellState,
  outputs: Outputs,
): string | readonly string[] {
  const { operation } = part;
  const each = (change: (value: string) => string): string | readonly string[] =>
    raw === undefined ? "" : typeof raw === "string" ? change(raw) : raw.map(change);
  switch (operation?.kind) {
    case undefined:
      return raw ?? "";
    case "length":
      return String(raw?.length ?? 0);
    case "indirect":
      return typeof raw === "string" ? (state.lookup(raw) ?? "") : "";
    case "keys":
      return [...(state.arrayOf(part.name)?.keys() ?? [])];
    case "default":
      return withDefault(part, raw, state, outputs);
    case "trim": {
      const pattern = trimPattern(
        expandPattern(operation.pattern, state, outputs),
        operation.side,
        operation.longest,
      );
      return each((value) => value.replace(pattern, operation.side === "prefix" ? "" : "$1"));
    }
    case "replace": {
      const source = expandPattern(operation.pattern, state, outputs);
      const by = expandText(operation.by, state, outputs);
      if (source === "") return raw ?? "";
      const pattern = searchPattern(source, operation.anchor, operation.all);
      return each((value) => value.replace(pattern, () => by));
    }
    case "slice": {
      const offset = arithmeticOf(operation.offset, state, outputs);
      const length =
        operation.length === undefined ? undefined : arithmeticOf(operation.length, state, outputs);
      return slice(part, raw ?? "", offset, length, state);
    }
    case "case": {
      const { how } = operation;
      const change = how.startsWith("^")
        ? (text: string): string => text.toUpperCase()
        : (text: string): string => text.toLowerCase();
      return each((value) =>
        how.length === 2 ? change(value) : change(value.slice(0, 1)) + value.slice(1),
      );
    }
  }
}

function withDefault(
  part: ParameterPart,
  raw: string | readonly string[] | undefined,
  state: ShellState,
  outputs: Outputs,
): string | readonly string[] {
  const { operation } = part;
  if (operation?.kind !== "default") return raw ?? "";
  const missing =
    raw === undefined ||
    (typeof raw !== "string" && raw.length === 0) ||
    (operation.colon && (typeof raw === "string" ? raw : raw.join("")) === "");
  const word = (): string => expandText(operation.word, state, outputs);
  switch (operation.action) {
    case "-":
      return missing ? word() : raw;
    case "+":
      return missing ? "" : word();
    case "=": {
      if (!missing) return raw;
      const value = word();
      state.assign(part.name, value);
      return value;
    }
    case "?": {
      if (!missing) return raw;
      const text = word();
      throw new ExpansionError(
        `${part.name}: ${text === "" ? "parameter null or not set" : text}`,
        true,
      );
    }
  }
}

function slice(
  part: ParameterPart,
  raw: string | readonly string[],
  offset: number,
  length: number | undefined,
  state: ShellState,
): string | readonly string[] {
  // The positional parameters count from 1; with offset 0 they begin with `$0`.
  const values =
    (part.name === "@" || part.name === "*") && part.index === undefined && typeof raw !== "string"
      ? [state.name, ...raw]
      : raw;
  const start = offset < 0 ? Math.max(0, values.length + offset) : offset;
  if (length === undefined) return values.slice(start);
  return values.slice(start, length < 0 ? length : start + length);
}

export function matches(text: string, pattern: string): boolean {
  return wholePattern(pattern).test(text);
}
