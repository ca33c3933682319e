/**
 * What of a run counts for timing and comparison, small enough to keep for thousands of runs and to store: the
 * rows of `vipdrill timing --format json`, which can stand for the runs themselves later.
 */
import { z } from "zod";
import type { Us } from "../harness/core/time.ts";
import { isFaultStep } from "../harness/fault/schedule.ts";
import type { Outcome } from "../harness/run/judge.ts";
import { STAGES, STAGE_WORDS, type Stage } from "../harness/timing/failover.ts";
import { withoutWritesOf, type WithoutWrites } from "./clients.ts";
import { failoverNoise } from "./noise.ts";
import type { ReportedRun } from "./reported.ts";
import { waterfallOf, type Waterfall } from "./waterfall.ts";

export type Metric = Stage | "outage";

/** In the order of a failover, then what clients went through. Each counts from the fault. */
export const METRICS: readonly Metric[] = [...STAGES, "outage"];

/** What users wait for. The stages before it are in CSV and JSON. */
export const MAIN_METRICS: readonly Metric[] = ["address", "first-write", "outage"];

/** In the words of the question, where a stage's own words would not say that it is a time. */
export const METRIC_WORDS: Readonly<Record<Metric, string>> = Object.freeze({
  ...STAGE_WORDS,
  address: "VIP moved",
  "first-write": "first write",
  outage: "pause at the move",
});

export const OUTCOMES: readonly Outcome[] = [
  "as-expected",
  "unexpected",
  "inconclusive",
  "skipped",
  "error",
];

export type Times = Readonly<Partial<Record<Metric, Us>>>;

export interface TimedRun {
  readonly runId: string;
  readonly startedAt: string;
  /** The run directory, as it was called then. */
  readonly path: string;
  readonly scenario: string;
  readonly topology: string;
  /** Kind of the fault that the move is put down to; of the first one scheduled when nothing moved. */
  readonly fault: string;
  readonly image: string;
  readonly backend: string;
  readonly simulated: boolean;
  readonly seed: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly outcome: Outcome;
  readonly reason: string;
  /** From the fault; a stage that was not seen is absent. */
  readonly timesUs: Times;
  /** How exact each of them is. */
  readonly resolutionsUs: Times;
  /** What the timers allow for the VIP to move. */
  readonly predicted?: { readonly minUs: Us; readonly maxUs: Us; readonly formula: string };
  /** Clients of new connections, after the first fault, whether or not the VIP moved. */
  readonly withoutWrites?: WithoutWrites;
  /** The machine under the cluster was late by so much meanwhile. */
  readonly lateUs?: Us;
}

const us = z.number().int();
const times = z.partialRecord(z.enum(METRICS), us);

export const timedRunSchema: z.ZodType<TimedRun> = z.object({
  runId: z.string(),
  startedAt: z.string(),
  path: z.string(),
  scenario: z.string(),
  topology: z.string(),
  fault: z.string(),
  image: z.string(),
  backend: z.string(),
  simulated: z.boolean(),
  seed: z.number().int(),
  versions: z.record(z.string(), z.string()),
  outcome: z.enum(OUTCOMES),
  reason: z.string(),
  timesUs: times,
  resolutionsUs: times,
  predicted: z.object({ minUs: us, maxUs: us, formula: z.string() }).exactOptional(),
  withoutWrites: z.object({ us, untilEnd: z.boolean() }).exactOptional(),
  lateUs: us.exactOptional(),
});

export function timedRunOf(run: ReportedRun): TimedRun {
  const { record, result } = run;
  const waterfall = waterfallOf(run);
  const noise = failoverNoise(run);
  const { predicted } = result;
  const seen = seenIn(waterfall);
  const withoutWrites = withoutWritesOf(run);
  return {
    runId: record.runId,
    startedAt: record.startedAt,
    path: run.path,
    scenario: record.scenario.name,
    topology: record.scenario.topology.name,
    fault: result.failover?.fault.kind ?? firstFault(run),
    image: record.image,
    backend: record.backend,
    simulated: record.simulated,
    seed: record.seed,
    versions: record.versions,
    outcome: result.outcome,
    reason: result.reason,
    timesUs: Object.fromEntries(seen.map(({ metric, atUs }) => [metric, atUs])),
    resolutionsUs: Object.fromEntries(
      seen.map(({ metric, resolutionUs }) => [metric, resolutionUs]),
    ),
    ...(predicted === undefined
      ? {}
      : {
          predicted: { minUs: predicted.minUs, maxUs: predicted.maxUs, formula: predicted.formula },
        }),
    ...(withoutWrites === undefined ? {} : { withoutWrites }),
    ...(noise === undefined ? {} : { lateUs: noise.lateUs }),
  };
}

interface Seen {
  readonly metric: Metric;
  readonly atUs: Us;
  readonly resolutionUs: Us;
}

function seenIn(waterfall: Waterfall | undefined): Seen[] {
  if (waterfall === undefined) return [];
  const { rows, outage } = waterfall;
  const stages = rows.flatMap(({ stage, atUs, resolutionUs }): Seen[] =>
    atUs === undefined ? [] : [{ metric: stage, atUs, resolutionUs }],
  );
  if (outage === undefined) return stages;
  const { durationUs, resolutionUs } = outage;
  return [...stages, { metric: "outage", atUs: durationUs, resolutionUs }];
}

/** Of the schedule; `none` for a drill in which nothing is disturbed. */
function firstFault({ record }: ReportedRun): string {
  const kinds = record.schedule.flatMap(({ step }) => (isFaultStep(step) ? [step.fault.kind] : []));
  return kinds[0] ?? "none";
}

/** Runs with a verdict; void, skipped and broken ones prove nothing, and their times count for nothing. */
export function isJudged({ outcome }: Pick<TimedRun, "outcome">): boolean {
  return outcome === "as-expected" || outcome === "unexpected";
}

/** Repeats of one thing: times of different scenarios, images or worlds are never put together. */
export interface TimedGroup {
  readonly scenario: string;
  readonly topology: string;
  /** Usually one kind; a scenario may draw. */
  readonly fault: string;
  readonly image: string;
  readonly backend: string;
  readonly simulated: boolean;
  readonly runs: readonly TimedRun[];
}

/** What has to be the same for runs to be repeats of each other, as one text. */
export function groupKey({
  scenario,
  image,
  backend,
  simulated,
}: Pick<TimedRun, "scenario" | "image" | "backend" | "simulated">): string {
  return JSON.stringify([scenario, image, backend, simulated]);
}

export function groupTimed(runs: readonly TimedRun[]): TimedGroup[] {
  return [...Map.groupBy(runs, groupKey).values()].flatMap((members) => {
    const first = members[0];
    if (first === undefined) return [];
    const { scenario, topology, image, backend, simulated } = first;
    const fault = [...new Set(members.map((run) => run.fault))].sort().join(", ");
    return [{ scenario, topology, fault, image, backend, simulated, runs: members }];
  });
}

export function timesOf(group: Pick<TimedGroup, "runs">, metric: Metric): Us[] {
  return group.runs.filter(isJudged).flatMap((run) => run.timesUs[metric] ?? []);
}

/** The coarsest: a comparison is no better than the worse of its sides. */
export function resolutionOf(runs: readonly TimedRun[], metric: Metric): Us {
  return Math.max(1, ...runs.map((run) => run.resolutionsUs[metric] ?? 1));
}

/** Whether the VIP moved as the timers allow; absent where nothing moved or nothing was predicted. */
export function isInside({ predicted, timesUs }: TimedRun): boolean | undefined {
  const movedUs = timesUs.address;
  if (predicted === undefined || movedUs === undefined) return undefined;
  return movedUs >= predicted.minUs && movedUs <= predicted.maxUs;
}
