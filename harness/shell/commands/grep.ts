/** grep, egrep, fgrep. Context lines (-A, -B, -C) included; directories (-r) are not. */
import { grepPattern, PatternError } from "../pattern.ts";
import {
  ended,
  inputsOf,
  linesOf,
  optionsOf,
  unmodelled,
  type Call,
  type Options,
} from "./call.ts";
import type { CommandEnd } from "../host.ts";

const LONG = {
  "--count": "c",
  "--invert-match": "v",
  "--ignore-case": "i",
  "--word-regexp": "w",
  "--line-regexp": "x",
  "--quiet": "q",
  "--silent": "q",
  "--extended-regexp": "E",
  "--fixed-strings": "F",
  "--perl-regexp": "P",
  "--only-matching": "o",
  "--no-messages": "s",
  "--line-number": "n",
  "--no-filename": "h",
  "--with-filename": "H",
  "--files-with-matches": "l",
  "--text": "a",
  "--line-buffered": "a",
  "--regexp=": "e",
  "--max-count=": "m",
  "--color": "a",
  "--colour": "a",
};

function syntaxOf(call: Call, options: Options): "basic" | "extended" | "fixed" | "perl" {
  if (options.has("P")) return "perl";
  if (options.has("F") || call.name === "fgrep") return "fixed";
  return options.has("E") || call.name === "egrep" ? "extended" : "basic";
}

function selected(
  lines: readonly string[],
  pattern: RegExp,
  invert: boolean,
  most: number,
): number[] {
  const hits: number[] = [];
  for (let at = 0; at < lines.length && hits.length < most; at += 1) {
    if (pattern.test(lines[at] ?? "") !== invert) hits.push(at);
  }
  return hits;
}

function withContext(
  hits: readonly number[],
  count: number,
  before: number,
  after: number,
): number[] {
  const shown = new Set<number>();
  for (const hit of hits) {
    for (let at = Math.max(0, hit - before); at <= Math.min(count - 1, hit + after); at += 1)
      shown.add(at);
  }
  return [...shown].sort((a, b) => a - b);
}

interface Output {
  text: string;
  found: boolean;
}

function search(
  name: string,
  text: string,
  pattern: RegExp,
  options: Options,
  many: boolean,
): Output {
  const lines = linesOf(text);
  const most = Number(options.value("m") ?? Infinity);
  const hits = selected(lines, pattern, options.has("v"), most);
  const found = hits.length > 0;
  const label = (many && !options.has("h")) || options.has("H") ? `${name}:` : "";
  if (options.has("q")) return { text: "", found };
  if (options.has("l")) return { text: found ? `${name}\n` : "", found };
  if (options.has("c")) return { text: `${label}${String(hits.length)}\n`, found };
  const both = options.value("C") ?? "0";
  const before = Number(options.value("B") ?? both);
  const after = Number(options.value("A") ?? both);
  const shown = before + after > 0 ? withContext(hits, lines.length, before, after) : hits;
  let out = "";
  let last: number | undefined;
  for (const at of shown) {
    if (before + after > 0 && last !== undefined && at > last + 1) out += "--\n";
    last = at;
    const number = options.has("n") ? `${String(at + 1)}:` : "";
    const line = lines[at] ?? "";
    if (!options.has("o")) out += `${label}${number}${line}\n`;
    else for (const one of parts(line, pattern)) out += `${label}${number}${one}\n`;
  }
  return { text: out, found };
}

function parts(line: string, pattern: RegExp): string[] {
  const global = new RegExp(pattern.source, `${pattern.flags}g`);
  return [...line.matchAll(global)].map((match) => match[0]).filter((one) => one !== "");
}

export function grep(call: Call): CommandEnd {
  const options = optionsOf(call.args, "cviwxqEFPGosnhHlaz", "eABCmf", LONG);
  if (options.unknown.length > 0 || options.has("f") || options.has("z")) {
    return unmodelled(
      `grep ${[...options.unknown, ...(options.has("f") ? ["-f"] : [])].join(" ")}`,
    );
  }
  const given = options.values("e");
  const [first, ...others] = options.rest;
  const source = given.length > 0 ? given.join("\n") : first;
  if (source === undefined) return ended("", 2, "Usage: grep [OPTION]... PATTERNS [FILE]...\n");
  let pattern: RegExp;
  try {
    pattern = grepPattern(source, {
      syntax: syntaxOf(call, options),
      ignoreCase: options.has("i"),
      words: options.has("w"),
      lines: options.has("x"),
    });
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    return ended("", 2, `grep: ${error.message}\n`);
  }
  const files = given.length > 0 ? options.rest : others;
  const { inputs, errors } = inputsOf(call, files);
  let out = "";
  let found = false;
  for (const { name, text } of inputs) {
    const one = search(name, text, pattern, options, files.length > 1);
    out += one.text;
    found ||= one.found;
  }
  const status = errors !== "" && !(found && options.has("q")) ? 2 : found ? 0 : 1;
  return ended(out, status, options.has("s") ? "" : errors);
}
