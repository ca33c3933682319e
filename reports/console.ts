/** What the command line prints for one finished run: verdict, findings, failover, time line. */
import { formatSeconds } from "../harness/core/time.ts";
import { adviceOf, type Advice } from "./advice.ts";
import { adviceDetails } from "./advice-words.ts";
import { madeWith } from "./facts-of-run.ts";
import { findingRows, type FindingRow, type Standing } from "./findings.ts";
import { headlineOf, type Headline } from "./headline.ts";
import {
  columns,
  hang,
  painter,
  widthOf,
  wrap,
  type Cell,
  type Paint,
  type Style,
} from "./layout.ts";
import type { ReportedRun } from "./reported.ts";
import { servedBy, servedByWords } from "./served-by.ts";
import { OUTCOME_STYLES } from "./summary.ts";
import type { Tone } from "./timeline-fact.ts";
import { timelineOf, type Timeline } from "./timeline.ts";
import { formatMilliseconds, formatResolution, signedSeconds } from "./units.ts";
import { oldHolderWords, waterfallOf, type Waterfall } from "./waterfall.ts";

export { renderRunLine, renderSummary } from "./summary.ts";

export interface ConsoleOptions {
  readonly colour: boolean;
  /** Also what could be changed, which takes as long as simulating a run. */
  readonly advice?: boolean;
}

/** Ends with a new line. */
export function renderConsole(
  run: ReportedRun,
  { colour, advice = false }: ConsoleOptions,
): string {
  const paint = painter(colour);
  const waterfall = waterfallOf(run);
  const blocks = [
    headBlock(run, headlineOf(run), paint),
    findingsBlock(findingRows(run), paint),
    waterfall === undefined ? [] : waterfallBlock(waterfall, paint),
    advice ? adviceBlock(adviceOf(run), paint) : [],
    servedBlock(run, paint),
    timelineBlock(timelineOf(run), paint),
    footBlock(run),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function headBlock(run: ReportedRun, head: Headline, paint: Paint): string[] {
  const label = `${head.words}  `;
  const mark = head.simulated ? "SIMULATED  " : "";
  const indent = " ".repeat(widthOf(label));
  const [first = "", ...rest] = hang(label, `${mark}${head.name}: ${head.title}`);
  const start = paint(OUTCOME_STYLES[head.outcome], head.words) + first.slice(head.words.length);
  return [
    start,
    ...rest,
    ...hang(indent, head.story),
    ...(head.why === undefined ? [] : hang(`${indent}why: `, head.why)),
    ...hang(indent, madeWith(run.record)).map((line) => paint("dim", line)),
  ];
}

/** The weightiest ones; the page has them all. */
const ADVICE_MAX = 3;

function adviceBlock(advice: readonly Advice[], paint: Paint): string[] {
  if (advice.length === 0) return [];
  const left = advice.length - ADVICE_MAX;
  return [
    paint("bold", "What could be changed"),
    ...advice
      .slice(0, ADVICE_MAX)
      .flatMap((item) => [
        ...hang("  ", item.title),
        ...adviceDetails(item).flatMap(({ label, text }) =>
          hang(`    ${label}: `, text).map((line) => paint("dim", line)),
        ),
      ]),
    ...(left > 0 ? [`  ... ${left} more in the HTML report`] : []),
  ];
}

function servedBlock({ events }: ReportedRun, paint: Paint): string[] {
  const served = servedBy(events);
  if (served === undefined) return [];
  return [paint("bold", "Answered by"), ...hang("  ", servedByWords(served))];
}

const STANDING_STYLES: Readonly<Record<Standing, Style | undefined>> = {
  fine: "good",
  declared: "good",
  unexpected: "bad",
  unclear: "warn",
};

/** Preconditions that are met share one line: only a broken one is of interest. */
function findingsBlock(rows: readonly FindingRow[], paint: Paint): string[] {
  if (rows.length === 0) return [];
  const preconditions = rows.filter((row) => row.role === "precondition");
  const met = preconditions.filter((row) => row.verdict === "pass");
  const shown = [
    ...preconditions.filter((row) => row.verdict !== "pass"),
    ...rows.filter((row) => row.role === "expectation"),
  ];
  const cells = shown.map((row): Cell[] => [
    { text: row.words, style: STANDING_STYLES[row.standing] ?? "good" },
    { text: row.checker },
    {
      text:
        row.because === undefined ? row.reason : `${row.reason}\nexpected because ${row.because}`,
    },
  ]);
  const names = met.map((row) => row.checker).join(", ");
  const summary: Cell[] = [
    { text: "pass", style: "good" },
    { text: `${met.length} preconditions` },
    { text: names },
  ];
  return [
    paint("bold", "Findings"),
    ...columns([...cells, ...(met.length === 0 ? [] : [summary])], paint),
  ];
}

function waterfallBlock(waterfall: Waterfall, paint: Paint): string[] {
  const title = `Failover of ${waterfall.vip} from ${waterfall.from} to ${waterfall.to}`;
  const right = (text: string): Cell => ({ text, align: "right" });
  const head = ["", "after fault", "step", "good to", "seen by"].map((text, index): Cell => ({
    text,
    style: "dim",
    ...(index > 0 && index < 4 ? { align: "right" } : {}),
  }));
  const rows = waterfall.rows.map((row): Cell[] =>
    row.atUs === undefined
      ? [{ text: row.label }, right("not seen"), right(""), right(""), { text: "" }]
      : [
          { text: row.label },
          right(signedSeconds(row.atUs)),
          right(formatMilliseconds(row.stepUs ?? 0)),
          right(formatResolution(row.resolutionUs)),
          { text: row.proof },
        ],
  );
  const fault: Cell[] = [
    { text: "fault" },
    right(formatSeconds(0)),
    right(""),
    right(waterfall.faultTookUs === undefined ? "" : formatMilliseconds(waterfall.faultTookUs)),
    { text: waterfall.fault },
  ];
  return [
    paint("bold", title) +
      (waterfall.noisy === undefined ? "" : paint("warn", `, ${waterfall.noisy}`)),
    ...columns([head, fault, ...rows], paint),
    "",
    ...columns(summaryRows(waterfall), paint),
    ...waterfall.notes.flatMap((note) => hang("  ", note)).map((line) => paint("dim", line)),
  ];
}

/** Prediction, outage, old holder: one label each, then words. */
function summaryRows(waterfall: Waterfall): Cell[][] {
  const { predicted, outage } = waterfall;
  const rows: Cell[][] = [];
  if (predicted !== undefined) {
    const said =
      predicted.movedUs === undefined
        ? "the VIP was not seen on the new holder"
        : `${formatSeconds(predicted.movedUs)} is ${predicted.inside === true ? "inside" : "OUTSIDE"}`;
    rows.push([
      { text: "timers allow" },
      {
        text: `VIP added ${formatSeconds(predicted.minUs)} to ${formatSeconds(predicted.maxUs)} after the fault; ${said}`,
        ...(predicted.inside === false ? { style: "bad" as const } : {}),
      },
    ]);
    rows.push([
      { text: "" },
      { text: [`= ${predicted.formula}`, ...predicted.legend].join("; "), style: "dim" },
    ]);
  }
  rows.push([
    { text: "clients" },
    {
      text:
        outage === undefined
          ? "no pair of writes around the move was seen"
          : `${formatSeconds(outage.durationUs)} pause at the move (±${formatResolution(outage.resolutionUs)}): ` +
            `last at ${signedSeconds(outage.lastOkUs)}, next at ${signedSeconds(outage.firstOkUs)}`,
    },
  ]);
  waterfall.oldHolder.forEach((row, index) => {
    rows.push([
      { text: index === 0 ? `old holder ${waterfall.from}` : "" },
      { text: `${row.label}: ${oldHolderWords(row)}` },
    ]);
  });
  return rows;
}

const TONE_STYLES: Readonly<Record<Tone, Style | undefined>> = {
  plain: undefined,
  aside: "dim",
  fault: "bold",
  bad: "warn",
  good: "good",
};

/** A flapping cluster tells the same story over and over; all of it is in the history. */
const ENTRIES_MAX = 60;

/** Findings count from the start of the run: say how to get from one to the other. */
function zeroWords({ zero, zeroUs }: Timeline): string {
  if (zero === "start") return "seconds from the start of the run";
  const what = zero === "fault" ? "the first fault" : "the begin of the drill";
  return `seconds from ${what}; findings count from ${formatSeconds(zeroUs)} before it`;
}

/** Settling is told only when the run never got any further. */
function timelineBlock(timeline: Timeline, paint: Paint): string[] {
  const drill = timeline.entries.filter(
    (entry) => entry.phase !== "prepare" && entry.phase !== "settle",
  );
  const told = drill.length === 0 ? timeline.entries : drill;
  if (told.length === 0) return [];
  const shown = told.slice(0, ENTRIES_MAX);
  const left = told.length - shown.length;
  const rows = shown.map((entry): Cell[] => [
    { text: signedSeconds(entry.tUs).replace(/ s$/, ""), align: "right" },
    { text: entry.lane, style: "dim" },
    { text: entry.text, ...optionalStyle(TONE_STYLES[entry.tone]) },
  ]);
  return [
    `${paint("bold", "Time line")} ${paint("dim", `(${zeroWords(timeline)})`)}`,
    ...columns(rows, paint),
    ...(left === 0 ? [] : [`  ... ${left} more; all events are in history.jsonl`]),
  ];
}

function optionalStyle(style: Style | undefined): { style?: Style } {
  return style === undefined ? {} : { style };
}

function footBlock({ path, record }: ReportedRun): string[] {
  return [
    ...wrap(`Run directory  ${path}`, 10_000),
    ...wrap(`Do it again    ${record.replay}`, 10_000),
    ...(record.kept ? ["The cluster was left up on request."] : []),
  ];
}
