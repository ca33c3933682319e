/**
 * Gives another world the stimuli of a recorded run, each at its distance from the start of the
 * preferred node's keepalived. The phases are those of a run, so that the history can be judged as one.
 *
 * Steps are copied as they were met: this drives by the clock and waits for no condition. A stimulus
 * that cannot come in time, because a command before it took longer here, comes late; by how much is
 * told, so that a difference can be put down to it.
 */
import type { Backend, Cluster, EvidenceStore, Injection } from "../backend/backend.ts";
import { HarnessError, messageOf } from "../core/errors.ts";
import { seconds, type Us } from "../core/time.ts";
import { sequence } from "../history/codec.ts";
import type { Event, Phase } from "../history/events.ts";
import type { RunRecord } from "../run/record.ts";
import type { ResolvedTopology } from "../topology/resolve.ts";
import { anchorOf, lastAdvert, type AdvertPhase, type Alignment } from "./align.ts";

export interface DriveRequest {
  /** The run whose stimuli these are. */
  readonly record: RunRecord;
  readonly alignment: Alignment;
  readonly backend: Backend;
  readonly runId: string;
  readonly evidence: EvidenceStore;
}

export interface Driven {
  readonly topology?: ResolvedTopology;
  readonly versions: Readonly<Record<string, string>>;
  readonly originEpochUs: number;
  readonly events: readonly Event[];
  /** What all stimuli were counted from here; absent when it did not get that far. */
  readonly originUs?: Us;
  /** How late the latest stimulus came. */
  readonly latestByUs: Us;
  readonly error?: { readonly code: string; readonly message: string };
}

/** As in a run (`run.ts`): how long replication may take to catch up. */
const QUIESCE_BOUND_US = seconds(30);

export async function drive(request: DriveRequest): Promise<Driven> {
  const { record, backend } = request;
  let cluster: Cluster | undefined;
  let outcome: Outcome = { latestByUs: 0 };
  let error: Driven["error"];
  try {
    cluster = await backend.prepare({
      topology: record.scenario.topology,
      workload: record.scenario.workload,
      settlesTo: record.scenario.settlesTo ?? "one-holder",
      runId: request.runId,
      seed: record.seed,
      image: record.image,
      evidence: request.evidence,
      progress: () => undefined,
    });
    outcome = await replay(cluster, request);
  } catch (caught) {
    error = describe(caught);
  }
  try {
    if (cluster !== undefined) await during(cluster, "dismantle", () => cluster?.dismantle());
  } catch (caught) {
    error ??= describe(caught);
  }
  return {
    ...(cluster === undefined ? {} : { topology: cluster.topology }),
    versions: cluster?.versions ?? {},
    originEpochUs: cluster?.originEpochUs ?? 0,
    events: sequence(cluster?.events() ?? []),
    ...outcome,
    ...(error === undefined ? {} : { error }),
  };
}

type Outcome = Pick<Driven, "originUs" | "latestByUs">;

async function replay(cluster: Cluster, { alignment }: DriveRequest): Promise<Outcome> {
  const originUs = await during(cluster, "settle", () => settleAndLoad(cluster, alignment));
  const walked = await walk(cluster, alignment, originUs);
  await during(cluster, "collect", () => cluster.collect());
  return walked;
}

/** Returns the moment that everything is counted from. */
async function settleAndLoad(cluster: Cluster, alignment: Alignment): Promise<Us> {
  await cluster.settle();
  const originUs = anchorOf(cluster.events(), alignment.preferred, alignment.anchor);
  if (originUs === undefined) {
    throw new HarnessError(
      "NOT_ALIGNED",
      `no log line says when keepalived started on ${alignment.preferred}, so nothing can be timed from it`,
    );
  }
  // Not earlier than there; where this world has taken longer to settle, as soon as it can.
  if (alignment.loadAtUs !== undefined) await cluster.sleepUntil(originUs + alignment.loadAtUs);
  await cluster.startWorkload();
  return originUs;
}

/** Returns what the stimuli were counted from in the end, and how late the latest was. */
async function walk(
  cluster: Cluster,
  alignment: Alignment,
  anchorUs: Us,
): Promise<{ readonly originUs: Us; readonly latestByUs: Us }> {
  const { cues } = alignment;
  const injections = new Map<string, Injection>();
  let originUs = anchorUs;
  let latestByUs = 0;
  for (const cue of cues) {
    let plannedUs = originUs + cue.atUs;
    if ((cue.kind === "inject" || cue.kind === "heal") && cue.advert !== undefined) {
      plannedUs += await phaseShift(cluster, cue.advert, plannedUs);
      if (injections.size === 0) originUs = plannedUs - cue.atUs;
    }
    await cluster.sleepUntil(plannedUs);
    switch (cue.kind) {
      case "phase":
        cluster.record({ kind: "phase", phase: cue.phase, edge: cue.edge });
        break;
      case "step":
        cluster.record(cue.event);
        break;
      case "inject":
        latestByUs = Math.max(latestByUs, cluster.nowUs() - plannedUs);
        injections.set(cue.step, await cluster.inject(cue.step, cue.fault));
        break;
      case "heal": {
        const injection = injections.get(cue.step);
        // As in a run, the proof comes before the healing; it is there already in all but close calls.
        await injection?.receipt();
        latestByUs = Math.max(latestByUs, cluster.nowUs() - plannedUs);
        await injection?.heal?.();
        break;
      }
      case "quiesce":
        for (const injection of injections.values()) await injection.receipt();
        await during(cluster, "quiesce", async () => {
          await cluster.stopWorkload();
          await cluster.quiesce(QUIESCE_BOUND_US);
        });
        return { originUs, latestByUs };
    }
  }
  return { originUs, latestByUs };
}

/** What brings it to the same distance from the advert before it; half an interval at most. */
async function phaseShift(
  cluster: Cluster,
  { sender, ageUs, intervalUs }: AdvertPhase,
  plannedUs: Us,
): Promise<Us> {
  await cluster.sleepUntil(plannedUs - intervalUs);
  const last = lastAdvert(cluster.eventsOf("advert"), cluster.nowUs(), sender);
  // Nobody has sent for a while: there is no phase to meet.
  if (last === undefined || plannedUs - last.tUs > ageUs + 2 * intervalUs) return 0;
  const offUs = plannedUs - (last.tUs + ageUs);
  const shiftUs = Math.round(offUs / intervalUs) * intervalUs - offUs;
  return Math.max(shiftUs, cluster.nowUs() - plannedUs);
}

async function during<T>(cluster: Cluster, phase: Phase, work: () => Promise<T> | T): Promise<T> {
  cluster.record({ kind: "phase", phase, edge: "begin" });
  const done = await work();
  cluster.record({ kind: "phase", phase, edge: "end" });
  return done;
}

function describe(caught: unknown): NonNullable<Driven["error"]> {
  const code = caught instanceof HarnessError ? caught.code : "UNEXPECTED";
  return { code, message: messageOf(caught) };
}

/** The driven run as a record of its own, to be stored and judged like any other. */
export function recordOfDriven(
  source: RunRecord,
  driven: Driven,
  own: Pick<RunRecord, "runId" | "startedAt" | "replay">,
): RunRecord {
  const { topology: _source, error: _error, skipped: _skipped, ...rest } = source;
  return {
    ...rest,
    ...own,
    backend: "sim",
    simulated: true,
    kept: false,
    versions: driven.versions,
    ...(driven.topology === undefined ? {} : { topology: driven.topology }),
    ...(driven.error === undefined ? {} : { error: { ...driven.error, facts: {} } }),
  };
}
