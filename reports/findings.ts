/** Findings as rows: what each checker said, and whether that is what the scenario declares. */
import type { JsonObject } from "../harness/core/json.ts";
import type { Verdict } from "../harness/core/verdict.ts";
import type { Finding } from "../harness/check/checker.ts";
import type { ReportedRun } from "./reported.ts";

/**
 * `fine`: a pass that was wanted. `declared`: another verdict, and the one that was wanted.
 * `unexpected`: not what was wanted. `unclear`: not enough evidence to say.
 */
export type Standing = "fine" | "declared" | "unexpected" | "unclear";

export interface FindingRow {
  readonly checker: string;
  readonly role: "precondition" | "expectation";
  readonly verdict: Verdict;
  readonly declared: Verdict;
  readonly standing: Standing;
  /** The verdict and how it stands, in a word or three. */
  readonly words: string;
  readonly reason: string;
  /** Why a verdict other than `pass` is what the scenario declares. */
  readonly because?: string;
  readonly evidence: readonly number[];
  readonly facts: JsonObject;
}

export function findingRows({ record, result }: ReportedRun): FindingRow[] {
  const caughtBy = record.scenario.canary?.caughtBy;
  const preconditions = result.preconditions.map((finding) =>
    row("precondition", finding, { declared: "pass", met: finding.verdict === "pass" }, caughtBy),
  );
  const expectations = result.expectations.map(({ finding, expectation, met }) =>
    row("expectation", finding, { declared: expectation.verdict, met }, caughtBy, {
      because: expectation.because,
    }),
  );
  return [...preconditions, ...expectations];
}

function row(
  role: FindingRow["role"],
  finding: Finding,
  wanted: { readonly declared: Verdict; readonly met: boolean },
  caughtBy: string | undefined,
  { because }: { because?: string | undefined } = {},
): FindingRow {
  const canary = !wanted.met && finding.checker === caughtBy;
  return {
    checker: finding.checker,
    role,
    verdict: finding.verdict,
    declared: wanted.declared,
    standing: canary ? "declared" : standingOf(finding.verdict, wanted),
    words: canary
      ? `${verdictWord(finding.verdict)} (canary)`
      : role === "precondition" && !wanted.met
        ? "NOT MET"
        : wordsOf(finding.verdict, wanted),
    reason: finding.reason,
    ...(because === undefined ? {} : { because }),
    evidence: finding.evidence,
    facts: finding.facts,
  };
}

function standingOf(verdict: Verdict, wanted: { declared: Verdict; met: boolean }): Standing {
  if (wanted.met) return verdict === "pass" ? "fine" : "declared";
  return verdict === "inconclusive" ? "unclear" : "unexpected";
}

function verdictWord(verdict: Verdict): string {
  return verdict === "inconclusive" ? "unclear" : verdict;
}

/** Capitals for what nobody expected. */
function wordsOf(verdict: Verdict, wanted: { declared: Verdict; met: boolean }): string {
  const word = verdictWord(verdict);
  if (wanted.met) return verdict === "pass" ? word : `${word} (expected)`;
  if (verdict === wanted.declared) return `${word.toUpperCase()}, other facts`;
  if (wanted.declared === "pass") return word.toUpperCase();
  return `${word.toUpperCase()} (not ${verdictWord(wanted.declared)})`;
}
