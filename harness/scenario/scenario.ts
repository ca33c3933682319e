/**
 * The authoring surface: a scenario is a value that reads like a story.
 *
 * Everything here is data, so that a scenario can be stored in a run record, shown, simulated and
 * replayed.
 */
import type { JsonObject } from "../core/json.ts";
import type { Us } from "../core/time.ts";
import type { Verdict } from "../core/verdict.ts";
import type { Capability } from "../fault/fault.ts";
import type { Step } from "../fault/schedule.ts";
import type { SettlesTo } from "../topology/settles.ts";
import type { Topology } from "../topology/topology.ts";
import type { Workload } from "../workload/workload.ts";
import type { Versions } from "./versions.ts";

/** A promise of a document that this scenario tries, and what came of it. */
export interface PromiseTried {
  /** Id in `scenarios/promises.ts`. */
  readonly promise: string;
  readonly comesOut: "kept" | "broken" | "kept-only-if";
  /** `kept-only-if`: the condition. Otherwise what is seen instead, or nothing. */
  readonly note?: string;
}

/** What one checker is expected to say, and with which facts. */
export interface Expectation {
  readonly checker: string;
  readonly verdict: Verdict;
  /** Settings of the checker, such as the bound of `failover-within`. */
  readonly with?: JsonObject;
  /** Facts of the finding that have to be equal to these. */
  readonly facts?: JsonObject;
  /** Why a verdict other than `pass` is what is expected. */
  readonly because?: string;
  /** Only on these versions; a checker may be named once for each. */
  readonly on?: Versions;
}

/**
 * A scenario that must not come out as its expectations say: proof that the judge bites. `caughtBy`
 * names the checker that has to object.
 */
export interface Canary {
  readonly mustComeOut: "unexpected" | "inconclusive";
  readonly caughtBy: string;
}

export interface Scenario {
  /** ROW/STORY, as in `dual-script/mysqld-killed`. */
  readonly name: string;
  readonly title: string;
  readonly why: string;
  readonly topology: Topology;
  readonly workload: Workload;
  /** Load runs undisturbed for this long before the first step. */
  readonly warmUpUs: Us;
  readonly disturb: readonly Step[];
  /** After all faults are healed: what an operator does to get back to normal. */
  readonly recover: readonly Step[];
  readonly expect: readonly Expectation[];
  readonly canary?: Canary;
  /** Absent: one holder. */
  readonly settlesTo?: SettlesTo;
  /** What it needs beyond its faults. */
  readonly needs?: readonly Capability[];
  /** Elsewhere it is skipped, and says so. */
  readonly only?: Versions;
  /** What the documents promise about this, and what came of it. */
  readonly promises?: readonly PromiseTried[];
}

export function defineScenario(scenario: Scenario): Scenario {
  return scenario;
}

/** A checker that is expected to pass. */
export function passes(checker: string, settings?: JsonObject, facts?: JsonObject): Expectation {
  return {
    checker,
    verdict: "pass",
    ...(settings === undefined ? {} : { with: settings }),
    ...(facts === undefined ? {} : { facts }),
  };
}

/** A checker that is expected to fail, and why that is what should be seen. */
export function fails(
  checker: string,
  because: string,
  facts?: JsonObject,
  settings?: JsonObject,
): Expectation {
  return {
    checker,
    verdict: "fail",
    because,
    ...(facts === undefined ? {} : { facts }),
    ...(settings === undefined ? {} : { with: settings }),
  };
}
