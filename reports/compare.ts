/**
 * Runs against runs: which verdicts changed, which times. Repeats of one scenario on one image of
 * one backend are compared with the same of the baseline; simulated ones never with measured ones.
 *
 * A verdict got worse when most runs that have one are unexpected and none was before, or when the
 * shares differ by more than chance (Fisher, with Holm's correction). One unexpected run of thirty where there
 * was none is said, with its p, and is no regression: the same thing repeated would alarm as often.
 */
import { formatSeconds } from "../harness/core/time.ts";
import { boundsOf, forRanks, type Bounded, type Bounds } from "../harness/timing/bounds.ts";
import { distribution, type Distribution } from "../harness/timing/statistics.ts";
import {
  ALPHA,
  changeOf,
  compareSamples,
  type Comparison,
  type Thresholds,
} from "../harness/timing/two-sample.ts";
import { fisherTest, holm } from "../harness/timing/ranks.ts";
import {
  groupKey,
  groupTimed,
  isJudged,
  MAIN_METRICS,
  METRICS,
  resolutionOf,
  sampleOf,
  type Metric,
  type TimedGroup,
  type TimedRun,
} from "./timing-runs.ts";

export type VerdictChange =
  | "newly-unexpected"
  | "more-unexpected"
  | "newly-inconclusive"
  | "fixed"
  | "less-unexpected"
  | "unchanged";

export interface Tally {
  readonly runs: number;
  /** With a verdict. */
  readonly judged: number;
  readonly unexpected: number;
  /** Void or broken. */
  readonly inconclusive: number;
  readonly skipped: number;
  readonly moved: number;
  readonly noisy: number;
}

export interface MetricComparison extends Comparison {
  readonly metric: Metric;
  /** The times that were compared. */
  readonly baseSample: readonly Bounded[];
  readonly nowSample: readonly Bounded[];
  /** Which of their quantiles are bounds. */
  readonly baseBounds: Bounds;
  readonly nowBounds: Bounds;
}

export interface GroupComparison extends Omit<TimedGroup, "runs"> {
  readonly base: Tally;
  readonly now: Tally;
  readonly verdict: {
    readonly change: VerdictChange;
    /** Of the shares of unexpected runs, as it counts among all scenarios. */
    readonly p?: number;
    readonly regressed: boolean;
  };
  /** Of the shares of runs in which the VIP moved; absent where they are the same. */
  readonly movedP?: number;
  readonly metrics: readonly MetricComparison[];
  /** What else is different, such as versions. */
  readonly differs: readonly string[];
  readonly regressed: boolean;
}

export interface RunComparison {
  readonly alpha: number;
  /** Times asked for at once, and verdicts: what the corrections count. */
  readonly questions: number;
  readonly verdictQuestions: number;
  readonly thresholds: Thresholds;
  readonly base: number;
  readonly now: number;
  readonly groups: readonly GroupComparison[];
  readonly added: readonly TimedGroup[];
  readonly gone: readonly TimedGroup[];
  /** One side is simulated and the other measured: left out. */
  readonly otherWorld: readonly { readonly now: TimedGroup; readonly base: TimedGroup }[];
  readonly regressed: boolean;
}

export interface CompareOptions {
  readonly alpha?: number;
  readonly thresholds?: Thresholds;
}

interface Pair {
  readonly base: TimedGroup;
  readonly now: TimedGroup;
}

export function compareRuns(
  base: readonly TimedRun[],
  now: readonly TimedRun[],
  { alpha = ALPHA, thresholds = {} }: CompareOptions = {},
): RunComparison {
  const before = new Map(groupTimed(base).map((group) => [keyOf(group), group]));
  const after = new Map(groupTimed(now).map((group) => [keyOf(group), group]));
  const pairs = [...after].flatMap(([key, group]): Pair[] => {
    const other = before.get(key);
    return other === undefined ? [] : [{ base: other, now: group }];
  });
  const lonely = [...after.values()].filter((group) => !before.has(keyOf(group)));
  const lost = [...before.values()].filter((group) => !after.has(keyOf(group)));
  const otherWorld = lonely.flatMap((group) => {
    const other = lost.find((item) => isOtherWorld(item, group));
    return other === undefined ? [] : [{ now: group, base: other }];
  });
  const timing = compareTimes(pairs, alpha, thresholds);
  const verdicts = compareVerdicts(pairs, alpha);
  const groups = pairs.map((pair, index) =>
    groupComparison(pair, timing.of[index] ?? [], verdicts.of[index]),
  );
  return {
    alpha,
    questions: timing.questions,
    verdictQuestions: verdicts.questions,
    thresholds,
    base: base.length,
    now: now.length,
    groups,
    added: lonely.filter((group) => otherWorld.every((item) => item.now !== group)),
    gone: lost.filter((group) => otherWorld.every((item) => item.base !== group)),
    otherWorld,
    regressed: groups.some(({ regressed }) => regressed),
  };
}

/** Without a verdict on either side there is nothing to compare. */
export function isComparable({ base, now }: Pick<GroupComparison, "base" | "now">): boolean {
  return base.judged > 0 && now.judged > 0;
}

/** No regression, and no good news: as a run with nothing but void ones. */
export function comparesNothing({ groups }: Pick<RunComparison, "groups">): boolean {
  return !groups.some(isComparable);
}

function keyOf(group: TimedGroup): string {
  const first = group.runs[0];
  return first === undefined ? "" : groupKey(first);
}

function isOtherWorld(a: TimedGroup, b: TimedGroup): boolean {
  return a.scenario === b.scenario && a.image === b.image && a.simulated !== b.simulated;
}

interface Times {
  readonly of: readonly (readonly MetricComparison[])[];
  readonly questions: number;
}

/**
 * What users wait for is asked everywhere; stages on the way only where one of those changed, to say where the
 * time went, and corrected among themselves. Asking all of it everywhere would find less: the figures of one
 * run are nearly one figure, and Holm does not know that.
 */
function compareTimes(pairs: readonly Pair[], alpha: number, thresholds: Thresholds): Times {
  const first = askTimes(pairs, MAIN_METRICS, { alpha, thresholds });
  const changed = pairs.filter((_, index) => (first.of[index] ?? []).some(isChanged));
  const rest = METRICS.filter((metric) => !MAIN_METRICS.includes(metric));
  const second = askTimes(changed, rest, { alpha, thresholds });
  const of = pairs.map((pair, index) => {
    const main = first.of[index] ?? [];
    const stages = second.of[changed.indexOf(pair)] ?? [];
    return [...main, ...stages].toSorted(
      (a, b) => METRICS.indexOf(a.metric) - METRICS.indexOf(b.metric),
    );
  });
  return { of, questions: first.questions };
}

function isChanged(comparison: Comparison): boolean {
  return ["slower", "faster", "small"].includes(changeOf(comparison));
}

function askTimes(
  pairs: readonly Pair[],
  metrics: readonly Metric[],
  options: { readonly alpha: number; readonly thresholds: Thresholds },
): Times {
  const asked = pairs.flatMap(({ base, now }, pair) =>
    metrics
      .map((metric) => ({
        pair,
        metric,
        base: sampleOf(base, metric),
        now: sampleOf(now, metric),
        resolutionUs: resolutionOf([...base.runs, ...now.runs], metric),
      }))
      .filter((item) => item.base.length + item.now.length > 0),
  );
  const { comparisons, questions } = compareSamples(
    asked.map(({ base, now, resolutionUs }) => ({ ...forRanks(base, now), resolutionUs })),
    options,
  );
  const found = comparisons.flatMap((comparison, at) => {
    const question = asked[at];
    if (question === undefined) return [];
    const { pair, metric, base, now } = question;
    const seen = {
      ...distributionAs("base", base),
      ...distributionAs("now", now),
      baseSample: base,
      nowSample: now,
      baseBounds: boundsOf(base),
      nowBounds: boundsOf(now),
    };
    return [{ pair, comparison: { metric, ...comparison, ...seen } }];
  });
  const by = Map.groupBy(found, ({ pair }) => pair);
  return {
    of: pairs.map((_, index) => (by.get(index) ?? []).map(({ comparison }) => comparison)),
    questions,
  };
}

/** Of the times as they were seen: ranks are taken of other ones where there are bounds. */
function distributionAs<K extends "base" | "now">(
  side: K,
  sample: readonly Bounded[],
): Partial<Record<K, Distribution>> {
  const found = distribution(sample.map(({ us }) => us));
  return found === undefined ? {} : ({ [side]: found } as Record<K, Distribution>);
}

export function tallyOf({ runs }: Pick<TimedGroup, "runs">): Tally {
  const judged = runs.filter(isJudged);
  const count = (...outcomes: readonly TimedRun["outcome"][]): number =>
    runs.filter(({ outcome }) => outcomes.includes(outcome)).length;
  return {
    runs: runs.length,
    judged: judged.length,
    unexpected: count("unexpected"),
    inconclusive: count("inconclusive", "error"),
    skipped: count("skipped"),
    moved: judged.filter(({ timesUs }) => timesUs.address !== undefined).length,
    noisy: judged.filter(({ lateUs }) => lateUs !== undefined).length,
  };
}

function compareVerdicts(
  pairs: readonly Pair[],
  alpha: number,
): { of: readonly GroupComparison["verdict"][]; questions: number } {
  const tests = pairs.map((pair, index) => {
    const [base, now] = [tallyOf(pair.base), tallyOf(pair.now)];
    const test = fisherTest(
      { hits: base.unexpected, n: base.judged },
      { hits: now.unexpected, n: now.judged },
    );
    return { index, base, now, test };
  });
  const asked = tests.filter(({ test }) => test.leastP <= alpha);
  const adjusted = holm(asked.map(({ test }) => test.p));
  const corrected = new Map(asked.map(({ index }, at) => [index, adjusted[at] ?? 1]));
  return {
    questions: asked.length,
    of: tests.map(({ index, base, now, test }) => {
      const p = corrected.get(index);
      const significant = p !== undefined && p <= alpha;
      const change = verdictChange(base, now, significant);
      const differs = base.unexpected !== now.unexpected;
      return {
        change,
        ...(differs && base.judged > 0 && now.judged > 0 ? { p: p ?? test.p } : {}),
        regressed:
          change === "more-unexpected" ||
          (change === "newly-unexpected" && (significant || 2 * now.unexpected >= now.judged)),
      };
    }),
  };
}

function verdictChange(base: Tally, now: Tally, significant: boolean): VerdictChange {
  if (now.unexpected > 0 && base.unexpected === 0) return "newly-unexpected";
  const isWorse = now.unexpected * base.judged > base.unexpected * now.judged;
  if (now.unexpected > 0 && significant) return isWorse ? "more-unexpected" : "less-unexpected";
  if (base.unexpected > 0 && now.unexpected === 0 && now.judged > 0) return "fixed";
  if (now.inconclusive > 0 && base.inconclusive === 0) return "newly-inconclusive";
  return "unchanged";
}

function groupComparison(
  { base, now }: Pair,
  metrics: readonly MetricComparison[],
  verdict: GroupComparison["verdict"] = { change: "unchanged", regressed: false },
): GroupComparison {
  const { runs, ...group } = now;
  const [was, is] = [tallyOf(base), tallyOf(now)];
  const movedP = fisherTest({ hits: was.moved, n: was.judged }, { hits: is.moved, n: is.judged }).p;
  const uneven = was.moved * is.judged !== is.moved * was.judged;
  return {
    ...group,
    base: was,
    now: is,
    verdict,
    ...(uneven ? { movedP } : {}),
    metrics,
    differs: differences(base.runs, runs),
    regressed:
      verdict.regressed ||
      metrics.some(
        (metric) => MAIN_METRICS.includes(metric.metric) && changeOf(metric) === "slower",
      ),
  };
}

/** Other versions and other timers are the first things to ask for when times differ. */
function differences(base: readonly TimedRun[], now: readonly TimedRun[]): string[] {
  const facts: readonly ((run: TimedRun) => readonly string[])[] = [
    ({ versions }) => programs(versions),
    ({ predicted }) => (predicted === undefined ? [] : [allowed(predicted)]),
    ({ fault }) => [`fault ${fault}`],
  ];
  return facts.flatMap((fact) => {
    const [was, is] = [base, now].map((runs) => [...new Set(runs.flatMap(fact))].sort().join(", "));
    if (was === is || was === undefined || is === undefined) return [];
    return [`${is === "" ? "nothing known" : is}; baseline: ${was === "" ? "nothing known" : was}`];
  });
}

function allowed({ minUs, maxUs, formula }: NonNullable<TimedRun["predicted"]>): string {
  return `timers allow ${formatSeconds(minUs)} to ${formatSeconds(maxUs)} (${formula})`;
}

/** `db1 keepalived` and `db2 keepalived` of the same version are one fact. */
function programs(versions: TimedRun["versions"]): string[] {
  return Object.entries(versions).map(
    ([name, version]) => `${name.split(" ").at(-1) ?? name} ${version}`,
  );
}
