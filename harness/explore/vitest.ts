/**
 * Exploration as a property test of somebody's own suite. fast-check draws, shrinks and prints its seed and path
 * as it does for every other property; the arbitraries are those of the search.
 *
 *     const pair = { topology, backend: simBackend() };
 *     await fc.assert(fc.asyncProperty(exploreArbitrary(pair), holdsProperty(pair, "no-split-brain")));
 */
import type { Arbitrary } from "fast-check";
import type { Backend } from "../backend/backend.ts";
import { present } from "../core/assert.ts";
import type { Topology } from "../topology/topology.ts";
import type { Workload } from "../workload/workload.ts";
import { planArbitrary } from "./arbitraries.ts";
import { menuOf } from "./menu.ts";
import { chosenFaults, concurrencyOf, type Model } from "./models.ts";
import { describePlan, type Plan } from "./plan.ts";
import { propertiesCalled } from "./properties.ts";
import type { Property } from "./property.ts";
import { isVoid, runPlan, type World } from "./runner.ts";
import { exploreTopology, settingFor, THIN_WORKLOAD } from "./target.ts";
import { timersOf } from "./timers.ts";

export interface ExploreSetUp {
  readonly topology: Topology;
  /** `simBackend()`. */
  readonly backend: Backend;
  readonly image?: string;
  /** Of the simulated world; plans are drawn by fast-check. */
  readonly seed?: number;
  /** As `--faults` has them; all unless said. */
  readonly faults?: readonly string[];
  readonly model?: Model;
  readonly faultsMax?: number;
  readonly workload?: Workload;
}

const FAULTS_MAX = 3;

export function exploreArbitrary(setUp: ExploreSetUp): Arbitrary<Plan> {
  const { topology, image = "sid", faults = [], model = "anything-heals" } = setUp;
  const resolved = exploreTopology(topology, image);
  return planArbitrary({
    menu: chosenFaults(menuOf(resolved), faults).map((item) => ({ item, weight: 1 })),
    timers: timersOf(resolved),
    faultsMax: setUp.faultsMax ?? FAULTS_MAX,
    concurrency: concurrencyOf(model),
  });
}

/** Throws what was seen, with the plan in words. A run that proves nothing is passed over. */
export function holdsProperty(
  setUp: ExploreSetUp,
  wanted: string | Property,
): (plan: Plan) => Promise<void> {
  const holds = holdsUnderLoad(setUp, wanted);
  const { workload = THIN_WORKLOAD } = setUp;
  return (plan) => holds(plan, workload);
}

/** The same with a load that is drawn as well: `workloadArbitrary` is the property's second arbitrary. */
export function holdsUnderLoad(
  setUp: ExploreSetUp,
  wanted: string | Property,
): (plan: Plan, load: Workload) => Promise<void> {
  const { topology, backend, image = "sid", seed = 1 } = setUp;
  const property =
    typeof wanted === "string" ? present(propertiesCalled([wanted])[0], wanted) : wanted;
  const resolved = exploreTopology(topology, image);
  return async (plan, load) => {
    const setting = settingFor(topology.name, topology, resolved, load);
    const world: World = { setting, backend, image, seed };
    const run = await runPlan(world, plan);
    if (isVoid(run)) return;
    const [violation] = property.judge(run);
    if (violation === undefined) return;
    throw new Error(
      [
        `${property.name}: ${violation.kind}: ${violation.sentence}`,
        ...describePlan(plan, setting.restUs),
      ].join("\n"),
    );
  };
}
