/**
 * The three-valued verdict and its algebra.
 *
 * `fail` outranks `inconclusive`, which outranks `pass`: one proven violation is a violation however
 * little else is known, and one gap in the evidence is enough to withhold a pass.
 */
export type Verdict = "pass" | "fail" | "inconclusive";

const SEVERITY: Readonly<Record<Verdict, number>> = { pass: 0, inconclusive: 1, fail: 2 };

export function worse(a: Verdict, b: Verdict): Verdict {
  return SEVERITY[a] >= SEVERITY[b] ? a : b;
}

/** The worst of the verdicts. Of none at all: `inconclusive`, because nothing was judged. */
export function combine(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.length === 0) return "inconclusive";
  return verdicts.reduce(worse, "pass");
}
