/**
 * One line for each run, in long form, for spreadsheets and statistics programs (columns: docs/timing.md).
 *
 * RFC 4180: CRLF, quotes around what needs them, quotes doubled. A spreadsheet takes a cell that begins with
 * = + - @ (or a tab or carriage return) for a formula, and names come from scenario files: such a cell gets an
 * apostrophe before it (OWASP, CSV Injection). Numbers are never changed.
 */
import type { Us } from "../harness/core/time.ts";
import type { Bound } from "../harness/timing/bounds.ts";
import { allowedFor, isInside, METRICS, type Metric, type TimedRun } from "./timing-runs.ts";

type Value = string | number | boolean | undefined;

type Column = readonly [string, (run: TimedRun) => Value];

const COLUMNS: readonly Column[] = [
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
    (metric) => [columnOf(metric), (run: TimedRun): Value => valueOf(run, metric)] as const,
  ),
  ["clients_without_writes_at_most", (run) => isBound(run, "at-most")],
  ["clients_without_writes_until_end", (run) => isBound(run, "at-least")],
  ["move_resolution_us", (run) => run.resolutionsUs.address],
  [
    "client_resolution_us",
    (run) => run.resolutionsUs["first-write"] ?? run.resolutionsUs["without-writes"],
  ],
  ["server_resolution_us", (run) => run.resolutionsUs["server-out"]],
  ["predicted_min_us", (run) => run.predicted?.minUs],
  ["predicted_max_us", (run) => run.predicted?.maxUs],
  ["inside_prediction", (run) => isInside(run)],
  ...(["server-out", "server-back"] as const).flatMap((metric) => predictionOf(metric)),
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
  return `${nameOf(metric)}_us`;
}

function nameOf(metric: Metric): string {
  if (metric === "address") return "vip_moved";
  return metric === "without-writes" ? "clients_without_writes" : metric.replaceAll("-", "_");
}

/** A drill without a fault has no figure of clients, and may have a spell all the same. */
function valueOf({ timesUs, withoutWrites }: TimedRun, metric: Metric): Us | undefined {
  return timesUs[metric] ?? (metric === "without-writes" ? withoutWrites?.us : undefined);
}

/** Empty where clients were not measured. */
function isBound(run: TimedRun, bound: Bound): boolean | undefined {
  if (valueOf(run, "without-writes") === undefined) return undefined;
  return (
    run.bounds?.["without-writes"] === bound ||
    (bound === "at-least" && run.withoutWrites?.untilEnd === true)
  );
}

function predictionOf(metric: Metric): Column[] {
  const name = nameOf(metric);
  return [
    [`${name}_predicted_min_us`, (run) => allowedFor(run, metric)?.minUs],
    [`${name}_predicted_max_us`, (run) => allowedFor(run, metric)?.maxUs],
    [`${name}_inside_prediction`, (run) => isInside(run, metric)],
  ];
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
