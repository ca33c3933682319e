/**
 * The timing report for programs, and a file that can stand for the runs later: `report --compare` reads it back.
 * Times are whole microseconds from the fault.
 */
import { z } from "zod";
import { InputError } from "../harness/core/errors.ts";
import { timingReport } from "./timing.ts";
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
      predicted: row.predicted,
      insidePrediction: row.inside.of === 0 ? undefined : row.inside,
      versions: row.versions,
    })),
    runs,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
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
