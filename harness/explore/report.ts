/** The record of a search in words: for a terminal, and as Markdown with a time line for each finding. */
import { formatSeconds } from "../core/time.ts";
import type { Confirmation } from "./confirm.ts";
import { describePlan, describeSteps, stepCount } from "./plan.ts";
import type { ExploreRecord, Reported } from "./record.ts";
import { runsOfWhole } from "./search.ts";

export interface ReportOptions {
  /** What was measured of the search itself; absent for a merged record. */
  readonly seconds?: number;
  readonly schedules?: number;
  /** Options that the record does not know, as they were given. */
  readonly extra?: string;
  /** How a finding is run again. */
  readonly again: (found: Reported) => string;
}

/** One line: how far it came. */
export function headline(record: ExploreRecord, { seconds, schedules }: ReportOptions): string {
  const runs = record.islands.reduce((sum, island) => sum + island.runs, 0);
  const speed =
    seconds === undefined || schedules === undefined
      ? ""
      : `, ${schedules} schedules in ${seconds.toFixed(0)} s (${(schedules / Math.max(seconds, 0.001)).toFixed(0)} a second)`;
  const searched =
    record.unsettled === undefined
      ? `${runs} runs${speed}, ${record.coverage.length} states and steps shown`
      : "nothing was searched";
  return (
    `SIMULATED: ${record.target}, image ${record.image}, seed ${record.seed}, ${record.model}: ` +
    `${searched}, ${record.findings.length} ${record.findings.length === 1 ? "finding" : "findings"}`
  );
}

export function renderText(record: ExploreRecord, options: ReportOptions): string {
  const { findings, voids } = record;
  const groups = grouped(findings);
  return [
    headline(record, options),
    ...voidLines(voids),
    ...restless(record),
    "",
    ...groups.flatMap((group) => groupText(group, record, options)),
    ...howFar(record, options),
    "",
  ].join("\n");
}

function voidLines(voids: ExploreRecord["voids"]): string[] {
  const entries = Object.entries(voids);
  if (entries.length === 0) return [];
  const sum = entries.reduce((total, [, count]) => total + count, 0);
  return [
    `${sum} runs proved nothing: ${entries.map(([why, count]) => `${count} x ${why}`).join(", ")}`,
  ];
}

function restless({ unsettled }: ExploreRecord): string[] {
  return unsettled === undefined
    ? []
    : [
        `With nothing done to it, the cluster proves nothing, so there is nothing to search: ${unsettled}`,
      ];
}

/** Same property and kind, simplest first; what nothing has to be done for before all others. */
function grouped(findings: readonly Reported[]): Reported[][] {
  const groups = new Map<string, Reported[]>();
  for (const found of findings) {
    const key = `${found.property}: ${found.kind}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [found]);
    else group.push(found);
  }
  // What chance in the world does not undo first, then what was seen most often.
  const sorted = [...groups.values()].map((group) =>
    group.toSorted(
      (a, b) =>
        b.seeds.shown - a.seeds.shown || stepCount(a.plan) - stepCount(b.plan) || b.hits - a.hits,
    ),
  );
  const byItself = ([first]: Reported[]): boolean => first?.plan.faults.length === 0;
  return [...sorted.filter(byItself), ...sorted.filter((group) => !byItself(group))];
}

const OTHERS_MAX = 4;

function groupText(
  group: readonly Reported[],
  record: ExploreRecord,
  { again }: ReportOptions,
): string[] {
  const [first, ...rest] = group;
  if (first === undefined) return [];
  const others = rest.slice(0, OTHERS_MAX);
  const more = rest.length - others.length;
  return [
    `${first.property}: ${first.kind}${first.measured === undefined ? "" : `  [measured: ${first.measured}]`}`,
    `    ${first.sentence}`,
    ...scheduleOf(first, record).map((line) => `    ${line}`),
    `    ${remarks(first, record)}`,
    `    ${again(first)}`,
    ...others.flatMap((other) => [
      `    also: ${steps(other)}: ${planWords(other)}`,
      `          ${remarks(other, record)}`,
      `          ${again(other)}`,
    ]),
    ...(more > 0 ? [`    and ${more} more in explore.md`] : []),
    "",
  ];
}

function steps({ plan }: Reported): string {
  const count = stepCount(plan);
  return `${count} ${count === 1 ? "step" : "steps"}`;
}

function planWords({ plan }: Reported): string {
  return describeSteps(plan)
    .map((line) => line.trim())
    .join("; ");
}

/** What never came to rest was looked at without a schedule. */
function scheduleOf({ plan }: Reported, { restUs, unsettled }: ExploreRecord): string[] {
  return unsettled === undefined ? describePlan(plan, restUs) : [];
}

function remarks(
  { plan, seeds, underLoad, written, hits, stored, confirmed }: Reported,
  { unsettled }: ExploreRecord,
): string {
  const unwritten =
    plan.faults.length === 0 ? [] : ["nobody has written a scenario with these faults"];
  return [
    unsettled === undefined
      ? `shown by ${seeds.shown} of ${seeds.of} seeds`
      : `so with ${seeds.shown} of ${seeds.of} seeds that were tried`,
    underLoad ? "also with the load of a drill" : "only with the thin load of a search",
    ...(written === undefined ? unwritten : [`same faults as ${written}`]),
    ...(unsettled === undefined ? [`seen in ${hits} ${hits === 1 ? "run" : "runs"}`] : []),
    ...(confirmed === undefined ? [] : [confirmedWords(confirmed)]),
    ...(stored === true ? ["known from an earlier search"] : []),
  ].join(", ");
}

/** `confirmed 3 of 3 on containers, first move 4.213 s computed and 4.250 s measured`. */
export function confirmedWords({ shown, of, voids, instead, firstMoveUs }: Confirmation): string {
  const others = instead.length === 0 ? "" : ` (instead: ${[...new Set(instead)].join(", ")})`;
  const proofless = voids.length === 0 ? "" : `, ${voids.length} void (${voids[0] ?? ""})`;
  const drift =
    firstMoveUs === undefined
      ? ""
      : `, first move after ${formatSeconds(firstMoveUs.simulated)} computed and ` +
        `${firstMoveUs.measured.map(formatSeconds).join(", ")} measured`;
  return `confirmed ${shown} of ${of} on containers${others}${proofless}${drift}`;
}

/** What a search of the same runs would be asked for; where there was none, the finding says how it is seen again. */
function howFar(
  { asked, seed, islands, image, model, faults, vary, unsettled, findings }: ExploreRecord,
  { extra = "" }: ReportOptions,
): string[] {
  if (unsettled !== undefined && findings.length > 0) return [];
  const runs = runsOfWhole(islands);
  const options = [
    ...(image === "sid" ? [] : [`--image ${image}`]),
    ...(model === "anything-heals" ? [] : [`--model ${model}`]),
    ...(faults.length === 0 ? [] : [`--faults ${faults.join(",")}`]),
    ...(vary ? ["--vary"] : []),
  ];
  return [
    `The same search again: ./vipdrill explore ${[asked, `--seed ${seed}`, `--runs ${runs}`, ...options].join(" ")}${extra}`,
  ];
}

export function renderMarkdown(record: ExploreRecord, options: ReportOptions): string {
  return [
    `# Exploration of ${record.target}`,
    "",
    `${headline(record, options)}.`,
    "",
    ...voidLines(record.voids),
    ...restless(record),
    ...record.findings.flatMap((found) => findingMarkdown(found, record, options)),
    "",
    ...howFar(record, options),
    "",
  ].join("\n");
}

function findingMarkdown(
  found: Reported,
  record: ExploreRecord,
  { again }: ReportOptions,
): string[] {
  const schedule = scheduleOf(found, record);
  const happened = schedule.length > 0 ? "What happened:" : "What keepalived says:";
  return [
    "",
    `## ${found.property}: ${found.kind}`,
    "",
    `${found.sentence}.`,
    "",
    `${remarks(found, record)}. ${found.measured === undefined ? "" : `Measured, not promised: ${found.measured}.`}`.trim(),
    ...block(schedule),
    ...(found.timeline.length === 0 ? [] : ["", happened, ...block(found.timeline)]),
    "",
    `    ${again(found)}`,
  ];
}

function block(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", "```", ...lines, "```"];
}
