/**
 * The failover timing report: what a topology needs for each fault, on each image and backend, over many
 * runs; and how the figures were come by, without which they say nothing.
 */
import { formatSeconds, type Us } from "../harness/core/time.ts";
import { boundedSeconds, boundsOf, type Bounded, type Bounds } from "../harness/timing/bounds.ts";
import { distribution, type Distribution } from "../harness/timing/statistics.ts";
import { quantileNeeds } from "../harness/timing/ranks.ts";
import { tallyOf, type Tally } from "./compare.ts";
import { versionWords } from "./facts-of-run.ts";
import {
  allowedFor,
  groupTimed,
  isInside,
  isJudged,
  METRICS,
  resolutionOf,
  sampleOf,
  type Metric,
  type TimedGroup,
  type TimedRun,
} from "./timing-runs.ts";
import { counted, formatResolution } from "./units.ts";

export interface MetricTimes {
  readonly metric: Metric;
  readonly values: readonly Us[];
  /** The same, with what is only a bound marked. */
  readonly sample: readonly Bounded[];
  readonly distribution: Distribution;
  /** Which of them are bounds. */
  readonly bounds: Bounds;
  /** What the timers allow, from the least to the most of all runs. */
  readonly predicted?: Range;
  /** Of those for which something was predicted, how many are inside their own interval. */
  readonly inside: Inside;
}

export interface Range {
  readonly minUs: Us;
  readonly maxUs: Us;
}

export interface Inside {
  readonly of: number;
  readonly inside: number;
}

export interface TimingRow extends TimedGroup {
  readonly tally: Tally;
  /** In the order of METRICS; what no run has is absent. */
  readonly metrics: readonly MetricTimes[];
  /** Of the move. */
  readonly predicted?: Range;
  readonly inside: Inside;
  readonly versions: readonly string[];
}

export interface TimingReport {
  readonly runs: readonly TimedRun[];
  readonly rows: readonly TimingRow[];
  /** Scenarios in which nothing was timed in any run: they have no row, and are counted. */
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
  return {
    ...group,
    tally: tallyOf(group),
    metrics: metricTimes(group.runs),
    ...allowedOf(judged, "address"),
    versions: [...new Set(judged.flatMap(({ versions }) => versionWords(versions)))].sort(),
  };
}

/** In the order of METRICS, of the runs with a verdict; what none of them has is absent. */
export function metricTimes(runs: readonly TimedRun[]): MetricTimes[] {
  const judged = runs.filter(isJudged);
  return METRICS.flatMap((metric): MetricTimes[] => {
    const sample = sampleOf({ runs }, metric);
    const values = sample.map(({ us }) => us);
    const found = distribution(values);
    if (found === undefined) return [];
    const bounds = boundsOf(sample);
    const allowed = allowedOf(judged, metric);
    return [{ metric, values, sample, distribution: found, bounds, ...allowed }];
  });
}

function allowedOf(
  judged: readonly TimedRun[],
  metric: Metric,
): { readonly predicted?: Range; readonly inside: Inside } {
  const ranges = judged.flatMap((run) => allowedFor(run, metric) ?? []);
  const inside = judged.flatMap((run) => isInside(run, metric) ?? []);
  return {
    ...(ranges.length === 0
      ? {}
      : {
          predicted: {
            minUs: Math.min(...ranges.map(({ minUs }) => minUs)),
            maxUs: Math.max(...ranges.map(({ maxUs }) => maxUs)),
          },
        }),
    inside: { of: inside.length, inside: inside.filter(Boolean).length },
  };
}

/** n, min, p50, p95 and max. */
export function quantileWords(
  { n, min, p50, p95, max }: Distribution,
  bounds: Bounds = NO_BOUNDS,
): string[] {
  return [String(n), ...[min, p50, p95, max].map((us) => boundedSeconds(us, bounds))];
}

/** The same as tables of times have them: a p95 that is no more than the maximum has a mark. */
export function figuresOf({ distribution: found, bounds }: MetricTimes): string[] {
  const mark = found.n < quantileNeeds(0.95) ? "*" : "";
  return quantileWords(found, bounds).map((text, at) => (at === P95_AT ? text + mark : text));
}

const NO_BOUNDS: Bounds = { atMost: 0, atLeast: 0 };
const P95_AT = 3;

/** Allowed, and how many were inside, as the tables have them; empty where nothing was predicted. */
export function allowedFigures({
  predicted,
  inside,
}: Pick<MetricTimes, "predicted" | "inside">): [string, string] {
  return [
    predicted === undefined
      ? ""
      : `${formatSeconds(predicted.minUs)} to ${formatSeconds(predicted.maxUs)}`,
    inside.of === 0 ? "" : `${inside.inside} of ${inside.of}`,
  ];
}

/** `no spell above 0.200 s in 28 of 30; until the end of the load in 1 of 30`; nothing where all is known. */
export function boundsWords({ atMost, atLeast, floorUs }: Bounds, n: number): string | undefined {
  const parts = [
    ...(floorUs === undefined
      ? []
      : [`no spell above ${formatSeconds(floorUs)} in ${atMost} of ${n}`]),
    ...(atLeast === 0 ? [] : [`until the end of the load in ${atLeast} of ${n}`]),
  ];
  return parts.length === 0 ? undefined : parts.join("; ");
}

export function hasFew({ rows }: Pick<TimingReport, "rows">): boolean {
  return rows.some(({ metrics }) =>
    metrics.some(({ distribution: { n } }) => n < quantileNeeds(0.95)),
  );
}

export const NOTHING_MOVED = "The VIP moved in none of these runs, and nothing else was timed.";
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
  const clients = [
    ...new Set(
      judged.flatMap(
        ({ resolutionsUs }) =>
          resolutionsUs["first-write"] ?? resolutionsUs["without-writes"] ?? [],
      ),
    ),
  ]
    .sort((a, b) => a - b)
    .map(formatResolution)
    .join(" or ");
  const has = (metric: Metric): boolean =>
    judged.some(({ timesUs }) => timesUs[metric] !== undefined);
  return [
    `${judged.length} runs with a verdict` +
      (left === 0 ? "." : `; ${left} void, skipped or broken ones prove nothing and are left out.`),
    ...(simulated === 0
      ? []
      : [
          `${simulated} of them are SIMULATED: computed from the configuration by a model of keepalived, not measured. ` +
            "They never share a row with measured ones.",
        ]),
    ...(has("address")
      ? [
          "VIP moved: from the fault, stamped just before it is carried out, to the VIP appearing on another node, " +
            `as that node's kernel says (netlink). Good to ${formatResolution(worstGap)} in the worst run, the distance to the packets of the same move. ` +
            "First write: from the fault to the first write that the new holder acknowledged on a new connection. " +
            "Pause at the move: from the last acknowledged write before the move to the first one after it, on new connections.",
        ]
      : []),
    ...(has("without-writes")
      ? [
          "Clients without writes: the longest spell without an acknowledged write on new connections after the first fault of the run, be it a preparation, whether or not the VIP moved. " +
            "Any acknowledged write ends a spell: behind directors half of the connections may fail meanwhile, and no spell shows it (the HTML page of a run says how many failed). " +
            'Shorter ones than ten attempts or 0.2 s are everyday jitter: a run without a longer one counts as that floor, marked "<=". ' +
            'A spell until the end of the load was at least so long, marked ">=".',
        ]
      : []),
    ...(has("server-out")
      ? [
          "Real server taken out: from the fault on it (the one that real-server-membership counts from, where the scenario declares that) to the table of the director that had the VIP without it (weight 0 is without). Put back: from the " +
            "moment at which its fault was healed and its mysqld answered, whichever came last, to the table that has it again. " +
            `Good to ${formatResolution(resolutionOf(judged, "server-out"))} in the worst run, the time between two looks at the table.`,
        ]
      : []),
    ...(clients === ""
      ? []
      : [`Clients try once every ${clients}, and their figures are good to that.`]),
    ...(judged.some((run) => !run.simulated)
      ? [
          "All nodes of a run share one machine and one clock; packets are stamped by its kernel. Counted as noisy: runs in which a " +
            "thread of the observer slept more than 20 ms longer than it should have between the fault and the last stage.",
        ]
      : []),
    "Allowed: what the timers of the configuration allow between fault and move, or for a check to take a real server out and to put it back, computed " +
      "from the configurations and the fault alone; each run is held against its own interval.",
    "Quantiles are nearest ranks: each is a time that one run took. p95 of fewer than 20 runs is their maximum, marked with *.",
  ];
}
