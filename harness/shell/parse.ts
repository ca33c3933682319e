/**
 * Text to tree, for the part of bash and POSIX sh that check and notify scripts use. Left out, with an
 * error that says so: `select`, `coproc`, process substitution.
 */
import type {
  AndOr,
  Assignment,
  Command,
  List,
  Pipeline,
  Redirect,
  RedirectOperator,
  ShellScript,
  Word,
} from "./ast.ts";
import { expandBraces } from "./braces.ts";
import { parseCondition } from "./condition.ts";
import { Cursor } from "./cursor.ts";
import { ShellSyntaxError } from "./errors.ts";
import { closingOf, makeWord, textWord, WordReader } from "./words.ts";

const BLANK = /(?:[ \t]|\\\n)+/y;
const COMMENT = /#[^\n]*/y;
const RESERVED =
  /(?:if|then|elif|else|fi|while|until|do|done|for|case|esac|function|select|coproc|time|\{|\}|!|\[\[)(?=[ \t\n;&|()<>]|$)/y;
const ASSIGNMENT = /[A-Za-z_][A-Za-z0-9_]*(?=\+?=|\[)/y;
const REDIRECT =
  /(?:([0-9]+)(?=[<>])|\{[A-Za-z_]\w*\}(?=[<>]))?(&>>|&>|<<<|<<-|<<|<>|<&|>&|>>|>\||<|>)/y;
const FUNCTION_HEAD = /[^ \t\n;&|<>()$'"`=]+[ \t]*\([ \t]*\)/y;
const DECLARING = new Set(["local", "export", "declare", "typeset", "readonly"]);
/** A text longer than this is no check script. */
const MAX_LENGTH = 1_000_000;

interface PendingDocument {
  readonly delimiter: string;
  readonly quoted: boolean;
  readonly stripTabs: boolean;
  readonly redirect: { target: Word };
}

class Parser {
  readonly #cursor: Cursor;
  readonly #words: WordReader;
  #documents: PendingDocument[] = [];

  constructor(cursor: Cursor) {
    this.#cursor = cursor;
    this.#words = new WordReader(cursor, readBody);
  }

  /** Complete lines to the end; what was read before an error is kept in `into`. */
  script(into: AndOr[]): void {
    const cursor = this.#cursor;
    this.#newlines();
    while (!cursor.ended) {
      const line: AndOr[] = [];
      do line.push(this.#andOr());
      while (this.#separator() && !cursor.ended && !this.#atNewline());
      if (!cursor.ended && !this.#atNewline()) throw cursor.unexpected();
      this.#newlines();
      into.push(...line);
    }
  }

  /** A list up to a closer that stands at a command's place, left where it is. */
  #list(closers: readonly string[]): List {
    const list: AndOr[] = [];
    this.#newlines();
    while (!this.#atCloser(closers)) {
      list.push(this.#andOr());
      const more = this.#separator();
      if (this.#newlines()) continue;
      if (!more && !this.#atCloser(closers)) throw this.#cursor.unexpected();
    }
    return list;
  }

  #atCloser(closers: readonly string[]): boolean {
    const cursor = this.#cursor;
    this.#blank();
    if (cursor.ended) {
      if (closers.includes("")) return true;
      throw cursor.error(`unexpected end of file, looking for "${closers[0] ?? ""}"`);
    }
    const char = cursor.peek();
    if (char === ")") {
      if (closers.includes(")")) return true;
      throw cursor.unexpected();
    }
    if (char === ";" && closers.includes(";;"))
      return /^;[;&]/.test(cursor.text.slice(cursor.at, cursor.at + 2));
    const word = this.#reserved();
    return word !== undefined && closers.includes(word);
  }

  body(closer: ")" | ""): List {
    const list = this.#list([closer]);
    if (closer === ")") this.#cursor.at += 1;
    return list;
  }

  #blank(): void {
    this.#cursor.take(BLANK);
    if (this.#cursor.peek() === "#") this.#cursor.take(COMMENT);
  }

  #atNewline(): boolean {
    this.#blank();
    return this.#cursor.peek() === "\n";
  }

  /** Skips line ends, and the here-documents that begin after the first. */
  #newlines(): boolean {
    let any = false;
    while (this.#atNewline()) {
      any = true;
      this.#cursor.at += 1;
      this.#readDocuments();
    }
    return any;
  }

  /** `;` or `&` after a command. The `&` was seen by `#andOr`. */
  #separator(): boolean {
    this.#blank();
    const cursor = this.#cursor;
    if (this.#sawAmpersand) {
      this.#sawAmpersand = false;
      return true;
    }
    if (cursor.peek() !== ";" || /[;&]/.test(cursor.peek(1))) return false;
    cursor.at += 1;
    this.#blank();
    return true;
  }

  #sawAmpersand = false;

  /** The reserved word that stands here, not moved past. */
  #reserved(): string | undefined {
    const start = this.#cursor.at;
    const word = this.#cursor.take(RESERVED);
    this.#cursor.at = start;
    return word;
  }

  #acceptReserved(word: string): boolean {
    this.#blank();
    if (this.#reserved() !== word) return false;
    this.#cursor.at += word.length;
    return true;
  }

  #expectReserved(word: string): void {
    if (!this.#acceptReserved(word)) throw this.#cursor.unexpected();
  }

  #andOr(): AndOr {
    const cursor = this.#cursor;
    const first = this.#pipeline();
    const rest: { operator: "&&" | "||"; pipeline: Pipeline }[] = [];
    for (;;) {
      this.#blank();
      const operator = cursor.accept("&&") ? "&&" : cursor.accept("||") ? "||" : undefined;
      if (operator === undefined) break;
      this.#newlines();
      rest.push({ operator, pipeline: this.#pipeline() });
    }
    const background = cursor.peek() === "&" && cursor.accept("&");
    this.#sawAmpersand = background;
    return { first, rest, background };
  }

  #pipeline(): Pipeline {
    const cursor = this.#cursor;
    this.#blank();
    const line = cursor.line();
    let negated = false;
    if (this.#acceptReserved("time")) {
      this.#blank();
      cursor.take(/-p(?=[ \t\n])/y);
    }
    while (this.#acceptReserved("!")) negated = !negated;
    const commands = [this.#command()];
    for (;;) {
      this.#blank();
      if (cursor.peek() !== "|" || cursor.peek(1) === "|") break;
      cursor.at += 1;
      const before = commands.at(-1);
      if (cursor.accept("&") && before !== undefined) {
        const both: Redirect = { fd: 2, operator: ">&", target: textWord("1", false) };
        commands[commands.length - 1] = { ...before, redirects: [...before.redirects, both] };
      }
      this.#newlines();
      commands.push(this.#command());
    }
    return { negated, commands, line };
  }

  #command(): Command {
    return this.#cursor.nested(() => {
      this.#blank();
      const cursor = this.#cursor;
      const line = cursor.line();
      const compound = this.#compound(line);
      if (compound === undefined) return this.#simple(line);
      if (compound.kind === "function") return compound;
      const redirects: Redirect[] = [];
      for (let one = this.#redirect(); one !== undefined; one = this.#redirect())
        redirects.push(one);
      return redirects.length === 0 ? compound : { ...compound, redirects };
    });
  }

  #compound(line: number): Command | undefined {
    const cursor = this.#cursor;
    if (cursor.startsWith("((")) {
      const end = closingOf(cursor.text, cursor.at + 2);
      if (end !== undefined) {
        const text = this.#words.arithmetic(cursor.at + 2, end);
        cursor.at = end + 2;
        return { kind: "arithmetic", text, line, redirects: [] };
      }
    }
    if (cursor.accept("(")) return { kind: "subshell", body: this.body(")"), line, redirects: [] };
    const start = cursor.at;
    const word = this.#reserved();
    if (word === undefined) return this.#shortFunction(line);
    cursor.at += word.length;
    switch (word) {
      case "if":
        return this.#if(line);
      case "while":
      case "until":
        return this.#loop(line, word === "until");
      case "for":
        return this.#for(line);
      case "case":
        return this.#case(line);
      case "{": {
        const body = this.#list(["}"]);
        cursor.at += 1;
        return { kind: "group", body, line, redirects: [] };
      }
      case "[[": {
        const condition = parseCondition(cursor, this.#words, () => {
          this.#newlines();
        });
        return { kind: "condition", condition, line, redirects: [] };
      }
      case "function":
        return this.#longFunction(line);
      default:
        cursor.at = start;
        if (word === "select" || word === "coproc") {
          throw cursor.error(`"${word}" is not modelled`);
        }
        throw cursor.unexpected();
    }
  }

  #shortFunction(line: number): Command | undefined {
    const head = this.#cursor.take(FUNCTION_HEAD);
    if (head === undefined) return undefined;
    return this.#functionBody(line, head.slice(0, head.indexOf("(")).trim());
  }

  #longFunction(line: number): Command {
    this.#blank();
    const name = this.#cursor.take(/[^ \t\n;&|<>()$'"`{}]+/y);
    if (name === undefined) throw this.#cursor.unexpected();
    this.#cursor.take(/[ \t]*\([ \t]*\)/y);
    return this.#functionBody(line, name);
  }

  #functionBody(line: number, name: string): Command {
    this.#newlines();
    const start = this.#cursor.at;
    const body = this.#command();
    if (body.kind === "simple" || body.kind === "function") {
      this.#cursor.at = start;
      throw this.#cursor.unexpected();
    }
    return { kind: "function", name, body, line, redirects: [] };
  }

  /** A list that must not be empty, as bash has it. */
  #someList(closers: readonly string[]): List {
    const list = this.#list(closers);
    if (list.length === 0) throw this.#cursor.unexpected();
    return list;
  }

  #if(line: number): Command {
    const branches: { condition: List; body: List }[] = [];
    do {
      const condition = this.#someList(["then"]);
      this.#expectReserved("then");
      branches.push({ condition, body: this.#someList(["fi", "elif", "else"]) });
    } while (this.#acceptReserved("elif"));
    const otherwise = this.#acceptReserved("else") ? this.#someList(["fi"]) : undefined;
    this.#expectReserved("fi");
    return { kind: "if", branches, otherwise, line, redirects: [] };
  }

  #doBody(): List {
    this.#newlines();
    this.#expectReserved("do");
    const body = this.#someList(["done"]);
    this.#expectReserved("done");
    return body;
  }

  #loop(line: number, until: boolean): Command {
    const condition = this.#someList(["do"]);
    return { kind: "loop", until, condition, body: this.#doBody(), line, redirects: [] };
  }

  #for(line: number): Command {
    const cursor = this.#cursor;
    this.#blank();
    if (cursor.startsWith("((")) return this.#count(line);
    const name = cursor.take(/[A-Za-z_][A-Za-z0-9_]*/y);
    if (name === undefined) throw cursor.unexpected();
    this.#newlines();
    let words: Word[] | undefined;
    if (cursor.take(/in(?=[ \t\n;])/y) !== undefined) {
      words = [];
      for (let word = this.#nextWord(); word !== undefined; word = this.#nextWord()) {
        words.push(...expandBraces(word));
      }
    }
    this.#separator();
    return { kind: "for", name, words, body: this.#doBody(), line, redirects: [] };
  }

  #count(line: number): Command {
    const cursor = this.#cursor;
    const end = closingOf(cursor.text, cursor.at + 2);
    if (end === undefined) throw cursor.unexpected();
    const cuts = [cursor.at + 1];
    for (let at = cursor.at + 2; at < end; at += 1) if (cursor.text[at] === ";") cuts.push(at);
    if (cuts.length !== 3) throw cursor.error("for ((...)) needs three expressions");
    const [first, condition, next] = cuts.map((cut, index) =>
      this.#words.arithmetic(cut + 1, cuts[index + 1] ?? end),
    );
    cursor.at = end + 2;
    this.#separator();
    this.#newlines();
    const empty = makeWord([]);
    const body = this.#reserved() === "{" ? this.#braced() : this.#doBody();
    return {
      kind: "count",
      first: first ?? empty,
      condition: condition ?? empty,
      next: next ?? empty,
      body,
      line,
      redirects: [],
    };
  }

  #braced(): List {
    this.#expectReserved("{");
    const body = this.#list(["}"]);
    this.#cursor.at += 1;
    return body;
  }

  #case(line: number): Command {
    const cursor = this.#cursor;
    const subject = this.#nextWord();
    this.#newlines();
    if (subject === undefined || cursor.take(/in(?=[ \t\n;]|$)/y) === undefined)
      throw cursor.unexpected();
    const clauses: { patterns: Word[]; body: List; end: ";;" | ";&" | ";;&" }[] = [];
    this.#newlines();
    while (!this.#acceptReserved("esac")) {
      cursor.accept("(");
      const patterns: Word[] = [];
      do {
        const pattern = this.#nextWord();
        if (pattern === undefined) throw cursor.unexpected();
        patterns.push(pattern);
        this.#blank();
      } while (cursor.accept("|"));
      if (!cursor.accept(")")) throw cursor.unexpected();
      const body = this.#list([";;", "esac"]);
      const end = cursor.accept(";;&")
        ? ";;&"
        : cursor.accept(";;")
          ? ";;"
          : cursor.accept(";&")
            ? ";&"
            : ";;";
      clauses.push({ patterns, body, end });
      this.#newlines();
    }
    return { kind: "case", subject, clauses, line, redirects: [] };
  }

  #nextWord(): Word | undefined {
    this.#blank();
    return this.#words.read();
  }

  #simple(line: number): Command {
    const cursor = this.#cursor;
    const start = cursor.at;
    const assignments: Assignment[] = [];
    const words: Word[] = [];
    const redirects: Redirect[] = [];
    let declared: Map<number, Assignment> | undefined;
    for (;;) {
      this.#blank();
      const redirect = this.#redirect();
      if (redirect !== undefined) {
        redirects.push(redirect);
        continue;
      }
      const declares = DECLARING.has(words[0]?.literal ?? "");
      const assignment = words.length === 0 || declares ? this.#assignment() : undefined;
      if (assignment !== undefined && words.length === 0) {
        assignments.push(assignment);
        continue;
      }
      if (assignment !== undefined) {
        declared ??= new Map();
        declared.set(words.length, assignment);
        words.push(textWord(assignment.name, true));
        continue;
      }
      const word = this.#words.read();
      if (word === undefined) break;
      words.push(...expandBraces(word));
    }
    if (cursor.at === start) throw cursor.unexpected();
    if (cursor.peek() === "(") throw cursor.unexpected();
    return { kind: "simple", assignments, words, redirects, declared, line };
  }

  #assignment(): Assignment | undefined {
    const cursor = this.#cursor;
    const start = cursor.at;
    const name = cursor.take(ASSIGNMENT);
    if (name === undefined) return undefined;
    let index: Word | undefined;
    if (cursor.peek() === "[") {
      const close = /\]\+?=/.exec(cursor.text.slice(cursor.at, cursor.at + 200));
      if (close === null || /\s/.test(cursor.text.slice(cursor.at, cursor.at + close.index))) {
        cursor.at = start;
        return undefined;
      }
      cursor.at += 1;
      index = this.#words.readUntil("]", false);
      cursor.at += 1;
    }
    const append = cursor.accept("+");
    cursor.at += 1;
    if (cursor.accept("(")) return { name, index, append, value: this.#array() };
    return { name, index, append, value: this.#words.read() ?? makeWord([]) };
  }

  #array(): Word[] {
    const values: Word[] = [];
    for (;;) {
      this.#newlines();
      if (this.#cursor.accept(")")) return values;
      const word = this.#words.read();
      if (word === undefined) throw this.#cursor.unexpected();
      values.push(...expandBraces(word));
    }
  }

  #redirect(): Redirect | undefined {
    this.#blank();
    const cursor = this.#cursor;
    const start = cursor.at;
    const head = cursor.take(REDIRECT);
    if (head === undefined) return undefined;
    const written = /[&<>|-]+$/.exec(head)?.[0] ?? head;
    if (cursor.peek() === "(") {
      cursor.at = start;
      throw cursor.error("process substitution is not modelled");
    }
    const digits = /^[0-9]+/.exec(head)?.[0];
    const fd = digits === undefined ? (written.startsWith("<") ? 0 : 1) : Number(digits);
    this.#blank();
    const target = this.#words.read();
    if (target === undefined) throw cursor.unexpected();
    if (written === "<<" || written === "<<-") return this.#document(fd, written === "<<-", target);
    const operator = (written === ">|" ? ">" : written) as RedirectOperator;
    return { fd, operator, target };
  }

  #document(fd: number, stripTabs: boolean, target: Word): Redirect {
    const quoted = target.parts.some((part) => part.kind === "text" && part.quoted);
    const delimiter = target.parts
      .map((part) =>
        part.kind === "text" ? part.text : part.kind === "parameter" ? `$${part.name}` : "",
      )
      .join("");
    // The text begins after the end of this line and is filled in when that is read.
    const redirect = { fd, operator: "<<" as const, target: makeWord([]) };
    this.#documents.push({ delimiter, quoted, stripTabs, redirect });
    return redirect;
  }

  #readDocuments(): void {
    const cursor = this.#cursor;
    for (const { delimiter, quoted, stripTabs, redirect } of this.#documents.splice(0)) {
      const line = cursor.line();
      let text = "";
      while (!cursor.ended) {
        const end = cursor.text.indexOf("\n", cursor.at);
        const stop = end < 0 ? cursor.text.length : end;
        let row = cursor.text.slice(cursor.at, stop);
        if (stripTabs) row = row.replace(/^\t+/, "");
        cursor.at = Math.min(stop + 1, cursor.text.length);
        if (row === delimiter) break;
        text += `${row}\n`;
      }
      const inner = new Cursor(text, line, cursor.depth);
      redirect.target = quoted
        ? textWord(text, true)
        : inner.nested(() => new WordReader(inner, readBody).readWhole());
    }
  }
}

function readBody(cursor: Cursor, closer: ")" | ""): List {
  return new Parser(cursor).body(closer);
}

/** As a shell reads it: complete lines are kept, an error ends the script where it stands. */
export function readShell(text: string): ShellScript {
  const cursor = new Cursor(text);
  const body: AndOr[] = [];
  try {
    if (text.length > MAX_LENGTH) throw cursor.error("longer than a million characters");
    new Parser(cursor).script(body);
  } catch (error) {
    if (!(error instanceof ShellSyntaxError)) throw error;
    return { body, text, error: { message: error.message, line: error.line } };
  }
  return { body, text, error: undefined };
}

/** The whole text or a `ShellSyntaxError`. */
export function parseShell(text: string): ShellScript {
  const cursor = new Cursor(text);
  if (text.length > MAX_LENGTH) throw cursor.error("longer than a million characters");
  const body: AndOr[] = [];
  new Parser(cursor).script(body);
  return { body, text, error: undefined };
}
