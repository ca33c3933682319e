/** The JSON of reports of runs; see `json-schema.ts`. */
import { z } from "zod";
import { STAGES } from "../harness/timing/failover.ts";
import { REPORT_FORMAT, REPORT_VERSION } from "./json.ts";

const us = z.int().describe("Whole microseconds.");
const count = z.int().min(0);
const seq = z.int().min(0).describe("seq of the event in history.jsonl of the run directory.");
const verdict = z.enum(["pass", "fail", "inconclusive"]);
const facts = z.record(z.string(), z.unknown());

const mark = z
  .strictObject({ atUs: us, event: seq })
  .meta({ id: "mark", description: "A moment, from the fault (before it: negative)." });

const stage = z
  .strictObject({
    atUs: us.describe("From the fault, in microseconds."),
    stepUs: us.describe("From the stage before it that was seen."),
    event: seq.optional(),
    resolutionUs: us.describe("How exact it is."),
  })
  .meta({ id: "stage" });

const finding = z
  .strictObject({
    checker: z.string(),
    role: z.enum(["precondition", "expectation"]),
    verdict,
    declared: verdict.describe("What the scenario declares."),
    standing: z
      .enum(["fine", "declared", "unexpected", "unclear"])
      .describe(
        "fine: a pass that was wanted. declared: another verdict, and the wanted one. unexpected: not what was wanted. unclear: not enough evidence.",
      ),
    reason: z.string(),
    because: z
      .string()
      .optional()
      .describe("Why a verdict other than pass is what the scenario declares."),
    evidence: z.array(seq),
    facts: facts.describe("Figures behind the verdict; each checker has its own."),
  })
  .meta({ id: "finding" });

const predicted = z
  .strictObject({ minUs: us, maxUs: us, formula: z.string() })
  .meta({ id: "predicted", description: "From the fault to the VIP added, by the formulas." });

const failover = z
  .strictObject({
    step: z.string().describe("Step of the schedule that it is put down to."),
    fault: z.string().describe("Kind of the fault, as in docs/faults.md."),
    vip: z.string(),
    from: z.string(),
    to: z.string(),
    faultUs: us.describe("When the fault struck, from the begin of the run."),
    faultTookUs: us
      .optional()
      .describe("It struck between faultUs and so much later; absent: not seen to end."),
    noticedBy: z.enum(["goodbye", "silence"]),
    lateUs: us.optional().describe("The machine was late by up to this; absent: it was not."),
    witnessGapUs: us.optional().describe("Between netlink and packets, for the address."),
    stages: z.partialRecord(z.enum(STAGES), stage).describe("A stage that was not seen is absent."),
    oldHolder: z.strictObject({
      addressGone: mark.optional(),
      lastAnswer: mark.optional(),
      lastWrite: mark.optional(),
    }),
    outage: z
      .strictObject({
        durationUs: us,
        lastOk: mark,
        firstOk: mark,
        resolutionUs: us.optional(),
      })
      .optional()
      .describe("Pause at the move, between the last acknowledged write and the first one after."),
  })
  .meta({ id: "failover" });

const served = z
  .strictObject({
    connections: count,
    unanswered: count,
    servers: z.array(z.strictObject({ node: z.string(), connections: count })),
  })
  .meta({ id: "served", description: "Behind directors: who answered the new connections." });

const tableChange = z
  .strictObject({ director: z.string(), tUs: us, change: z.string(), event: seq })
  .meta({ id: "tableChange", description: "A change of a director's IPVS table." });

const run = z
  .strictObject({
    runId: z.string(),
    scenario: z.string().describe("ROW/STORY."),
    title: z.string(),
    startedAt: z.string().describe("Wall clock, ISO 8601."),
    backend: z.enum(["docker", "sim"]),
    simulated: z.boolean().describe("true: computed, not measured."),
    image: z.string(),
    versions: z.record(z.string(), z.string()),
    seed: z.int(),
    path: z.string().describe("The run directory."),
    replay: z.string().describe("The command that does it again."),
    kept: z.boolean().describe("The cluster was left up on request."),
    skipped: z.array(z.string()).optional().describe("What the backend could not do."),
    error: z
      .strictObject({ code: z.string(), message: z.string(), facts })
      .optional()
      .describe("Why there is no verdict."),
    outcome: z.enum(["as-expected", "unexpected", "inconclusive", "skipped", "error"]),
    reason: z.string(),
    story: z.string().describe("What happened to the VIP, the clients and the data."),
    findings: z.array(finding),
    failover: failover.optional().describe("The first move of the VIP; absent: it did not move."),
    predicted: predicted.optional(),
    withoutWrites: z
      .strictObject({ us, untilEnd: z.boolean() })
      .optional()
      .describe(
        "Clients without writes: longest spell without an acknowledged write on new connections after the first fault; untilEnd: no write any more until the load ended. Absent: none above everyday jitter.",
      ),
    served: served.optional(),
    tables: z.array(tableChange).optional(),
  })
  .meta({ id: "run" });

const distribution = z.strictObject({ n: count, min: us, p50: us, p95: us, max: us }).meta({
  id: "distribution",
  description: "Nearest-rank quantiles in microseconds: each is a figure of one run.",
});

const group = z
  .strictObject({
    scenario: z.string(),
    backend: z.enum(["docker", "sim"]),
    simulated: z.boolean(),
    image: z.string(),
    runs: count,
    judged: count.describe("Runs with a verdict: the n of everything below."),
    unexpected: count,
    moved: count,
    noisy: count.optional().describe("Of those that moved: while the machine was late."),
    violations: z.array(
      z.strictObject({
        checker: z.string(),
        failed: count,
        declared: z.boolean().describe("The scenario declares that it fails."),
      }),
    ),
    stagesAtUs: z.partialRecord(z.enum(STAGES), distribution),
    totalUs: distribution.optional().describe("To the first write acknowledged by the new holder."),
    outageUs: distribution.optional().describe("Pause at the move."),
    predicted: predicted.optional(),
  })
  .meta({ id: "group", description: "Repeats of one scenario on one image and backend." });

export const reportSchema: z.ZodType = z
  .strictObject({
    format: z.literal(REPORT_FORMAT),
    version: z.literal(REPORT_VERSION),
    cutShort: z
      .strictObject({ planned: count, missing: count, by: z.enum(["interrupt", "error"]) })
      .optional()
      .describe(
        "The command ended before all runs that were planned were done; absent: it did not.",
      ),
    runs: z.array(run),
    distributions: z.array(group),
  })
  .meta({ title: "vipdrill report, version 1" });
