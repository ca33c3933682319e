/**
 * Shell arithmetic, `$(( ))`, `(( ))` and `let`: parsed to a small tree, kept by its text, evaluated
 * over whole numbers. Bash counts in 64 bits; here numbers are exact up to 2^53.
 */
export type Arithmetic =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "variable"; readonly name: string; readonly index: Arithmetic | undefined }
  | { readonly kind: "unary"; readonly operator: string; readonly operand: Arithmetic }
  | {
      readonly kind: "binary";
      readonly operator: string;
      readonly left: Arithmetic;
      readonly right: Arithmetic;
    }
  | {
      readonly kind: "choice";
      readonly condition: Arithmetic;
      readonly yes: Arithmetic;
      readonly no: Arithmetic;
    }
  | {
      readonly kind: "assign";
      readonly operator: string;
      readonly name: string;
      readonly index: Arithmetic | undefined;
      readonly value: Arithmetic;
    }
  | {
      readonly kind: "step";
      readonly name: string;
      readonly index: Arithmetic | undefined;
      readonly by: 1 | -1;
      readonly before: boolean;
    };

export class ArithmeticError extends Error {}

/** Where variables live; values are texts, as everywhere in a shell. */
export interface ArithmeticScope {
  get(name: string, index: number | undefined): string;
  set(name: string, index: number | undefined, value: string): void;
}

const MAX_DEPTH = 60;
const TOKEN =
  /\s*(?:(0[xX][0-9a-fA-F]+|[0-9]+#[0-9a-zA-Z]+|[0-9]+)|([A-Za-z_][A-Za-z0-9_]*)|(<<=|>>=|\*\*|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|[-+*/%<>=!~&|^?:(),[\]]))/y;

const BINARY: Readonly<Record<string, number>> = {
  "||": 1,
  "&&": 2,
  "|": 3,
  "^": 4,
  "&": 5,
  "==": 6,
  "!=": 6,
  "<": 7,
  ">": 7,
  "<=": 7,
  ">=": 7,
  "<<": 8,
  ">>": 8,
  "+": 9,
  "-": 9,
  "*": 10,
  "/": 10,
  "%": 10,
  "**": 11,
};
const ASSIGNMENT = new Set(["=", "+=", "-=", "*=", "/=", "%=", "<<=", ">>=", "&=", "|=", "^="]);

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  const end = text.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const match = TOKEN.exec(text);
    if (match === null) throw new ArithmeticError(`syntax error in expression "${text}"`);
    tokens.push(match[1] ?? match[2] ?? match[3] ?? "");
  }
  return tokens;
}

function numberOf(token: string): number {
  const hash = token.indexOf("#");
  if (hash > 0) return Number.parseInt(token.slice(hash + 1), Number(token.slice(0, hash)));
  if (/^0[xX]/.test(token)) return Number.parseInt(token.slice(2), 16);
  if (!/^0[0-9]/.test(token)) return Number(token);
  if (/[89]/.test(token)) {
    throw new ArithmeticError(`${token}: value too great for base (error token is "${token}")`);
  }
  return Number.parseInt(token, 8);
}

class Reader {
  readonly #tokens: readonly string[];
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokensOf(text);
  }

  whole(): Arithmetic {
    const tree = this.#comma();
    if (this.#at < this.#tokens.length) throw this.#error();
    return tree;
  }

  #error(): ArithmeticError {
    return new ArithmeticError(`syntax error in expression "${this.#text}"`);
  }

  #peek(): string | undefined {
    return this.#tokens[this.#at];
  }

  #accept(token: string): boolean {
    if (this.#peek() !== token) return false;
    this.#at += 1;
    return true;
  }

  #expect(token: string): void {
    if (!this.#accept(token)) throw this.#error();
  }

  #comma(): Arithmetic {
    let left = this.#choice();
    while (this.#accept(",")) {
      left = { kind: "binary", operator: ",", left, right: this.#choice() };
    }
    return left;
  }

  #choice(): Arithmetic {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw new ArithmeticError("expression nested too deeply");
    const condition = this.#binary(1);
    let tree = condition;
    const operator = this.#peek();
    if (operator === "?") {
      this.#at += 1;
      const yes = this.#choice();
      this.#expect(":");
      tree = { kind: "choice", condition, yes, no: this.#choice() };
    } else if (operator !== undefined && ASSIGNMENT.has(operator)) {
      if (condition.kind !== "variable") throw this.#error();
      this.#at += 1;
      const { name, index } = condition;
      tree = { kind: "assign", operator, name, index, value: this.#choice() };
    }
    this.#depth -= 1;
    return tree;
  }

  #binary(lowest: number): Arithmetic {
    let left = this.#unary();
    for (;;) {
      const operator = this.#peek();
      const rank = operator === undefined ? undefined : BINARY[operator];
      if (operator === undefined || rank === undefined || rank < lowest) return left;
      this.#at += 1;
      // `**` binds to the right, all others to the left.
      const right = this.#binary(operator === "**" ? rank : rank + 1);
      left = { kind: "binary", operator, left, right };
    }
  }

  #unary(): Arithmetic {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw new ArithmeticError("expression nested too deeply");
    const tree = this.#prefixed();
    this.#depth -= 1;
    return tree;
  }

  #prefixed(): Arithmetic {
    const token = this.#peek();
    if (token === undefined) throw this.#error();
    this.#at += 1;
    if (token === "++" || token === "--") {
      const operand = this.#unary();
      if (operand.kind !== "variable") throw this.#error();
      const { name, index } = operand;
      return { kind: "step", name, index, by: token === "++" ? 1 : -1, before: true };
    }
    if (token === "-" || token === "+" || token === "!" || token === "~") {
      return { kind: "unary", operator: token, operand: this.#unary() };
    }
    if (token === "(") {
      const inner = this.#comma();
      this.#expect(")");
      return inner;
    }
    if (/^[0-9]/.test(token)) return { kind: "number", value: numberOf(token) };
    if (/^[A-Za-z_]/.test(token)) return this.#variable(token);
    throw this.#error();
  }

  #variable(name: string): Arithmetic {
    let index: Arithmetic | undefined;
    if (this.#accept("[")) {
      index = this.#comma();
      this.#expect("]");
    }
    if (this.#accept("++")) return { kind: "step", name, index, by: 1, before: false };
    if (this.#accept("--")) return { kind: "step", name, index, by: -1, before: false };
    return { kind: "variable", name, index };
  }
}

const ZERO: Arithmetic = { kind: "number", value: 0 };
/** Counters make new texts all the time (`0+1`, `1+1`); the store starts over before it grows big. */
const KEPT = 2000;
const parsed = new Map<string, Arithmetic>();

export function parseArithmetic(text: string): Arithmetic {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const tree = text.trim() === "" ? ZERO : new Reader(text).whole();
  if (parsed.size >= KEPT) parsed.clear();
  parsed.set(text, tree);
  return tree;
}

function combine(operator: string, a: number, b: number): number {
  switch (operator) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "**":
      return a ** b;
    case "/":
    case "%":
      if (b === 0) throw new ArithmeticError("division by 0");
      return operator === "/" ? Math.trunc(a / b) : a % b;
    case "<<":
      return Number(BigInt.asIntN(64, BigInt(a) << BigInt(b & 63)));
    case ">>":
      return Number(BigInt.asIntN(64, BigInt(a)) >> BigInt(b & 63));
    case "&":
      return Number(BigInt(a) & BigInt(b));
    case "|":
      return Number(BigInt(a) | BigInt(b));
    case "^":
      return Number(BigInt(a) ^ BigInt(b));
    case "==":
      return Number(a === b);
    case "!=":
      return Number(a !== b);
    case "<":
      return Number(a < b);
    case ">":
      return Number(a > b);
    case "<=":
      return Number(a <= b);
    case ">=":
      return Number(a >= b);
    default:
      return b; // the comma
  }
}

function applyUnary(operator: string, value: number): number {
  if (operator === "-") return -value;
  if (operator === "!") return Number(value === 0);
  return operator === "~" ? -value - 1 : value;
}

/** The value of a variable is an expression of its own: `a=b; b=3; $((a))` is 3. */
function valueOf(text: string, scope: ArithmeticScope, depth: number): number {
  const trimmed = text.trim();
  if (trimmed === "") return 0;
  const plain = Number(trimmed);
  if (Number.isSafeInteger(plain) && /^-?(?:0|[1-9][0-9]*)$/.test(trimmed)) return plain;
  if (depth > MAX_DEPTH) throw new ArithmeticError("expression recursion level exceeded");
  return evaluateAt(parseArithmetic(trimmed), scope, depth + 1);
}

function evaluateAt(tree: Arithmetic, scope: ArithmeticScope, depth: number): number {
  const at = (index: Arithmetic | undefined): number | undefined =>
    index === undefined ? undefined : evaluateAt(index, scope, depth);
  switch (tree.kind) {
    case "number":
      return tree.value;
    case "variable":
      return valueOf(scope.get(tree.name, at(tree.index)), scope, depth);
    case "unary":
      return applyUnary(tree.operator, evaluateAt(tree.operand, scope, depth));
    case "binary": {
      const left = evaluateAt(tree.left, scope, depth);
      if (tree.operator === "&&" && left === 0) return 0;
      if (tree.operator === "||" && left !== 0) return 1;
      const right = evaluateAt(tree.right, scope, depth);
      if (tree.operator === "&&" || tree.operator === "||") return Number(right !== 0);
      return combine(tree.operator, left, right);
    }
    case "choice":
      return evaluateAt(tree.condition, scope, depth) === 0
        ? evaluateAt(tree.no, scope, depth)
        : evaluateAt(tree.yes, scope, depth);
    case "assign": {
      const index = at(tree.index);
      const value = evaluateAt(tree.value, scope, depth);
      const result =
        tree.operator === "="
          ? value
          : combine(
              tree.operator.slice(0, -1),
              valueOf(scope.get(tree.name, index), scope, depth),
              value,
            );
      scope.set(tree.name, index, String(result));
      return result;
    }
    case "step": {
      const index = at(tree.index);
      const old = valueOf(scope.get(tree.name, index), scope, depth);
      scope.set(tree.name, index, String(old + tree.by));
      return tree.before ? old + tree.by : old;
    }
  }
}

/** Throws `ArithmeticError` for what bash calls a syntax error, and for division by 0. */
export function evaluate(text: string, scope: ArithmeticScope): number {
  const result = evaluateAt(parseArithmetic(text), scope, 0);
  return Number.isFinite(result) ? result : 0;
}
