/**
 * One line for each run, in long form, for spreadsheets and statistics programs (columns: docs/timing.md).
 *
 * RFC 4180: CRLF, quotes around what needs them, quotes doubled. A spreadsheet takes a cell that begins with
 * = + - @ (or a tab or carriage return) for a formula, and names come from scenario files: such a cell gets an
 * apostrophe before it (OWASP, CSV Injection). Numbers are never changed.
 */
import { isInside, METRICS, type Metric, type TimedRun } from "./timing-runs.ts";

type Value = string | number | boolean | undefined;

const COLUMNS: readonly (readonly [string, (run: TimedRun) => Value])[] = [
  ["scenario", (run) => run.scenario],
  ["topology", (run) => run.topology],
  ["fault", (run) => run.fault],
  ["image", (run) => run.image],
  ["backend", (run) => run.backend],
  ["simulated", (run) => run.simulated],
  ["seed", (run) => run.seed],
  ["run_id", (run) => run.runId],
  ["started_at", (run) => run.startedAt],
  ["outcome", (run) => run.outcome],
  ...METRICS.map(
    (metric) => [columnOf(metric), (run: TimedRun): Value => run.timesUs[metric]] as const,
  ),
  ["clients_without_writes_us", (run) => run.withoutWrites?.us],
  ["clients_without_writes_until_end", (run) => run.withoutWrites?.untilEnd],
  ["move_resolution_us", (run) => run.resolutionsUs.address],
  ["client_resolution_us", (run) => run.resolutionsUs["first-write"]],
  ["predicted_min_us", (run) => run.predicted?.minUs],
  ["predicted_max_us", (run) => run.predicted?.maxUs],
  ["inside_prediction", isInside],
  ["machine_late_us", (run) => run.lateUs],
  ["keepalived", (run) => versionsOf(run, "keepalived")],
  ["mysqld", (run) => versionsOf(run, "mysqld")],
  ["path", (run) => run.path],
];

export const CSV_COLUMNS: readonly string[] = COLUMNS.map(([name]) => name);

/** Ends with a new line. */
export function renderTimingCsv(runs: readonly TimedRun[]): string {
  const lines = runs.map((run) => COLUMNS.map(([, of]) => field(of(run))).join(","));
  return [CSV_COLUMNS.join(","), ...lines, ""].join("\r\n");
}

function columnOf(metric: Metric): string {
  const name = metric === "address" ? "vip_moved" : metric.replaceAll("-", "_");
  return `${name}_us`;
}

function versionsOf({ versions }: TimedRun, program: string): string {
  const found = Object.entries(versions).flatMap(([name, version]) =>
    name.split(" ").at(-1) === program ? [version] : [],
  );
  return [...new Set(found)].sort().join(" ");
}

function field(value: Value): string {
  if (value === undefined) return "";
  if (typeof value !== "string") return String(value);
  const tame = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(tame) ? `"${tame.replaceAll('"', '""')}"` : tame;
}
