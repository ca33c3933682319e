/**
 * What other settings would change, as text, Markdown and JSON: the changed lines of the files, and every failure's
 * interval before and after. Predicted or simulated, never measured, and every form says which.
 */
import type { Us } from "../harness/core/time.ts";
import { CLASS_WORDS, type FaultClass } from "../harness/predict/classes.ts";
import type { NodeChange } from "../harness/predict/what-if/apply.ts";
import type {
  Course,
  Difference,
  RouterDifference,
  ServiceDifference,
} from "../harness/predict/what-if/compare.ts";
import { distribution } from "../harness/timing/statistics.ts";
import { COLUMNS, columns, hang, painter, wrap } from "./layout.ts";
import { meanChange, serviceDifferenceMarkdown, serviceDifferenceText } from "./predict-servers.ts";
import { escaped, figure, tripleOf } from "./predict-words.ts";

export interface WhatIfReport {
  readonly subject: string;
  readonly keepalivedVersion: string;
  /** The wishes as they were written. */
  readonly wishes: readonly string[];
  readonly changes: readonly NodeChange[];
  readonly routers: readonly RouterDifference[];
  readonly services: readonly ServiceDifference[];
  readonly remarks: readonly string[];
  readonly simulated?: SimulatedComparison;
}

export interface SimulatedComparison {
  /** Runs of each story, before and after each. */
  readonly count: number;
  readonly seed: number;
  readonly rows: readonly SimulatedRow[];
  /** Events for which there was no story. */
  readonly without: readonly FaultClass[];
}

export interface SimulatedRow {
  readonly event: FaultClass;
  readonly scenario: string;
  readonly before: SimulatedTimes;
  readonly after: SimulatedTimes;
}

/** From the fault to the VIP on another node. */
export interface SimulatedTimes {
  readonly movedUs: readonly Us[];
  /** Runs in which the VIP did not move. */
  readonly stayed: number;
}

const PREDICTED_CLAIM = "Predicted from the configuration, not measured.";
const plain = painter(false);

function headOf({ keepalivedVersion, subject }: WhatIfReport): string {
  return `${PREDICTED_CLAIM} keepalived ${keepalivedVersion}, ${subject}.`;
}

export function renderWhatIfText(report: WhatIfReport): string {
  return `${[
    ...wrap(headOf(report), COLUMNS),
    ...hang("What if: ", report.wishes.join(", ")),
    ...report.remarks.flatMap((remark) => hang("! ", remark)),
    "",
    ...diffText(report.changes),
    ...report.routers.flatMap((router) => ["", ...routerText(router)]),
    ...report.services.flatMap((service) => ["", ...serviceDifferenceText(service)]),
    ...(report.simulated === undefined ? [] : ["", ...simulatedText(report.simulated)]),
  ].join("\n")}\n`;
}

/** As a unified diff shows it, without context. */
function diffText(changes: readonly NodeChange[]): string[] {
  if (changes.length === 0) return ["  no line changes: the files say so already"];
  let place = "";
  return changes.flatMap(({ node, file, line, before, after }) => {
    const here = file.startsWith(node) || file.includes(`/${node}/`) ? file : `${node} ${file}`;
    const head = here === place ? [] : [`  ${here}`];
    place = here;
    const number = String(line).padStart(5);
    return [
      ...head,
      ...(before === undefined ? [] : [`${number} - ${before}`]),
      ...(after === undefined ? [] : [`${before === undefined ? "     " : number} + ${after}`]),
    ];
  });
}

function routerText(router: RouterDifference): string[] {
  const head = hang("", `${router.name} (VRID ${router.vrid})${holderWords(router)}`);
  const problems = problemsOf(router);
  const changed = router.rows.filter((row) => !row.same);
  if (changed.length === 0 && problems.length > 0) {
    return [...head, ...problems.flatMap((text) => hang("  ! ", text))];
  }
  if (changed.length === 0) {
    const words = ["no interval changes", ...notKnownWords(router)];
    return [...head, ...words.flatMap((text) => hang("  ", text))];
  }
  const table = columns(
    [
      ["event", "before", "after", "mean", "ends on"].map((text) => ({ text })),
      ...changed.map((row) => cellsOf(row).map((text) => ({ text }))),
    ],
    plain,
  );
  return [
    ...head,
    "  Seconds from the event to the VIP elsewhere: least / mean / greatest.",
    ...problems.flatMap((text) => hang("  ! ", text)),
    ...table,
    ...[...unchangedWords(router), ...notKnownWords(router)].flatMap((text) => hang("  ", text)),
  ];
}

function holderWords({ holder }: RouterDifference): string {
  if (holder.before === holder.after || holder.after === undefined) {
    return holder.before === undefined ? "" : `: ${holder.before} holds`;
  }
  return `: ${holder.before ?? "nobody"} holds before, ${holder.after} after`;
}

function problemsOf({ problem }: RouterDifference): string[] {
  return [
    ...(problem.before === undefined ? [] : [`no table before: ${problem.before}`]),
    ...(problem.after === undefined ? [] : [`no table after: ${problem.after}`]),
  ];
}

function cellsOf({ event, before, after }: Difference): string[] {
  return [
    CLASS_WORDS[event],
    courseWords(before),
    courseWords(after),
    meanChange(before.total?.meanUs, after.total?.meanUs),
    before.endsOn.join("+") === after.endsOn.join("+")
      ? after.endsOn.join("+")
      : `${before.endsOn.join("+")} -> ${after.endsOn.join("+")}`,
  ];
}

export function courseWords({ total, outcome }: Course): string {
  if (total === undefined) return outcome === "unknown" ? "not known" : "never";
  const words = tripleOf(total);
  return outcome === "duplicate" ? `${words}, on both` : words;
}

function unchangedWords({ rows }: RouterDifference): string[] {
  return namesOf(
    "unchanged",
    rows.filter((row) => row.same && row.after.outcome !== "unknown"),
  );
}

/** It may change all the same. */
function notKnownWords({ rows }: RouterDifference): string[] {
  return namesOf(
    "not known",
    rows.filter((row) => row.same && row.after.outcome === "unknown"),
  );
}

function namesOf(title: string, rows: readonly Difference[]): string[] {
  const names = rows.map(({ event }) => CLASS_WORDS[event]);
  return names.length === 0 ? [] : [`${title}: ${names.join("; ")}`];
}

function simulatedHead({ count, seed }: SimulatedComparison): string {
  const last = count === 1 ? "" : ` to ${seed + count - 1}`;
  return `SIMULATED, n = ${count} for each (seeds ${seed}${last}): seconds from the fault to the VIP elsewhere, least / median / greatest`;
}

function simulatedText(simulated: SimulatedComparison): string[] {
  return [
    ...wrap(simulatedHead(simulated), COLUMNS),
    ...columns(
      [
        ["event", "before", "after", "story"].map((text) => ({ text })),
        ...simulated.rows.map((row) => simulatedCells(row).map((text) => ({ text }))),
      ],
      plain,
    ),
    ...withoutWords(simulated).flatMap((text) => hang("  ", text)),
  ];
}

function simulatedCells({ event, before, after, scenario }: SimulatedRow): string[] {
  return [CLASS_WORDS[event], timesWords(before), timesWords(after), storyWords(scenario)];
}

/** The row is the subject; what follows it is the story. */
function storyWords(scenario: string): string {
  return scenario.slice(scenario.indexOf("/") + 1);
}

function withoutWords({ without }: SimulatedComparison): string[] {
  if (without.length === 0) return [];
  return [`no story of the row for: ${without.map((event) => CLASS_WORDS[event]).join("; ")}`];
}

function timesWords({ movedUs, stayed }: SimulatedTimes): string {
  const some = stayed === 0 ? "" : `, stayed in ${stayed}`;
  const found = distribution(movedUs);
  if (found === undefined) return stayed === 0 ? "no run" : `never in ${stayed} runs`;
  return [found.min, found.p50, found.max].map(figure).join(" / ") + some;
}

export function renderWhatIfMarkdown(report: WhatIfReport): string {
  return `${[
    "# What if",
    "",
    escaped(headOf(report)),
    "",
    `Changed: ${report.wishes.map((wish) => `\`${wish}\``).join(", ")}. Times in seconds from the event.`,
    ...report.remarks.flatMap((remark) => ["", `> ${escaped(remark)}`]),
    "",
    "```diff",
    ...report.changes.flatMap(({ node, file, line, before, after }) => [
      `@@ ${node} ${file}:${line} @@`,
      ...(before === undefined ? [] : [`-${before}`]),
      ...(after === undefined ? [] : [`+${after}`]),
    ]),
    "```",
    ...report.routers.flatMap((router) => ["", ...routerMarkdown(router)]),
    ...report.services.flatMap((service) => ["", ...serviceDifferenceMarkdown(service)]),
    ...(report.simulated === undefined ? [] : ["", ...simulatedMarkdown(report.simulated)]),
  ].join("\n")}\n`;
}

function routerMarkdown(router: RouterDifference): string[] {
  const changed = router.rows.filter((row) => !row.same);
  return [
    `## ${escaped(router.name)} (VRID ${router.vrid})${escaped(holderWords(router))}`,
    ...problemsOf(router).flatMap((text) => ["", `> ${escaped(text)}`]),
    "",
    ...(changed.length === 0
      ? ["No interval changes.", ...notKnownWords(router).map((text) => escaped(text))]
      : [
          ...tableMarkdown(
            ["event", "before", "after", "mean", "VIP ends on"],
            changed.map(cellsOf),
          ),
          "",
          "Least / mean / greatest.",
          ...[...unchangedWords(router), ...notKnownWords(router)].map((text) => escaped(text)),
        ]),
  ];
}

function simulatedMarkdown(simulated: SimulatedComparison): string[] {
  return [
    "## Simulated",
    "",
    `${simulatedHead(simulated)}.`,
    "",
    ...tableMarkdown(
      ["event", "before", "after", "story"],
      simulated.rows.map((row) => simulatedCells(row)),
    ),
    ...withoutWords(simulated).flatMap((text) => ["", escaped(text)]),
  ];
}

function tableMarkdown(titles: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(" | ")} |`;
  return [line(titles), line(titles.map(() => "---")), ...rows.map(line)];
}

export function renderWhatIfJson(report: WhatIfReport): string {
  const { subject, keepalivedVersion, wishes, remarks, changes, routers, services, simulated } =
    report;
  const value = {
    format: "vipdrill-what-if",
    version: 1,
    measured: false,
    subject,
    keepalivedVersion,
    wishes,
    remarks,
    changes,
    routers,
    services,
    ...(simulated === undefined ? {} : { simulated: { simulated: true, ...simulated } }),
  };
  return `${JSON.stringify(value, null, 2)}\n`;
}
