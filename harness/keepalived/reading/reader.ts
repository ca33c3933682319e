/**
 * Keyword tables against lines: which handler gets which line, what opens, closes and skips a block
 * (parser.c:process_stream, :alloc_value_block).
 */
import type { VersionProfile } from "../versions.ts";
import type { Location } from "../location.ts";
import type { HostFacts } from "../sources.ts";
import type { Lines } from "./lines.ts";
import type { Mapped } from "./mapped.ts";
import { ReadingEnded, type Report } from "./report.ts";
import { splitWords, splitWordsPlainly, type Word } from "./words.ts";

/** A line with its words; the first is the keyword. */
export interface Line {
  readonly words: readonly Word[];
  readonly raw: Mapped;
}

export type Handler = (line: Line) => void;

export interface Keyword {
  readonly handler?: Handler;
  readonly sub?: KeywordTable;
  /** Gets the lines of the block whose keyword it does not have. */
  readonly unknown?: Handler;
  /** When the block ends. */
  readonly end?: () => void;
  /** False: the block belongs to another process of the daemon and is skipped. */
  readonly active?: boolean;
  /** The keyword splits its line again, so an open quote is not reported twice (since 2.3.2). */
  readonly quoted?: boolean;
}

export type KeywordTable = ReadonlyMap<string, Keyword>;

/** Which of the daemon's processes reads. */
export type Role = "parent" | "checker" | "vrrp";

export class Reader {
  readonly report: Report;
  readonly profile: VersionProfile;
  readonly host: HostFacts;
  readonly role: Role;
  /** An interface was named that this host lacks: VRRP is not set up then (vrrp_daemon.c:start_vrrp). */
  missesInterface = false;
  readonly #lines: Lines;
  #level = 0;
  /** 0: not skipping; -1: the opening brace is still to come; else open braces. */
  #skipping = 0;

  constructor(
    lines: Lines,
    options: { report: Report; profile: VersionProfile; host: HostFacts; role: Role },
  ) {
    this.#lines = lines;
    this.report = options.report;
    this.profile = options.profile;
    this.host = options.host;
    this.role = options.role;
  }

  get at(): Location {
    return this.#lines.lastAt;
  }

  /** Reads all there is. */
  readAll(table: KeywordTable): void {
    this.#stream(table, false, undefined);
    const missing = this.#lines.blockDepth;
    if (missing <= 0) return;
    this.report.error({
      code: "missing-closing-brace",
      at: this.at,
      message: `${missing} } missing, or as many { too many, at the end of the file`,
      effect: "blocks that were to be separate may have been read as one",
      source: "parser.c:init_data",
    });
  }

  /** The block that comes, or whose `{` has been read, is left out. */
  skipBlock(): void {
    this.#skipping = -1;
  }

  /** True when the block was skipped from within, so that its end handler must not run. */
  #stream(table: KeywordTable, needsBrace: boolean, unknown: Handler | undefined): boolean {
    let needs = needsBrace;
    for (let line = this.#nextLine(table); line !== undefined; line = this.#nextLine(table)) {
      const first = line.words[0]?.text ?? "";
      if (this.#skipping === -1) {
        if (first === "{") {
          this.#skipping = 1;
          needs = false;
          continue;
        }
        this.#skipping = 0;
      }
      if (this.#skipping > 0) {
        if (this.#skipLine(line) && this.#level > 0) return true;
        continue;
      }
      if (needs && this.profile.bracesAnywhere) {
        needs = false;
        if (first === "{" && this.#level > 0) continue;
        this.#reportBrace(
          "missing-opening-brace",
          "the block does not begin with {",
          "it is read as if it did",
        );
      } else if (first === "{") {
        this.#reportBrace(
          "unexpected-opening-brace",
          "a { that no keyword opens",
          "the { is ignored, what follows is read at this level",
        );
        continue;
      }
      if (first === "}" && this.#level > 0) return false;
      this.#keyword(table, line, unknown);
    }
    return false;
  }

  /** True when this line closes the skipped block. */
  #skipLine({ words }: Line): boolean {
    let last = "";
    for (const { text } of words) {
      last = text;
      if (text === "{") this.#skipping++;
      else if (text === "}" && --this.#skipping === 0) break;
    }
    return last === "}" && this.#skipping === 0;
  }

  #keyword(table: KeywordTable, line: Line, unknown: Handler | undefined): void {
    const name = line.words[0]?.text ?? "";
    const keyword = table.get(name);
    if (keyword === undefined) {
      unknown?.(line);
      if (this.profile.reportsUnknownKeywords) this.#reportUnknown(line);
      return;
    }
    const opens = line.words.length > 1 && line.words.at(-1)?.text === "{";
    if (keyword.active === false) {
      this.#skipping = opens ? 1 : -1;
      return;
    }
    const words = keyword.sub !== undefined && opens ? line.words.slice(0, -1) : line.words;
    keyword.handler?.({ ...line, words });
    if (keyword.sub === undefined) return;
    this.#level++;
    const skipped = this.#stream(keyword.sub, !opens, keyword.unknown);
    this.#level--;
    if (!skipped) keyword.end?.();
  }

  /**
   * The lines of a block whose keyword has no keywords of its own, such as virtual_ipaddress.
   * `take` gets each with its words, without braces.
   */
  valueBlock(line: Line, take: (line: Line) => void): void {
    let needsBrace = true;
    const [, second] = line.words;
    if (second?.text === "{") {
      needsBrace = false;
      const ended = line.words.length > 2 && line.words.at(-1)?.text === "}";
      const inner = line.words.slice(2, ended ? -1 : undefined);
      if (inner.length > 0) take({ words: inner, raw: line.raw });
      if (ended) return;
    } else if (second !== undefined) {
      this.#reportExtraWords(line, second);
    }
    for (
      let next = this.#nextLine(undefined);
      next !== undefined;
      next = this.#nextLine(undefined)
    ) {
      let { words } = next;
      if (needsBrace) {
        needsBrace = false;
        if (words[0]?.text === "{") words = words.slice(1);
        else this.#warnMissingBrace(line);
        if (words.length === 0) continue;
      }
      const ended = words.at(-1)?.text === "}";
      if (ended) words = words.slice(0, -1);
      if (words.length > 0) take({ words, raw: next.raw });
      if (ended) return;
    }
  }

  /** All words of a value block. */
  valueWords(line: Line): readonly Word[] {
    const words: Word[] = [];
    this.valueBlock(line, (each) => words.push(...each.words));
    return words;
  }

  /** The word, or the end of reading (parser.c:null_strvec). */
  need(line: Line, index: number): Word {
    const word = line.words[index];
    if (word !== undefined) return word;
    const before = line.words[index - 1] ?? line.words[0];
    this.report.fatal({
      code: "missing-parameter",
      at: before?.at ?? this.at,
      message: `${before?.text ?? "the line"} has no parameter`,
      effect: "keepalived ends at once",
      source: "parser.c:null_strvec",
      test: "missing-parameter",
    });
    throw new ReadingEnded();
  }

  #nextLine(table: KeywordTable | undefined): Line | undefined {
    for (;;) {
      const raw = this.#lines.next();
      if (raw === undefined) return undefined;
      const { words, unmatched } = this.profile.bracesAnywhere
        ? splitWords(raw)
        : splitWordsPlainly(raw);
      if (unmatched !== undefined) this.#unmatchedQuote(raw, words, unmatched, table);
      if (words.length > 0) return { words, raw };
    }
  }

  #unmatchedQuote(
    raw: Mapped,
    words: readonly Word[],
    at: Location,
    table: KeywordTable | undefined,
  ): void {
    if (this.profile.escapedQuotesLiteral) {
      if (this.role === "parent") return;
      if (words.length > 1 && table?.get(words[0]?.text ?? "")?.quoted === true) return;
    }
    this.report.error({
      code: "unmatched-quote",
      at,
      message: `this quote is not closed: ${raw.text}`,
      effect: "the words from the quote on are lost",
      source: "parser.c:alloc_strvec_r",
    });
  }

  #reportUnknown({ words }: Line): void {
    const [word] = words;
    if (word === undefined) return;
    this.report.error({
      code: "unknown-keyword",
      at: word.at,
      message: `${word.text} is no keyword here`,
      effect:
        "the line is ignored; a { after it is ignored too, and what stands in that block is read at this level",
      source: "parser.c:process_stream",
    });
  }

  #reportBrace(code: string, message: string, effect: string): void {
    // 1.2.13 passes over a brace as over any word it does not know.
    if (!this.profile.bracesAnywhere) return;
    this.report.error({ code, at: this.at, message, effect, source: "parser.c:process_stream" });
  }

  #reportExtraWords(line: Line, word: Word): void {
    this.report.error({
      code: "block-with-parameters",
      at: word.at,
      message: `${line.words[0]?.text ?? "the block"} takes no parameters, and has ${word.text}`,
      effect: "they are ignored",
      source: "parser.c:alloc_value_block",
    });
  }

  #warnMissingBrace(line: Line): void {
    if (!this.profile.bracesAnywhere) return;
    this.report.warning({
      code: "missing-opening-brace",
      at: line.words[0]?.at ?? this.at,
      message: `${line.words[0]?.text ?? "the block"} is not followed by {`,
      effect: "the block is read all the same, up to the next }",
      source: "parser.c:alloc_value_block",
    });
  }
}
