/** `~SEQ` and `~LST`: a line that is read several times, with other values each time. */
import type { Mapped } from "./mapped.ts";
import { slice } from "./mapped.ts";

export interface Sequence {
  /** One assignment of variables per repetition, made when it is its turn. */
  readonly steps: Iterator<ReadonlyMap<string, string>>;
  readonly text: Mapped;
}

export type ParsedSequence =
  { readonly ok: true; readonly sequence: Sequence } | { readonly ok: false; readonly why: string };

const bad = (why: string): ParsedSequence => ({ ok: false, why });

/** parser.c:add_seq. `expand` replaces definitions within the numbers. */
export function parseSeq(line: Mapped, expand: (text: string) => string): ParsedSequence {
  const head = /^~SEQ(x?)[ \t]*\([ \t]*([^ \t,)]+)[ \t]*,[ \t]*([^)]*)\)[ \t]*/u.exec(line.text);
  if (head === null) return bad("it is not ~SEQ(name, numbers) text");
  const [whole, hex, name = "", numbers = ""] = head;
  const values = expand(numbers)
    .split(",")
    .map((part) => parseLong(part));
  if (values.length > 3 || values.some((value) => value === undefined))
    return bad("its numbers are not numbers");
  const range = rangeOf(values.map((value) => value ?? 0));
  if (range === undefined) return bad("its step does not lead from start to end");
  if (hex === "x" && (range.start < 0 || range.end < 0))
    return bad("~SEQx takes no negative numbers");
  const steps = counting(name, range, hex === "x");
  return { ok: true, sequence: { steps, text: slice(line, whole.length) } };
}

interface Range {
  readonly start: number;
  readonly step: number;
  readonly end: number;
}

function rangeOf(values: readonly number[]): Range | undefined {
  const [one = 0, two, three] = values;
  if (two === undefined) return { start: one < 0 ? -1 : 1, step: one < 1 ? -1 : 1, end: one };
  if (three === undefined) return { start: one, step: one <= two ? 1 : -1, end: two };
  const wrongWay = (one < three && two < 0) || (one > three && two > 0);
  return two === 0 || wrongWay ? undefined : { start: one, step: two, end: three };
}

/** The first value is always taken, as the daemon looks at the end only after it. */
function* counting(
  name: string,
  { start, step, end }: Range,
  hex: boolean,
): Generator<ReadonlyMap<string, string>> {
  let value = start;
  do {
    yield new Map([[name, hex ? value.toString(16) : String(value)]]);
    value += step;
  } while (step > 0 ? value <= end : value >= end);
}

/** strtol with base 0. */
function parseLong(text: string): number | undefined {
  const match = /^([+-]?)(0[xX][0-9A-Fa-f]+|0[0-7]*|[1-9]\d*)$/u.exec(text.trim());
  if (match === null) return undefined;
  const digits = match[2] ?? "";
  const octal = /^0[0-7]+$/u.test(digits);
  const value = octal ? Number.parseInt(digits, 8) : Number(digits);
  return match[1] === "-" ? -value : value;
}

/** parser.c:add_lst. */
export function parseLst(line: Mapped): ParsedSequence {
  const start = /^~LST[ \t]*\([ \t]*/u.exec(line.text);
  if (start === null) return bad("it is not ~LST(name, values) text");
  let at = start[0].length;
  const names = listAt(line.text, at);
  if (names === undefined || line.text[names.end] !== ",")
    return bad("the names are not followed by values");
  at = names.end;
  const sets: (readonly string[])[] = [];
  while (line.text[at] === ",") {
    at = skipBlanks(line.text, at + 1);
    const values = listAt(line.text, at);
    if (values === undefined) return bad("a list of values does not end");
    if (values.items.length > names.items.length) return bad("there are more values than names");
    sets.push(values.items);
    at = values.end;
  }
  if (line.text[at] !== ")") return bad("the closing ) is missing");
  const text = slice(line, skipBlanks(line.text, at + 1));
  return { ok: true, sequence: { steps: walking(names.items, sets), text } };
}

function* walking(
  names: readonly string[],
  sets: readonly (readonly string[])[],
): Generator<ReadonlyMap<string, string>> {
  for (const set of sets) yield new Map(names.map((name, index) => [name, set[index] ?? ""]));
}

/** One word, or several in `{a, b}`; `end` is at what follows. */
function listAt(
  text: string,
  from: number,
): { readonly items: readonly string[]; readonly end: number } | undefined {
  if (text[from] !== "{") {
    const word = /^[^ \t,})]*/u.exec(text.slice(from))?.[0] ?? "";
    return { items: [word], end: skipBlanks(text, from + word.length) };
  }
  const close = text.indexOf("}", from);
  if (close < 0) return undefined;
  const items = text
    .slice(from + 1, close)
    .split(",")
    .map((item) => item.trim());
  return { items, end: skipBlanks(text, close + 1) };
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (text[at] === " " || text[at] === "\t") at++;
  return at;
}
