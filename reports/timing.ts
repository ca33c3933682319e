/**
 * The failover timing report: what a topology needs for each fault, on each image and backend, over many
 * runs; and how the figures were come by, without which they say nothing.
 */
import { formatSeconds, type Us } from "../harness/core/time.ts";
import { distribution, type Distribution } from "../harness/timing/statistics.ts";
import { quantileNeeds } from "../harness/timing/ranks.ts";
import { tallyOf, type Tally } from "./compare.ts";
import { versionWords } from "./facts-of-run.ts";
import {
  groupTimed,
  isInside,
  isJudged,
  METRICS,
  resolutionOf,
  timesOf,
  type Metric,
  type TimedGroup,
  type TimedRun,
} from "./timing-runs.ts";
import { counted, formatResolution } from "./units.ts";

export interface MetricTimes {
  readonly metric: Metric;
  readonly values: readonly Us[];
  readonly distribution: Distribution;
}

export interface TimingRow extends TimedGroup {
  readonly tally: Tally;
  /** In the order of METRICS; what no run has is absent. */
  readonly metrics: readonly MetricTimes[];
  /** What the timers allow, from the least to the most of all runs. */
  readonly predicted?: { readonly minUs: Us; readonly maxUs: Us };
  /** Of the moves for which something was predicted, those inside their own interval. */
  readonly inside: { readonly of: number; readonly inside: number };
  readonly versions: readonly string[];
}

export interface TimingReport {
  readonly runs: readonly TimedRun[];
  readonly rows: readonly TimingRow[];
  /** Scenarios in which nothing moved in any run: they have no row, and are counted. */
  readonly unmoved: readonly TimedGroup[];
  readonly method: readonly string[];
}

export function timingReport(runs: readonly TimedRun[]): TimingReport {
  const groups = groupTimed(runs)
    .map(rowOf)
    .toSorted(
      (a, b) =>
        Number(a.simulated) - Number(b.simulated) ||
        a.topology.localeCompare(b.topology, "en") ||
        a.fault.localeCompare(b.fault, "en") ||
        a.scenario.localeCompare(b.scenario, "en") ||
        a.image.localeCompare(b.image, "en"),
    );
  return {
    runs,
    rows: groups.filter(({ metrics }) => metrics.length > 0),
    unmoved: groups.filter(({ metrics, tally }) => metrics.length === 0 && tally.judged > 0),
    method: methodOf(runs),
  };
}

function rowOf(group: TimedGroup): TimingRow {
  const judged = group.runs.filter(isJudged);
  const bounds = judged.flatMap(({ predicted }) => predicted ?? []);
  const inside = judged.flatMap((run) => isInside(run) ?? []);
  return {
    ...group,
    tally: tallyOf(group),
    metrics: METRICS.flatMap((metric): MetricTimes[] => {
      const values = timesOf(group, metric);
      const found = distribution(values);
      return found === undefined ? [] : [{ metric, values, distribution: found }];
    }),
    ...(bounds.length === 0
      ? {}
      : {
          predicted: {
            minUs: Math.min(...bounds.map(({ minUs }) => minUs)),
            maxUs: Math.max(...bounds.map(({ maxUs }) => maxUs)),
          },
        }),
    inside: { of: inside.length, inside: inside.filter(Boolean).length },
    versions: [...new Set(judged.flatMap(({ versions }) => versionWords(versions)))].sort(),
  };
}

/** `2.118 s`; with too few values for the quantile, a mark that it is the maximum. */
export function p95Words({ n, p95 }: Distribution): string {
  return `${formatSeconds(p95)}${n < quantileNeeds(0.95) ? "*" : ""}`;
}

export function hasFew({ rows }: Pick<TimingReport, "rows">): boolean {
  return rows.some(({ metrics }) =>
    metrics.some(({ distribution: { n } }) => n < quantileNeeds(0.95)),
  );
}

export const NOTHING_MOVED = "The VIP moved in none of these runs.";
export const NO_VERDICTS = "None of these runs has a verdict: there is nothing to time.";

/** `2 runs: no verdict: history is torn`; each reason once. */
export function withoutVerdict(runs: readonly TimedRun[]): string[] {
  const left = runs.filter((run) => !isJudged(run));
  return [...Map.groupBy(left, ({ reason }) => reason)].map(
    ([reason, mine]) => `${counted(mine.length, "run")}: no verdict: ${reason}`,
  );
}

/** How the figures were come by, a sentence or two each. */
function methodOf(runs: readonly TimedRun[]): string[] {
  const judged = runs.filter(isJudged);
  const simulated = judged.filter((run) => run.simulated).length;
  const left = runs.length - judged.length;
  const worstGap = resolutionOf(judged, "address");
  const clients = [...new Set(judged.flatMap((run) => run.resolutionsUs["first-write"] ?? []))]
    .sort((a, b) => a - b)
    .map(formatResolution)
    .join(" or ");
  return [
    `${judged.length} runs with a verdict` +
      (left === 0 ? "." : `; ${left} void, skipped or broken ones prove nothing and are left out.`),
    ...(simulated === 0
      ? []
      : [
          `${simulated} of them are SIMULATED: computed from the configuration by a model of keepalived, not measured. ` +
            "They never share a row with measured ones.",
        ]),
    "VIP moved: from the fault, stamped just before it is carried out, to the VIP appearing on another node, " +
      `as that node's kernel says (netlink). Good to ${formatResolution(worstGap)} in the worst run, the distance to the packets of the same move.`,
    "First write: from the fault to the first write that the new holder acknowledged on a new connection. " +
      "Pause at the move: from the last acknowledged write before the move to the first one after it, on new connections." +
      (clients === ""
        ? ""
        : ` Clients try once every ${clients}, and their figures are good to that.`),
    ...(judged.some((run) => !run.simulated)
      ? [
          "All nodes of a run share one machine and one clock; packets are stamped by its kernel. Counted as noisy: runs in which a " +
            "thread of the observer slept more than 20 ms longer than it should have between the fault and the last stage.",
        ]
      : []),
    "Allowed: what the timers of the configuration allow between fault and move, computed before looking at the run; each run is held against " +
      "its own interval.",
    "Quantiles are nearest ranks: each is a time that one run took. p95 of fewer than 20 runs is their maximum, marked with *.",
  ];
}
