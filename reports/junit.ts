/**
 * JUnit XML, valid by `junit-10.xsd` of Jenkins' xUnit plugin, the strictest of the schemas in use: one
 * test case per run. A void run is an error, never a pass: CI must not go green on a run that proved
 * nothing.
 *
 * The schema has properties on a suite only, so every run is a suite of its own with one test case.
 * What belongs together (same row, backend and image) is told by `classname`, by which Jenkins, GitLab
 * and others group and follow a test over time.
 */
import { XMLBuilder } from "fast-xml-parser";
import type { Us } from "../harness/core/time.ts";
import { only } from "../harness/history/events.ts";
import { withoutWritesOf } from "./clients.ts";
import { renderConsole } from "./console.ts";
import { cutShortWords, type CutShort } from "./cut-short.ts";
import { findingRows } from "./findings.ts";
import { groupRuns } from "./groups.ts";
import { headlineOf } from "./headline.ts";
import type { ReportedRun } from "./reported.ts";
import { waterfallOf } from "./waterfall.ts";
import { escapeXmlAttribute, escapeXmlText } from "./xml.ts";

/** `@x` is an attribute, `#` the text of an element. */
interface Element {
  readonly [key: string]: string | Element | readonly Element[];
}

/** Ends with a new line. */
export function renderJunit(runs: readonly ReportedRun[], cutShort?: CutShort): string {
  const numbers = repeatNumbers(runs);
  const suites = runs.map((run) => suite(run, numbers.get(run) ?? ""));
  const missing = cutShort === undefined ? [] : [missingSuite(cutShort)];
  const { skipped: _unknownHere, ...totals } = counts(runs, missing.length);
  const root = element({ name: "vipdrill", ...totals }, { testsuite: [...suites, ...missing] });
  const builder = new XMLBuilder({
    attributeNamePrefix: "@",
    textNodeName: "#",
    ignoreAttributes: false,
    suppressBooleanAttributes: false,
    suppressEmptyNode: true,
    // Escaped here, so that new lines in attributes and control characters come out right.
    processEntities: false,
    format: true,
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n${builder.build({ testsuites: root })}`;
}

function element(
  attributes: Readonly<Record<string, string>>,
  children: Readonly<Record<string, string | Element | readonly Element[]>> = {},
): Element {
  const own = Object.entries(attributes).map(
    ([name, value]) => [`@${name}`, escapeXmlAttribute(value)] as const,
  );
  return { ...Object.fromEntries(own), ...children };
}

/** ` #2` for the second run of the same scenario on the same image and backend. */
function repeatNumbers(runs: readonly ReportedRun[]): Map<ReportedRun, string> {
  return new Map(
    groupRuns(runs).flatMap((group) =>
      group.runs.map((run, index) => [run, group.runs.length > 1 ? ` #${index + 1}` : ""] as const),
    ),
  );
}

/** ROW/STORY; a name without a slash is its own row. */
function nameOf({ record }: ReportedRun): { row: string; story: string } {
  const { name } = record.scenario;
  const slash = name.indexOf("/");
  return slash < 0
    ? { row: name, story: name }
    : { row: name.slice(0, slash), story: name.slice(slash + 1) };
}

/** `docker.sid.dual-script`: to readers, a package and a class. */
function classOf(run: ReportedRun): string {
  const { backend, image } = run.record;
  return [backend, image, nameOf(run).row].map((part) => part.replaceAll(".", "_")).join(".");
}

function suite(run: ReportedRun, number: string): Element {
  const { scenario, backend, image, startedAt } = run.record;
  return element(
    {
      name: `${scenario.name} (${backend}, ${image})${number}`,
      ...counts([run]),
      timestamp: startedAt,
    },
    { properties: { property: properties(run) }, testcase: testCase(run, number) },
  );
}

/** An error of its own for runs that never were: a CI that reads no more than this file must not go green. */
function missingSuite(cutShort: CutShort): Element {
  const message = cutShortWords(cutShort);
  return element(
    { name: "vipdrill: runs that are missing", ...counts([], 1) },
    {
      testcase: element(
        { classname: "vipdrill", name: message, time: inSeconds(0) },
        { error: { ...element({ message, type: "CUT_SHORT" }), "#": escapeXmlText(message) } },
      ),
    },
  );
}

function counts(runs: readonly ReportedRun[], missing: number = 0): Record<string, string> {
  const of = (...outcomes: readonly string[]): number =>
    runs.filter((run) => outcomes.includes(run.result.outcome)).length;
  return {
    tests: String(runs.length + missing),
    failures: String(of("unexpected")),
    errors: String(of("error", "inconclusive") + missing),
    skipped: String(of("skipped")),
    time: inSeconds(runs.reduce((sum, run) => sum + tookUs(run), 0)),
  };
}

/** From the first edge of a phase to the last, in the run's own time; nothing began, nothing took time. */
function tookUs({ events }: ReportedRun): Us {
  const edges = only(events, "phase").map((event) => event.tUs);
  return edges.length === 0 ? 0 : Math.max(...edges) - Math.min(...edges);
}

function inSeconds(us: Us): string {
  return (us / 1_000_000).toFixed(3);
}

function testCase(run: ReportedRun, number: string): Element {
  return element(
    {
      classname: classOf(run),
      // What a CI shows of a test is its name: nobody may take a computed one for a measured one.
      name: `${nameOf(run).story}${number}${run.record.simulated ? " (SIMULATED)" : ""}`,
      time: inSeconds(tookUs(run)),
    },
    {
      ...verdictOf(run),
      "system-out": escapeXmlText(renderConsole(run, { colour: false })),
    },
  );
}

function verdictOf(run: ReportedRun): Element {
  const { record, result } = run;
  const text = escapeXmlText(findingsText(run));
  const said = (type: string, message: string): Element => ({
    ...element({ message, type }),
    "#": text,
  });
  switch (result.outcome) {
    case "as-expected":
      return {};
    case "unexpected":
      return { failure: said("unexpected", result.reason) };
    case "inconclusive":
      return { error: said("inconclusive", headlineOf(run).why ?? result.reason) };
    case "error":
      return { error: said(record.error?.code ?? "error", record.error?.message ?? result.reason) };
    case "skipped":
      return { skipped: element({ message: result.reason }) };
  }
}

/** Every finding, the unexpected ones first, and how to do it again. */
function findingsText(run: ReportedRun): string {
  const rows = findingRows(run);
  const unwanted = (standing: string): boolean => ["unexpected", "unclear"].includes(standing);
  const lines = [
    ...rows.filter((row) => unwanted(row.standing)),
    ...rows.filter((row) => !unwanted(row.standing)),
  ].map((row) => `${row.words}: ${row.checker}: ${row.reason}`);
  return [...lines, `Do it again: ${run.record.replay}`].join("\n");
}

function properties(run: ReportedRun): Element[] {
  const { record, result } = run;
  const waterfall = waterfallOf(run);
  const stages = (waterfall?.rows ?? []).flatMap((row) =>
    row.atUs === undefined ? [] : [[`stage ${row.stage} after fault, s`, inSecondsExact(row.atUs)]],
  );
  const movedUs = waterfall?.rows.find((row) => row.stage === "address")?.atUs;
  const pauseUs = waterfall?.outage?.durationUs;
  const clients = withoutWritesOf(run);
  const versions = Object.entries(record.versions)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, version]) => [`version ${name}`, version]);
  const pairs = [
    ["outcome", result.outcome],
    ["scenario", record.scenario.name],
    ["seed", String(record.seed)],
    ["backend", record.backend],
    ["simulated", String(record.simulated)],
    ["image", record.image],
    ...versions,
    ["replay", record.replay],
    ["run directory", run.path],
    ...(movedUs === undefined ? [] : [["VIP moved after fault, s", inSecondsExact(movedUs)]]),
    ...(clients === undefined ? [] : [["clients without writes, s", inSecondsExact(clients.us)]]),
    ...(clients?.untilEnd === true ? [["clients without writes until the end", "true"]] : []),
    ...(pauseUs === undefined ? [] : [["pause at the move, s", inSecondsExact(pauseUs)]]),
    ...stages,
  ];
  return pairs.map(([name = "", value = ""]) => element({ name, value }));
}

/** With all six digits: what was measured in microseconds is not rounded for machines. */
function inSecondsExact(us: Us): string {
  return (us / 1_000_000).toFixed(6);
}
