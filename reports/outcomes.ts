/** How many runs ended how, and what several runs of one thing come to together. */
import type { Outcome } from "../harness/run/judge.ts";

/** As they are told: the good first, what says least last. */
export const OUTCOMES: readonly Outcome[] = [
  "as-expected",
  "unexpected",
  "inconclusive",
  "skipped",
  "error",
];

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

export function worstOf(runs: readonly { readonly outcome: Outcome }[]): Outcome {
  const outcomes = runs.map(({ outcome }) => outcome);
  return WORST_FIRST.find((outcome) => outcomes.includes(outcome)) ?? "skipped";
}
