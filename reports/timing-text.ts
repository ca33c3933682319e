/** The failover timing report as text: one table, what moved nothing, and the method. */
import type { MetricTimes, TimingReport, TimingRow } from "./timing.ts";
import {
  allowedFigures,
  boundsWords,
  figuresOf,
  NO_VERDICTS,
  NOTHING_MOVED,
  withoutVerdict,
} from "./timing.ts";
import { isJudged, METRIC_WORDS, TABLE_METRICS, type TimedRun } from "./timing-runs.ts";
import { consoleOf, markdownOf, type Block, type Entry } from "./timing-table.ts";
import { counted } from "./units.ts";

/** Ends with a new line. */
export function renderTimingConsole(
  report: TimingReport,
  { colour }: { readonly colour: boolean },
): string {
  const groups = report.rows.flatMap((row): Block[] => [
    { kind: "heading", text: headingOf(row) },
    { kind: "words", text: wordsOf(row) },
    table(
      ["time"],
      shownOf(row).map((times) => [{ text: METRIC_WORDS[times.metric] }, ...figures(times)]),
    ),
  ]);
  return consoleOf([...groups, ...tail(report)], { colour });
}

/** Ends with a new line. One wide table, which is what gets copied into other documents. */
export function renderTimingMarkdown(report: TimingReport): string {
  const rows = report.rows.flatMap((row) =>
    shownOf(row).map((times) => {
      const moved = times.metric === "address";
      const cells = [
        `${row.simulated ? "SIMULATED " : ""}${row.topology}`,
        row.scenario,
        row.fault,
        row.image,
        row.backend,
        METRIC_WORDS[times.metric],
        ...figuresOf(times),
        ...allowedFigures(times),
        moved ? `${row.tally.noisy} of ${row.tally.moved}` : "",
      ];
      return cells.map((text): Entry => ({ text }));
    }),
  );
  const heads = ["Topology", "Scenario", "Fault", "Image", "Backend", "Time"];
  const all = [...heads, ...FIGURES, "Allowed", "Inside", "Noisy"];
  const blocks: Block[] =
    rows.length === 0
      ? []
      : [{ kind: "table", heads: all, right: [6, 7, 8, 9, 10, 11, 12, 13], rows }];
  return markdownOf("Failover times", [...blocks, ...tail(report)]);
}

const FIGURES = ["n", "min", "p50", "p95", "max"];

function table(heads: readonly string[], rows: readonly (readonly Entry[])[]): Block {
  const all = [...heads, ...FIGURES];
  return { kind: "table", heads: all, right: all.map((_, at) => at).slice(heads.length), rows };
}

function shownOf({ metrics }: TimingRow): MetricTimes[] {
  return metrics.filter(({ metric }) => TABLE_METRICS.includes(metric));
}

function figures(times: MetricTimes): Entry[] {
  return figuresOf(times).map((text) => ({ text }));
}

function headingOf(row: TimingRow): string {
  const mark = row.simulated ? "SIMULATED  " : "";
  return `${mark}${row.topology}, ${row.fault}: ${row.scenario}, image ${row.image}, ${row.backend}`;
}

function wordsOf({ tally, metrics, versions }: TimingRow): string {
  const left = tally.runs - tally.judged;
  const allowed = metrics.flatMap((times): string[] => {
    const [range, inside] = allowedFigures(times);
    if (range === "") return [];
    const name = times.metric === "address" ? "" : `${METRIC_WORDS[times.metric]} `;
    return [`${name}allowed ${range}, ${inside} inside`];
  });
  const parts = [
    `VIP moved in ${tally.moved} of ${tally.judged}`,
    ...(left === 0 ? [] : [`${left} without a verdict left out`]),
    ...allowed,
    ...(tally.noisy === 0 ? [] : [`${tally.noisy} of ${tally.moved} noisy`]),
    ...clientWords(metrics),
    ...versions,
  ];
  return parts.join("; ");
}

/** How many of the clients' figures are bounds. */
function clientWords(metrics: readonly MetricTimes[]): string[] {
  return metrics.flatMap(({ bounds, distribution: { n }, metric }) => {
    const words = boundsWords(bounds, n);
    return words === undefined ? [] : [`${METRIC_WORDS[metric]}: ${words}`];
  });
}

/** Runs without a verdict say nothing of the VIP, and why is all there is to say. */
function nothingBlocks(runs: readonly TimedRun[]): Block[] {
  const reasons = withoutVerdict(runs);
  const words = runs.some(isJudged) || runs.length === 0 ? NOTHING_MOVED : NO_VERDICTS;
  return [{ kind: "words", text: words }, ...list(reasons)];
}

function list(items: readonly string[]): Block[] {
  return items.length === 0 ? [] : [{ kind: "list", items }];
}

function tail({ runs, unmoved, method, rows }: TimingReport): Block[] {
  const names = unmoved.map(
    ({ scenario, image, simulated }) => `${simulated ? "SIMULATED " : ""}${scenario} (${image})`,
  );
  return [
    ...(rows.length === 0 ? nothingBlocks(runs) : []),
    ...(names.length === 0
      ? []
      : [
          {
            kind: "words",
            text: `Nothing to time in ${counted(names.length, "other scenario")}: ${names.join(", ")}.`,
          } as const,
        ]),
    { kind: "heading", text: "Method" },
    { kind: "list", items: method },
  ];
}
