/** How many runs ended how, and what several runs of one thing come to together. */
import type { Outcome } from "../../../harness/run/judge.ts";
import { OUTCOMES, type TimedRun } from "../../timing-runs.ts";

export function outcomeCounts(outcomes: readonly Outcome[]): { outcome: Outcome; count: number }[] {
  return OUTCOMES.map((outcome) => ({
    outcome,
    count: outcomes.filter((item) => item === outcome).length,
  })).filter(({ count }) => count > 0);
}

/** The first of these that there is stands for all. */
export const WORST_FIRST: readonly Outcome[] = [
  "unexpected",
  "error",
  "inconclusive",
  "as-expected",
  "skipped",
];

export function worstOf(runs: readonly TimedRun[]): Outcome {
  const outcomes = runs.map(({ outcome }) => outcome);
  return WORST_FIRST.find((outcome) => outcomes.includes(outcome)) ?? "skipped";
}
