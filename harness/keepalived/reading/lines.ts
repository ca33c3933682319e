/**
 * The lines that the daemon's keyword reader sees: definitions gathered and put in place, `@id` lines chosen,
 * sequences repeated, includes entered, and every brace on a line of its own (parser.c:read_line).
 */
import type { Location } from "../location.ts";
import type { HostFacts } from "../sources.ts";
import { decomment } from "./decomment.ts";
import {
  findUse,
  parseDefinition,
  type Definition,
  type FoundUse,
  type Use,
} from "./definitions.ts";
import { concat, endOfText, locate, pinned, slice, type Mapped } from "./mapped.ts";
import { isInclude, type PhysicalLines } from "./physical.ts";
import { ReadingEnded, type Report } from "./report.ts";
import { parseLst, parseSeq, type Sequence } from "./sequence.ts";

/** parser.h:MAXBUF; a substitution that would make the line as long is not done. */
const LINE_BUFFER = 1024;
/** The daemon has no bound; each of these is far beyond any real file. */
const MOST_EXPANDED_LINES = 100_000;
const MOST_SUBSTITUTIONS = 2000;
/** Lines of one word each would otherwise take minutes; a file of ordinary lines of this length has 6 MB. */
const MOST_LINES = 250_000;
/** Substitutions times the parts of their lines: definitions that double one another take long and give nothing. */
const MOST_WORK = 5_000_000;

const EMPTY: Mapped = { text: "", pieces: [] };

interface Continued {
  readonly lines: readonly Mapped[];
  index: number;
  readonly sequencesBelow: number;
}

export class Lines {
  readonly #physical: PhysicalLines;
  readonly #report: Report;
  readonly #host: HostFacts;
  readonly #splitsBraces: boolean;
  readonly #definitions = new Map<string, Definition>();
  readonly #sequences: Sequence[] = [];
  readonly #continued: Continued[] = [];
  #residue: Mapped | undefined;
  /** A definition whose next line is still to be read. */
  #open: { readonly name: string; readonly lines: Mapped[] } | undefined;
  #expandedLines = 0;
  #lines = 0;
  #work = 0;
  #blockDepth = 0;
  lastAt: Location = { file: "", line: 1, column: 1 };

  constructor(physical: PhysicalLines, report: Report, host: HostFacts, splitsBraces: boolean) {
    this.#physical = physical;
    this.#report = report;
    this.#host = host;
    this.#splitsBraces = splitsBraces;
    for (const [name, compute] of Object.entries(this.#builtIns())) {
      const takesParameters = name === "_RANDOM";
      this.#definitions.set(name, { name, lines: [], multiline: false, compute, takesParameters });
    }
  }

  /** How many `{` are open when the file ends. */
  get blockDepth(): number {
    return this.#blockDepth;
  }

  /** Absent at the end. */
  next(): Mapped | undefined {
    for (;;) {
      const raw = this.#nextRaw();
      if (raw === undefined) return undefined;
      if (this.#open !== undefined) {
        this.#continueDefinition(raw);
        continue;
      }
      if (raw.text === "") continue;
      // 1.2.13 has neither definitions nor conditions.
      const line = this.#splitsBraces ? this.#resolve(raw) : raw;
      if (line.text === "") continue;
      if (isInclude(line.text)) {
        this.#physical.include(line);
        continue;
      }
      const one = this.#splitsBraces ? this.#splitAtBrace(line) : line;
      this.lastAt = locate(one, 0);
      if (++this.#lines > MOST_LINES) return this.#tooLong();
      return one;
    }
  }

  #tooLong(): undefined {
    this.#report.stopped({
      code: "file-too-large",
      at: this.lastAt,
      message: `there are more than ${MOST_LINES} lines to read`,
      effect: "this reader stops here; the daemon would go on",
      source: "parser.c:read_line",
    });
    this.#blockDepth = 0;
    return undefined;
  }

  #nextRaw(): Mapped | undefined {
    if (this.#residue !== undefined) {
      const residue = this.#residue;
      this.#residue = undefined;
      return residue;
    }
    const below = this.#continued.at(-1)?.sequencesBelow ?? 0;
    if (this.#sequences.length > below) return this.#nextOfSequence() ?? EMPTY;
    const continued = this.#continued.at(-1);
    if (continued !== undefined && !this.#isTooMuch(this.lastAt)) {
      const line = continued.lines[continued.index++];
      if (continued.index >= continued.lines.length) this.#continued.pop();
      return line ?? EMPTY;
    }
    return this.#physical.next();
  }

  #nextOfSequence(): Mapped | undefined {
    const sequence = this.#sequences.at(-1);
    if (sequence === undefined) return undefined;
    const step = sequence.steps.next();
    if (step.done === true) {
      this.#sequences.pop();
      return undefined;
    }
    if (this.#isTooMuch(locate(sequence.text, 0))) return undefined;
    for (const [name, value] of step.value) {
      const lines = [pinned(value, locate(sequence.text, 0))];
      this.#definitions.set(name, { name, lines, multiline: false });
    }
    return sequence.text;
  }

  /** Stops expanding for good once the bound is reached. */
  #isTooMuch(at: Location): boolean {
    if (++this.#expandedLines <= MOST_EXPANDED_LINES) return false;
    this.#report.stopped({
      code: "expansion-too-large",
      at,
      message: `~SEQ, ~LST and definitions give more than ${MOST_EXPANDED_LINES} lines`,
      effect: "this reader stops repeating; the daemon would go on",
      source: "parser.c:read_line",
    });
    this.#sequences.length = 0;
    this.#continued.length = 0;
    return true;
  }

  #continueDefinition(raw: Mapped): void {
    const open = this.#open;
    if (open === undefined) return;
    const goesOn = raw.text.endsWith("\\");
    const text = goesOn ? withoutBackslash(raw) : raw;
    if (text.text !== "") open.lines.push(text);
    if (goesOn) return;
    this.#open = undefined;
    this.#define(open.name, open.lines, open.lines.length > 0);
  }

  #define(name: string, lines: readonly Mapped[], multiline: boolean): void {
    this.#definitions.set(name, { name, lines, multiline });
  }

  /** Empty when the line is used up. */
  #resolve(raw: Mapped): Mapped {
    let line = raw;
    for (let round = 0; round < MOST_SUBSTITUTIONS; round++) {
      if (line.text.startsWith("@")) line = this.#choose(line);
      if (line.text === "") return EMPTY;
      if (line.text.startsWith("$") && this.#startsDefinition(line)) return EMPTY;
      if (line.text.startsWith("~SEQ") || line.text.startsWith("~LST")) {
        this.#startSequence(line);
        return EMPTY;
      }
      if (line.text.startsWith("~") || !line.text.includes("$")) return line;
      const replaced = this.#substitute(line);
      if (replaced === undefined) return line;
      const { line: bare, unterminatedQuote } = decomment(replaced);
      if (unterminatedQuote) this.#reportQuote(bare);
      line = bare;
      if (!line.text.startsWith("@") && !line.text.includes("$")) return line;
    }
    return line;
  }

  #choose(line: Mapped): Mapped {
    const match = /^@(\^?)([^ \t]*)([ \t]+)/u.exec(line.text);
    if (match === null) return EMPTY;
    const [whole, not = "", id = ""] = match;
    const own = this.#host.configId ?? this.#host.hostname?.split(".", 1)[0];
    if (own === undefined) this.#reportUnknownId(line, id);
    return (own === id) === (not === "") ? slice(line, whole.length) : EMPTY;
  }

  #reportUnknownId(line: Mapped, id: string): void {
    this.#report.info({
      code: "config-id-unknown",
      at: locate(line, 0),
      message: `whether this line is read depends on the configuration id (-i, or the host name) being ${id}`,
      effect: "read as on a host of another name",
      source: "parser.c:read_line",
    });
  }

  #startsDefinition(line: Mapped): boolean {
    const parsed = parseDefinition(line.text);
    if (parsed === undefined) return false;
    const value = slice(line, parsed.valueAt);
    if (!value.text.endsWith("\\")) {
      this.#define(parsed.name, [value], false);
      return true;
    }
    const first = withoutBackslash(value);
    this.#open = { name: parsed.name, lines: first.text === "" ? [] : [first] };
    return true;
  }

  #startSequence(line: Mapped): void {
    const expand = (text: string): string =>
      (this.#substitute(pinned(text, locate(line, 0))) ?? { text }).text;
    const parsed = line.text.startsWith("~SEQ") ? parseSeq(line, expand) : parseLst(line);
    if (parsed.ok) {
      this.#sequences.push(parsed.sequence);
      return;
    }
    this.#report.error({
      code: "invalid-sequence",
      at: locate(line, 0),
      message: `${line.text}: ${parsed.why}`,
      effect: "the line is left out",
      source: "parser.c:read_line",
    });
  }

  /** Absent when nothing was replaced (parser.c:replace_param). */
  #substitute(source: Mapped): Mapped | undefined {
    let line = source;
    let replaced = false;
    let at = line.text.indexOf("$");
    for (let count = 0; at >= 0 && at + 1 < line.text.length; at = line.text.indexOf("$", at)) {
      const found = findUse(line.text, at, this.#definitions);
      if (found === undefined) {
        at++;
        continue;
      }
      if (++count > MOST_SUBSTITUTIONS) this.#endless(line, at);
      this.#work += line.pieces.length;
      if (this.#work > MOST_WORK) this.#tooMuchWork(locate(line, at));
      const value = this.#valueOf(found, locate(line, at));
      if (line.text.length + value.text.length - found.length >= LINE_BUFFER) {
        this.#reportTooLong(line, at);
        return undefined;
      }
      line = concat([slice(line, 0, at), value, slice(line, at + found.length)]);
      replaced = true;
      // A value that is itself a sequence is expanded later, when the sequence is read.
      if (/^[ \t]*~/u.test(value.text)) break;
    }
    return replaced ? line : undefined;
  }

  #valueOf({ definition, parameters }: FoundUse, at: Location): Mapped {
    if (definition.compute !== undefined) return pinned(definition.compute({ at, parameters }), at);
    const [first = EMPTY, ...rest] = definition.lines;
    if (definition.multiline && rest.length > 0) {
      this.#continued.push({ lines: rest, index: 0, sequencesBelow: this.#sequences.length });
    }
    return definition.multiline ? first : pinned(first.text, at);
  }

  #tooMuchWork(at: Location): never {
    this.#report.stopped({
      code: "expansion-too-large",
      at,
      message: "definitions within definitions take too much work",
      effect: "this reader stops here; the daemon would go on",
      source: "parser.c:replace_param",
    });
    throw new ReadingEnded();
  }

  #endless(line: Mapped, at: number): never {
    this.#report.fatal({
      code: "definition-without-end",
      at: locate(line, at),
      message: `a definition stands for itself: ${line.text.slice(at, at + 60)}`,
      effect: "the daemon replaces it without end and never starts",
      source: "parser.c:replace_param",
      test: "crash",
    });
    throw new ReadingEnded();
  }

  #reportTooLong(line: Mapped, at: number): void {
    this.#report.warning({
      code: "substitution-too-long",
      at: locate(line, at),
      message: `the line would be longer than ${LINE_BUFFER - 1} characters with the definition in it`,
      effect: "the definition is not put in",
      source: "parser.c:replace_param",
    });
  }

  #reportQuote(line: Mapped): void {
    this.#report.error({
      code: "unterminated-quote",
      at: locate(line, 0),
      message: `a quote is opened and not closed: ${line.text}`,
      effect: "comment characters and braces after it are taken as text",
      source: "parser.c:decomment",
    });
  }

  /** The part up to the first brace outside quotes; the rest is the next line. */
  #splitAtBrace(line: Mapped): Mapped {
    const at = braceAt(line.text);
    let end = line.text.length;
    if (at >= 0) {
      end = at === 0 ? 1 + blanksAt(line.text, 1) : at;
      if (end < line.text.length) this.#residue = slice(line, end, endOfText(line.text, end));
      if (this.#residue?.text === "") this.#residue = undefined;
    }
    const one = slice(line, 0, endOfText(line.text.slice(0, end)));
    if (one.text === "{") this.#blockDepth++;
    if (one.text === "}" && this.#blockDepth-- < 1) this.#reportExtraBrace(one);
    return one;
  }

  #reportExtraBrace(line: Mapped): void {
    this.#blockDepth = 0;
    this.#report.error({
      code: "extra-closing-brace",
      at: locate(line, 0),
      message: "a } closes nothing",
      effect: "it is counted as an error; within a block it still ends that block",
      source: "parser.c:read_line",
    });
  }

  #builtIns(): Readonly<Record<string, (use: Use) => string>> {
    return {
      _PWD: () => this.#physical.directory,
      _INSTANCE: () => this.#host.configId ?? this.#host.hostname?.split(".", 1)[0] ?? "",
      _RANDOM: ({ at, parameters }) => {
        this.#report.info({
          code: "random-value",
          at,
          message: "${_RANDOM} is another number at every start",
          effect: "read here as the smallest it can be",
          source: "parser.c:get_random",
        });
        return String(Number.parseInt(parameters, 10) || 0);
      },
      _HASH: () => "#",
      _BANG: () => "!",
    };
  }
}

function withoutBackslash(line: Mapped): Mapped {
  const text = line.text.slice(0, -1);
  return slice(line, 0, endOfText(text));
}

function braceAt(text: string): number {
  if (text.startsWith("{") || text.startsWith("}")) return 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === "{" || char === "}") return at;
    if (char !== '"') continue;
    at = text.indexOf('"', at + 1);
    if (at < 0) return -1;
  }
  return -1;
}

function blanksAt(text: string, from: number): number {
  let at = from;
  while (text[at] === " " || text[at] === "\t") at++;
  return at - from;
}
