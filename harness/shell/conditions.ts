/** `test`, `[` and the operators they share with `[[`. */
import type { ShellState } from "./state.ts";

/** What `test` cannot read: it says so and ends with 2, which an `if` takes for false. */
export class TestError extends Error {}

const UNARY = new Set("abcdefghknoprstuvwxzLNOGS".split("").map((letter) => `-${letter}`));
const BINARY = new Set([
  "=",
  "==",
  "!=",
  "<",
  ">",
  "-eq",
  "-ne",
  "-lt",
  "-le",
  "-gt",
  "-ge",
  "-nt",
  "-ot",
  "-ef",
]);

function integer(text: string): number {
  if (!/^\s*[-+]?\d+\s*$/.test(text)) throw new TestError(`${text}: integer expression expected`);
  return Number(text);
}

export function unaryTest(operator: string, operand: string, state: ShellState): boolean {
  switch (operator) {
    case "-n":
      return operand !== "";
    case "-z":
      return operand === "";
    case "-v":
      return state.lookup(operand) !== undefined;
    case "-o":
      return operand === "errexit" ? state.errexit : operand === "nounset" && state.nounset;
    // keepalived gives its scripts no terminal.
    case "-t":
      return false;
    default:
      return fileTest(operator, operand, state);
  }
}

function fileTest(operator: string, operand: string, state: ShellState): boolean {
  if (operand === "") return false;
  const path = state.absolute(operand);
  const { host } = state.shared;
  const kind = path === "/dev/null" ? "file" : host.fileKind(path);
  switch (operator) {
    case "-f":
      return kind === "file" && path !== "/dev/null";
    case "-d":
      return kind === "directory";
    case "-S":
      return kind === "socket";
    case "-p":
      return kind === "fifo";
    case "-s":
      return kind === "directory" || (host.readFile(path) ?? "") !== "";
    case "-e":
    case "-a":
    case "-r":
    case "-w":
    case "-O":
    case "-G":
      return kind !== undefined;
    // The model keeps no permissions: scripts run as root, and a program that is there can be run.
    case "-x":
      return kind !== undefined;
    case "-L":
    case "-h":
    case "-b":
    case "-c":
    case "-u":
    case "-g":
    case "-k":
      return false;
    default:
      state.note(`test ${operator}`);
      return false;
  }
}

export function binaryTest(
  left: string,
  operator: string,
  right: string,
  state: ShellState,
): boolean {
  switch (operator) {
    case "=":
    case "==":
      return left === right;
    case "!=":
      return left !== right;
    case "<":
      return left < right;
    case ">":
      return left > right;
    case "-nt":
    case "-ot":
    case "-ef":
      state.note(`test ${operator}: files have no times here`);
      return false;
    default:
      return compare(integer(left), operator, integer(right));
  }
}

export function compare(left: number, operator: string, right: number): boolean {
  switch (operator) {
    case "-eq":
      return left === right;
    case "-ne":
      return left !== right;
    case "-lt":
      return left < right;
    case "-le":
      return left <= right;
    case "-gt":
      return left > right;
    default:
      return left >= right;
  }
}

/** POSIX counts the arguments before it looks for operators; so must we, for `[ -n ]` and `[ = 1 ]`. */
export function test(args: readonly string[], state: ShellState): boolean {
  const [a = "", b = "", c = "", d = ""] = args;
  switch (args.length) {
    case 0:
      return false;
    case 1:
      return a !== "";
    case 2:
      if (a === "!") return b === "";
      if (UNARY.has(a)) return unaryTest(a, b, state);
      throw new TestError(`${a}: unary operator expected`);
    case 3:
      if (BINARY.has(b)) return binaryTest(a, b, c, state);
      if (b === "-a") return a !== "" && c !== "";
      if (b === "-o") return a !== "" || c !== "";
      if (a === "!") return !test([b, c], state);
      if (a === "(" && c === ")") return b !== "";
      throw new TestError(`${b}: binary operator expected`);
    case 4:
      if (a === "!") return !test([b, c, d], state);
      if (a === "(" && d === ")") return test([b, c], state);
      return new Expression(args, state).whole();
    default:
      return new Expression(args, state).whole();
  }
}

class Expression {
  readonly #args: readonly string[];
  readonly #state: ShellState;
  #at = 0;

  constructor(args: readonly string[], state: ShellState) {
    this.#args = args;
    this.#state = state;
  }

  whole(): boolean {
    const result = this.#or(0);
    if (this.#at < this.#args.length) throw new TestError("too many arguments");
    return result;
  }

  #or(depth: number): boolean {
    let result = this.#and(depth);
    while (this.#args[this.#at] === "-o") {
      this.#at += 1;
      result = this.#and(depth) || result;
    }
    return result;
  }

  #and(depth: number): boolean {
    let result = this.#primary(depth);
    while (this.#args[this.#at] === "-a") {
      this.#at += 1;
      result = this.#primary(depth) && result;
    }
    return result;
  }

  #primary(depth: number): boolean {
    if (depth > 100) throw new TestError("too many arguments");
    const token = this.#args[this.#at];
    if (token === undefined) throw new TestError("argument expected");
    this.#at += 1;
    if (token === "!") return !this.#primary(depth + 1);
    if (token === "(") {
      const result = this.#or(depth + 1);
      if (this.#args[this.#at] !== ")") throw new TestError("`)' expected");
      this.#at += 1;
      return result;
    }
    const operator = this.#args[this.#at];
    if (operator !== undefined && BINARY.has(operator)) {
      const right = this.#args[this.#at + 1];
      if (right === undefined) throw new TestError("argument expected");
      this.#at += 2;
      return binaryTest(token, operator, right, this.#state);
    }
    if (UNARY.has(token) && operator !== undefined) {
      this.#at += 1;
      return unaryTest(token, operator, this.#state);
    }
    return token !== "";
  }
}
