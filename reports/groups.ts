/** Repeats of one scenario, and what their figures say together. Never mixes worlds. */
import type { Us } from "../harness/core/time.ts";
import type { Prediction } from "../harness/keepalived/timing.ts";
import { STAGES, type Stage } from "../harness/timing/failover.ts";
import { distribution, type Distribution } from "../harness/timing/statistics.ts";
import { findingRows } from "./findings.ts";
import type { ReportedRun } from "./reported.ts";

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
    JSON.stringify([record.scenario.name, record.backend, record.simulated, record.image]);
  return [...Map.groupBy(runs, key).values()].flatMap((members) => {
    const first = members[0];
    return first === undefined ? [] : [groupOf(first, members)];
  });
}

/** ` #2` for the second run of a group that has several; nothing for a run on its own. */
export function repeatLabels(runs: readonly ReportedRun[]): Map<ReportedRun, string> {
  return new Map(
    groupRuns(runs).flatMap((group) =>
      group.runs.map((run, index) => [run, group.runs.length > 1 ? ` #${index + 1}` : ""] as const),
    ),
  );
}

function groupOf({ record }: ReportedRun, runs: readonly ReportedRun[]): RunGroup {
  const judged = runs.filter(({ result }) =>
    ["as-expected", "unexpected"].includes(result.outcome),
  );
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
