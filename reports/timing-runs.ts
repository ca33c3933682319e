/**
 * What of a run counts for timing and comparison, small enough to keep for thousands of runs and to store: the
 * rows of `vipdrill timing --format json`, which can stand for the runs themselves later.
 */
import { z } from "zod";
import type { Us } from "../harness/core/time.ts";
import { isFaultStep } from "../harness/fault/schedule.ts";
import type { Outcome } from "../harness/run/judge.ts";
import type { Bound, Bounded } from "../harness/timing/bounds.ts";
import { STAGES, STAGE_WORDS, type Stage } from "../harness/timing/failover.ts";
import { withoutWritesFigure, withoutWritesOf, type WithoutWrites } from "./clients.ts";
import { failoverNoise } from "./noise.ts";
import { serverTimesOf, type Allowed, type ServerTimes } from "./real-servers.ts";
import { OUTCOMES } from "./outcomes.ts";
import type { ReportedRun } from "./reported.ts";
import { waterfallOf, type Waterfall } from "./waterfall.ts";

export type Metric = Stage | "outage" | "without-writes" | "server-out" | "server-back";

/** In the order of a failover, then what clients went through, then what directors did. Stages count from the fault. */
export const METRICS: readonly Metric[] = [
  ...STAGES,
  "outage",
  "without-writes",
  "server-out",
  "server-back",
];

/** What users wait for, and what a comparison asks about everywhere. */
export const MAIN_METRICS: readonly Metric[] = [
  "address",
  "first-write",
  "without-writes",
  "server-out",
];

/** The rows of tables of times. The stages before them are in CSV and JSON. */
export const TABLE_METRICS: readonly Metric[] = [
  "address",
  "first-write",
  "outage",
  "without-writes",
  "server-out",
  "server-back",
];

/** In the words of the question, where a stage's own words would not say that it is a time. */
export const METRIC_WORDS: Readonly<Record<Metric, string>> = Object.freeze({
  ...STAGE_WORDS,
  address: "VIP moved",
  "first-write": "first write",
  outage: "pause at the move",
  "without-writes": "clients without writes",
  "server-out": "real server taken out",
  "server-back": "real server put back",
});

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
  /** From the fault; what was not seen is absent. */
  readonly timesUs: Times;
  /** How exact each of them is. */
  readonly resolutionsUs: Times;
  /** What the timers allow for the VIP to move. */
  readonly predicted?: Allowed;
  /** The same for a real server to be taken out, and to be put back. */
  readonly predictedTimes?: Readonly<Partial<Record<Metric, Allowed>>>;
  /** Times that are bounds: what is known is that it took so long at most, or at least. */
  readonly bounds?: Readonly<Partial<Record<Metric, Bound>>>;
  /** Clients of new connections, after the first fault, whether or not the VIP moved. */
  readonly withoutWrites?: WithoutWrites;
  /** The machine under the cluster was late by so much meanwhile. */
  readonly lateUs?: Us;
}

const us = z.number().int();
const times = z.partialRecord(z.enum(METRICS), us);
const allowed = z.object({ minUs: us, maxUs: us, formula: z.string() });

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
  predicted: allowed.exactOptional(),
  predictedTimes: z.partialRecord(z.enum(METRICS), allowed).exactOptional(),
  bounds: z.partialRecord(z.enum(METRICS), z.enum(["at-most", "at-least"])).exactOptional(),
  withoutWrites: z.object({ us, untilEnd: z.boolean() }).exactOptional(),
  lateUs: us.exactOptional(),
});

export function timedRunOf(run: ReportedRun): TimedRun {
  const { record, result } = run;
  const waterfall = waterfallOf(run);
  const noise = failoverNoise(run);
  const { predicted } = result;
  const seen = [...seenIn(waterfall), ...clientsOf(run), ...serversIn(serverTimesOf(run))];
  const pick = <T>(of: (item: Seen) => T | undefined): Partial<Record<Metric, T>> =>
    Object.fromEntries(
      seen.flatMap((item) => {
        const found = of(item);
        return found === undefined ? [] : [[item.metric, found] as const];
      }),
    );
  const bounds = pick(({ bound }) => bound);
  const predictedTimes = pick((item) => item.allowed);
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
    timesUs: pick(({ atUs }) => atUs),
    resolutionsUs: pick(({ resolutionUs }) => resolutionUs),
    ...(predicted === undefined
      ? {}
      : {
          predicted: { minUs: predicted.minUs, maxUs: predicted.maxUs, formula: predicted.formula },
        }),
    ...(Object.keys(predictedTimes).length === 0 ? {} : { predictedTimes }),
    ...(Object.keys(bounds).length === 0 ? {} : { bounds }),
    ...(withoutWrites === undefined ? {} : { withoutWrites }),
    ...(noise === undefined ? {} : { lateUs: noise.lateUs }),
  };
}

interface Seen {
  readonly metric: Metric;
  readonly atUs: Us;
  readonly resolutionUs: Us;
  readonly bound?: Bound;
  readonly allowed?: Allowed;
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

function clientsOf(run: ReportedRun): Seen[] {
  const found = withoutWritesFigure(run);
  if (found === undefined) return [];
  const { us: atUs, ...bound } = found;
  const resolutionUs = run.record.scenario.workload.cadenceUs;
  return [{ metric: "without-writes", atUs, resolutionUs, ...bound }];
}

function serversIn({ out, back }: ServerTimes): Seen[] {
  return (
    [
      ["server-out", out],
      ["server-back", back],
    ] as const
  ).flatMap(([metric, time]): Seen[] => {
    if (time === undefined) return [];
    const { us: atUs, ...rest } = time;
    return [{ metric, atUs, ...rest }];
  });
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
  return sampleOf(group, metric).map(({ us: value }) => value);
}

/** Of runs with a verdict; with what is only a bound marked as one. */
export function sampleOf({ runs }: Pick<TimedGroup, "runs">, metric: Metric): Bounded[] {
  return runs.filter(isJudged).flatMap((run): Bounded[] => {
    const value = run.timesUs[metric];
    if (value === undefined) return [];
    const bound = run.bounds?.[metric];
    return [{ us: value, ...(bound === undefined ? {} : { bound }) }];
  });
}

/** The coarsest: a comparison is no better than the worse of its sides. */
export function resolutionOf(runs: readonly TimedRun[], metric: Metric): Us {
  return Math.max(1, ...runs.map((run) => run.resolutionsUs[metric] ?? 1));
}

/** What the timers allow for it. */
export function allowedFor(run: TimedRun, metric: Metric): Allowed | undefined {
  return metric === "address" ? run.predicted : run.predictedTimes?.[metric];
}

/** Whether it took what the timers allow; absent where it was not seen or nothing was predicted. */
export function isInside(run: TimedRun, metric: Metric = "address"): boolean | undefined {
  const value = run.timesUs[metric];
  const bounds = allowedFor(run, metric);
  if (bounds === undefined || value === undefined) return undefined;
  // A table changed at some time between two looks at it; a move has a moment.
  const lateUs = metric === "address" ? 0 : (run.resolutionsUs[metric] ?? 0);
  return value >= bounds.minUs && value - lateUs <= bounds.maxUs;
}
