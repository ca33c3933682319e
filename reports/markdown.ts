/**
 * Markdown for the summary page of a CI job: the verdict in the first line, a table, then in full what
 * is not as expected, and folded away what was skipped and what was as expected.
 */
import { formatSeconds, type Us } from "../harness/core/time.ts";
import type { Outcome } from "../harness/run/judge.ts";
import { withoutWritesOf, withoutWritesWords, type WithoutWrites } from "./clients.ts";
import { cutShortWords, type CutShort } from "./cut-short.ts";
import { madeWith } from "./facts-of-run.ts";
import { findingRows } from "./findings.ts";
import { groupRuns, repeatLabels, type RunGroup } from "./groups.ts";
import { headlineOf, type Headline } from "./headline.ts";
import { WORST_FIRST } from "./outcomes.ts";
import { painter } from "./layout.ts";
import { bytesOf, withinRoom, type Block } from "./markdown-room.ts";
import {
  bullets,
  code,
  codeBlock,
  folded,
  inline,
  paragraph,
  table,
  tableLine,
} from "./markdown-text.ts";
import type { ReportedRun } from "./reported.ts";
import { servedBy, servedByWords } from "./served-by.ts";
import { distributionRows, groupTitle, groupWords, shortWhy, totalsLine } from "./summary.ts";
import { timelineOf } from "./timeline.ts";
import { formatMilliseconds, formatResolution, signedSeconds } from "./units.ts";
import { oldHolderWords, waterfallOf, type Waterfall } from "./waterfall.ts";

export { inline } from "./markdown-text.ts";

/** GitHub shows no job summary of more than 1 MiB a step (its page "Workflow commands"). */
export const SUMMARY_BYTES_MAX = 1_048_576;

/** A cell of the overview: the whole of it is in the account of the run. */
const CELL_LETTERS_MAX = 600;

export interface MarkdownOptions {
  readonly bytesMax?: number;
  /** Runs are missing because the command ended early. */
  readonly cutShort?: CutShort | undefined;
}

type Name = (run: ReportedRun) => string;

/** Ends with a new line. */
export function renderMarkdown(
  runs: readonly ReportedRun[],
  { bytesMax = SUMMARY_BYTES_MAX, cutShort }: MarkdownOptions = {},
): string {
  const labels = repeatLabels(runs);
  const name: Name = (run) => `${run.record.scenario.name}${labels.get(run) ?? ""}`;
  const [only] = runs;
  if (only !== undefined && runs.length === 1 && cutShort === undefined) {
    return withinRoom(`## ${runTitle(only, name)}`, [account(only, runBody(only))], { bytesMax });
  }
  const sorted = WORST_FIRST.flatMap((outcome) => withOutcome(runs, outcome));
  const { text, missing } = overview(sorted, name, bytesMax / 2);
  const blocks: Block[] = [
    { what: ["table", "tables"], text },
    ...sorted
      .filter(({ result }) => !["as-expected", "skipped"].includes(result.outcome))
      .map((run) => account(run, `### ${runTitle(run, name)}\n\n${runBody(run)}`)),
    ...groupRuns(runs)
      .filter((group) => group.runs.length > 1)
      .map((group) => ({
        what: ["distribution", "distributions"] as const,
        text: groupText(group),
      })),
    { what: ["list of what was skipped", "lists"], text: skippedText(runs, name) },
    ...withOutcome(runs, "as-expected").map((run) =>
      account(run, folded(`${badge(headlineOf(run))}: ${name(run)}`, runBody(run))),
    ),
  ];
  const written = blocks.filter((block) => block.text !== "");
  return withinRoom(`## ${verdictWords(sorted, cutShort)}`, written, { bytesMax, missing });
}

function withOutcome(runs: readonly ReportedRun[], outcome: Outcome): readonly ReportedRun[] {
  return runs.filter(({ result }) => result.outcome === outcome);
}

/** With the mark of the worst. */
function verdictWords(sorted: readonly ReportedRun[], cutShort: CutShort | undefined): string {
  const worst = sorted[0]?.result.outcome;
  const totals = inline(totalsLine(sorted, painter(false)));
  if (cutShort !== undefined) {
    const worse = worst === "unexpected" ? worst : "error";
    return `${MARKS[worse]} vipdrill: ${cutShortWords(cutShort)}; ${totals}`;
  }
  const mark = worst === undefined ? "" : `${MARKS[worst]} `;
  return `${mark}vipdrill: ${totals}`;
}

function account(run: ReportedRun, text: string): Block {
  const { words } = headlineOf(run);
  return { what: [`account of a run (${words})`, `accounts of runs (${words})`], text };
}

interface Overview {
  readonly text: string;
  /** A block for every line that had no room. */
  readonly missing: readonly Block[];
}

function overview(sorted: readonly ReportedRun[], name: Name, bytesMax: number): Overview {
  const rows = sorted
    .filter(({ result }) => result.outcome !== "skipped")
    .map((run) => overviewRow(run, name));
  let room = bytesMax;
  const end = rows.findIndex((row) => {
    room -= bytesOf(tableLine(row)) + 1;
    return room < 0;
  });
  const shown = end < 0 ? rows : rows.slice(0, end);
  const heads = ["Outcome", "Run", "VIP moved after", "No writes for", "What happened"];
  return {
    text: shown.length === 0 ? "" : table(heads, shown, [2, 3]),
    missing: rows
      .slice(shown.length)
      .map(() => ({ what: ["line of the table", "lines of the table"], text: "" })),
  };
}

function overviewRow(run: ReportedRun, name: Name): string[] {
  const head = headlineOf(run);
  const moved = waterfallOf(run)?.rows.find(({ stage }) => stage === "address")?.atUs;
  const words = [badge(head), name(run), secondsWords(moved), withoutWrites(run)];
  return [...words, storyWords(run, head)].map(clipped);
}

function secondsWords(us: Us | undefined): string {
  return us === undefined ? "" : formatSeconds(us);
}

function withoutWrites(run: ReportedRun): string {
  const found = withoutWritesOf(run);
  return found === undefined ? "" : withoutWritesWords(found);
}

function clipped(text: string): string {
  const letters = Array.from(text);
  return letters.length <= CELL_LETTERS_MAX
    ? text
    : `${letters.slice(0, CELL_LETTERS_MAX).join("")}…`;
}

function skippedText(runs: readonly ReportedRun[], name: Name): string {
  const skipped = withOutcome(runs, "skipped");
  if (skipped.length === 0) return "";
  const rows = skipped.map((run) => [name(run), run.record.image, run.result.reason].map(clipped));
  return folded(`${MARKS.skipped} ${skipped.length} skipped`, table(["Run", "Image", "Why"], rows));
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

function runTitle(run: ReportedRun, name: Name): string {
  return inline(`${badge(headlineOf(run))}: ${name(run)}`);
}

function runBody(run: ReportedRun): string {
  const head = headlineOf(run);
  const waterfall = waterfallOf(run);
  const served = servedBy(run.events);
  const clients = withoutWritesOf(run);
  return [
    paragraph(`${head.title}: ${head.story}`),
    ...(head.why === undefined ? [] : [`**Why:** ${inline(head.why)}`]),
    paragraph(madeWith(run.record)),
    findingsTable(run),
    ...(waterfall === undefined ? clientsLine(clients) : waterfallBlocks(waterfall, clients)),
    ...(served === undefined ? [] : [`Answered by: ${inline(servedByWords(served))}`]),
    timelineTable(run),
    `Run directory: ${code(run.path)}. Do it again:`,
    codeBlock("sh", run.record.replay),
  ]
    .filter((block) => block !== "")
    .join("\n\n");
}

function clientsLine(clients: WithoutWrites | undefined): string[] {
  return clients === undefined ? [] : [`Clients without writes: ${withoutWritesWords(clients)}`];
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

function waterfallBlocks(waterfall: Waterfall, clients: WithoutWrites | undefined): string[] {
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
    bullets(waterfallList(waterfall, clients)),
  ];
}

function waterfallList(
  { predicted, outage, oldHolder, from, notes }: Waterfall,
  clients: WithoutWrites | undefined,
): string[] {
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
    ...clientsLine(clients),
    ...(outage === undefined
      ? []
      : [
          `Pause at the move: ${formatSeconds(outage.durationUs)} ` +
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
  return folded(`Time line, from the ${from}`, table(["Time", "Where", "What"], rows, [0]));
}

function groupText(group: RunGroup): string {
  const rows = distributionRows(group).map(({ label, figures }) => [label, ...figures]);
  return [
    `### ${inline(groupTitle(group))}`,
    bullets(groupWords(group)),
    ...(rows.length === 0
      ? []
      : [table(["After the fault", "n", "min", "p50", "p95", "max"], rows, [1, 2, 3, 4, 5])]),
  ].join("\n\n");
}
