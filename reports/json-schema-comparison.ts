/** The JSON of `report --compare`; see `json-schema.ts`. */
import { z } from "zod";
import { bounded, count, distribution, us } from "./json-schema-parts.ts";
import { COMPARISON_FORMAT, COMPARISON_VERSION } from "./compare-json.ts";
import { METRICS } from "./timing-runs.ts";

const p = z.number().min(0).max(1);

const limit = z
  .discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("us"), us }),
    z.strictObject({
      kind: z.literal("share"),
      share: z.number().describe("Of the baseline's quantile."),
    }),
  ])
  .meta({ id: "limit", description: "A threshold as it was asked for." });

const change = z
  .enum(["slower", "faster", "small", "same", "too-few"])
  .describe(
    "small: significant, and below the threshold. same: no difference shown, which is not proof of none. too-few: no difference however large could be shown.",
  );

const answer = {
  change,
  differenceUs: us.optional().describe("Now against the baseline: positive is slower."),
  p: p.optional().describe("As it counts among all questions asked."),
  thresholdUs: us.optional(),
};

const metric = z
  .strictObject({
    metric: z.enum(METRICS),
    change: change.describe("The worst of middle, shape and tail."),
    base: distribution.optional().describe("Absent: never seen."),
    now: distribution.optional().describe("Absent: never seen."),
    bounded: z
      .strictObject({ base: bounded, now: bounded })
      .optional()
      .describe("Absent: all times are known."),
    middle: z.strictObject({
      ...answer,
      interval: z
        .strictObject({ low: us, high: us })
        .optional()
        .describe("Of the shift, at 1 - alpha; absent at sizes too small for one."),
      detectableUs: us
        .optional()
        .describe("A shift so large would have been found nine times in ten; absent: none."),
    }),
    shape: z.strictObject(answer),
    tail: z.strictObject({
      ...answer,
      needs: count.describe("Runs on each side from which the tail can be asked about."),
    }),
  })
  .meta({ id: "metric", description: "A time from the fault, in the baseline and now." });

const tally = z
  .strictObject({
    runs: count,
    judged: count.describe("With a verdict."),
    unexpected: count,
    inconclusive: count.describe("Void or broken."),
    skipped: count,
    moved: count,
    noisy: count,
  })
  .meta({ id: "tally" });

/** What has to be the same for runs to be repeats of each other, and what they share besides. */
const name = {
  scenario: z.string(),
  topology: z.string(),
  fault: z.string(),
  image: z.string(),
  backend: z.string(),
  simulated: z.boolean().describe("true: computed, not measured."),
};

const lonely = z
  .strictObject({ ...name, runs: count })
  .meta({ id: "lonely", description: "Repeats that only one side has." });

const group = z
  .strictObject({
    ...name,
    base: tally,
    now: tally,
    verdict: z.strictObject({
      change: z.enum([
        "newly-unexpected",
        "more-unexpected",
        "newly-inconclusive",
        "fixed",
        "less-unexpected",
        "unchanged",
      ]),
      p: p.optional().describe("Of the shares of unexpected runs."),
      regressed: z.boolean(),
    }),
    movedP: p
      .optional()
      .describe("Of the shares of runs in which the VIP moved; absent: the same share."),
    metrics: z.array(metric),
    differs: z.array(z.string()).describe("What else is different, such as versions."),
    regressed: z.boolean().describe("By its verdict, or by a time that users wait for."),
  })
  .meta({ id: "group", description: "Repeats of one scenario on one image and backend." });

export const comparisonSchema: z.ZodType = z
  .strictObject({
    format: z.literal(COMPARISON_FORMAT),
    version: z.literal(COMPARISON_VERSION),
    alpha: p.describe("Level of significance."),
    questions: count.describe("Times asked about at once: what Holm's correction counts."),
    verdictQuestions: count,
    thresholds: z.strictObject({ p50: limit.optional(), p95: limit.optional() }),
    base: count.describe("Runs of the baseline."),
    now: count.describe("Runs that were compared with it."),
    regressed: z.boolean(),
    groups: z.array(group),
    added: z.array(lonely),
    gone: z.array(lonely),
    otherWorld: z
      .array(z.strictObject({ now: lonely, base: lonely }))
      .describe("One side simulated, the other measured: not compared."),
  })
  .meta({ title: "vipdrill comparison, version 1" });
