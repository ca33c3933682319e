/**
 * One plan, run and judged: a scenario without a directory, on the backend that was given. In the simulator
 * that is a pure function of plan, setting and seed.
 */
import type { Backend } from "../backend/backend.ts";
import { messageOf } from "../core/errors.ts";
import type { Event } from "../history/events.ts";
import type { RunDirectory } from "../run/store.ts";
import { runScenario } from "../run/run.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { scenarioOf, type Plan, type Setting } from "./plan.ts";
import { exploredRun, type ExploredRun } from "./property.ts";

export interface World {
  readonly setting: Setting;
  readonly backend: Backend;
  readonly image: string;
  /** Of every run of a search: chance in the world is the same, plans differ. */
  readonly seed: number;
}

/**
 * A run that proves nothing, and why. In the simulator netlink and packets are told by one model, so that they
 * differ by what was done to the packets only: there `witnesses-agree` voids nothing.
 */
export interface Void {
  readonly why: string;
}

export const NOWHERE: Kept = {
  directory: {
    path: "",
    evidence: { append: () => undefined },
    writeRecord: () => undefined,
    writeReport: () => undefined,
    writeHistory: () => undefined,
  },
  runId: "explored",
  startedAt: "",
};

export function isVoid(run: ExploredRun | Void): run is Void {
  return "why" in run;
}

export function runPlan(world: World, plan: Plan): Promise<ExploredRun | Void> {
  return runOne(world, scenarioOf(world.setting, plan));
}

/** Where a run is kept; without one it leaves nothing behind. */
export interface Kept {
  readonly directory: RunDirectory;
  readonly runId: string;
  readonly startedAt: string;
}

export async function runOne(
  world: World,
  scenario: Scenario,
  kept: Kept = NOWHERE,
  progress: (text: string) => void = () => undefined,
): Promise<ExploredRun | Void> {
  let events: readonly Event[] = [];
  const directory: RunDirectory = {
    ...kept.directory,
    writeHistory: (originEpochUs, written) => {
      events = written;
      kept.directory.writeHistory(originEpochUs, written);
    },
  };
  try {
    const { record, result } = await runScenario({
      scenario,
      backend: world.backend,
      seed: world.seed,
      image: world.image,
      runId: kept.runId,
      startedAt: kept.startedAt,
      directory,
      keep: false,
      replay: kept.directory.path === "" ? "" : `./vipdrill replay ${kept.directory.path}`,
      progress: (phase, text) => {
        progress(`${phase}: ${text}`);
      },
    });
    if (result.outcome === "error" || result.outcome === "skipped") return { why: result.reason };
    const doubtful = result.preconditions.find(
      ({ checker, verdict }) =>
        verdict !== "pass" && !(world.backend.simulated && checker === "witnesses-agree"),
    );
    if (doubtful !== undefined) return { why: `${doubtful.checker}: ${doubtful.reason}` };
    if (record.topology === undefined) return { why: "there was no cluster" };
    return exploredRun(scenario, record.topology, events);
  } catch (error) {
    // A topology that cannot be (a change that broke it, a node that others name) is no run.
    return { why: messageOf(error) };
  }
}
