/** What the process says to the shell (docs/ci.md). */
import type { Outcome } from "../run/judge.ts";

export const EXIT = {
  asExpected: 0,
  unexpected: 1,
  inconclusive: 2,
  usage: 64,
  harness: 70,
} as const;

/** The worst of all runs: something unexpected, then a broken harness, then void runs. */
export function exitCodeOf(outcomes: readonly Outcome[]): number {
  if (outcomes.includes("unexpected")) return EXIT.unexpected;
  if (outcomes.includes("error")) return EXIT.harness;
  if (outcomes.includes("inconclusive")) return EXIT.inconclusive;
  // Skipped runs are never counted as passed: with nothing else there is no result.
  return outcomes.includes("as-expected") ? EXIT.asExpected : EXIT.inconclusive;
}
