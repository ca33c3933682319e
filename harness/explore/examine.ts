/**
 * A finding looked at more closely: is it there with other chances of the world, is it there with the load
 * of a drill, how does it go on in time. Pure in the simulator; done once, at the end of a search.
 */
import { defaultWorkload } from "../workload/workload.ts";
import type { Scenario } from "../scenario/scenario.ts";
import type { Found } from "./finding.ts";
import { scenarioOf } from "./plan.ts";
import type { ExploredRun, Property, Violation } from "./property.ts";
import { isVoid, runOne, type World } from "./runner.ts";
import { timelineOf } from "./timeline.ts";

export interface Examined extends Found {
  /** Of so many seeds of the world (that of the search and the next ones) so many show it. */
  readonly seeds: { readonly shown: number; readonly of: number };
  /** It is there with the load of a drill too, and not only with the thin one of a search. */
  readonly underLoad: boolean;
  readonly timeline: readonly string[];
}

export const SEEDS = 5;

export async function examine(
  found: Found,
  world: World,
  properties: readonly Property[],
): Promise<Examined> {
  const property = properties.find(({ name }) => name === found.property);
  const scenario = scenarioOf(world.setting, found.plan);
  let shown = 0;
  let timeline: readonly string[] = [];
  for (let offset = 0; offset < SEEDS; offset += 1) {
    const run = await runOne({ ...world, seed: world.seed + offset }, scenario);
    if (isVoid(run) || property === undefined) continue;
    if (violationIn(run, property, found.kind) !== undefined) shown += 1;
    if (offset === 0) timeline = timelineOf(run);
  }
  const loaded = await runOne(world, underLoad(scenario));
  const violation =
    isVoid(loaded) || property === undefined
      ? undefined
      : violationIn(loaded, property, found.kind);
  return {
    ...found,
    ...(violation === undefined
      ? {}
      : {
          sentence: violation.sentence,
          ...(violation.expectation === undefined ? {} : { expectation: violation.expectation }),
        }),
    seeds: { shown, of: SEEDS },
    underLoad: violation !== undefined,
    timeline: violation === undefined || isVoid(loaded) ? timeline : timelineOf(loaded),
  };
}

export function underLoad(scenario: Scenario): Scenario {
  return { ...scenario, workload: defaultWorkload };
}

export function violationIn(
  run: ExploredRun,
  property: Property,
  kind: string,
): Violation | undefined {
  return property.judge(run).find((violation) => violation.kind === kind);
}
