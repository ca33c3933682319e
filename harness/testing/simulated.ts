/** Simulated clusters and runs for tests: no clock, no disk, no containers. */
import type { Cluster } from "../backend/backend.ts";
import { simBackend, type SimBackendOptions } from "../backend/sim/backend.ts";
import type { Event } from "../history/events.ts";
import { runScenario, type FinishedRun } from "../run/run.ts";
import type { RunRecord } from "../run/record.ts";
import type { Scenario } from "../scenario/scenario.ts";
import type { Topology } from "../topology/topology.ts";
import { defaultWorkload } from "../workload/workload.ts";

export interface SimulatedRun extends FinishedRun {
  readonly events: readonly Event[];
}

/** Runs it as the command line would, and keeps the history in memory. */
export async function simulate(
  scenario: Scenario,
  options: { readonly seed?: number; readonly image?: string } & SimBackendOptions = {},
): Promise<SimulatedRun> {
  let events: readonly Event[] = [];
  const finished = await runScenario({
    scenario,
    backend: simBackend(options),
    seed: options.seed ?? 1,
    image: options.image ?? "sid",
    runId: "simulated",
    startedAt: "2026-11-21T06:00:00.000Z",
    directory: {
      path: "",
      evidence: { append: () => undefined },
      writeRecord: (_record: RunRecord) => undefined,
      writeHistory: (_origin, written) => {
        events = written;
      },
      writeReport: () => undefined,
    },
    keep: false,
    replay: "",
    progress: () => undefined,
  });
  return { ...finished, events };
}

/** A settled cluster under load. */
export async function simulatedCluster(
  topology: Topology,
  options: { readonly seed?: number; readonly image?: string } & SimBackendOptions = {},
): Promise<Cluster> {
  const cluster = await simBackend(options).prepare({
    topology,
    workload: defaultWorkload,
    settlesTo: "one-holder",
    runId: "simulated",
    seed: options.seed ?? 1,
    image: options.image ?? "sid",
    evidence: { append: () => undefined },
    progress: () => undefined,
  });
  await cluster.settle();
  await cluster.startWorkload();
  return cluster;
}
