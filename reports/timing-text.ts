/** The failover timing report as text: one table, what moved nothing, and the method. */
import { formatSeconds } from "../harness/core/time.ts";
import type { TimingReport, TimingRow } from "./timing.ts";
import { NO_VERDICTS, NOTHING_MOVED, p95Words, withoutVerdict } from "./timing.ts";
import { isJudged, MAIN_METRICS, METRIC_WORDS, type Metric, type TimedRun } from "./timing-runs.ts";
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
      ["after the fault"],
      MAIN_METRICS.flatMap((metric) => {
        const found = row.metrics.find((item) => item.metric === metric);
        if (found === undefined) return [];
        return [[{ text: METRIC_WORDS[metric] }, ...figures(row, metric)]];
      }),
    ),
  ]);
  return consoleOf([...groups, ...tail(report)], { colour });
}

/** Ends with a new line. One wide table, which is what gets copied into other documents. */
export function renderTimingMarkdown(report: TimingReport): string {
  const rows = report.rows.flatMap((row) =>
    MAIN_METRICS.flatMap((metric): Entry[][] => {
      if (row.metrics.every((item) => item.metric !== metric)) return [];
      const moved = metric === "address";
      const allowed = row.predicted;
      const cells = [
        `${row.simulated ? "SIMULATED " : ""}${row.topology}`,
        row.scenario,
        row.fault,
        row.image,
        row.backend,
        METRIC_WORDS[metric],
        ...figures(row, metric).map(({ text }) => text),
        moved && allowed !== undefined
          ? `${formatSeconds(allowed.minUs)} to ${formatSeconds(allowed.maxUs)}`
          : "",
        moved && row.inside.of > 0 ? `${row.inside.inside} of ${row.inside.of}` : "",
        moved ? `${row.tally.noisy} of ${row.tally.moved}` : "",
      ];
      return [cells.map((text) => ({ text }))];
    }),
  );
  const heads = ["Topology", "Scenario", "Fault", "Image", "Backend", "After the fault"];
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

function figures(row: TimingRow, metric: Metric): Entry[] {
  const found = row.metrics.find((item) => item.metric === metric)?.distribution;
  if (found === undefined) return FIGURES.map(() => ({ text: "" }));
  const { n, min, p50, max } = found;
  return [
    { text: String(n) },
    { text: formatSeconds(min) },
    { text: formatSeconds(p50) },
    { text: p95Words(found) },
    { text: formatSeconds(max) },
  ];
}

function headingOf(row: TimingRow): string {
  const mark = row.simulated ? "SIMULATED  " : "";
  return `${mark}${row.topology}, ${row.fault}: ${row.scenario}, image ${row.image}, ${row.backend}`;
}

export function wordsOf({ tally, predicted, inside, versions }: TimingRow): string {
  const left = tally.runs - tally.judged;
  const parts = [
    `VIP moved in ${tally.moved} of ${tally.judged}`,
    ...(left === 0 ? [] : [`${left} without a verdict left out`]),
    ...(predicted === undefined
      ? []
      : [
          `allowed ${formatSeconds(predicted.minUs)} to ${formatSeconds(predicted.maxUs)}, ` +
            `${inside.inside} of ${inside.of} inside`,
        ]),
    ...(tally.noisy === 0 ? [] : [`${tally.noisy} of ${tally.moved} noisy`]),
    ...versions,
  ];
  return parts.join("; ");
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
