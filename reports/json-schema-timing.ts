/** The JSON of the timing report; see `json-schema.ts`. */
import { z } from "zod";
import { count, distribution, us } from "./json-schema-parts.ts";
import { METRICS, OUTCOMES } from "./timing-runs.ts";
import { TIMING_FORMAT, TIMING_VERSION } from "./timing-json.ts";

const metric = z.enum(METRICS);

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
  predicted: z.strictObject({ minUs: us, maxUs: us }).optional(),
  insidePrediction: z.strictObject({ of: count, inside: count }).optional(),
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
  predicted: z.strictObject({ minUs: us, maxUs: us, formula: z.string() }).optional(),
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
