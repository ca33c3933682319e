/** Markdown for the summary page of a CI job: verdicts first, then each run, then distributions. */
import { formatSeconds } from "../harness/core/time.ts";
import { madeWith } from "./facts-of-run.ts";
import { findingRows } from "./findings.ts";
import { groupRuns, repeatLabels, type RunGroup } from "./groups.ts";
import { headlineOf, type Headline } from "./headline.ts";
import { painter, printable } from "./layout.ts";
import type { ReportedRun } from "./reported.ts";
import { servedBy, servedByWords } from "./served-by.ts";
import { distributionRows, groupTitle, groupWords, shortWhy, totalsLine } from "./summary.ts";
import { timelineOf } from "./timeline.ts";
import { formatMilliseconds, formatResolution, signedSeconds } from "./units.ts";
import { oldHolderWords, waterfallOf, type Waterfall } from "./waterfall.ts";

/** Ends with a new line. */
export function renderMarkdown(runs: readonly ReportedRun[]): string {
  const labels = repeatLabels(runs);
  const name = (run: ReportedRun): string => `${run.record.scenario.name}${labels.get(run) ?? ""}`;
  const blocks = [
    "## vipdrill",
    inline(totalsLine(runs, painter(false))),
    ...(runs.length > 1 ? [overview(runs, name)] : []),
    ...runs.flatMap((run) => runBlocks(run, name(run))),
    ...groupRuns(runs)
      .filter((group) => group.runs.length > 1)
      .flatMap(groupBlocks),
  ];
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

function overview(runs: readonly ReportedRun[], name: (run: ReportedRun) => string): string {
  const rows = runs.map((run) => {
    const head = headlineOf(run);
    return [badge(head), name(run), storyWords(run, head)];
  });
  return table(["Outcome", "Run", "What happened"], rows);
}

const MARKS: Readonly<Record<Headline["outcome"], string>> = {
  "as-expected": "✅",
  unexpected: "❌",
  inconclusive: "❔",
  skipped: "⏭️",
  error: "💥",
};

function badge(head: Headline): string {
  return `${MARKS[head.outcome]} ${head.words}${head.simulated ? ", SIMULATED" : ""}`;
}

function storyWords(run: ReportedRun, { story, why }: Headline): string {
  return why === undefined ? story : `${story}\n${shortWhy(run, why)}`;
}

function runBlocks(run: ReportedRun, name: string): string[] {
  const head = headlineOf(run);
  const waterfall = waterfallOf(run);
  const served = servedBy(run.events);
  return [
    `### ${inline(`${badge(head)}: ${name}`)}`,
    inline(`${head.title}: ${head.story}`),
    ...(head.why === undefined ? [] : [`**Why:** ${inline(head.why)}`]),
    inline(madeWith(run.record)),
    findingsTable(run),
    ...(waterfall === undefined ? [] : waterfallBlocks(waterfall)),
    ...(served === undefined ? [] : [`Answered by: ${inline(servedByWords(served))}`]),
    timelineTable(run),
    `Run directory: ${code(run.path)}  \nDo it again: ${code(run.record.replay)}`,
  ];
}

function findingsTable(run: ReportedRun): string {
  const rows = findingRows(run);
  if (rows.length === 0) return "";
  return table(
    ["Verdict", "Checker", "Reason"],
    rows.map((row) => [
      row.standing === "unexpected" || row.standing === "unclear" ? `❌ ${row.words}` : row.words,
      row.role === "precondition" ? `${row.checker} (precondition)` : row.checker,
      row.because === undefined ? row.reason : `${row.reason}\nexpected because ${row.because}`,
    ]),
  );
}

function waterfallBlocks(waterfall: Waterfall): string[] {
  const rows = waterfall.rows.map((row) =>
    row.atUs === undefined
      ? [row.label, "not seen", "", "", ""]
      : [
          row.label,
          signedSeconds(row.atUs),
          formatMilliseconds(row.stepUs ?? 0),
          formatResolution(row.resolutionUs),
          row.proof,
        ],
  );
  return [
    `**Failover of ${inline(waterfall.vip)} from ${inline(waterfall.from)} to ${inline(waterfall.to)}**, ` +
      `fault: ${inline(waterfall.fault)}` +
      (waterfall.noisy === undefined ? "" : ` (**${inline(waterfall.noisy)}**)`),
    table(["Stage", "After fault", "Step", "Good to", "Seen by"], rows, [1, 2, 3]),
    waterfallList(waterfall)
      .map((line) => `- ${inline(line)}`)
      .join("\n"),
  ];
}

function waterfallList({ predicted, outage, oldHolder, from, notes }: Waterfall): string[] {
  return [
    ...(predicted === undefined
      ? []
      : [
          `Timers allow ${formatSeconds(predicted.minUs)} to ${formatSeconds(predicted.maxUs)} ` +
            `(${[predicted.formula, ...predicted.legend].join("; ")})` +
            (predicted.movedUs === undefined
              ? ""
              : `: ${formatSeconds(predicted.movedUs)} is ${predicted.inside === true ? "inside" : "OUTSIDE"}`),
        ]),
    ...(outage === undefined
      ? []
      : [
          `Clients: ${formatSeconds(outage.durationUs)} without writes ` +
            `(±${formatResolution(outage.resolutionUs)})`,
        ]),
    ...oldHolder.map((row) => `Old holder ${from}, ${row.label}: ${oldHolderWords(row)}`),
    ...notes,
  ];
}

/** Long and rarely needed at first sight: folded away. */
function timelineTable(run: ReportedRun): string {
  const { entries, zero } = timelineOf(run);
  if (entries.length === 0) return "";
  const rows = entries.map((entry) => [signedSeconds(entry.tUs), entry.lane, entry.text]);
  const from =
    zero === "fault" ? "first fault" : zero === "disturb" ? "begin of the drill" : "start";
  return [
    `<details><summary>Time line, from the ${from}</summary>`,
    table(["Time", "Where", "What"], rows, [0]),
    "</details>",
  ].join("\n\n");
}

function groupBlocks(group: RunGroup): string[] {
  const rows = distributionRows(group).map(({ label, values }) => [
    label,
    String(values.n),
    ...[values.min, values.p50, values.p95, values.max].map(formatSeconds),
  ]);
  return [
    `### ${inline(groupTitle(group))}`,
    groupWords(group)
      .map((line) => `- ${inline(line)}`)
      .join("\n"),
    rows.length === 0
      ? ""
      : table(["After the fault", "n", "min", "p50", "p95", "max"], rows, [1, 2, 3, 4, 5]),
  ];
}

function table(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(inline).join(" | ")} |`;
  const rule = heads.map((_, index) => (right.includes(index) ? "---:" : "---")).join(" | ");
  return [line(heads), `| ${rule} |`, ...rows.map(line)].join("\n");
}

/** Text that means only itself: no markup, no HTML, no end of a cell; new lines as `<br>`. */
export function inline(text: string): string {
  return printable(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll(/[\\`*_[\]|~#]/g, String.raw`\$&`)
    .replaceAll("\n", "<br>");
}

/** A code span: longer ticks than any inside, as CommonMark 6.1 has it. */
function code(text: string): string {
  const flat = printable(text).replaceAll("\n", " ");
  const longest = Math.max(0, ...(flat.match(/`+/g) ?? []).map((ticks) => ticks.length));
  const ticks = "`".repeat(longest + 1);
  return longest === 0 ? `${ticks}${flat}${ticks}` : `${ticks} ${flat} ${ticks}`;
}
