/** Repeats of one scenario, and what their figures say together. Never mixes worlds. */
import type { Us } from "../harness/core/time.ts";
import type { Prediction } from "../harness/keepalived/timing.ts";
import { STAGES, type Stage } from "../harness/timing/failover.ts";
import type { Noise } from "../harness/timing/noise.ts";
import { distribution, type Distribution } from "../harness/timing/statistics.ts";
import { findingRows } from "./findings.ts";
import { failoverNoise } from "./noise.ts";
import type { ReportedRun } from "./reported.ts";
import { groupKey, isJudged } from "./timing-runs.ts";

export interface CheckerCount {
  readonly checker: string;
  readonly failed: number;
  /** The scenario declares that it fails. */
  readonly declared: boolean;
}

/** A simulated run and a real one, or runs on two images, are not repeats of each other. */
export interface RunGroup {
  readonly scenario: string;
  readonly backend: string;
  readonly image: string;
  readonly simulated: boolean;
  readonly runs: readonly ReportedRun[];
  /** Runs with a verdict: the n of everything below. Void, skipped and broken ones prove nothing. */
  readonly judged: number;
  readonly unexpected: number;
  readonly moved: number;
  /** Of those that moved: while the machine was late. */
  readonly noisy: number;
  /** The worst of them. */
  readonly noise?: Noise;
  readonly violations: readonly CheckerCount[];
  /** From the fault to each stage. */
  readonly stages: Readonly<Partial<Record<Stage, Distribution>>>;
  /** From the fault to the first write acknowledged by the new holder. */
  readonly total?: Distribution;
  readonly outage?: Distribution;
  readonly predicted?: Prediction;
}

export function groupRuns(runs: readonly ReportedRun[]): RunGroup[] {
  const key = ({ record }: ReportedRun): string =>
    groupKey({ ...record, scenario: record.scenario.name });
  return [...Map.groupBy(runs, key).values()].flatMap((members) => {
    const first = members[0];
    return first === undefined ? [] : [groupOf(first, members)];
  });
}

/**
 * ` #2` for the second run of a group that has several, ` on sid` for a scenario that was run on several
 * images; nothing for a run on its own.
 */
export function repeatLabels(runs: readonly ReportedRun[]): Map<ReportedRun, string> {
  const groups = groupRuns(runs);
  const images = Map.groupBy(groups, (group) => group.scenario);
  return new Map(
    groups.flatMap((group) => {
      const all = new Set(images.get(group.scenario)?.map(({ image }) => image));
      const image = all.size > 1 ? ` on ${group.image}` : "";
      return group.runs.map(
        (run, index) => [run, image + (group.runs.length > 1 ? ` #${index + 1}` : "")] as const,
      );
    }),
  );
}

/** How the runs of one scenario ended, image by image. */
export interface Tally {
  readonly scenario: string;
  readonly runs: readonly ReportedRun[];
  readonly images: readonly { readonly image: string; readonly runs: readonly ReportedRun[] }[];
}

export function tallyRuns(runs: readonly ReportedRun[]): Tally[] {
  const scenarios = Map.groupBy(runs, ({ record }) => record.scenario.name);
  return [...scenarios].map(([scenario, members]) => ({
    scenario,
    runs: members,
    images: [...Map.groupBy(members, imageOf)].map(([image, mine]) => ({ image, runs: mine })),
  }));
}

function imageOf({ record }: ReportedRun): string {
  return `${record.simulated ? "SIMULATED " : ""}${record.image}`;
}

function groupOf({ record }: ReportedRun, runs: readonly ReportedRun[]): RunGroup {
  const judged = runs.filter(({ result }) => isJudged(result));
  const failovers = judged.flatMap(({ result }) =>
    result.failover === undefined ? [] : [result.failover],
  );
  const stages = STAGES.flatMap((stage) => {
    const found = distribution(
      failovers.flatMap((item) => {
        const mark = item.stages[stage];
        return mark === undefined ? [] : [mark.tUs - item.faultUs];
      }),
    );
    return found === undefined ? [] : [[stage, found] as const];
  });
  const outage = distribution(
    failovers.flatMap(({ outage }): Us[] =>
      outage === undefined ? [] : [outage.firstOk.tUs - outage.lastOk.tUs],
    ),
  );
  const noises = judged
    .flatMap((run) => failoverNoise(run) ?? [])
    .toSorted((a, b) => b.lateUs - a.lateUs);
  const byStage: RunGroup["stages"] = Object.fromEntries(stages);
  const total = byStage["first-write"];
  const predicted = judged.find(({ result }) => result.predicted !== undefined)?.result.predicted;
  return {
    scenario: record.scenario.name,
    backend: record.backend,
    image: record.image,
    simulated: record.simulated,
    runs,
    judged: judged.length,
    unexpected: judged.filter(({ result }) => result.outcome === "unexpected").length,
    moved: failovers.length,
    noisy: noises.length,
    ...(noises[0] === undefined ? {} : { noise: noises[0] }),
    violations: violationsOf(judged),
    stages: byStage,
    ...(total === undefined ? {} : { total }),
    ...(outage === undefined ? {} : { outage }),
    ...(predicted === undefined ? {} : { predicted }),
  };
}

/** How often each checker failed, declared or not; checkers that never did are left out. */
function violationsOf(runs: readonly ReportedRun[]): CheckerCount[] {
  const failed = runs.flatMap((run) => findingRows(run).filter((row) => row.verdict === "fail"));
  return [...Map.groupBy(failed, (row) => row.checker)]
    .map(([checker, rows]) => ({
      checker,
      failed: rows.length,
      declared: rows.every((row) => row.standing === "declared"),
    }))
    .sort((a, b) => b.failed - a.failed || a.checker.localeCompare(b.checker));
}
