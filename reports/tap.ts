/**
 * TAP version 14: a test point per run, with what it takes to follow it up as YAML diagnostics.
 *
 * A void run is `not ok`, as it is an error in JUnit: it proved nothing. Scalars in the diagnostics are
 * written as JSON, which YAML 1.2 reads as it is (chapter 1.3 there).
 *
 * `SKIP` in a plan of nothing is what readers of version 13 ask for; to those of 14 it is part of the reason.
 */
import { withoutWritesOf } from "./clients.ts";
import { cutShortWords, type CutShort } from "./cut-short.ts";
import { findingRows } from "./findings.ts";
import { repeatLabels } from "./groups.ts";
import { headlineOf } from "./headline.ts";
import { printable } from "./layout.ts";
import type { ReportedRun } from "./reported.ts";
import { waterfallOf } from "./waterfall.ts";
import { legalXmlText } from "./xml.ts";

/** Ends with a new line. */
export function renderTap(runs: readonly ReportedRun[], cutShort?: CutShort): string {
  const labels = repeatLabels(runs);
  // What is missing is a point of its own: a reader that counts points must not take the rest for all.
  const missing = cutShort === undefined ? [] : [cutShortWords(cutShort)];
  const count = runs.length + missing.length;
  const plan = count === 0 ? "1..0 # SKIP no runs" : `1..${count}`;
  const points = runs.flatMap((run, index) => point(run, index + 1, labels.get(run) ?? ""));
  return `${["TAP version 14", plan, ...points, ...missing.map((words) => `not ok ${count} - ${words}`)].join("\n")}\n`;
}

function point(run: ReportedRun, number: number, label: string): string[] {
  const { record, result } = run;
  const mark = record.simulated ? " (SIMULATED)" : "";
  const name = escaped(`${record.scenario.name}${label}${mark}`);
  const skip = result.outcome === "skipped" ? ` # SKIP ${reasonOf(run)}` : "";
  return [
    `${isOk(run) ? "ok" : "not ok"} ${number} - ${name}${skip}`,
    "  ---",
    ...diagnostics(run).map(([key, value]) => `  ${key}: ${value}`),
    "  ...",
  ];
}

function isOk({ result }: ReportedRun): boolean {
  return result.outcome === "as-expected" || result.outcome === "skipped";
}

function reasonOf({ result }: ReportedRun): string {
  return escaped(result.reason.replace(/^skipped: /, ""));
}

/** On one line, without what would begin a directive. */
function escaped(text: string): string {
  return printable(legalXmlText(text))
    .replaceAll("\n", " ")
    .replaceAll(/[\\#]/g, String.raw`\$&`);
}

function diagnostics(run: ReportedRun): [string, string][] {
  const { record, result } = run;
  const { story, why } = headlineOf(run);
  const waterfall = waterfallOf(run);
  const movedUs = waterfall?.rows.find(({ stage }) => stage === "address")?.atUs;
  const clients = withoutWritesOf(run);
  const wrong = findingRows(run)
    .filter(({ standing }) => standing === "unexpected" || standing === "unclear")
    .map((row) => `${row.words}: ${row.checker}: ${row.reason}`);
  const pairs: readonly (readonly [string, unknown])[] = [
    ["outcome", result.outcome],
    ["story", story],
    ["reason", why ?? result.reason],
    ["findings", isOk(run) || wrong.length === 0 ? undefined : wrong],
    ["seed", record.seed],
    ["image", record.image],
    ["backend", record.backend],
    ["simulated", record.simulated],
    ["vip_moved_after_us", movedUs],
    ["clients_without_writes_us", clients?.us],
    ["clients_without_writes_until_end", clients?.untilEnd === true ? true : undefined],
    ["pause_at_move_us", waterfall?.outage?.durationUs],
    ["replay", record.replay],
    ["run_directory", run.path],
  ];
  return pairs.flatMap(([key, value]) => (value === undefined ? [] : [[key, yaml(value)]]));
}

/** JSON leaves some characters bare that YAML takes for line ends, or forbids (chapter 5.1 there). */
function yaml(value: unknown): string {
  const json = JSON.stringify(value, (_key, item: unknown) =>
    typeof item === "string" ? legalXmlText(item) : item,
  );
  return json.replaceAll(
    /[\u007F-\u00A0\u2028\u2029\uFEFF]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
