/** What is alarming in a run even where a scenario declares it: two holders, lost writes, an outage without an end. */
import { milliseconds } from "../../../harness/core/time.ts";
import { holdings, overlaps } from "../../../harness/history/queries.ts";
import { vipAddresses } from "../../../harness/topology/resolve.ts";
import { withoutWritesOf } from "../../clients.ts";
import type { ReportedRun } from "../../reported.ts";
import { isJudged } from "../../timing-runs.ts";
import { counted } from "../../units.ts";

export interface Alarms {
  readonly splitBrain: boolean;
  /** Acknowledged writes that are in no copy. */
  readonly lostWrites: number;
  /** Acknowledged writes that some copy has and another has not. */
  readonly missingWrites: number;
  readonly outUntilEnd: boolean;
}

const NONE: Alarms = { splitBrain: false, lostWrites: 0, missingWrites: 0, outUntilEnd: false };

/** A shorter time together is a hand-over's own. */
const TOGETHER_US_MIN = milliseconds(10);

/** None for a run without a verdict: it proves nothing. */
export function alarmsOf(run: ReportedRun): Alarms {
  if (!isJudged(run.result)) return NONE;
  return {
    splitBrain: isSplit(run),
    lostWrites: writesIn(run, "lost"),
    missingWrites: writesIn(run, "lostOnSomeCopy"),
    outUntilEnd: withoutWritesOf(run)?.untilEnd === true,
  };
}

/** As the checker says, where the scenario asks it. */
function isSplit({ record, result, events }: ReportedRun): boolean {
  const asked = result.expectations.find(({ finding }) => finding.checker === "single-holder");
  const verdict = asked?.finding.verdict ?? "inconclusive";
  if (verdict !== "inconclusive") return verdict === "fail";
  const vips = record.topology === undefined ? [] : vipAddresses(record.topology);
  return vips.some((vip) =>
    overlaps(holdings(events, vip)).some((item) => item.endUs - item.startUs >= TOGETHER_US_MIN),
  );
}

function writesIn({ result }: ReportedRun, name: "lost" | "lostOnSomeCopy"): number {
  const found = result.expectations.find(({ finding }) => finding.checker === "no-lost-write");
  const names = found?.finding.facts[name];
  return Array.isArray(names) ? names.length : 0;
}

/** In the words of a cell; of repeats in how many, and the most writes that one of them lost. */
export function alarmWords(all: readonly Alarms[]): string[] {
  const said = (words: string, isAlarming: (alarms: Alarms) => boolean): string[] => {
    const count = all.filter(isAlarming).length;
    if (count === 0) return [];
    return [all.length === 1 ? words : `${words} (${count} of ${all.length})`];
  };
  const writes = (key: "lostWrites" | "missingWrites", what: string): string[] => {
    const counts = all.map((alarms) => alarms[key]).filter((count) => count > 0);
    const most = Math.max(0, ...counts);
    const upTo = counts.some((count) => count < most) ? "up to " : "";
    return said(`${upTo}${counted(most, "write")} ${what}`, (alarms) => alarms[key] > 0);
  };
  return [
    ...said("two held it", ({ splitBrain }) => splitBrain),
    ...writes("lostWrites", "lost"),
    ...writes("missingWrites", "missing from a copy"),
    ...said("out until the end", ({ outUntilEnd }) => outUntilEnd),
  ];
}

/** `3 show a split brain`, and so on. */
export function alarmTotals(all: readonly Alarms[]): string[] {
  const split = all.filter(({ splitBrain }) => splitBrain).length;
  const lost = all.filter(({ lostWrites }) => lostWrites > 0).length;
  const missing = all.filter(({ missingWrites }) => missingWrites > 0).length;
  const out = all.filter(({ outUntilEnd }) => outUntilEnd).length;
  return [
    ...(split > 0 ? [`${split} ${split === 1 ? "shows" : "show"} a split brain`] : []),
    ...(lost > 0 ? [`${lost} lost writes`] : []),
    ...(missing > 0 ? [`${missing} had writes missing from a copy`] : []),
    ...(out > 0 ? [`${out} had clients out until the end`] : []),
  ];
}
