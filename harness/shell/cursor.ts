/** Where the parser is in the text, and how deep it has gone. */
import { ShellSyntaxError } from "./errors.ts";

/** Deeper nesting than any script for people has; it keeps the parser off the end of its stack. */
const MAX_DEPTH = 50;

export class Cursor {
  readonly text: string;
  at = 0;
  #depth = 0;
  readonly #lineStarts: number[] = [0];
  readonly #firstLine: number;

  constructor(text: string, firstLine = 1, depth = 0) {
    this.text = text;
    this.#firstLine = firstLine;
    this.#depth = depth;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) {
      this.#lineStarts.push(at + 1);
    }
  }

  get depth(): number {
    return this.#depth;
  }

  /** The current character; "" at the end. */
  peek(ahead = 0): string {
    return this.text[this.at + ahead] ?? "";
  }

  startsWith(what: string): boolean {
    return this.text.startsWith(what, this.at);
  }

  accept(what: string): boolean {
    if (!this.startsWith(what)) return false;
    this.at += what.length;
    return true;
  }

  /** Matches a sticky expression here and moves past it. */
  take(expression: RegExp): string | undefined {
    expression.lastIndex = this.at;
    const match = expression.exec(this.text);
    if (match === null) return undefined;
    this.at += match[0].length;
    return match[0];
  }

  get ended(): boolean {
    return this.at >= this.text.length;
  }

  line(offset: number = this.at): number {
    return this.#firstLine + this.#row(offset);
  }

  #row(offset: number): number {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  error(message: string, offset: number = this.at): ShellSyntaxError {
    const start = this.#lineStarts[this.#row(offset)] ?? 0;
    return new ShellSyntaxError(message, this.line(offset), offset - start + 1);
  }

  /** What is unexpected here, as bash names it. */
  unexpected(): ShellSyntaxError {
    if (this.ended) return this.error("unexpected end of file");
    const token = /^(?:\n|[;&|<>()]+|[^ \t\n;&|<>()]+)/.exec(
      this.text.slice(this.at, this.at + 40),
    )?.[0];
    return this.error(`unexpected ${token === "\n" ? "newline" : `"${token ?? this.peek()}"`}`);
  }

  nested<T>(read: () => T): T {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw this.error(`nested deeper than ${String(MAX_DEPTH)} levels`);
    const result = read();
    this.#depth -= 1;
    return result;
  }
}
