/**
 * The lossless view of one file: every byte is in some token, so that printing gives the file back.
 *
 * The text holds one character per byte (Latin-1), because a configuration may be in no encoding at all.
 * Lines and tokens are made on demand, which keeps a file of 10 MB at its own size.
 */
export interface SyntaxFile {
  readonly file: string;
  /** One character per byte. */
  readonly text: string;
  /** Where each line starts. */
  readonly lineStarts: Uint32Array;
}

export type TokenKind = "space" | "word" | "string" | "comment" | "open" | "close";

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly line: number;
  /** Counts characters of UTF-8 from 1; of bytes where the line is not UTF-8. */
  readonly column: number;
}

export interface SyntaxLine {
  readonly line: number;
  /** Without its end. */
  readonly text: string;
  readonly ending: "" | "\n" | "\r\n";
  readonly tokens: readonly Token[];
}

export function parseSyntax(source: Uint8Array | string, file: string): SyntaxFile {
  const text = bytesAsText(typeof source === "string" ? new TextEncoder().encode(source) : source);
  return { file, text, lineStarts: findLineStarts(text) };
}

export function printSyntax(syntax: SyntaxFile): Uint8Array {
  const bytes = new Uint8Array(syntax.text.length);
  let at = 0;
  for (const { tokens, ending } of linesOf(syntax)) {
    for (const { text } of tokens) at = putBytes(bytes, at, text);
    at = putBytes(bytes, at, ending);
  }
  return bytes.subarray(0, at);
}

export function* linesOf(syntax: SyntaxFile): Generator<SyntaxLine> {
  for (let index = 0; index < syntax.lineStarts.length; index++) yield lineAt(syntax, index);
}

/** `index` counts from 0. */
export function lineAt({ text, lineStarts }: SyntaxFile, index: number): SyntaxLine {
  const whole = text.slice(lineStarts[index] ?? text.length, lineStarts[index + 1] ?? text.length);
  const ending = whole.endsWith("\r\n") ? "\r\n" : whole.endsWith("\n") ? "\n" : "";
  const content = whole.slice(0, whole.length - ending.length);
  return { line: index + 1, text: content, ending, tokens: tokensOf(content, index + 1) };
}

/** Words, strings, comments and braces of a line; what is not one of these is space. */
function tokensOf(text: string, line: number): readonly Token[] {
  const tokens: Token[] = [];
  const columns = columnCounter(text);
  let at = 0;
  while (at < text.length) {
    const [kind, end] = tokenAt(text, at);
    tokens.push({ kind, text: text.slice(at, end), line, column: columns(at) });
    at = end;
  }
  return tokens;
}

function tokenAt(text: string, at: number): readonly [TokenKind, number] {
  const first = text.charAt(at);
  if (SPACE.has(first)) return ["space", skip(text, at, (char) => SPACE.has(char))];
  if (first === "!" || first === "#") return ["comment", text.length];
  if (first === "{") return ["open", at + 1];
  if (first === "}") return ["close", at + 1];
  if (first === '"') {
    const close = text.indexOf('"', at + 1);
    return ["string", close < 0 ? text.length : close + 1];
  }
  // `\#` is a plain character (parser.c:decomment).
  let end = at;
  while (end < text.length && !WORD_END.has(text.charAt(end))) {
    end += text.charAt(end) === "\\" && end + 1 < text.length ? 2 : 1;
  }
  return ["word", end];
}

const SPACE: ReadonlySet<string> = new Set([" ", "\t", "\f", "\r", "\v", "\n"]);
const WORD_END: ReadonlySet<string> = new Set([...SPACE, "{", "}", '"', "!", "#"]);

function skip(text: string, from: number, accepts: (char: string) => boolean): number {
  let at = from;
  while (at < text.length && accepts(text.charAt(at))) at++;
  return at;
}

/** Columns for offsets that are asked in rising order. */
function columnCounter(text: string): (offset: number) => number {
  if (!/[\u0080-\u00ff]/u.test(text) || !isUtf8(text)) return (offset) => offset + 1;
  let at = 0;
  let column = 1;
  return (offset) => {
    // Bytes 10xxxxxx continue a character.
    for (; at < offset; at++) if ((text.charCodeAt(at) & 0xc0) !== 0x80) column++;
    return column;
  };
}

function isUtf8(text: string): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(textAsBytes(text));
    return true;
  } catch {
    return false;
  }
}

/** Text with one character per byte, read as UTF-8; what is not UTF-8 becomes U+FFFD. */
export function decodeUtf8(text: string): string {
  if (!/[\u0080-\u00ff]/u.test(text)) return text;
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(textAsBytes(text));
}

function textAsBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  putBytes(bytes, 0, text);
  return bytes;
}

function putBytes(bytes: Uint8Array, from: number, text: string): number {
  for (let index = 0; index < text.length; index++) bytes[from + index] = text.charCodeAt(index);
  return from + text.length;
}

function bytesAsText(bytes: Uint8Array): string {
  const parts: string[] = [];
  const chunk = 8192;
  for (let at = 0; at < bytes.length; at += chunk) {
    parts.push(String.fromCharCode(...bytes.subarray(at, at + chunk)));
  }
  return parts.join("");
}

function findLineStarts(text: string): Uint32Array {
  let count = text === "" ? 0 : 1;
  for (
    let at = text.indexOf("\n");
    at >= 0 && at + 1 < text.length;
    at = text.indexOf("\n", at + 1)
  )
    count++;
  const starts = new Uint32Array(count);
  let index = 1;
  for (let at = text.indexOf("\n"); index < count; at = text.indexOf("\n", at + 1))
    starts[index++] = at + 1;
  return starts;
}
