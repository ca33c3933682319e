/** The garp_* keywords, which an instance and global_defs share (vrrp_parser.c, global_parser.c). */
import type { GarpSettings } from "../config.ts";
import type { Line, Reader } from "../reading/reader.ts";
import type { Mutable } from "./drafts.ts";
import { INT_MAX, problem, readWhole, UINT_MAX } from "./values.ts";
import { LONGEST_SECONDS } from "./vrrp-script.ts";

const SECOND = 1_000_000;

/** The keyword with or without its `vrrp_`. */
export function readGarp(reader: Reader, line: Line, garp: Partial<Mutable<GarpSettings>>): void {
  Object.assign(garp, settingOf(reader, line));
}

function settingOf(reader: Reader, line: Line): Partial<GarpSettings> {
  const keyword = (line.words[0]?.text ?? "").replace(/^vrrp_/u, "");
  switch (keyword) {
    case "garp_master_delay":
      return given("masterDelayUs", seconds(reader, line));
    case "garp_lower_prio_delay":
      return given("lowerPrioDelayUs", seconds(reader, line));
    case "garp_master_refresh":
      return { masterRefreshUs: (whole(reader, line, UINT_MAX, "there is none") ?? 0) * SECOND };
    case "garp_master_repeat":
      return given("masterRepeat", repeats(reader, line));
    case "garp_master_refresh_repeat":
      return given("masterRefreshRepeat", repeats(reader, line));
    default:
      return given("lowerPrioRepeat", whole(reader, line, INT_MAX, "it is ignored"));
  }
}

function given(key: keyof GarpSettings, value: number | undefined): Partial<GarpSettings> {
  return value === undefined ? {} : { [key]: value };
}

function whole(reader: Reader, line: Line, max: number, otherwise: string): number | undefined {
  const what = line.words[0]?.text ?? "";
  return readWhole(reader, line, 1, { min: 0, max, what, otherwise, source: sourceOf(what) });
}

function seconds(reader: Reader, line: Line): number | undefined {
  const value = whole(reader, line, LONGEST_SECONDS, "it is ignored");
  return value === undefined ? undefined : value * SECOND;
}

function repeats(reader: Reader, line: Line): number | undefined {
  const value = whole(reader, line, UINT_MAX, "it is ignored");
  if (value !== 0) return value;
  const word = reader.need(line, 1);
  const what = line.words[0]?.text ?? "";
  problem(reader, word, {
    code: "value-out-of-range",
    message: `${what} 0 sends nothing`,
    effect: "it is 1",
    source: sourceOf(what),
  });
  return 1;
}

function sourceOf(keyword: string): string {
  return keyword.startsWith("vrrp_")
    ? "global_parser.c:vrrp_garp_rep_handler"
    : "vrrp_parser.c:vrrp_garp_rep_handler";
}
