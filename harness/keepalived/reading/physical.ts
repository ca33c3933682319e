/**
 * Lines as they come from the files, comments off, with includes entered and left.
 *
 * The daemon's first process reads the files and writes down what it read; the others read that copy
 * (parser.c, head comment). `CopiedLines` is that copy, and comments come off it a second time.
 */
import type { Location } from "../location.ts";
import type { FileSource } from "../sources.ts";
import { decodeUtf8, parseSyntax, type SyntaxFile } from "../syntax.ts";
import { decomment, decommentPlainly } from "./decomment.ts";
import { mapped, type Mapped } from "./mapped.ts";
import type { Report } from "./report.ts";

/** parser.h:MAXBUF less the NUL: a longer line is taken apart by fgets. */
const LONGEST_LINE_BYTES = 1023;
/** The daemon would run out of file descriptors, 1024 as a rule. */
const DEEPEST_INCLUDE = 100;
/** Bounds `include *` that includes its own directory again and again. */
const MOST_FILES = 2000;

export interface PhysicalLines {
  /** Absent at the end. */
  next(): Mapped | undefined;
  /** The line was an include. */
  include(line: Mapped): void;
  /** Of the file that is being read. */
  readonly directory: string;
}

interface OpenFile {
  readonly syntax: SyntaxFile;
  readonly directory: string;
  offset: number;
  line: number;
  column: number;
}

export class FileLines implements PhysicalLines {
  readonly files: SyntaxFile[] = [];
  readonly copy: Mapped[] = [];
  readonly #stack: OpenFile[] = [];
  /** Files of a glob that are still to come, for each open file below them. */
  readonly #waiting: { readonly depth: number; readonly paths: string[] }[] = [];
  readonly #plain: boolean;
  readonly #source: FileSource;
  readonly #report: Report;
  /** `include_check` in force (global_defs). */
  checks: ReadonlySet<IncludeCheck> = new Set();

  /** `plain`: as 1.2.13 reads. */
  constructor(source: FileSource, report: Report, plain: boolean) {
    this.#plain = plain;
    this.#source = source;
    this.#report = report;
  }

  get directory(): string {
    return this.#stack.at(-1)?.directory ?? "";
  }

  open(path: string, bytes: Uint8Array): void {
    const syntax = parseSyntax(bytes, path);
    this.files.push(syntax);
    const slash = path.lastIndexOf("/");
    const directory = slash < 0 ? this.directory : path.slice(0, Math.max(slash, 1));
    this.#stack.push({ syntax, directory, offset: 0, line: 1, column: 1 });
  }

  next(): Mapped | undefined {
    for (;;) {
      const file = this.#stack.at(-1);
      if (file === undefined) return undefined;
      if (skipBlankLines(file)) {
        // One blank line is as good as many: it can only end a definition.
        this.copy.push(BLANK);
        return BLANK;
      }
      const chunk = nextChunk(file);
      if (chunk === undefined) {
        this.#stack.pop();
        this.#openNextOfGlob();
        continue;
      }
      const { line, unterminatedQuote } = this.#plain ? decommentPlainly(chunk) : decomment(chunk);
      if (unterminatedQuote) reportQuote(this.#report, line, chunk);
      this.copy.push(isInclude(line.text) ? BLANK : line);
      return line;
    }
  }

  include(line: Mapped): void {
    const match = INCLUDE.exec(line.text);
    if (match === null) return;
    const checks = new Set([...this.checks, ...(CHECKS[match[1] ?? ""] ?? [])]);
    const pattern = (match[2] ?? "").trim();
    const at = line.pieces[0]?.at ?? { file: "", line: 1, column: 1 };
    if (this.#stack.length >= DEEPEST_INCLUDE || this.files.length >= MOST_FILES) {
      this.#report.stopped({
        code: "include-too-deep",
        at,
        message: `include ${pattern}: files include each other ${this.#stack.length} deep, ${this.files.length} were read`,
        effect: "the daemon opens files until it has no descriptors left",
        source: "parser.c:check_include",
      });
      return;
    }
    const absolute = pattern.startsWith("/") ? pattern : joinPath(this.directory, pattern);
    const paths = [...this.#source.list(absolute)];
    if (paths.length === 0 && this.#source.read(absolute) !== undefined) paths.push(absolute);
    if (paths.length === 0) this.#reportMissing(pattern, at, checks);
    this.#waiting.push({ depth: this.#stack.length, paths });
    this.#openNextOfGlob();
  }

  #openNextOfGlob(): void {
    for (;;) {
      const glob = this.#waiting.at(-1);
      if (glob === undefined || glob.depth !== this.#stack.length) return;
      const path = glob.paths.shift();
      if (path === undefined) {
        this.#waiting.pop();
        continue;
      }
      const bytes = this.#source.read(path);
      if (bytes === undefined) continue;
      this.open(path, bytes);
      return;
    }
  }

  #reportMissing(pattern: string, at: Location, checks: ReadonlySet<IncludeCheck>): void {
    const wildcard = /[*?[]/u.test(pattern);
    const needed = checks.has(wildcard ? "wildcard" : pattern.includes("{") ? "brace" : "match");
    this.#report.add(needed ? "fatal" : "warning", {
      code: "include-not-found",
      at,
      message: `no file matches ${pattern}`,
      effect: needed
        ? "the daemon ends: this form of include requires the file"
        : "the line counts as empty and reading goes on",
      source: "parser.c:open_and_check_glob",
      ...(needed ? { test: "no-config" } : {}),
    });
  }
}

export class CopiedLines implements PhysicalLines {
  readonly directory: string = "";
  readonly #plain: boolean;
  readonly #copy: readonly Mapped[];
  readonly #report: Report;
  #index = 0;

  constructor(copy: readonly Mapped[], report: Report, plain: boolean) {
    this.#plain = plain;
    this.#copy = copy;
    this.#report = report;
  }

  next(): Mapped | undefined {
    const copied = this.#copy[this.#index++];
    if (copied === undefined || copied.text === "" || this.#plain) return copied;
    const { line, unterminatedQuote } = decomment(copied);
    if (unterminatedQuote) reportQuote(this.#report, line, copied);
    return line;
  }

  /** What is included stands in the copy already. */
  include(): void {}
}

export type IncludeCheck = "read" | "match" | "wildcard" | "brace";

const CHECKS: Readonly<Record<string, readonly IncludeCheck[]>> = {
  "": [],
  r: ["read"],
  m: ["read", "match"],
  w: ["read", "match", "wildcard"],
  b: ["read", "brace"],
  a: ["read", "match", "wildcard", "brace"],
};

const INCLUDE = /^include([rmwba]?)[ \t\f\n\r\v](.*)$/su;

const BLANK: Mapped = { text: "", pieces: [] };

export function isInclude(text: string): boolean {
  return text.startsWith("include") && INCLUDE.test(text);
}

/** True when there were any. */
function skipBlankLines(file: OpenFile): boolean {
  const { text } = file.syntax;
  const before = file.offset;
  while (text.charCodeAt(file.offset) === NEWLINE) {
    file.offset++;
    file.line++;
    file.column = 1;
  }
  return file.offset > before;
}

const NEWLINE = 10;

/** What fgets gives next, without the end of the line; a NUL hides the rest of it. */
function nextChunk(file: OpenFile): Mapped | undefined {
  const { text, lineStarts } = file.syntax;
  if (file.offset >= text.length) return undefined;
  const lineEnd = lineStarts[file.line] ?? text.length;
  const end = Math.min(lineEnd, file.offset + LONGEST_LINE_BYTES);
  const whole = text.slice(file.offset, end);
  const at: Location = { file: file.syntax.file, line: file.line, column: file.column };
  const visible = (whole.split("\0", 1)[0] ?? "").replace(/[\r\n]+$/u, "");
  const decoded = decodeUtf8(visible);
  file.offset = end;
  if (end === lineEnd && end <= text.length && text[end - 1] === "\n") {
    file.line++;
    file.column = 1;
  } else {
    file.column += decoded.length;
  }
  return mapped(decoded, at);
}

function reportQuote(report: Report, line: Mapped, chunk: Mapped): void {
  const at = (line.text === "" ? chunk : line).pieces[0]?.at;
  if (at === undefined) return;
  report.error({
    code: "unterminated-quote",
    at,
    message: `a quote is opened and not closed: ${line.text}`,
    effect: "comment characters and braces after it are taken as text",
    source: "parser.c:decomment",
  });
}

function joinPath(directory: string, path: string): string {
  return directory === "" ? path : `${directory}/${path}`;
}
