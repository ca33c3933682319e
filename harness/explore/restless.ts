/**
 * A cluster that does not come to rest, though nothing was done to it: a finding with an empty plan, in its
 * daemons' own words. There is nothing to search then: every schedule would show it.
 *
 * What makes no run at all (a script that is not modelled, a topology that cannot be) is no finding.
 */
import { compareText } from "../core/text.ts";
import { only, type Event } from "../history/events.ts";
import type { ResolvedTopology } from "../topology/resolve.ts";
import { SEEDS, underLoad, type Examined } from "./examine.ts";
import { scenarioOf, type Plan } from "./plan.ts";
import { returnsToSteadyState } from "./properties/returns-to-steady-state.ts";
import type { ExploredRun } from "./property.ts";
import { isVoid, runOne, type Void, type World } from "./runner.ts";

const COMPLAINTS_MAX = 3;

/** Undefined: it comes to rest, or there was no run. */
export async function restless(
  world: World,
  topology: ResolvedTopology,
): Promise<Examined | undefined> {
  const plan: Plan = { faults: [], watchUs: world.setting.restUs };
  const scenario = scenarioOf(world.setting, plan);
  const first = await runOne(world, scenario);
  if (!isVoid(first) || first.restless === undefined) return undefined;
  let shown = 1;
  for (let offset = 1; offset < SEEDS; offset += 1) {
    if (hasNoRest(await runOne({ ...world, seed: world.seed + offset }, scenario))) shown += 1;
  }
  const complaints = complaintsIn(first.restless);
  return {
    property: returnsToSteadyState.name,
    kind: "it does not come to rest, with nothing done to it",
    sentence: [
      first.why.replace(/^settled: /, ""),
      ...apart(topology),
      ...complaints.slice(0, COMPLAINTS_MAX),
    ].join("; "),
    plan,
    first: { island: -1, run: 0, plan },
    hits: 1,
    seeds: { shown, of: SEEDS },
    underLoad: hasNoRest(await runOne(world, underLoad(scenario))),
    timeline: complaints,
  };
}

/** Two holders that come about a second after the proof of steady state are the same matter. */
function hasNoRest(run: ExploredRun | Void): boolean {
  if (isVoid(run)) return run.restless !== undefined;
  return returnsToSteadyState.judge(run).length > 0;
}

const COMPLAINT =
  /invalid|mismatch|expected|exist|error|unable|unknown|ignor|fail|disabl|differ|forcing new election|\bnot\b|warning/i;

/** What keepalived says that it does not say on a healthy pair, each once. */
function complaintsIn(events: readonly Event[]): string[] {
  const said = only(events, "log").filter(
    ({ program, text }) => /^keepalived/i.test(program) && COMPLAINT.test(text),
  );
  return [...new Set(said.map(({ node, text }) => `keepalived of ${node} says "${text}"`))];
}

/** Nodes that were meant for one virtual router, and are two by their VRIDs. */
function apart({ routers }: ResolvedTopology): string[] {
  if (new Set(routers.map(({ vrid }) => vrid)).size < 2) return [];
  const members = routers.flatMap(({ vrid, members: nodes }) =>
    nodes.map(({ node }) => `${node} has ${vrid}`),
  );
  return [`they are not one virtual router: of the VRIDs ${members.sort(compareText).join(", ")}`];
}
