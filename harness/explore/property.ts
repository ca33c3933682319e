/**
 * A property says what should hold of every run, whatever was done to the cluster. It looks at a finished,
 * judged run, and either has nothing to say or names what it saw. A user's own are values of this type too.
 */
import type { Finding } from "../check/checker.ts";
import { findChecker } from "../check/checkers.ts";
import { present } from "../core/assert.ts";
import type { JsonObject } from "../core/json.ts";
import type { Interval } from "../core/time.ts";
import type { Event } from "../history/events.ts";
import { judgedSpan } from "../history/queries.ts";
import type { Expectation, Scenario } from "../scenario/scenario.ts";
import type { ResolvedTopology } from "../topology/resolve.ts";

export interface ExploredRun {
  readonly scenario: Scenario;
  readonly topology: ResolvedTopology;
  readonly events: readonly Event[];
  /** From the first moment of the disturbance to the end of watching. */
  readonly span: Interval;
  /** What a checker of the catalogue says of this run. */
  check(name: string, settings?: JsonObject): Finding;
}

export interface Violation {
  /**
   * What kind it is, in a few stable words. While a plan is made smaller the kind has to stay the same; two
   * plans with the same kind and the same faults are one finding.
   */
  readonly kind: string;
  /** One sentence a tired operator understands. */
  readonly sentence: string;
  /** Seq of the events it rests on. */
  readonly evidence: readonly number[];
  /** How a scenario file would expect to see it again; absent when no checker of the catalogue says it. */
  readonly expectation?: Expectation;
}

export interface Property {
  readonly name: string;
  /** What holds, in one sentence. */
  readonly promise: string;
  /** Empty when it holds. */
  readonly judge: (run: ExploredRun) => readonly Violation[];
  /** Why what it finds is to be known and not to be mended here; absent: it should not happen. */
  readonly measuredOnly?: (topology: ResolvedTopology) => string | undefined;
}

/** For a property of one's own. */
export function defineProperty(property: Property): Property {
  return property;
}

export function violated(
  kind: string,
  sentence: string,
  rest: Partial<Pick<Violation, "evidence" | "expectation">> = {},
): Violation {
  return { kind, sentence, evidence: [], ...rest };
}

export function exploredRun(
  scenario: Scenario,
  topology: ResolvedTopology,
  events: readonly Event[],
): ExploredRun {
  const known = new Map<string, Finding>();
  return {
    scenario,
    topology,
    events,
    span: judgedSpan(events) ?? { startUs: 0, endUs: 0 },
    check: (name, settings = {}) => {
      const key = `${name} ${JSON.stringify(settings)}`;
      const found = known.get(key);
      if (found !== undefined) return found;
      const checker = present(findChecker(name), `checker ${name}`);
      const finding = { checker: name, ...checker.judge({ topology, events, settings }) };
      known.set(key, finding);
      return finding;
    },
  };
}
