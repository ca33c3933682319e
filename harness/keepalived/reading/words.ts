/** How the daemon splits a line: plain words, and again with quotes and escapes where a keyword wants that. */
import type { Location } from "../location.ts";
import { locate, slice, type Mapped } from "./mapped.ts";

export interface Word {
  readonly text: string;
  readonly at: Location;
}

const SPACE = " \t\f\n\r\v";

export interface SplitLine {
  readonly words: readonly Word[];
  /** Where a quote opens that nothing closes. */
  readonly unmatched?: Location;
}

/** parser.c:alloc_strvec_r: a `"` opens a word of its own anywhere, and there are no escapes. */
export function splitWords(line: Mapped): SplitLine {
  const { text } = line;
  const words: Word[] = [];
  let at = 0;
  for (;;) {
    while (at < text.length && SPACE.includes(text.charAt(at))) at++;
    if (at >= text.length) return { words };
    if (text[at] === '"') {
      const close = text.indexOf('"', at + 1);
      if (close < 0) return { words, unmatched: locate(line, at) };
      words.push({ text: text.slice(at + 1, close), at: locate(line, at) });
      at = close + 1;
    } else {
      const start = at;
      while (at < text.length && text[at] !== '"' && !SPACE.includes(text.charAt(at))) at++;
      words.push({ text: text.slice(start, at), at: locate(line, start) });
    }
  }
}

/** 1.2.13 splits at white space only (parser.c:alloc_strvec, 1.2.13). */
export function splitWordsPlainly(line: Mapped): SplitLine {
  const words: Word[] = [];
  for (const match of line.text.matchAll(/"[^"]*"?|[^ \t\f\n\r\v"]+/gu)) {
    const text = match[0].startsWith('"') ? match[0].replaceAll('"', "") : match[0];
    words.push({ text, at: locate(line, match.index) });
  }
  return { words };
}

export type Quoted =
  | { readonly ok: true; readonly words: readonly Word[] }
  | { readonly ok: false; readonly why: "unterminated" | "escape-at-end" };

/**
 * parser.c:alloc_strvec_quoted_escaped: both kinds of quotes, which may join with what stands beside them,
 * and backslashes; with `escapes` false (2.3.2 and later) a backslash stays and protects the next character.
 */
export function splitQuoted(line: Mapped, escapes: boolean): Quoted {
  const { text } = line;
  const words: Word[] = [];
  let quote = "";
  let at = 0;
  for (;;) {
    while (at < text.length && SPACE.includes(text.charAt(at))) at++;
    if (at >= text.length) return { ok: true, words };
    const start = at;
    let out = "";
    while (at < text.length) {
      const char = text.charAt(at);
      if (char === "\\") {
        if (at + 1 >= text.length) return { ok: false, why: "escape-at-end" };
        const [value, end] = escapes ? escapeAt(text, at + 1) : [text.slice(at, at + 2), at + 2];
        out += value;
        at = end;
      } else if (quote !== "") {
        if (char === quote) quote = "";
        else out += char;
        at++;
      } else if (char === '"' || char === "'") {
        quote = char;
        at++;
      } else if (SPACE.includes(char)) {
        break;
      } else {
        out += char;
        at++;
      }
    }
    if (quote !== "") return { ok: false, why: "unterminated" };
    words.push({ text: out, at: locate(line, start) });
  }
}

const NAMED: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  E: "\u001b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

function escapeAt(text: string, at: number): readonly [string, number] {
  const rest = text.slice(at, at + 80);
  const hex = /^x([0-9A-Fa-f]+)/u.exec(rest);
  if (hex !== null) {
    // The value is one byte; more digits push the first ones out.
    return [String.fromCharCode(Number.parseInt((hex[1] ?? "").slice(-2), 16)), at + hex[0].length];
  }
  const control = /^c(.)/u.exec(rest);
  if (control !== null) {
    return [String.fromCharCode((control[1] ?? "").charCodeAt(0) & 0x1f), at + 2];
  }
  const octal = /^[0-7]{1,3}/u.exec(rest);
  if (octal !== null) {
    return [String.fromCharCode(Number.parseInt(octal[0], 8) & 0xff), at + octal[0].length];
  }
  return [NAMED[text.charAt(at)] ?? text.charAt(at), at + 1];
}

/** The part of a line from a word on, as written. */
export function textFrom(line: Mapped, index: number): string {
  return slice(line, index).text;
}
