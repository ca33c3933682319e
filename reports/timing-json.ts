/**
 * The timing report for programs, and a file that can stand for the runs later: `report --compare` reads it back.
 * Times are whole microseconds from the fault.
 *
 * Files written before clients without writes and real servers were metrics are read as they are: what they do not have
 * is absent, and not made up from the runs that happen to have a spell.
 */
import { z } from "zod";
import { InputError } from "../harness/core/errors.ts";
import { timingReport, type MetricTimes } from "./timing.ts";
import { timedRunSchema, type TimedRun } from "./timing-runs.ts";

export const TIMING_FORMAT = "vipdrill-timing";
export const TIMING_VERSION = 1;

/** Ends with a new line. */
export function renderTimingJson(runs: readonly TimedRun[]): string {
  const { rows, method } = timingReport(runs);
  const document = {
    format: TIMING_FORMAT,
    version: TIMING_VERSION,
    method,
    rows: rows.map((row) => ({
      scenario: row.scenario,
      topology: row.topology,
      fault: row.fault,
      image: row.image,
      backend: row.backend,
      simulated: row.simulated,
      ...row.tally,
      timesUs: Object.fromEntries(
        row.metrics.map(({ metric, distribution }) => [metric, distribution]),
      ),
      bounded: boundedIn(row.metrics),
      predicted: row.predicted,
      insidePrediction: row.inside.of === 0 ? undefined : row.inside,
      predictedTimes: predictedIn(row.metrics),
      versions: row.versions,
    })),
    runs,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** Of how many runs the time is a bound only; times that are all known are left out. */
function boundedIn(metrics: readonly MetricTimes[]): object | undefined {
  const found = metrics.flatMap(({ metric, bounds: { atMost, atLeast } }) =>
    atMost + atLeast === 0 ? [] : [[metric, { atMost, atLeast }] as const],
  );
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

/** Of what is not a move. */
function predictedIn(metrics: readonly MetricTimes[]): object | undefined {
  const found = metrics.flatMap(({ metric, predicted, inside }) =>
    metric === "address" || predicted === undefined
      ? []
      : [[metric, { ...predicted, ...inside }] as const],
  );
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

const stored = z.object({
  format: z.literal(TIMING_FORMAT),
  version: z.literal(TIMING_VERSION),
  runs: z.array(timedRunSchema),
});

/** The runs of a stored timing report; `name` is what errors call it. */
export function parseTimingJson(text: string, name: string): readonly TimedRun[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InputError("TIMING_UNREADABLE", `${name} is not JSON`, { cause: error });
  }
  const found = stored.safeParse(value);
  if (found.success) return found.data.runs;
  const [issue] = found.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? "" : `${issue.path.join(".")}: `;
  throw new InputError(
    "TIMING_UNREADABLE",
    `${name} is not a timing report (vipdrill timing --format json): ${where}${issue?.message ?? ""}`,
  );
}
