/**
 * From a record and a history to findings, timing and an outcome. Pure: a stored run judged again
 * gives the same result, and a better checker can be tried on old evidence.
 */
import { CHECKERS, findChecker } from "../check/checkers.ts";
import type { Finding, Subject } from "../check/checker.ts";
import type { Json, JsonObject } from "../core/json.ts";
import type { Event } from "../history/events.ts";
import type { Prediction } from "../keepalived/timing.ts";
import type { Expectation, Scenario } from "../scenario/scenario.ts";
import { actualVersions, describeVersions, holdsOn } from "../scenario/versions.ts";
import { failoverOf, type Failover } from "../timing/failover.ts";
import { predictFailover } from "../timing/predict.ts";
import type { RunRecord } from "./record.ts";

/**
 * `as-expected` and `unexpected`: is every verdict what the scenario declares? `inconclusive`: the
 * run is void. `skipped`: this backend cannot do it. `error`: the harness or the world failed.
 */
export type Outcome = "as-expected" | "unexpected" | "inconclusive" | "skipped" | "error";

export interface ExpectationResult {
  readonly expectation: Expectation;
  readonly finding: Finding;
  readonly met: boolean;
}

export interface RunResult {
  readonly outcome: Outcome;
  /** One sentence: why this outcome. */
  readonly reason: string;
  readonly preconditions: readonly Finding[];
  readonly expectations: readonly ExpectationResult[];
  readonly failover?: Failover;
  readonly predicted?: Prediction;
}

export function judgeRun(record: RunRecord, events: readonly Event[]): RunResult {
  const none = { preconditions: [], expectations: [] };
  if (record.skipped !== undefined) {
    return { outcome: "skipped", reason: `skipped: ${record.skipped.join("; ")}`, ...none };
  }
  if (record.error !== undefined || record.topology === undefined) {
    const reason =
      record.error?.message ?? "the run did not come to its end: it was killed, or its machine was";
    return { outcome: "error", reason, ...none };
  }
  const actual = actualVersions(record.versions);
  const { only } = record.scenario;
  if (only !== undefined && !holdsOn(only, actual)) {
    return {
      outcome: "skipped",
      reason: `skipped: it is about ${describeVersions(only)}`,
      ...none,
    };
  }
  const subject = { topology: record.topology, events };
  const preconditions = CHECKERS.filter((checker) => checker.precondition === true).map((checker) =>
    judgeOne(checker.name, { ...subject, settings: settingsFor(record, checker.name) }),
  );
  const expectations = record.scenario.expect
    .filter((expectation) => holdsOn(expectation.on, actual))
    .filter((expectation) => !(record.kept && expectation.checker === "nothing-leaked"))
    .map((expectation) => {
      const settings = expectation.with ?? {};
      const finding = judgeOne(expectation.checker, { ...subject, settings });
      return { expectation, finding, met: isMet(expectation, finding) };
    });
  const failover = failoverOf(events, record.topology);
  const predicted = failover === undefined ? undefined : predictFailover(record.topology, failover);
  return {
    ...outcomeOf(record.scenario, preconditions, expectations),
    preconditions,
    expectations,
    ...(failover === undefined ? {} : { failover }),
    ...(predicted === undefined ? {} : { predicted }),
  };
}

/** A scenario that names a precondition may set its limits. */
function settingsFor(record: RunRecord, checker: string): JsonObject {
  const actual = actualVersions(record.versions);
  return (
    record.scenario.expect.find((item) => item.checker === checker && holdsOn(item.on, actual))
      ?.with ?? {}
  );
}

function judgeOne(name: string, subject: Subject): Finding {
  const checker = findChecker(name);
  if (checker === undefined) {
    const reason = `there is no checker called ${name}`;
    return { checker: name, verdict: "inconclusive", reason, evidence: [], facts: {} };
  }
  return { checker: name, ...checker.judge(subject) };
}

function isMet(expectation: Expectation, finding: Finding): boolean {
  if (finding.verdict !== expectation.verdict) return false;
  const wanted: JsonObject = expectation.facts ?? {};
  return Object.entries(wanted).every(([name, value]) => same(finding.facts[name], value));
}

/** `ended: declared true, found false`. */
function otherFacts(expectation: Expectation, finding: Finding): string {
  const wanted: JsonObject = expectation.facts ?? {};
  return Object.entries(wanted)
    .filter(([name, value]) => !same(finding.facts[name], value))
    .map(([name, value]) => {
      const found = finding.facts[name];
      const what = found === undefined ? "there is no such fact" : `found ${JSON.stringify(found)}`;
      return `${name}: declared ${JSON.stringify(value)}, ${what}`;
    })
    .join("; ");
}

function same(a: Json | undefined, b: Json): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

interface OutcomeAndReason {
  readonly outcome: Outcome;
  readonly reason: string;
}

function outcomeOf(
  scenario: Scenario,
  preconditions: readonly Finding[],
  expectations: readonly ExpectationResult[],
): OutcomeAndReason {
  const plain = plainOutcome(preconditions, expectations, scenario.expect.length);
  const { canary } = scenario;
  if (canary === undefined) return plain;
  const objects = [...preconditions, ...expectations.filter((e) => !e.met).map((e) => e.finding)]
    .filter((finding) => finding.verdict !== "pass")
    .map((finding) => finding.checker);
  if (plain.outcome === canary.mustComeOut && objects.includes(canary.caughtBy)) {
    return {
      outcome: "as-expected",
      reason: `canary caught by ${canary.caughtBy}: ${plain.reason}`,
    };
  }
  return {
    outcome: "unexpected",
    reason:
      `the canary was not caught: it came out ${plain.outcome}, objected to by ` +
      `${objects.join(", ") || "nobody"}; it must come out ${canary.mustComeOut} by ${canary.caughtBy}`,
  };
}

/** `declared`: how many expectations the scenario has, on whatever versions. */
function plainOutcome(
  preconditions: readonly Finding[],
  expectations: readonly ExpectationResult[],
  declared: number,
): OutcomeAndReason {
  const voided = preconditions.find((finding) => finding.verdict !== "pass");
  if (voided !== undefined) {
    return { outcome: "inconclusive", reason: `${voided.checker}: ${voided.reason}` };
  }
  if (expectations.length === 0 && declared > 0) {
    return { outcome: "inconclusive", reason: "the scenario declares nothing for these versions" };
  }
  const unmet = expectations.filter((result) => !result.met);
  const wrong = unmet.find((result) => result.finding.verdict !== "inconclusive") ?? unmet[0];
  if (wrong === undefined) {
    return { outcome: "as-expected", reason: "every verdict is what the scenario declares" };
  }
  const { finding, expectation } = wrong;
  const outcome = finding.verdict === "inconclusive" ? "inconclusive" : "unexpected";
  const said =
    finding.verdict === expectation.verdict
      ? `${finding.checker} says ${finding.verdict} with other facts than declared (${otherFacts(expectation, finding)})`
      : `${finding.checker} says ${finding.verdict}, declared is ${expectation.verdict}`;
  return { outcome, reason: `${said}: ${finding.reason}` };
}
