/** delay_loop, retry and their like, which a virtual server, a real server and a checker share. */
import type { Line, Reader } from "../reading/reader.ts";
import type { TimingDraft } from "./check-drafts.ts";
import { readDecimal, readWhole, UINT_MAX } from "./values.ts";

/** ULONG_MAX of 64 bits is beyond any number that is written here. */
const LONGEST = Number.MAX_SAFE_INTEGER;

const OTHERWISE = "it is ignored";

export const TIMING_KEYWORDS: readonly string[] = [
  "delay_loop",
  "connect_timeout",
  "retry",
  "delay_before_retry",
  "warmup",
];

export function readTiming(
  reader: Reader,
  line: Line,
  timing: TimingDraft,
  within: "server" | "checker",
): void {
  const what = line.words[0]?.text ?? "";
  const source =
    within === "checker"
      ? "check_api.c:install_checker_common_keywords"
      : "check_parser.c:vs_delay_handler";
  if (what === "retry") {
    const rule = {
      min: within === "checker" ? 0 : 1,
      max: UINT_MAX,
      what,
      otherwise: OTHERWISE,
      source,
      strict: within === "server",
    };
    const value = readWhole(reader, line, 1, rule);
    if (value !== undefined) timing.retry = value;
    return;
  }
  const value = reader.profile.fractionalCheckTimes
    ? readFraction(reader, line, what, source)
    : readSeconds(reader, line, what, source);
  if (value === undefined) return;
  switch (what) {
    case "delay_loop":
      timing.delayLoopUs = value;
      return;
    case "connect_timeout":
      timing.connectTimeoutUs = value;
      return;
    case "delay_before_retry":
      timing.delayBeforeRetryUs = value;
      return;
    default:
      timing.warmupUs = value;
  }
}

function readFraction(
  reader: Reader,
  line: Line,
  what: string,
  source: string,
): number | undefined {
  const least = what === "delay_loop" || what === "connect_timeout" ? 1 : 0;
  const max = what === "connect_timeout" ? UINT_MAX : LONGEST;
  return readDecimal(reader, line, 1, {
    min: least,
    max,
    shift: 6,
    what,
    otherwise: OTHERWISE,
    source,
  });
}

const SECOND = 1_000_000;

/**
 * Whole seconds, and what follows them is left out without a word: 1.2.13 `check_parser.c:delay_handler` (atoi, at least a
 * second), 1.4.3 `parser.c:read_timer` (strtoul); a connect_timeout of 0 is a second (`check_api.c:co_timeout_handler`).
 */
function readSeconds(reader: Reader, line: Line, what: string, source: string): number | undefined {
  const word = reader.need(line, 1);
  const [, digits, fraction = ""] = /^\+?(\d+)(\.\d*)?$/u.exec(word.text) ?? [];
  if (digits === undefined) return readFraction(reader, line, what, source);
  const atLeastOne =
    what === "connect_timeout" || (what === "delay_loop" && reader.profile.version === "1.2.13");
  const seconds = Math.max(Number(digits), atLeastOne ? 1 : 0);
  const written = Number(digits + fraction);
  if (written !== seconds) {
    reader.report.warning({
      code: fraction === "" ? "value-out-of-range" : "fraction-ignored",
      at: word.at,
      message: `${what} ${word.text} ${fraction === "" ? "is too short" : "is read in whole seconds"}`,
      effect: `it is ${seconds} s`,
      source:
        reader.profile.version === "1.2.13"
          ? "check_parser.c:delay_handler, check_api.c (1.2.13)"
          : "parser.c:read_timer, check_api.c (1.4.3)",
    });
  }
  return seconds * SECOND;
}
