/** What a comparison found out, in words; honest about how much the numbers of runs can show. */
import { formatSeconds, MICROSECONDS_PER_SECOND, type Us } from "../harness/core/time.ts";
import { boundAt, boundedSeconds, type Bounds } from "../harness/timing/bounds.ts";
import type { Distribution } from "../harness/timing/statistics.ts";
import { ALPHA, changeOf, POWER, type Answer, type Change } from "../harness/timing/two-sample.ts";
import {
  isComparable,
  type GroupComparison,
  type MetricComparison,
  type RunComparison,
  type VerdictChange,
} from "./compare.ts";
import { boundsWords } from "./timing.ts";
import { MAIN_METRICS, METRIC_WORDS, type Metric, type TimedGroup } from "./timing-runs.ts";
import { counted } from "./units.ts";

const CHANGE_WORDS: Readonly<Record<Change, string>> = {
  slower: "SLOWER",
  faster: "faster",
  small: "small",
  same: "none shown",
  "too-few": "too few",
};

export const VERDICT_WORDS: Readonly<Record<VerdictChange, string>> = {
  "newly-unexpected": "newly UNEXPECTED",
  "more-unexpected": "UNEXPECTED more often",
  "newly-inconclusive": "newly without a verdict",
  fixed: "fixed",
  "less-unexpected": "unexpected less often",
  unchanged: "unchanged",
};

/** `30 runs without a verdict on either side: nothing could be compared`. */
export function unjudgedWords({ base, now }: Pick<GroupComparison, "base" | "now">): string {
  const side = ({ runs, judged }: GroupComparison["now"], name: string): string[] =>
    judged > 0 ? [] : [`${counted(runs, "run")} without a verdict ${name}`];
  const sides =
    base.judged + now.judged === 0 && base.runs === now.runs
      ? [`${counted(now.runs, "run")} without a verdict on either side`]
      : [...side(now, "now"), ...side(base, "in the baseline")];
  return `${sides.join(", ")}: nothing could be compared`;
}

/** What the change is best shown by: a time that changed, clients' own before others. */
export function metricOfChange({ metrics }: GroupComparison): MetricComparison | undefined {
  const changed = metrics.filter((metric) =>
    (["slower", "faster"] as const).some((change) => changeOf(metric) === change),
  );
  const named = (["address", "without-writes", "server-out"] as const).flatMap((name) =>
    changed.filter(({ metric }) => metric === name),
  );
  return named[0] ?? changed[0] ?? metrics.find(({ metric }) => metric === "address");
}

/** `unexpected in 3 of 30 against 0 of 30: may be chance (p = 0.24)`. */
export function verdictWords({ base, now, verdict }: GroupComparison): string {
  if (verdict.change === "newly-inconclusive") {
    return (
      `no verdict in ${now.inconclusive} of ${now.runs} against ${base.inconclusive} of ${base.runs}: ` +
      "shows nothing, neither good nor bad"
    );
  }
  const shares = `unexpected in ${now.unexpected} of ${now.judged} against ${base.unexpected} of ${base.judged}`;
  if (verdict.p === undefined) return shares;
  return verdict.p <= ALPHA
    ? `${shares} (${pWords(verdict.p)})`
    : `${shares}; as a share it may be chance (${pWords(verdict.p)})`;
}

export function nameOf({
  scenario,
  image,
  backend,
  simulated,
}: Pick<TimedGroup, "scenario" | "image" | "backend" | "simulated">): string {
  return `${simulated ? "SIMULATED " : ""}${scenario}, ${image}, ${backend}`;
}

export function leastP({ middle, shape, tail }: MetricComparison): string {
  const ps = [middle.p, shape.p, tail.p].filter((p) => p !== undefined);
  return ps.length === 0
    ? ""
    : pWords(Math.min(...ps))
        .replace("p = ", "")
        .replace("p ", "");
}

/** Which of the questions found it, where it is not the middle. */
export function changeWords(metric: MetricComparison, change: Change): string {
  const words = CHANGE_WORDS[change];
  const found = (answer: Answer): boolean => answer.change === change;
  if (change !== "slower" && change !== "faster") return words;
  if (found(metric.middle)) return words;
  return found(metric.shape) ? `${words} (in parts)` : `${words} (p95)`;
}

/** Versions, timers, moves that did not happen, noise, and what could have been found. */
export function remarksOf(group: GroupComparison): string[] {
  const { base, now, movedP } = group;
  return [
    ...group.differs.map((text) => `Different: ${text}`),
    ...(movedP === undefined
      ? []
      : [
          `The VIP moved in ${now.moved} of ${now.judged} against ${base.moved} of ${base.judged} ` +
            `(${pWords(movedP)}): times are of those that moved`,
        ]),
    ...(now.noisy + base.noisy === 0
      ? []
      : [
          `Noisy: ${now.noisy} of ${now.moved} against ${base.noisy} of ${base.moved}; a busier machine is slower by itself`,
        ]),
    ...boundRemarks(group),
    quietWords(group),
  ];
}

/** `n = 4 against 5: nothing smaller than 1.3 s could be told apart`. */
export function quietWords(group: GroupComparison): string {
  const { base, now, metrics } = group;
  if (!isComparable(group)) return unjudgedWords(group);
  const metric = metrics.find((item) => MAIN_METRICS.includes(item.metric)) ?? metrics[0];
  if (metric === undefined) return "nothing to time in any run";
  const { baseBounds, nowBounds } = metric;
  const [is, was] = [metric.now?.n ?? 0, metric.base?.n ?? 0];
  const sizes = `n = ${is} against ${was}`;
  const p50 =
    `${METRIC_WORDS[metric.metric]} ${preposition(metric.metric)} ` +
    `${seconds(metric.base?.p50, baseBounds)} -> ${seconds(metric.now?.p50, nowBounds)}`;
  const { detectableUs, thresholdUs = 0 } = metric.middle;
  if (is === 0 || was === 0) return `${sizes} (of ${now.judged} and ${base.judged}): ${p50}`;
  if (isOpen(metric.base, baseBounds) && isOpen(metric.now, nowBounds)) {
    return `${p50}; ${sizes}: until the end of the load on both sides, and how much longer is not known`;
  }
  if (detectableUs === undefined) {
    return `${p50}; ${sizes}: too few, no difference however large could be told from chance`;
  }
  const atLeast = formatSeconds(Math.max(detectableUs, thresholdUs));
  const above = baseBounds.atMost + nowBounds.atMost > 0 ? " above the floor" : "";
  return `${p50}; ${sizes}: nothing smaller than about ${atLeast}${above} could be told apart`;
}

function isOpen(found: Distribution | undefined, bounds: Bounds): boolean {
  return found !== undefined && boundAt(found.p50, bounds) === "at-least";
}

/** A spell lasts; everything else comes some time after the fault. */
function preposition(metric: Metric): string {
  return metric === "without-writes" || metric === "outage" ? "for" : "after";
}

/** Which of the times are bounds, on either side. */
function boundRemarks({ metrics }: GroupComparison): string[] {
  return metrics.flatMap(({ metric, base, now, baseBounds, nowBounds }) => {
    const is = boundsWords(nowBounds, now?.n ?? 0);
    const was = boundsWords(baseBounds, base?.n ?? 0);
    if (is === undefined && was === undefined) return [];
    return [`${METRIC_WORDS[metric]}: ${is ?? "all known"}; baseline: ${was ?? "all known"}`];
  });
}

export function world({ simulated }: TimedGroup): string {
  return simulated ? "simulated" : "measured";
}

export function methodOf({ alpha, questions, verdictQuestions, groups }: RunComparison): string[] {
  const simulated = groups.some((group) => group.simulated);
  return [
    `Times: rank test for the middle, its shift by Hodges and Lehmann; from 20 runs each on also the shape (Kolmogorov and ` +
      `Smirnov) and p95 (exceedances). p-values are corrected by Holm's method for ${counted(questions, "question")} asked at once ` +
      `(${MAIN_METRICS.map((metric) => METRIC_WORDS[metric]).join(", ")}); level ${alpha}. Other times are asked only where one of those changed. A change needs both: significant, and larger than the threshold (unless given, the larger of 5 % of ` +
      "the baseline's quantile and what the measurement resolves).",
    ...(groups.some(({ metrics }) => metrics.some(isBounded))
      ? [
          'Clients without writes: runs without a spell above everyday jitter tie at that floor ("<="), and those out until the end of the ' +
            'load (">=") tie as the longest: two of either kind cannot be told apart.',
        ]
      : []),
    ...withoutFigures(groups),
    `What "could be told apart" means: a shift of that size would have been found in about ${Math.round(POWER * 100)} % of such comparisons.`,
    "Verdicts: a scenario got worse when at least half of its runs with a verdict are unexpected and none was, or when the share " +
      `rose by more than chance (Fisher's exact test, ${
        verdictQuestions === 0
          ? "not corrected: with these numbers no answer could be significant"
          : `corrected for ${counted(verdictQuestions, "question")}`
      }).`,
    'A difference that is not shown ("none shown", "too few") may be there all the same. "small": significant, and below the threshold.',
    ...(simulated
      ? ["SIMULATED runs are computed; they are compared with simulated ones only."]
      : []),
  ];
}

function isBounded({ baseBounds, nowBounds }: MetricComparison): boolean {
  return [baseBounds, nowBounds].some(({ atMost, atLeast }) => atMost + atLeast > 0);
}

/** A baseline may have been written before this was a figure. */
function withoutFigures(groups: readonly GroupComparison[]): string[] {
  const lacking = groups.filter(({ base, metrics }) =>
    metrics.some((item) => item.metric === "without-writes" && base.judged > 0 && !item.base),
  ).length;
  return lacking === 0
    ? []
    : [
        `The baseline has no figures of clients without writes in ${counted(lacking, "scenario")}, and so they are not compared there: ` +
          "it was written by an earlier version, or its runs had no clients.",
      ];
}

function pWords(p: number): string {
  if (p < 0.0001) return "p < 0.0001";
  return `p = ${p < 0.01 ? p.toFixed(4) : p.toFixed(2)}`;
}

export function seconds(us: Us | undefined, bounds: Bounds): string {
  return us === undefined ? "none" : boundedSeconds(us, bounds);
}

/** Without the unit: within an interval. */
export function signed(us: Us): string {
  const text = (Math.abs(us) / MICROSECONDS_PER_SECOND).toFixed(2);
  return `${us < 0 && Number(text) > 0 ? "-" : "+"}${text}`;
}
