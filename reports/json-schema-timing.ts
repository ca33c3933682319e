/** The JSON of the timing report; see `json-schema.ts`. */
import { z } from "zod";
import { bounded, count, distribution, us } from "./json-schema-parts.ts";
import { OUTCOMES } from "./outcomes.ts";
import { METRICS } from "./timing-runs.ts";
import { TIMING_FORMAT, TIMING_VERSION } from "./timing-json.ts";

const metric = z.enum(METRICS);

const allowed = z
  .strictObject({ minUs: us, maxUs: us, formula: z.string() })
  .meta({ id: "allowed", description: "What the timers allow." });

const row = z.strictObject({
  scenario: z.string(),
  topology: z.string(),
  fault: z.string(),
  image: z.string(),
  backend: z.string(),
  simulated: z.boolean().describe("true: computed, not measured."),
  runs: count,
  judged: count.describe("With a verdict."),
  unexpected: count,
  inconclusive: count.describe("Void or broken."),
  skipped: count,
  moved: count,
  noisy: count,
  timesUs: z.partialRecord(metric, distribution),
  bounded: z
    .partialRecord(metric, bounded)
    .optional()
    .describe("Times that are bounds in some runs, and in how many."),
  predicted: z
    .strictObject({ minUs: us, maxUs: us })
    .optional()
    .describe("What the timers allow for the VIP to move."),
  insidePrediction: z.strictObject({ of: count, inside: count }).optional(),
  predictedTimes: z
    .partialRecord(metric, z.strictObject({ minUs: us, maxUs: us, of: count, inside: count }))
    .optional()
    .describe("The same for a real server to be taken out, and to be put back."),
  versions: z.array(z.string()),
});

const run = z.strictObject({
  runId: z.string(),
  startedAt: z.string(),
  path: z.string(),
  scenario: z.string(),
  topology: z.string(),
  fault: z.string(),
  image: z.string(),
  backend: z.string(),
  simulated: z.boolean(),
  seed: z.int(),
  versions: z.record(z.string(), z.string()),
  outcome: z.enum(OUTCOMES),
  reason: z.string(),
  timesUs: z.partialRecord(metric, us).describe("From the fault; what was not seen is absent."),
  resolutionsUs: z.partialRecord(metric, us).describe("How exact each of them is."),
  predicted: allowed.optional().describe("For the VIP to move."),
  predictedTimes: z
    .partialRecord(metric, allowed)
    .optional()
    .describe("For a real server to be taken out, and to be put back."),
  bounds: z
    .partialRecord(metric, z.enum(["at-most", "at-least"]))
    .optional()
    .describe(
      "Times that are bounds. Clients without writes: at-most, no spell above everyday jitter, which is the figure; at-least, until the end of the load.",
    ),
  withoutWrites: z
    .strictObject({ us, untilEnd: z.boolean() })
    .optional()
    .describe(
      "Clients without writes: longest spell without an acknowledged write on new connections after the first fault; untilEnd: no write any more until the load ended.",
    ),
  lateUs: us.optional().describe("The machine was late by so much meanwhile."),
});

export const timingSchema: z.ZodType = z
  .strictObject({
    format: z.literal(TIMING_FORMAT),
    version: z.literal(TIMING_VERSION),
    method: z.array(z.string()).describe("How the figures were come by."),
    rows: z.array(row),
    runs: z.array(run),
  })
  .meta({ title: "vipdrill timing, version 1" });
