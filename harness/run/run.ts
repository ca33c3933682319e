/**
 * One run: scenario + backend + seed -> run directory. Phases in the order of docs/architecture.md; the
 * tear-down is queued before anything is set up.
 */
import type { Backend, Cluster } from "../backend/backend.ts";
import { lineOf } from "../backend/lines.ts";
import { HarnessError, messageOf } from "../core/errors.ts";
import { seconds } from "../core/time.ts";
import { sequence } from "../history/codec.ts";
import type { Phase } from "../history/events.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { describeVersions, holdsOn } from "../scenario/versions.ts";
import { holding } from "./conditions.ts";
import { judgeRun, type RunResult } from "./judge.ts";
import { nemesis } from "./nemesis.ts";
import { RUN_FORMAT, RUN_VERSION, type RunRecord } from "./record.ts";
import { concreteSchedule, needsOfScenario } from "./schedule.ts";
import type { RunDirectory } from "./store.ts";

export interface RunRequest {
  readonly scenario: Scenario;
  readonly backend: Backend;
  readonly seed: number;
  /** Of a run that is done again; otherwise drawn from the seed. */
  readonly schedule?: RunRecord["schedule"];
  readonly image: string;
  readonly runId: string;
  readonly startedAt: string;
  readonly directory: RunDirectory;
  readonly keep: boolean;
  readonly replay: string;
  readonly progress: (phase: Phase, text: string) => void;
  /** Waited for before each stage: other runs on the machine may have to end theirs first. */
  readonly turn?: (stage: Stage) => Promise<void>;
}

/** What a run does on its machine: a cluster comes and goes, or clients are at work on it. */
export type Stage = "building" | "drilling";

export interface FinishedRun {
  readonly record: RunRecord;
  readonly result: RunResult;
  readonly path: string;
  /** With `keep`: how to reach the nodes. */
  readonly kept?: string;
}

/** How long replication may take to catch up once all is healed. */
const QUIESCE_BOUND_US = seconds(30);

export async function runScenario(request: RunRequest): Promise<FinishedRun> {
  const { scenario, backend, directory } = request;
  const start = baseRecord(request);
  directory.writeRecord(start);
  const skipped = [
    ...otherVersions(scenario, request.image),
    ...(await unmetNeeds(scenario, backend)),
  ];
  if (skipped.length > 0) return finish(request, { ...start, skipped }, undefined);
  const phases = phaseKeeper(request.progress);
  let cluster: Cluster | undefined;
  let error: unknown;
  let kept: string | undefined;
  try {
    phases.say("creating the cluster");
    cluster = await backend.prepare({
      topology: scenario.topology,
      workload: scenario.workload,
      settlesTo: scenario.settlesTo ?? "one-holder",
      runId: request.runId,
      seed: request.seed,
      image: request.image,
      evidence: directory.evidence,
      progress: phases.say,
    });
    await drill(request, start, cluster, phases);
  } catch (caught) {
    error = caught;
  }
  if (cluster !== undefined) {
    try {
      if (request.keep) kept = await cluster.keep();
      else await dismantle(cluster, phases);
    } catch (caught) {
      error ??= caught;
    }
  }
  const record: RunRecord = {
    ...start,
    ...(cluster === undefined ? {} : { topology: cluster.topology, versions: cluster.versions }),
    ...(error === undefined ? {} : { error: describeError(error) }),
  };
  const finished = finish(request, record, cluster);
  return kept === undefined ? finished : { ...finished, kept };
}

/** Settle, disturb, heal, quiesce, collect. */
async function drill(
  request: RunRequest,
  record: RunRecord,
  cluster: Cluster,
  phases: PhaseKeeper,
): Promise<void> {
  const { scenario } = request;
  const { say } = phases;
  const steps = (name: "disturb" | "recover"): RunRecord["schedule"] =>
    record.schedule.filter((step) => step.phase === name);

  await phases.during(cluster, "settle", async () => {
    await cluster.settle();
    await request.turn?.("drilling");
    say("waiting for the client's first answers");
    await cluster.startWorkload();
  });
  const home = holding(cluster).holders[0];
  const disturb = nemesis(cluster, home, say);
  await phases.during(cluster, "disturb", async () => {
    say("load runs undisturbed");
    await cluster.sleepUntil(cluster.nowUs() + scenario.warmUpUs);
    await disturb.walk(steps("disturb"));
  });
  await phases.during(cluster, "heal", async () => {
    await disturb.healAll();
    const recover = nemesis(cluster, home, say);
    await recover.walk(steps("recover"));
    await recover.healAll();
  });
  await phases.during(cluster, "quiesce", async () => {
    say("stopping the load; waiting for replication to catch up");
    await cluster.stopWorkload();
    await request.turn?.("building");
    await cluster.quiesce(QUIESCE_BOUND_US);
  });
  await phases.during(cluster, "collect", async () => {
    say("reading the tables and addresses");
    await cluster.collect();
  });
}

async function dismantle(cluster: Cluster, phases: PhaseKeeper): Promise<void> {
  await phases.during(cluster, "dismantle", async () => {
    phases.say("removing the cluster");
    await cluster.dismantle();
  });
}

/** Knows the current phase: records its edges, and puts its name on everything that is shown. */
interface PhaseKeeper {
  readonly say: (text: string) => void;
  during(cluster: Cluster, phase: Phase, work: () => Promise<void>): Promise<void>;
}

function phaseKeeper(progress: RunRequest["progress"]): PhaseKeeper {
  let current: Phase = "prepare";
  return {
    say: (text) => {
      progress(current, text);
    },
    during: async (cluster, phase, work) => {
      current = phase;
      cluster.record({ kind: "phase", phase, edge: "begin" });
      await work();
      cluster.record({ kind: "phase", phase, edge: "end" });
    },
  };
}

function baseRecord(request: RunRequest): RunRecord {
  return {
    format: RUN_FORMAT,
    version: RUN_VERSION,
    runId: request.runId,
    startedAt: request.startedAt,
    scenario: request.scenario,
    backend: request.backend.name,
    simulated: request.backend.simulated,
    seed: request.seed,
    image: request.image,
    versions: {},
    schedule: request.schedule ?? concreteSchedule(request.scenario, request.seed),
    kept: request.keep,
    replay: request.replay,
  };
}

/** Where the image's versions are not known beforehand the judge looks at those it turned out to have. */
function otherVersions({ only }: Scenario, image: string): string[] {
  const line = lineOf(image);
  if (only === undefined || line === undefined || holdsOn(only, line)) return [];
  return [`it is about ${describeVersions(only)}, which ${image} does not have`];
}

async function unmetNeeds(scenario: Scenario, backend: Backend): Promise<string[]> {
  const needs = needsOfScenario(scenario);
  if (needs.length === 0) return [];
  const missing = await backend.missing();
  return missing
    .filter((item) => needs.includes(item.capability))
    .map((item) => `${item.capability} is not to be had here: ${item.reason}`);
}

function finish(request: RunRequest, record: RunRecord, cluster: Cluster | undefined): FinishedRun {
  const events = sequence(cluster?.events() ?? []);
  request.directory.writeHistory(cluster?.originEpochUs ?? 0, events);
  request.directory.writeRecord(record);
  return { record, result: judgeRun(record, events), path: request.directory.path };
}

function describeError(error: unknown): NonNullable<RunRecord["error"]> {
  if (error instanceof HarnessError) {
    return { code: error.code, message: error.message, facts: error.facts };
  }
  return { code: "UNEXPECTED", message: messageOf(error), facts: {} };
}
