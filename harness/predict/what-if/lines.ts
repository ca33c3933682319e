/**
 * Changing one value in a configuration file and nothing else: comments, blanks and the order of everything stay. The
 * reader says where a keyword stands, the lossless view of the file what stands around it.
 */
import type { Block } from "../../keepalived/config.ts";
import type { Location } from "../../keepalived/location.ts";
import {
  decodeUtf8,
  lineAt,
  type SyntaxFile,
  type SyntaxLine,
  type Token,
} from "../../keepalived/syntax.ts";

/** Whole lines; `after` undefined takes the line away. Line 0 of `insert` is before everything. */
export type LineEdit =
  | { readonly kind: "replace"; readonly line: number; readonly text: string }
  | { readonly kind: "delete"; readonly line: number }
  | { readonly kind: "insert"; readonly after: number; readonly text: string };

/** One line of a file before and after; either is absent when the line was put in or taken away. */
export interface LineChange {
  readonly file: string;
  /** In the file as it was; of a new line, the one it follows. */
  readonly line: number;
  readonly before?: string;
  readonly after?: string;
}

/** A keyword with its value, of a block that may or may not have it; nothing where the text does not allow it. */
export function withValue(
  file: SyntaxFile,
  block: Block,
  keyword: string,
  value: string,
): readonly LineEdit[] | undefined {
  const at = block.given[keyword];
  if (at === undefined) return withLine(file, block.at, `${keyword} ${value}`);
  const found = keywordAt(file, at, keyword);
  const word = found?.line.tokens
    .slice(found.index + 1)
    .find(({ kind }) => kind === "word" || kind === "string");
  if (found === undefined || word === undefined) return undefined;
  // A definition stands for more than this line.
  if (/[$@]/.test(word.text)) return undefined;
  return [replaced(found.line, word, value)];
}

/** A keyword without a value, there or not. */
export function withFlag(
  file: SyntaxFile,
  block: Block,
  keyword: string,
  on: boolean,
): readonly LineEdit[] | undefined {
  const at = block.given[keyword];
  if (at === undefined) return on ? withLine(file, block.at, keyword) : [];
  if (on) return [];
  const found = keywordAt(file, at, keyword);
  if (found === undefined) return undefined;
  const others = found.line.tokens.filter(
    (token, index) => index !== found.index && !isFiller(token),
  );
  const token = found.line.tokens[found.index];
  if (others.length === 0 || token === undefined) return [{ kind: "delete", line: at.line }];
  return [replaced(found.line, token, "")];
}

/** A keyword and its value taken away, where nothing else stands on their line. */
export function withoutValue(
  file: SyntaxFile,
  block: Block,
  keyword: string,
): readonly LineEdit[] | undefined {
  const at = block.given[keyword];
  if (at === undefined) return [];
  const found = keywordAt(file, at, keyword);
  const words = found?.line.tokens.filter((token) => !isFiller(token));
  return words?.length === 2 ? [{ kind: "delete", line: at.line }] : undefined;
}

/** `word weight -5` in a list such as track_script: its number becomes another. */
export function withWeight(
  file: SyntaxFile,
  at: Location,
  weight: string,
): readonly LineEdit[] | undefined {
  const line = lineAt(file, at.line - 1);
  const index = line.tokens.findIndex(({ kind, text }) => kind === "word" && text === "weight");
  const number = line.tokens.slice(index + 1).find(({ kind }) => kind === "word");
  return index < 0 || number === undefined ? undefined : [replaced(line, number, weight)];
}

/** A block inside another, such as authentication, that a keyword of it was found in: all of its lines. */
export function withoutBlock(
  file: SyntaxFile,
  inside: Location,
  name: string,
): readonly LineEdit[] | undefined {
  let first = inside.line;
  while (first > 0 && firstWord(lineAt(file, first - 1)) !== name) first -= 1;
  let last = inside.line;
  while (last <= file.lineStarts.length && lastWord(lineAt(file, last - 1))?.kind !== "close") {
    last += 1;
  }
  if (first === 0 || last > file.lineStarts.length || first === last) return undefined;
  return Array.from({ length: last - first + 1 }, (_, index) => ({
    kind: "delete",
    line: first + index,
  }));
}

function firstWord({ tokens }: SyntaxLine): string | undefined {
  return tokens.find((token) => !isFiller(token))?.text;
}

function lastWord({ tokens }: SyntaxLine): Token | undefined {
  return tokens.findLast((token) => !isFiller(token));
}

function isFiller({ kind }: Token): boolean {
  return kind === "space" || kind === "comment";
}

function keywordAt(
  file: SyntaxFile,
  { line: number, column }: Location,
  keyword: string,
): { readonly line: SyntaxLine; readonly index: number } | undefined {
  const line = lineAt(file, number - 1);
  const index = line.tokens.findIndex((token) => token.column === column && token.text === keyword);
  return index < 0 ? undefined : { line, index };
}

function replaced(line: SyntaxLine, token: Token, put: string): LineEdit {
  const text = line.tokens.map((item) => (item === token ? put : item.text)).join("");
  return { kind: "replace", line: line.line, text: text.trimEnd() };
}

/** A new first line of the block that begins at `at`, indented as what follows it. */
function withLine(file: SyntaxFile, at: Location, text: string): readonly LineEdit[] | undefined {
  for (let number = at.line; number <= file.lineStarts.length; number += 1) {
    const line = lineAt(file, number - 1);
    const index = line.tokens.findIndex(
      ({ kind, column }) => kind === "open" && (number > at.line || column > at.column),
    );
    if (index < 0) continue;
    if (!line.tokens.slice(index + 1).every(isFiller)) {
      const head = line.tokens.slice(0, index + 1).map((token) => token.text);
      const rest = line.tokens.slice(index + 1).map((token) => token.text);
      return [
        { kind: "replace", line: number, text: head.join("") },
        { kind: "insert", after: number, text: `    ${text}` },
        { kind: "insert", after: number, text: `    ${rest.join("").trimStart()}` },
      ];
    }
    return [{ kind: "insert", after: number, text: indentOf(file, number) + text }];
  }
  return undefined;
}

function indentOf(file: SyntaxFile, after: number): string {
  const next = after < file.lineStarts.length ? lineAt(file, after) : undefined;
  const [first, second] = next?.tokens ?? [];
  return first?.kind === "space" && second !== undefined && second.kind !== "close"
    ? first.text
    : "    ";
}

/** The file with its edits, as bytes, and what they changed. Two edits of one line have to be the same. */
export function edited(
  file: SyntaxFile,
  edits: readonly LineEdit[],
): { readonly bytes: Uint8Array; readonly changes: readonly LineChange[] } {
  const known = new Set<string>();
  const own = edits.filter((edit) => {
    const key = JSON.stringify(edit);
    return !known.has(key) && known.add(key);
  });
  const parts: string[] = [];
  const changes: LineChange[] = [];
  for (let index = 0; index < file.lineStarts.length; index += 1) {
    const { line, text, ending } = lineAt(file, index);
    const put = own.find((edit) => edit.kind !== "insert" && edit.line === line);
    const name = { file: file.file, line };
    if (put === undefined || put.kind === "insert") parts.push(text + ending);
    else if (put.kind === "delete") changes.push({ ...name, before: text });
    else {
      parts.push(put.text + ending);
      if (put.text !== text) changes.push({ ...name, before: text, after: put.text });
    }
    for (const added of own) {
      if (added.kind !== "insert" || added.after !== line) continue;
      parts.push(ending === "" ? `\n${added.text}` : added.text + ending);
      changes.push({ ...name, after: added.text });
    }
  }
  // One character stands for one byte there; people read the lines.
  const bytes = Uint8Array.from(parts.join(""), (letter) => letter.charCodeAt(0));
  return { bytes, changes: changes.map(readable) };
}

function readable({ before, after, ...place }: LineChange): LineChange {
  return {
    ...place,
    ...(before === undefined ? {} : { before: decodeUtf8(before) }),
    ...(after === undefined ? {} : { after: decodeUtf8(after) }),
  };
}
