/** awk, mawk, gawk: runs what `awk-parse.ts` reads. Files read and written from inside are not modelled. */
import { printf } from "../format.ts";
import { PatternError, posixPattern } from "../pattern.ts";
import type { CommandEnd } from "../host.ts";
import { AwkError, AwkReader, type Expression, type Rule, type Statement } from "./awk-parse.ts";
import { ended, joinedInput, optionsOf, unmodelled, type Call } from "./call.ts";

type Value = string | number;
type Flow = "next" | "exit" | "break" | "continue" | undefined;

const MAX_STEPS = 200_000;
const KEPT = 500;
const programs = new Map<string, readonly Rule[]>();

function programOf(text: string): readonly Rule[] {
  const known = programs.get(text);
  if (known !== undefined) return known;
  const rules = new AwkReader(text).rules();
  if (programs.size >= KEPT) programs.clear();
  programs.set(text, rules);
  return rules;
}

function toText(value: Value): string {
  if (typeof value === "string") return value;
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
}

function toNumber(value: Value): number {
  if (typeof value === "number") return value;
  return Number.parseFloat(/^\s*[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+)/.exec(value)?.[0] ?? "0");
}

/** Input that looks like a number compares as one. */
function looksNumeric(value: Value): boolean {
  return (
    typeof value === "number" || /^\s*[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+)\s*$/.test(value)
  );
}

class Machine {
  readonly #rules: readonly Rule[];
  readonly #variables: Map<string, Value>;
  readonly #nowUs: number;
  readonly #arrays = new Map<string, Map<string, Value>>();
  readonly #open = new Set<Rule>();
  #fields: string[] = [];
  #line = "";
  #out = "";
  #steps = 0;
  #status = 0;

  constructor(rules: readonly Rule[], variables: Map<string, Value>, nowUs: number) {
    this.#rules = rules;
    this.#variables = variables;
    this.#nowUs = nowUs;
  }

  run(text: () => string): { out: string; status: number } {
    let flow = this.#all("BEGIN");
    const reads = this.#rules.some((rule) => rule.when !== "BEGIN");
    if (flow !== "exit" && reads) flow = this.#lines(text());
    if (flow === undefined || flow === "next" || this.#rules.some((rule) => rule.when === "END"))
      this.#all("END");
    return { out: this.#out, status: this.#status };
  }

  #all(when: "BEGIN" | "END"): Flow {
    for (const rule of this.#rules) {
      if (rule.when !== when) continue;
      if (this.#execute(rule.body) === "exit") return "exit";
    }
    return undefined;
  }

  #records(text: string): string[] {
    const separator = toText(this.#variables.get("RS") ?? "\n");
    if (text === "") return [];
    const whole = text.endsWith("\n") ? text.slice(0, -1) : text;
    if (separator === "\n") return whole.split("\n");
    if (separator === "") return whole.split(/\n\n+/);
    return separator.length === 1
      ? text.split(separator)
      : whole.split(posixPattern(separator, { extended: true }));
  }

  #lines(text: string): Flow {
    let number = 0;
    for (const line of this.#records(text)) {
      number += 1;
      this.#variables.set("NR", number);
      this.#variables.set("FNR", number);
      this.#setLine(line);
      for (const rule of this.#rules) {
        if (rule.when !== "line" || !this.#fits(rule)) continue;
        const flow = this.#execute(rule.body);
        if (flow === "exit") return "exit";
        if (flow === "next") break;
      }
    }
    return undefined;
  }

  #fits(rule: Rule): boolean {
    if (rule.from === undefined) return true;
    if (rule.to === undefined) return this.#truth(rule.from);
    if (!this.#open.has(rule)) {
      if (!this.#truth(rule.from)) return false;
      this.#open.add(rule);
    }
    if (this.#truth(rule.to)) this.#open.delete(rule);
    return true;
  }

  #split(text: string, separator: string): string[] {
    if (separator === " ") return text.trim() === "" ? [] : text.trim().split(/\s+/);
    if (text === "") return [];
    if (separator === "") return Array.from(text);
    if (separator.length === 1 && separator !== "|") return text.split(separator);
    return text.split(separator === "|" ? "|" : posixPattern(separator, { extended: true }));
  }

  #setLine(line: string): void {
    this.#line = line;
    this.#fields = this.#split(line, toText(this.#variables.get("FS") ?? " "));
    this.#variables.set("NF", this.#fields.length);
  }

  #tick(): void {
    this.#steps += 1;
    if (this.#steps > MAX_STEPS) throw new AwkError("awk program runs too long");
  }

  #block(body: readonly Statement[]): Flow {
    for (const one of body) {
      const flow = this.#execute(one);
      if (flow !== undefined) return flow;
    }
    return undefined;
  }

  #execute(statement: Statement): Flow {
    this.#tick();
    switch (statement.kind) {
      case "print":
        this.#print(statement.args, statement.formatted);
        return undefined;
      case "expression":
        this.#value(statement.expression);
        return undefined;
      case "if":
        if (this.#truth(statement.condition)) return this.#execute(statement.yes);
        return statement.no === undefined ? undefined : this.#execute(statement.no);
      case "loop":
        return this.#loop(statement);
      case "each":
        for (const key of Array.from(this.#arrays.get(statement.array)?.keys() ?? [])) {
          this.#variables.set(statement.name, key);
          const flow = this.#execute(statement.body);
          if (flow === "break") break;
          if (flow === "exit" || flow === "next") return flow;
        }
        return undefined;
      case "block":
        return this.#block(statement.body);
      case "exit":
        if (statement.status !== undefined)
          this.#status = toNumber(this.#value(statement.status)) & 255;
        return "exit";
      default:
        return statement.kind;
    }
  }

  #loop(statement: Extract<Statement, { kind: "loop" }>): Flow {
    if (statement.first !== undefined) this.#execute(statement.first);
    while (statement.condition === undefined || this.#truth(statement.condition)) {
      const flow = this.#execute(statement.body);
      if (flow === "break") break;
      if (flow === "exit" || flow === "next") return flow;
      if (statement.next !== undefined) this.#execute(statement.next);
    }
    return undefined;
  }

  #print(args: readonly Expression[], formatted: boolean): void {
    const texts = args.map((arg) => toText(this.#value(arg)));
    if (formatted) {
      this.#out += printf(texts[0] ?? "", texts.slice(1));
      return;
    }
    const line =
      args.length === 0 ? this.#line : texts.join(toText(this.#variables.get("OFS") ?? " "));
    this.#out += line + toText(this.#variables.get("ORS") ?? "\n");
  }

  #truth(expression: Expression): boolean {
    const value = this.#value(expression);
    if (typeof value === "number") return value !== 0;
    return expression.kind !== "text" && looksNumeric(value) ? toNumber(value) !== 0 : value !== "";
  }

  #value(expression: Expression): Value {
    this.#tick();
    switch (expression.kind) {
      case "number":
      case "text":
        return expression.value;
      case "pattern":
        return Number(expression.pattern.test(this.#line));
      case "field": {
        const index = toNumber(this.#value(expression.index));
        return index === 0 ? this.#line : (this.#fields[index - 1] ?? "");
      }
      case "variable":
        return this.#variables.get(expression.name) ?? "";
      case "element":
        return this.#arrays.get(expression.name)?.get(toText(this.#value(expression.key))) ?? "";
      case "in":
        return Number(
          this.#arrays.get(expression.name)?.has(toText(this.#value(expression.key))) ?? false,
        );
      case "unary": {
        if (expression.operator === "!") return Number(!this.#truth(expression.operand));
        const value = toNumber(this.#value(expression.operand));
        return expression.operator === "-" ? -value : value;
      }
      case "binary":
        return this.#binary(expression);
      case "choice":
        return this.#value(this.#truth(expression.condition) ? expression.yes : expression.no);
      case "assign": {
        const given = this.#value(expression.value);
        const { operator, target } = expression;
        const value =
          operator === "="
            ? given
            : calculate(operator.slice(0, -1), toNumber(this.#value(target)), toNumber(given));
        this.#store(target, value);
        return value;
      }
      case "step": {
        const old = toNumber(this.#value(expression.target));
        this.#store(expression.target, old + expression.by);
        return expression.before ? old + expression.by : old;
      }
      case "call":
        return this.#call(expression.name, expression.args);
    }
  }

  #binary(expression: Extract<Expression, { kind: "binary" }>): Value {
    const { operator, left, right } = expression;
    if (operator === "&&") return Number(this.#truth(left) && this.#truth(right));
    if (operator === "||") return Number(this.#truth(left) || this.#truth(right));
    if (operator === "~" || operator === "!~") {
      const hit = this.#patternOf(right).test(toText(this.#value(left)));
      return Number(hit === (operator === "~"));
    }
    const [a, b] = [this.#value(left), this.#value(right)];
    if (operator === "concat") return toText(a) + toText(b);
    if (/[<>=]/.test(operator))
      return Number(compare(operator, a, b, left.kind === "text" || right.kind === "text"));
    return calculate(operator, toNumber(a), toNumber(b));
  }

  #patternOf(expression: Expression | undefined): RegExp {
    if (expression?.kind === "pattern") return expression.pattern;
    return posixPattern(expression === undefined ? "" : toText(this.#value(expression)), {
      extended: true,
    });
  }

  #store(target: Expression, value: Value): void {
    if (target.kind === "variable") {
      this.#variables.set(target.name, value);
      return;
    }
    if (target.kind === "element") {
      const array = this.#arrays.get(target.name) ?? new Map<string, Value>();
      this.#arrays.set(target.name, array);
      array.set(toText(this.#value(target.key)), value);
      return;
    }
    if (target.kind !== "field") return;
    const index = toNumber(this.#value(target.index));
    if (index === 0) {
      this.#setLine(toText(value));
      return;
    }
    if (index < 0 || index > 10_000) throw new AwkError("awk: field out of range");
    while (this.#fields.length < index) this.#fields.push("");
    this.#fields[index - 1] = toText(value);
    this.#line = this.#fields.join(toText(this.#variables.get("OFS") ?? " "));
    this.#variables.set("NF", this.#fields.length);
  }

  #call(name: string, args: readonly Expression[]): Value {
    const text = (at: number): string => {
      const arg = args[at];
      return arg === undefined ? "" : toText(this.#value(arg));
    };
    const number = (at: number): number => toNumber(text(at));
    switch (name) {
      case "length":
        return args.length === 0 ? this.#line.length : text(0).length;
      case "substr": {
        const start = Math.max(1, number(1));
        const end = args.length > 2 ? number(1) + number(2) : Infinity;
        return text(0).slice(start - 1, Math.max(start, end) - 1);
      }
      case "index":
        return text(0).indexOf(text(1)) + 1;
      case "tolower":
        return text(0).toLowerCase();
      case "toupper":
        return text(0).toUpperCase();
      case "int":
        return Math.trunc(number(0));
      case "sprintf":
        return printf(
          text(0),
          args.slice(1).map((_, at) => text(at + 1)),
        );
      case "systime":
        return Math.floor(this.#nowUs / 1e6);
      case "match":
        return (this.#patternOf(args[1]).exec(text(0))?.index ?? -1) + 1;
      case "split":
        return this.#splitCall(args, text);
      default:
        return this.#substitute(name === "gsub", args);
    }
  }

  #splitCall(args: readonly Expression[], text: (at: number) => string): number {
    const target = args[1];
    const separator = args[2];
    const by = separator === undefined ? toText(this.#variables.get("FS") ?? " ") : text(2);
    const source = text(0);
    const pieces =
      separator?.kind === "pattern" ? source.split(separator.pattern) : this.#split(source, by);
    if (target?.kind === "variable") {
      this.#arrays.set(target.name, new Map(pieces.map((piece, at) => [String(at + 1), piece])));
    }
    return pieces.length;
  }

  #substitute(all: boolean, args: readonly Expression[]): number {
    const pattern = this.#patternOf(args[0]);
    const by = args[1] === undefined ? "" : toText(this.#value(args[1]));
    const target: Expression = args[2] ?? { kind: "field", index: { kind: "number", value: 0 } };
    let count = 0;
    const result = toText(this.#value(target)).replace(
      new RegExp(pattern.source, all ? "g" : ""),
      (match) => {
        count += 1;
        return by.replace(/\\&|&/g, (mark) => (mark === "&" ? match : "&"));
      },
    );
    if (count > 0) this.#store(target, result);
    return count;
  }
}

function compare(operator: string, a: Value, b: Value, asText: boolean): boolean {
  const numeric = !asText && looksNumeric(a) && looksNumeric(b);
  const [x, y] = numeric ? [toNumber(a), toNumber(b)] : [toText(a), toText(b)];
  switch (operator) {
    case "<":
      return x < y;
    case "<=":
      return x <= y;
    case ">":
      return x > y;
    case ">=":
      return x >= y;
    case "!=":
      return x !== y;
    default:
      return x === y;
  }
}

function calculate(operator: string, a: number, b: number): number {
  switch (operator) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
    case "%":
      if (b === 0) throw new AwkError("awk: division by zero");
      return operator === "/" ? a / b : a % b;
    default:
      return a ** b;
  }
}

export function awk(call: Call): CommandEnd {
  const options = optionsOf(untilProgram(call.args), "", "Fvf");
  const [program = "", ...files] = options.rest;
  if (options.has("f") || options.unknown.length > 0)
    return unmodelled("awk with -f or a long option");
  const variables = new Map<string, Value>();
  const separator = options.value("F");
  if (separator !== undefined)
    variables.set("FS", separator === "t" || separator === "\\t" ? "\t" : separator);
  for (const one of options.values("v")) {
    const equals = one.indexOf("=");
    variables.set(one.slice(0, equals), one.slice(equals + 1));
  }
  let errors = "";
  try {
    const machine = new Machine(programOf(program), variables, call.host.nowUs());
    const { out, status } = machine.run(() => {
      const input = joinedInput(call, files);
      ({ errors } = input);
      return input.text;
    });
    return ended(out, errors === "" ? status : 2, errors);
  } catch (error) {
    if (error instanceof AwkError) return unmodelled(error.message);
    if (error instanceof PatternError) return ended("", 2, `awk: ${error.message}\n`);
    throw error;
  }
}

/** Options end at the program: what follows it are files, even if it begins with a dash. */
function untilProgram(args: readonly string[]): string[] {
  const out: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? "";
    out.push(arg);
    if (/^-[Fvf]$/.test(arg)) {
      at += 1;
      out.push(args[at] ?? "");
    } else if (!arg.startsWith("-")) return [...out.slice(0, -1), "--", ...args.slice(at)];
  }
  return out;
}
