/**
 * One plan, run and judged: a scenario without a directory, on the backend that was given. In the simulator
 * that is a pure function of plan, setting and seed.
 */
import type { Backend } from "../backend/backend.ts";
import { findChecker } from "../check/checkers.ts";
import { present } from "../core/assert.ts";
import { messageOf } from "../core/errors.ts";
import { definitionOf, plainOf } from "../fault/facts.ts";
import { only, type Event } from "../history/events.ts";
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

/** A run that proves nothing, and why. */
export interface Void {
  readonly why: string;
  /** It did not come to rest before anything was done to it: what was seen meanwhile. */
  readonly restless?: readonly Event[];
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
    if (result.outcome === "error" || result.outcome === "skipped") {
      const unsettled = record.error?.code === "NOT_SETTLED";
      return { why: result.reason, ...(unsettled ? { restless: events } : {}) };
    }
    if (record.topology === undefined) return { why: "there was no cluster" };
    const ran = exploredRun(scenario, record.topology, events);
    const doubtful = result.preconditions.find(
      ({ checker, verdict }) =>
        verdict !== "pass" && !(world.backend.simulated && isHarmless(checker, ran)),
    );
    if (doubtful !== undefined) {
      const why = `${doubtful.checker}: ${doubtful.reason}`;
      return { why, ...(doubtful.checker === "settled" ? { restless: events } : {}) };
    }
    return ran;
  } catch (error) {
    // A topology that cannot be (a change that broke it, a node that others name) is no run.
    return { why: messageOf(error) };
  }
}

/**
 * In the simulator netlink and packets are told by one model, so that they differ by what was done to the packets
 * only. And a service or a node that was told to start again and does not is no doubt about the fault: there is no slow
 * machine, and it is what is looked for.
 */
function isHarmless(checker: string, { topology, events }: ExploredRun): boolean {
  if (checker === "witnesses-agree") return true;
  if (checker !== "fault-confirmed") return false;
  const started = new Set(
    only(events, "fault")
      .filter(({ fault }) => ["process", "node"].includes(definitionOf(plainOf(fault)).group))
      .map(({ step }) => step),
  );
  const believed = events.map((event) =>
    event.kind === "receipt" && event.action === "heal" && started.has(event.step)
      ? { ...event, receipt: { ...event.receipt, confirmed: true } }
      : event,
  );
  return (
    present(findChecker(checker), checker).judge({ topology, events: believed, settings: {} })
      .verdict === "pass"
  );
}
