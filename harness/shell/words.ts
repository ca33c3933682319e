/** Words of a script: quoting, parameters, substitutions. What they mean is expanded later. */
import type { List, ParameterOperation, Part, Word } from "./ast.ts";
import { Cursor } from "./cursor.ts";
import { ShellSyntaxError } from "./errors.ts";

const PLAIN = /[^ \t\n\\'"`$;&|<>()]+/y;
const PLAIN_IN_QUOTES = /[^\\"`$]+/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const SPECIAL = /[0-9@*#?$!-]/y;

/** How a body in `$(...)` is read; the parser of commands hands itself in. */
export type ReadBody = (cursor: Cursor, closer: ")" | "") => List;

export function makeWord(parts: readonly Part[]): Word {
  return { parts, literal: literalOf(parts), runsCommand: parts.some(runsCommand) };
}

export function textWord(text: string, quoted: boolean): Word {
  return makeWord([{ kind: "text", text, quoted }]);
}

function literalOf(parts: readonly Part[]): string | undefined {
  let literal = "";
  for (const part of parts) {
    if (part.kind !== "text") return undefined;
    if (!part.quoted && /[*?[\\]/.test(part.text)) return undefined;
    literal += part.text;
  }
  return literal;
}

function runsCommand(part: Part): boolean {
  switch (part.kind) {
    case "text":
      return false;
    case "command":
      return true;
    case "arithmetic":
      return part.text.runsCommand;
    case "parameter":
      return (part.index?.runsCommand ?? false) || operationRunsCommand(part.operation);
  }
}

function operationRunsCommand(operation: ParameterOperation | undefined): boolean {
  switch (operation?.kind) {
    case "default":
      return operation.word.runsCommand;
    case "trim":
      return operation.pattern.runsCommand;
    case "replace":
      return operation.pattern.runsCommand || operation.by.runsCommand;
    case "slice":
      return operation.offset.runsCommand || (operation.length?.runsCommand ?? false);
    default:
      return false;
  }
}

/** Adds a part, joining texts that are quoted alike. */
function push(parts: Part[], part: Part): void {
  const last = parts.at(-1);
  if (part.kind === "text" && last?.kind === "text" && part.quoted === last.quoted) {
    parts[parts.length - 1] = { kind: "text", text: last.text + part.text, quoted: part.quoted };
  } else {
    parts.push(part);
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  a: "\x07",
  b: "\b",
  e: "\x1b",
  E: "\x1b",
  f: "\f",
  v: "\v",
  "\\": "\\",
  "'": "'",
  '"': '"',
};

export class WordReader {
  readonly #cursor: Cursor;
  readonly #readBody: ReadBody;

  constructor(cursor: Cursor, readBody: ReadBody) {
    this.#cursor = cursor;
    this.#readBody = readBody;
  }

  /** The word that starts here, or nothing. */
  read(): Word | undefined {
    const parts = this.#parts((char) => /[ \t\n;&|<>()]/.test(char));
    return parts.length === 0 ? undefined : makeWord(parts);
  }

  /** After `=~`, where `(`, `|` and `<` belong to the expression. */
  readRegExp(): Word | undefined {
    let open = 0;
    const parts = this.#parts((char) => {
      if (char === "(") open += 1;
      if (char === ")" && open > 0) {
        open -= 1;
        return false;
      }
      if (char === ")") return true;
      return /[ \t\n]/.test(char) && open === 0;
    });
    return parts.length === 0 ? undefined : makeWord(parts);
  }

  /** Text up to a character outside quotes, all of it one word: subscripts, arguments of operators. */
  readUntil(stops: string, quoted: boolean): Word {
    const parts: Part[] = [];
    const cursor = this.#cursor;
    while (!cursor.ended && !stops.includes(cursor.peek())) {
      this.#inside(parts, quoted, stops);
    }
    if (cursor.ended) throw cursor.error(`unexpected end of file, looking for "${stops[0] ?? ""}"`);
    return makeWord(parts);
  }

  /** Text of a here-document or arithmetic: only `$`, backtick and backslash mean something. */
  readWhole(): Word {
    const parts: Part[] = [];
    while (!this.#cursor.ended) this.#quotedPiece(parts, /[^\\`$]+/y, "$`\\");
    return makeWord(parts);
  }

  #parts(stop: (char: string) => boolean): Part[] {
    const cursor = this.#cursor;
    const parts: Part[] = [];
    if (cursor.peek() === "~") this.#tilde(parts);
    while (!cursor.ended && !stop(cursor.peek())) {
      const text = cursor.take(PLAIN);
      if (text !== undefined) push(parts, { kind: "text", text, quoted: false });
      else this.#inside(parts, false, "");
    }
    return parts;
  }

  #tilde(parts: Part[]): void {
    if (!/^~(?:[/ \t\n;&|)]|$)/.test(this.#cursor.text.slice(this.#cursor.at, this.#cursor.at + 2)))
      return;
    this.#cursor.at += 1;
    parts.push({
      kind: "parameter",
      name: "HOME",
      index: undefined,
      operation: undefined,
      quoted: true,
    });
  }

  /** One piece of a word: a quotation, an expansion, or one plain character. */
  #inside(parts: Part[], quoted: boolean, stops: string): void {
    const cursor = this.#cursor;
    const char = cursor.peek();
    if (char === "\\") this.#backslash(parts, quoted, stops);
    else if (char === "'" && !quoted) {
      cursor.at += 1;
      push(parts, { kind: "text", text: this.#upTo("'"), quoted: true });
    } else if (char === '"') {
      cursor.at += 1;
      cursor.nested(() => this.#doubleQuoted(parts));
    } else if (char === "`" || char === "$") this.#expansion(parts, quoted);
    else {
      cursor.at += 1;
      push(parts, { kind: "text", text: char, quoted });
    }
  }

  #backslash(parts: Part[], quoted: boolean, stops: string): void {
    const cursor = this.#cursor;
    const next = cursor.peek(1);
    cursor.at += next === "" ? 1 : 2;
    if (next === "\n") return;
    if (quoted && !`$\`"\\${stops}`.includes(next)) {
      push(parts, { kind: "text", text: `\\${next}`, quoted: true });
    } else {
      push(parts, { kind: "text", text: next === "" ? "\\" : next, quoted: true });
    }
  }

  #upTo(closer: string): string {
    const cursor = this.#cursor;
    const end = cursor.text.indexOf(closer, cursor.at);
    if (end < 0) throw cursor.error(`unexpected end of file, looking for ${closer}`);
    const text = cursor.text.slice(cursor.at, end);
    cursor.at = end + closer.length;
    return text;
  }

  #doubleQuoted(parts: Part[]): void {
    const cursor = this.#cursor;
    const start = cursor.at;
    push(parts, { kind: "text", text: "", quoted: true });
    while (!cursor.accept('"')) {
      if (cursor.ended) throw cursor.error('unexpected end of file, looking for "', start);
      this.#quotedPiece(parts, PLAIN_IN_QUOTES, '$`"\\');
    }
  }

  #quotedPiece(parts: Part[], plain: RegExp, escapable: string): void {
    const cursor = this.#cursor;
    const text = cursor.take(plain);
    if (text !== undefined) {
      push(parts, { kind: "text", text, quoted: true });
      return;
    }
    if (cursor.peek() !== "\\") {
      this.#expansion(parts, true);
      return;
    }
    const next = cursor.peek(1);
    cursor.at += next === "" ? 1 : 2;
    if (next === "\n") return;
    push(parts, {
      kind: "text",
      text: next !== "" && escapable.includes(next) ? next : `\\${next}`,
      quoted: true,
    });
  }

  #expansion(parts: Part[], quoted: boolean): void {
    const cursor = this.#cursor;
    if (cursor.accept("`")) {
      push(parts, this.#backticks(quoted));
    } else if (cursor.startsWith("$((")) {
      push(parts, this.#arithmeticOrCommand(quoted));
    } else if (cursor.accept("$(")) {
      const body = cursor.nested(() => this.#readBody(cursor, ")"));
      push(parts, { kind: "command", body, broken: undefined, quoted });
    } else if (cursor.accept("${")) {
      push(
        parts,
        cursor.nested(() => this.#braced(quoted)),
      );
    } else if (!quoted && cursor.accept("$'")) {
      push(parts, { kind: "text", text: this.#ansiQuoted(), quoted: true });
    } else if (!quoted && cursor.startsWith('$"')) {
      cursor.at += 1;
    } else {
      cursor.at += 1;
      const name = cursor.take(NAME) ?? cursor.take(SPECIAL);
      if (name === undefined) push(parts, { kind: "text", text: "$", quoted });
      else push(parts, { kind: "parameter", name, index: undefined, operation: undefined, quoted });
    }
  }

  #ansiQuoted(): string {
    const cursor = this.#cursor;
    let text = "";
    while (!cursor.accept("'")) {
      if (cursor.ended) throw cursor.error("unexpected end of file, looking for '");
      if (!cursor.accept("\\")) {
        text += cursor.peek();
        cursor.at += 1;
        continue;
      }
      const code = cursor.take(/x[0-9a-fA-F]{1,2}|u[0-9a-fA-F]{1,4}|[0-7]{1,3}/y);
      if (code === undefined) {
        text += ESCAPES[cursor.peek()] ?? `\\${cursor.peek()}`;
        cursor.at += 1;
      } else {
        const digits = /^[xu]/.test(code)
          ? Number.parseInt(code.slice(1), 16)
          : Number.parseInt(code, 8);
        text += String.fromCharCode(digits);
      }
    }
    return text;
  }

  #backticks(quoted: boolean): Part {
    const cursor = this.#cursor;
    const line = cursor.line();
    const start = cursor.at;
    let inner = "";
    while (!cursor.accept("`")) {
      if (cursor.ended) throw cursor.error("unexpected end of file, looking for `", start);
      if (cursor.peek() === "\\" && (quoted ? '$`"\\' : "$`\\").includes(cursor.peek(1)))
        cursor.at += 1;
      inner += cursor.peek();
      cursor.at += 1;
    }
    // A shell reads the text between backticks only when it comes to run it.
    try {
      const body = cursor.nested(() => this.#readBody(new Cursor(inner, line, cursor.depth), ""));
      return { kind: "command", body, broken: undefined, quoted };
    } catch (error) {
      if (!(error instanceof ShellSyntaxError)) throw error;
      return { kind: "command", body: [], broken: error.message, quoted };
    }
  }

  /** `$((a))` is arithmetic unless its two closing brackets are not together, as in `$((a) | b)`. */
  #arithmeticOrCommand(quoted: boolean): Part {
    const cursor = this.#cursor;
    const end = closingOf(cursor.text, cursor.at + 3);
    if (end === undefined) {
      cursor.at += 2;
      return {
        kind: "command",
        body: cursor.nested(() => this.#readBody(cursor, ")")),
        broken: undefined,
        quoted,
      };
    }
    const text = this.arithmetic(cursor.at + 3, end);
    cursor.at = end + 2;
    return { kind: "arithmetic", text, quoted };
  }

  /** The expression between two offsets, with its expansions. */
  arithmetic(start: number, end: number): Word {
    const source = this.#cursor.text.slice(start, end).replaceAll('"', "");
    const inner = new Cursor(source, this.#cursor.line(start), this.#cursor.depth);
    return inner.nested(() => new WordReader(inner, this.#readBody).readWhole());
  }

  #braced(quoted: boolean): Part {
    const cursor = this.#cursor;
    if (cursor.startsWith("#") && !/^#[}:%#/]/.test(cursor.text.slice(cursor.at, cursor.at + 2))) {
      cursor.at += 1;
      return this.#finish(quoted, { kind: "length" });
    }
    if (cursor.startsWith("!") && /[A-Za-z_0-9]/.test(cursor.peek(1))) {
      cursor.at += 1;
      return this.#finish(quoted, { kind: "indirect" });
    }
    return this.#finish(quoted, undefined);
  }

  #finish(quoted: boolean, known: ParameterOperation | undefined): Part {
    const cursor = this.#cursor;
    const name = cursor.take(NAME) ?? cursor.take(/[0-9]+/y) ?? cursor.take(SPECIAL);
    if (name === undefined) throw cursor.error("bad substitution");
    let index: Word | undefined;
    if (cursor.accept("[")) {
      index = this.readUntil("]", false);
      cursor.at += 1;
    }
    let operation = known ?? this.#operation(quoted);
    if (operation?.kind === "indirect" && index !== undefined) operation = { kind: "keys" };
    if (!cursor.accept("}")) throw cursor.error("bad substitution");
    return { kind: "parameter", name, index, operation, quoted };
  }

  #operation(quoted: boolean): ParameterOperation | undefined {
    const cursor = this.#cursor;
    const token = cursor.take(/:?[-=+?]|##?|%%?|\/[/#%]?|:|\^\^?|,,?/y);
    switch (token) {
      case undefined:
        return undefined;
      case "#":
      case "##":
      case "%":
      case "%%":
        return {
          kind: "trim",
          side: token.startsWith("#") ? "prefix" : "suffix",
          longest: token.length === 2,
          pattern: this.readUntil("}", false),
        };
      case "/":
      case "//":
      case "/#":
      case "/%":
        return this.#replacement(token, quoted);
      case ":":
        return this.#slice();
      case "^":
      case "^^":
      case ",":
      case ",,":
        return { kind: "case", how: token };
      default:
        return {
          kind: "default",
          action: token.at(-1) as "-" | "=" | "+" | "?",
          colon: token.length === 2,
          word: this.readUntil("}", quoted),
        };
    }
  }

  #replacement(token: string, quoted: boolean): ParameterOperation {
    const cursor = this.#cursor;
    const pattern = this.readUntil("/}", false);
    const by = cursor.accept("/") ? this.readUntil("}", quoted) : makeWord([]);
    const anchor = token === "/#" ? "#" : token === "/%" ? "%" : "";
    return { kind: "replace", anchor, all: token === "//", pattern, by };
  }

  #slice(): ParameterOperation {
    const offset = this.readUntil(":}", true);
    const length = this.#cursor.accept(":") ? this.readUntil("}", true) : undefined;
    return { kind: "slice", offset, length };
  }
}

/** Where `))` closes an arithmetic expression that starts at an offset; nothing if it does not. */
export function closingOf(text: string, start: number): number | undefined {
  let open = 0;
  for (let at = start; at < text.length; at += 1) {
    const char = text[at];
    if (char === "(") open += 1;
    if (char !== ")") continue;
    if (open === 0) return text[at + 1] === ")" ? at : undefined;
    open -= 1;
  }
  return undefined;
}
