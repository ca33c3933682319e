/** Several runs at a glance: a line each, the distributions of what was repeated, and how often what came out. */
import { formatSeconds } from "../harness/core/time.ts";
import type { Outcome } from "../harness/run/judge.ts";
import { STAGE_WORDS, STAGES } from "../harness/timing/failover.ts";
import { noiseWords } from "../harness/timing/noise.ts";
import type { Distribution } from "../harness/timing/statistics.ts";
import { groupRuns, repeatLabels, tallyRuns, type RunGroup, type Tally } from "./groups.ts";
import { headlineOf, OUTCOME_WORDS } from "./headline.ts";
import { columns, hang, painter, type Cell, type Paint, type Style } from "./layout.ts";
import { outcomeCounts } from "./outcomes.ts";
import type { ReportedRun } from "./reported.ts";
import { METRIC_WORDS, timedRunOf, type Metric } from "./timing-runs.ts";
import { metricTimes, quantileWords, type MetricTimes } from "./timing.ts";

export interface SummaryOptions {
  readonly colour: boolean;
  /** Every run has had its line already: those that ended as expected are not listed again. */
  readonly told?: boolean;
}

/** Ends with a new line. */
export function renderSummary(
  runs: readonly ReportedRun[],
  { colour, told = false }: SummaryOptions,
): string {
  const paint = painter(colour);
  const blocks = [
    runLines(runs, paint, told),
    ...groupRuns(runs)
      .filter((group) => group.runs.length > 1)
      .map((group) => groupBlock(group, paint)),
    tallyLines(runs, paint),
    [totalsLine(runs, paint)],
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

export const OUTCOME_STYLES: Readonly<Record<Outcome, Style>> = {
  "as-expected": "good",
  unexpected: "bad",
  inconclusive: "warn",
  skipped: "warn",
  error: "bad",
};

/** What one run of many came to, as it ends; `place` says which of how many. Ends with a new line. */
export function renderRunLine(
  run: ReportedRun,
  { colour, place }: { readonly colour: boolean; readonly place: string },
): string {
  const paint = painter(colour);
  const head = headlineOf(run);
  const mark = head.simulated ? "SIMULATED  " : "";
  const why = head.why === undefined ? "" : `; ${shortWhy(run, head.why)}`;
  const { image, seed } = run.record;
  const label = `${place}${head.words}  `;
  const text = `${mark}${head.name} (${image}, seed ${seed}): ${head.story}${why}`;
  const [first = "", ...rest] = hang(label, text);
  const painted = place + paint(OUTCOME_STYLES[head.outcome], head.words);
  return `${[painted + first.slice(place.length + head.words.length), ...rest].join("\n")}\n`;
}

function runLines(runs: readonly ReportedRun[], paint: Paint, told: boolean): string[] {
  const labels = repeatLabels(runs);
  const listed = told ? runs.filter(({ result }) => result.outcome !== "as-expected") : runs;
  const rows = listed.map((run): Cell[] => {
    const head = headlineOf(run);
    const mark = head.simulated ? "SIMULATED  " : "";
    const why = head.why === undefined ? "" : `\n${shortWhy(run, head.why)}`;
    return [
      { text: head.words, style: OUTCOME_STYLES[head.outcome] },
      { text: `${head.name}${labels.get(run) ?? ""}` },
      { text: `${mark}${head.story}${why}` },
    ];
  });
  return columns(rows, paint, { indent: 0 });
}

/** Scenario by scenario, how many runs ended as expected; said when one was run more than once. */
function tallyLines(runs: readonly ReportedRun[], paint: Paint): string[] {
  const tallies = tallyRuns(runs);
  if (tallies.every((tally) => tally.runs.length === 1)) return [];
  const head = ["as expected", "scenario", "by image"].map((text): Cell => ({
    text,
    style: "dim",
  }));
  const rows = tallies.map(({ scenario, runs: all, images }): Cell[] => [
    { text: shareOf(all), style: isAllAsExpected(all) ? "good" : "bad" },
    { text: scenario },
    { text: images.map(imageWords).join(", ") },
  ]);
  return columns([head, ...rows], paint, { indent: 0 });
}

function imageWords({ image, runs }: Tally["images"][number]): string {
  const others = outcomeCounts(runs.map(({ result }) => result.outcome))
    .filter(({ outcome }) => outcome !== "as-expected")
    .map(({ outcome, count }) => `${count} ${OUTCOME_WORDS[outcome]}`);
  return `${image} ${shareOf(runs)}${others.length === 0 ? "" : ` (${others.join(", ")})`}`;
}

function shareOf(runs: readonly ReportedRun[]): string {
  const good = runs.filter(({ result }) => result.outcome === "as-expected").length;
  return `${good} of ${runs.length}`;
}

function isAllAsExpected(runs: readonly ReportedRun[]): boolean {
  return runs.every(({ result }) => result.outcome === "as-expected");
}

/** A canary that was caught needs no more than by whom: the run itself has the rest. */
export function shortWhy({ record, result }: ReportedRun, why: string): string {
  const caughtBy = record.scenario.canary?.caughtBy;
  return caughtBy !== undefined && result.outcome === "as-expected"
    ? `canary caught by ${caughtBy}`
    : why;
}

/** `12 runs: 10 as expected, 1 UNEXPECTED, 1 VOID (4 simulated)`. */
export function totalsLine(runs: readonly ReportedRun[], paint: Paint): string {
  const counts = outcomeCounts(runs.map(({ result }) => result.outcome));
  const simulated = runs.filter((run) => run.record.simulated).length;
  const parts = counts.map(({ outcome, count }) =>
    paint(OUTCOME_STYLES[outcome], `${count} ${OUTCOME_WORDS[outcome]}`),
  );
  const head = `${runs.length} ${runs.length === 1 ? "run" : "runs"}`;
  const tail = simulated === 0 ? "" : `; ${simulated} SIMULATED: computed, not measured`;
  return `${head}${parts.length === 0 ? "" : `: ${parts.join(", ")}`}${tail}`;
}

export interface DistributionRow {
  readonly label: string;
  /** n, min, p50, p95 and max. */
  readonly figures: readonly string[];
}

/** In the order of a failover, the last stage is the total; then the pause at the move, and what needs no move. */
export function distributionRows(group: RunGroup): DistributionRow[] {
  const row = (label: string, values: Distribution | undefined): DistributionRow[] => {
    return values === undefined ? [] : [{ label, figures: quantileWords(values) }];
  };
  return [
    ...STAGES.flatMap((stage) =>
      row(STAGE_WORDS[stage] + (stage === "first-write" ? " (total)" : ""), group.stages[stage]),
    ),
    ...row(METRIC_WORDS.outage, group.outage),
    ...unmovedTimes(group).map(({ metric, distribution: found, bounds }) => ({
      label: METRIC_WORDS[metric],
      figures: quantileWords(found, bounds),
    })),
  ];
}

/** What does not count on a move of the VIP. */
const UNMOVED: readonly Metric[] = ["without-writes", "server-out", "server-back"];

function unmovedTimes({ runs }: RunGroup): MetricTimes[] {
  return metricTimes(runs.map(timedRunOf)).filter(({ metric }) => UNMOVED.includes(metric));
}

/** What the repeats came to, in sentences. */
export function groupWords(group: RunGroup): string[] {
  const n = group.judged;
  const left = group.runs.length - n;
  const violations = group.violations.map(
    ({ checker, failed, declared }) =>
      `${checker} failed in ${failed} of ${n}${declared ? " (expected)" : ""}`,
  );
  return [
    `VIP moved in ${group.moved} of ${n}; ${group.unexpected} of ${n} unexpected` +
      (left === 0 ? "" : `; ${left} without a verdict left out`),
    violations.length === 0 ? `no checker failed in ${n}` : violations.join("; "),
    ...(group.noise === undefined
      ? []
      : [`${group.noisy} of ${group.moved} are ${noiseWords(group.noise)}`]),
    ...(group.predicted === undefined
      ? []
      : [
          `timers allow: VIP added ${formatSeconds(group.predicted.minUs)} to ` +
            `${formatSeconds(group.predicted.maxUs)} after the fault (${group.predicted.formula})`,
        ]),
  ];
}

export function groupTitle(group: RunGroup): string {
  const mark = group.simulated ? "SIMULATED  " : "";
  return `${mark}${group.scenario}, ${group.runs.length} runs, ${group.backend}, image ${group.image}`;
}

function groupBlock(group: RunGroup, paint: Paint): string[] {
  const right = (text: string, style?: Style): Cell => ({
    text,
    align: "right",
    ...(style === undefined ? {} : { style }),
  });
  const rows = distributionRows(group).map(({ label, figures }) => [
    { text: label },
    ...figures.map((text) => right(text)),
    { text: "" },
  ]);
  const heads = ["n", "min", "p50", "p95", "max"].map((text) => right(text, "dim"));
  const table =
    rows.length === 0
      ? []
      : columns(
          [[{ text: "after the fault", style: "dim" }, ...heads, { text: "" }], ...rows],
          paint,
        );
  const words = columns(
    groupWords(group).map((text) => [{ text }]),
    paint,
  );
  return [paint("bold", groupTitle(group)), ...words, ...table];
}
