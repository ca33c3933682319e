/** delay_loop, retry and their like, which a virtual server, a real server and a checker share. */
import type { Line, Reader } from "../reading/reader.ts";
import type { TimingDraft } from "./check-drafts.ts";
import { readDecimal, readWhole, UINT_MAX } from "./values.ts";

/** ULONG_MAX of 64 bits is beyond any number that is written here. */
const LONGEST = Number.MAX_SAFE_INTEGER;

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
  const otherwise = "it is ignored";
  if (what === "retry") {
    const rule = {
      min: within === "checker" ? 0 : 1,
      max: UINT_MAX,
      what,
      otherwise,
      source,
      strict: within === "server",
    };
    const value = readWhole(reader, line, 1, rule);
    if (value !== undefined) timing.retry = value;
    return;
  }
  const least = what === "delay_loop" || what === "connect_timeout" ? 1 : 0;
  const max = what === "connect_timeout" ? UINT_MAX : LONGEST;
  const value = readDecimal(reader, line, 1, {
    min: least,
    max,
    shift: 6,
    what,
    otherwise,
    source,
  });
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
