/** awk programs as trees: rules, the usual statements and expressions. */
import { posixPattern } from "../pattern.ts";

export class AwkError extends Error {}

export type Expression =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "text"; readonly value: string }
  | { readonly kind: "pattern"; readonly pattern: RegExp }
  | { readonly kind: "field"; readonly index: Expression }
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "element"; readonly name: string; readonly key: Expression }
  | { readonly kind: "in"; readonly name: string; readonly key: Expression }
  | { readonly kind: "unary"; readonly operator: string; readonly operand: Expression }
  | {
      readonly kind: "binary";
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: "choice";
      readonly condition: Expression;
      readonly yes: Expression;
      readonly no: Expression;
    }
  | {
      readonly kind: "assign";
      readonly operator: string;
      readonly target: Expression;
      readonly value: Expression;
    }
  | {
      readonly kind: "step";
      readonly target: Expression;
      readonly by: 1 | -1;
      readonly before: boolean;
    }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expression[] };

export type Statement =
  | { readonly kind: "print"; readonly args: readonly Expression[]; readonly formatted: boolean }
  | { readonly kind: "expression"; readonly expression: Expression }
  | {
      readonly kind: "if";
      readonly condition: Expression;
      readonly yes: Statement;
      readonly no: Statement | undefined;
    }
  | {
      readonly kind: "loop";
      readonly first: Statement | undefined;
      readonly condition: Expression | undefined;
      readonly next: Statement | undefined;
      readonly body: Statement;
    }
  | {
      readonly kind: "each";
      readonly name: string;
      readonly array: string;
      readonly body: Statement;
    }
  | { readonly kind: "block"; readonly body: readonly Statement[] }
  | { readonly kind: "next" }
  | { readonly kind: "break" }
  | { readonly kind: "continue" }
  | { readonly kind: "exit"; readonly status: Expression | undefined };

export interface Rule {
  readonly when: "BEGIN" | "END" | "line";
  readonly from: Expression | undefined;
  readonly to: Expression | undefined;
  readonly body: Statement;
}

const TOKEN =
  /(?:[ \t\r]|\\\n|#[^\n]*)*(?:(\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+)|([A-Za-z_]\w*)|("(?:\\[^]|[^"\\])*")|(\n|&&|\|\||[-+*/%^!=<>]=|\+\+|--|!~|[-+*/%^!<>=~?:,;(){}[\]$|]))/y;

const PRECEDENCE: readonly (readonly string[])[] = [
  ["||"],
  ["&&"],
  ["in"],
  ["~", "!~"],
  ["<", "<=", "!=", "==", ">", ">="],
  ["concat"],
  ["+", "-"],
  ["*", "/", "%"],
];
const MAX_DEPTH = 50;

interface Token {
  readonly kind: "number" | "name" | "text" | "operator" | "end";
  readonly text: string;
  readonly end: number;
}

export class AwkReader {
  readonly #text: string;
  #at = 0;
  #depth = 0;
  #token: Token;

  constructor(text: string) {
    this.#text = text;
    this.#token = this.#read();
  }

  rules(): Rule[] {
    const rules: Rule[] = [];
    this.#ends();
    while (this.#token.kind !== "end") {
      rules.push(this.#rule());
      this.#ends();
    }
    return rules;
  }

  #read(): Token {
    TOKEN.lastIndex = this.#at;
    const match = TOKEN.exec(this.#text);
    if (match === null) {
      if (/^(?:\s|\\\n|#[^\n]*)*$/.test(this.#text.slice(this.#at))) {
        return { kind: "end", text: "", end: this.#text.length };
      }
      throw new AwkError(
        `cannot read awk program at "${this.#text.slice(this.#at, this.#at + 20)}"`,
      );
    }
    const end = TOKEN.lastIndex;
    if (match[1] !== undefined) return { kind: "number", text: match[1], end };
    if (match[2] !== undefined) return { kind: "name", text: match[2], end };
    if (match[3] !== undefined) return { kind: "text", text: match[3], end };
    return { kind: "operator", text: match[4] ?? "", end };
  }

  #advance(): Token {
    const token = this.#token;
    this.#at = token.end;
    this.#token = this.#read();
    return token;
  }

  #is(text: string): boolean {
    return this.#token.text === text && this.#token.kind !== "text";
  }

  #accept(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#advance();
    return true;
  }

  #expect(text: string): void {
    if (!this.#accept(text))
      throw new AwkError(`awk: "${text}" expected before "${this.#token.text}"`);
  }

  #newlines(): void {
    while (this.#accept("\n"));
  }

  #ends(): void {
    while (this.#accept("\n") || this.#accept(";"));
  }

  #rule(): Rule {
    const print: Statement = { kind: "print", args: [], formatted: false };
    for (const when of ["BEGIN", "END"] as const) {
      if (this.#accept(when)) return { when, from: undefined, to: undefined, body: this.#block() };
    }
    if (this.#is("function")) throw new AwkError("awk functions are not modelled");
    if (this.#is("{")) return { when: "line", from: undefined, to: undefined, body: this.#block() };
    const from = this.#expression(true);
    const to = this.#accept(",") ? this.#expression(true) : undefined;
    return { when: "line", from, to, body: this.#is("{") ? this.#block() : print };
  }

  #block(): Statement {
    this.#newlines();
    this.#expect("{");
    const body: Statement[] = [];
    this.#ends();
    while (!this.#accept("}")) {
      body.push(this.#statement());
      this.#ends();
    }
    return { kind: "block", body };
  }

  #statement(): Statement {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw new AwkError("awk program nested too deeply");
    const statement = this.#one();
    this.#depth -= 1;
    return statement;
  }

  #one(): Statement {
    if (this.#is("{")) return this.#block();
    if (this.#accept("if")) return this.#if();
    if (this.#accept("while")) {
      this.#expect("(");
      const condition = this.#expression(true);
      this.#expect(")");
      this.#newlines();
      return {
        kind: "loop",
        first: undefined,
        condition,
        next: undefined,
        body: this.#statement(),
      };
    }
    if (this.#accept("for")) return this.#for();
    if (this.#accept("next")) return { kind: "next" };
    if (this.#accept("break")) return { kind: "break" };
    if (this.#accept("continue")) return { kind: "continue" };
    if (this.#accept("exit")) {
      const bare = this.#is(";") || this.#is("}") || this.#is("\n") || this.#token.kind === "end";
      return { kind: "exit", status: bare ? undefined : this.#expression(true) };
    }
    return this.#plainStatement();
  }

  #plainStatement(): Statement {
    if (this.#is("print") || this.#is("printf")) return this.#print();
    if (this.#is("getline") || this.#is("delete") || this.#is("do")) {
      throw new AwkError(`awk "${this.#token.text}" is not modelled`);
    }
    return { kind: "expression", expression: this.#expression(true) };
  }

  #print(): Statement {
    const formatted = this.#advance().text === "printf";
    const args: Expression[] = [];
    const start = { at: this.#at, token: this.#token };
    if (this.#accept("(")) {
      this.#list(args, true);
      this.#expect(")");
      // `print (a)(b)` and `print (a) "b"` are expressions that begin with a bracket.
      if (!this.#isEnd()) {
        args.length = 0;
        this.#at = start.at;
        this.#token = start.token;
      }
    }
    if (args.length === 0 && !this.#isEnd()) this.#list(args, false);
    if (this.#is(">") || this.#is("|"))
      throw new AwkError("awk print to a file or command is not modelled");
    return { kind: "print", args, formatted };
  }

  #isEnd(): boolean {
    return this.#token.kind === "end" || ["\n", ";", "}", ">", "|"].some((text) => this.#is(text));
  }

  #list(into: Expression[], greater: boolean): void {
    do {
      this.#newlines();
      into.push(this.#expression(greater));
    } while (this.#accept(","));
  }

  #if(): Statement {
    this.#expect("(");
    const condition = this.#expression(true);
    this.#expect(")");
    this.#newlines();
    const yes = this.#statement();
    const back = { at: this.#at, token: this.#token };
    this.#ends();
    if (this.#accept("else")) {
      this.#newlines();
      return { kind: "if", condition, yes, no: this.#statement() };
    }
    this.#at = back.at;
    this.#token = back.token;
    return { kind: "if", condition, yes, no: undefined };
  }

  #for(): Statement {
    this.#expect("(");
    const each = /^\s*([A-Za-z_]\w*)\s+in\s+([A-Za-z_]\w*)\s*\)/.exec(this.#text.slice(this.#at));
    if (each !== null) {
      this.#at += each[0].length;
      this.#token = this.#read();
      this.#newlines();
      return { kind: "each", name: each[1] ?? "", array: each[2] ?? "", body: this.#statement() };
    }
    const first = this.#is(";") ? undefined : this.#plainStatement();
    this.#expect(";");
    const condition = this.#is(";") ? undefined : this.#expression(true);
    this.#expect(";");
    const next = this.#is(")") ? undefined : this.#plainStatement();
    this.#expect(")");
    this.#newlines();
    return { kind: "loop", first, condition, next, body: this.#statement() };
  }

  /** `greater`: may `>` compare here, or is it the redirection of `print`? */
  #expression(greater: boolean): Expression {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw new AwkError("awk program nested too deeply");
    const left = this.#binary(0, greater);
    let result = left;
    if (this.#accept("?")) {
      const yes = this.#expression(greater);
      this.#expect(":");
      result = { kind: "choice", condition: left, yes, no: this.#expression(greater) };
    } else if (this.#token.kind === "operator" && /^(?:[-+*/%^])?=$/.test(this.#token.text)) {
      if (!["variable", "field", "element"].includes(left.kind))
        throw new AwkError("awk: bad assignment");
      const operator = this.#advance().text;
      result = { kind: "assign", operator, target: left, value: this.#expression(greater) };
    }
    this.#depth -= 1;
    return result;
  }

  #binary(level: number, greater: boolean): Expression {
    const operators = PRECEDENCE[level];
    if (operators === undefined) return this.#unary(greater);
    let left = this.#binary(level + 1, greater);
    for (;;) {
      if (operators[0] === "concat") {
        if (!this.#startsOperand()) return left;
        left = {
          kind: "binary",
          operator: "concat",
          left,
          right: this.#binary(level + 1, greater),
        };
        continue;
      }
      const operator = this.#token.text;
      const fits =
        this.#token.kind !== "text" &&
        operators.includes(operator) &&
        (operator !== ">" || greater);
      if (!fits) return left;
      this.#advance();
      if (operator === "in") {
        left = { kind: "in", name: this.#advance().text, key: left };
        continue;
      }
      this.#newlines();
      left = { kind: "binary", operator, left, right: this.#binary(level + 1, greater) };
    }
  }

  #startsOperand(): boolean {
    const { kind, text } = this.#token;
    if (kind === "number" || kind === "text") return true;
    if (kind === "name") return text !== "in";
    return (
      kind === "operator" &&
      ["$", "(", "!", "-", "++", "--"].includes(text) &&
      text !== "!" &&
      text !== "-"
    );
  }

  #unary(greater: boolean): Expression {
    for (const operator of ["!", "-", "+"]) {
      if (this.#accept(operator)) return { kind: "unary", operator, operand: this.#unary(greater) };
    }
    const left = this.#postfix();
    if (!this.#accept("^")) return left;
    return { kind: "binary", operator: "^", left, right: this.#unary(greater) };
  }

  #postfix(): Expression {
    for (const [operator, by] of [
      ["++", 1],
      ["--", -1],
    ] as const) {
      if (this.#accept(operator))
        return { kind: "step", target: this.#primary(), by, before: true };
    }
    const target = this.#primary();
    const assignable = ["variable", "field", "element"].includes(target.kind);
    if (assignable && this.#accept("++")) return { kind: "step", target, by: 1, before: false };
    if (assignable && this.#accept("--")) return { kind: "step", target, by: -1, before: false };
    return target;
  }

  #primary(): Expression {
    if (this.#is("/") || this.#is("/=")) return this.#pattern();
    const token = this.#advance();
    if (token.kind === "number") return { kind: "number", value: Number(token.text) };
    if (token.kind === "text") return { kind: "text", value: unescaped(token.text.slice(1, -1)) };
    if (token.kind === "name") return this.#named(token.text);
    if (token.text === "$") return { kind: "field", index: this.#primaryOrStep() };
    if (token.text === "(") {
      const inner = this.#expression(true);
      this.#expect(")");
      return inner;
    }
    throw new AwkError(`awk: unexpected "${token.text}"`);
  }

  #primaryOrStep(): Expression {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw new AwkError("awk program nested too deeply");
    const found = this.#is("++") || this.#is("--") ? this.#postfix() : this.#primary();
    this.#depth -= 1;
    return found;
  }

  #pattern(): Expression {
    let end = this.#token.end - this.#token.text.length + 1;
    const start = end;
    let bracket = false;
    for (; ; end += 1) {
      const char = this.#text[end];
      if (char === undefined || char === "\n")
        throw new AwkError("awk: unterminated regular expression");
      if (char === "\\") end += 1;
      else if (char === "[") bracket = true;
      else if (char === "]") bracket = false;
      else if (char === "/" && !bracket) break;
    }
    const source = this.#text.slice(start, end).replaceAll("\\/", "/");
    this.#at = end + 1;
    this.#token = this.#read();
    return { kind: "pattern", pattern: posixPattern(source, { extended: true }) };
  }

  #named(name: string): Expression {
    if (this.#is("[")) {
      this.#advance();
      const key = this.#expression(true);
      this.#expect("]");
      return { kind: "element", name, key };
    }
    const calls = this.#is("(") && this.#text[this.#at + (this.#token.end - this.#at - 1)] === "(";
    if (!calls || !FUNCTIONS.has(name)) {
      if (name === "length") return { kind: "call", name, args: [] };
      if (calls) throw new AwkError(`awk function ${name} is not modelled`);
      return { kind: "variable", name };
    }
    this.#advance();
    const args: Expression[] = [];
    if (!this.#is(")")) this.#list(args, true);
    this.#expect(")");
    return { kind: "call", name, args };
  }
}

const FUNCTIONS = new Set([
  "length",
  "substr",
  "index",
  "split",
  "sub",
  "gsub",
  "match",
  "tolower",
  "toupper",
  "sprintf",
  "int",
  "systime",
]);

function unescaped(text: string): string {
  return text.replace(
    /\\([^])/g,
    (_, code: string) => ({ n: "\n", t: "\t", r: "\r" })[code] ?? code,
  );
}
