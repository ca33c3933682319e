/** What stands between `[[` and `]]`. */
import type { Condition, Word } from "./ast.ts";
import type { Cursor } from "./cursor.ts";
import type { WordReader } from "./words.ts";

const BINARY = /(?:=~|==|!=|=|<|>|-(?:eq|ne|lt|le|gt|ge|nt|ot|ef))(?=\s)/y;
const UNARY = /-[a-zA-Z](?=\s)/y;

class ConditionReader {
  readonly #cursor: Cursor;
  readonly #words: WordReader;
  readonly #skip: () => void;

  constructor(cursor: Cursor, words: WordReader, skip: () => void) {
    this.#cursor = cursor;
    this.#words = words;
    this.#skip = skip;
  }

  or(): Condition {
    let left = this.#and();
    for (;;) {
      this.#skip();
      if (!this.#cursor.accept("||")) return left;
      left = { kind: "or", left, right: this.#and() };
    }
  }

  #and(): Condition {
    let left = this.#not();
    for (;;) {
      this.#skip();
      if (!this.#cursor.accept("&&")) return left;
      left = { kind: "and", left, right: this.#not() };
    }
  }

  #not(): Condition {
    return this.#cursor.nested(() => {
      this.#skip();
      if (this.#cursor.take(/!(?=\s)/y) !== undefined) return { kind: "not", operand: this.#not() };
      if (this.#cursor.accept("(")) {
        const inner = this.or();
        if (!this.#cursor.accept(")")) throw this.#cursor.unexpected();
        return inner;
      }
      return this.#test();
    });
  }

  #test(): Condition {
    const cursor = this.#cursor;
    const start = cursor.at;
    const operator = cursor.take(UNARY);
    if (operator !== undefined) {
      this.#skip();
      if (!cursor.startsWith("]]")) return { kind: "unary", operator, operand: this.#word() };
      cursor.at = start;
    }
    const left = this.#word();
    this.#skip();
    const binary = cursor.take(BINARY);
    if (binary === undefined) return { kind: "unary", operator: "-n", operand: left };
    this.#skip();
    const right = binary === "=~" ? this.#words.readRegExp() : this.#words.read();
    if (right === undefined) throw cursor.unexpected();
    return { kind: "binary", operator: binary, left, right };
  }

  #word(): Word {
    const word = this.#cursor.startsWith("]]") ? undefined : this.#words.read();
    if (word === undefined) throw this.#cursor.unexpected();
    return word;
  }
}

/** Reads up to and past `]]`; `skip` moves past blanks and line ends. */
export function parseCondition(cursor: Cursor, words: WordReader, skip: () => void): Condition {
  const condition = new ConditionReader(cursor, words, skip).or();
  skip();
  if (!cursor.accept("]]")) throw cursor.unexpected();
  return condition;
}
