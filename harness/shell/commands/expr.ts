/** expr: whole numbers, comparisons, `:` matches, `length`, `substr`, `index`. */
import { posixPattern } from "../pattern.ts";
import type { CommandEnd } from "../host.ts";
import { ended, type Call } from "./call.ts";

class ExprError extends Error {}

const LEVELS: readonly (readonly string[])[] = [
  ["|"],
  ["&"],
  ["=", "==", "!=", "<", "<=", ">", ">="],
  ["+", "-"],
  ["*", "/", "%"],
  [":"],
];

function number(text: string): number {
  if (!/^-?\d+$/.test(text)) throw new ExprError("non-integer argument");
  return Number(text);
}

function isNull(text: string): boolean {
  return text === "" || /^-?0+$/.test(text);
}

function relation(operator: string, left: string, right: string): boolean {
  const numeric = /^-?\d+$/.test(left) && /^-?\d+$/.test(right);
  const order = numeric ? Number(left) - Number(right) : left < right ? -1 : Number(left > right);
  switch (operator) {
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case ">":
      return order > 0;
    case ">=":
      return order >= 0;
    case "!=":
      return order !== 0;
    default:
      return order === 0;
  }
}

function match(text: string, pattern: string): string {
  const found = posixPattern(`^${pattern.replace(/^\^/, "")}`, { extended: false }).exec(text);
  if (/\\\(/.test(pattern)) return found?.[1] ?? "";
  return String(found?.[0].length ?? 0);
}

function apply(operator: string, left: string, right: string): string {
  switch (operator) {
    case "|":
      return isNull(left) ? (isNull(right) ? "0" : right) : left;
    case "&":
      return isNull(left) || isNull(right) ? "0" : left;
    case "+":
      return String(number(left) + number(right));
    case "-":
      return String(number(left) - number(right));
    case "*":
      return String(number(left) * number(right));
    case "/":
    case "%":
      if (number(right) === 0) throw new ExprError("division by zero");
      return String(
        operator === "/" ? Math.trunc(number(left) / number(right)) : number(left) % number(right),
      );
    case ":":
      return match(left, right);
    default:
      return relation(operator, left, right) ? "1" : "0";
  }
}

class Reader {
  readonly #args: readonly string[];
  #at = 0;

  constructor(args: readonly string[]) {
    this.#args = args;
  }

  whole(): string {
    const value = this.#level(0);
    if (this.#at < this.#args.length)
      throw new ExprError(`syntax error: unexpected argument '${this.#args[this.#at] ?? ""}'`);
    return value;
  }

  #next(): string {
    const token = this.#args[this.#at];
    if (token === undefined) throw new ExprError("syntax error: missing argument");
    this.#at += 1;
    return token;
  }

  #level(level: number): string {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#primary();
    let left = this.#level(level + 1);
    while (operators.includes(this.#args[this.#at] ?? "")) {
      left = apply(this.#next(), left, this.#level(level + 1));
    }
    return left;
  }

  #primary(): string {
    const token = this.#next();
    if (token === "(") {
      const value = this.#level(0);
      if (this.#next() !== ")") throw new ExprError("syntax error: expecting ')'");
      return value;
    }
    if (token === "length" && this.#at < this.#args.length) return String(this.#primary().length);
    if (token === "match" && this.#at < this.#args.length)
      return match(this.#primary(), this.#primary());
    if (token === "substr" && this.#at < this.#args.length) {
      const [text, from, count] = [
        this.#primary(),
        number(this.#primary()),
        number(this.#primary()),
      ];
      return from < 1 ? "" : text.slice(from - 1, from - 1 + count);
    }
    if (token === "index" && this.#at < this.#args.length) {
      const [text, chars] = [this.#primary(), this.#primary()];
      return String(Array.from(text).findIndex((char) => chars.includes(char)) + 1);
    }
    return token;
  }
}

export function expr(call: Call): CommandEnd {
  try {
    const value = new Reader(call.args).whole();
    return ended(`${value}\n`, isNull(value) ? 1 : 0);
  } catch (error) {
    if (!(error instanceof ExprError)) throw error;
    return ended("", 2, `expr: ${error.message}\n`);
  }
}
