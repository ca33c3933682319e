import { describe, expect, it } from "vitest";
import { dualScript } from "../../scenarios/shared/dual-script.ts";
import type { Backend, Cluster } from "../backend/backend.ts";
import type { Us } from "../core/time.ts";
import type { Receipt } from "../fault/receipt.ts";
import { sequence } from "../history/codec.ts";
import type { Event, TimedEvent } from "../history/events.ts";
import { fakeCluster } from "../testing/cluster.ts";
import { runRecord, scenario } from "../testing/record.ts";
import { mysqldKilledRun } from "../testing/stored-run.ts";
import { resolveTopology } from "../topology/resolve.ts";
import { pairUp, type MeasuredRun, type PairResult } from "./pair.ts";

/** The stored run's own addresses, so that its facts mean the same here. */
const TOPOLOGY = resolveTopology(dualScript(), {
  subnetPrefix: "198.18.91",
  prefixLength: 24,
  vrids: [180],
});
const SETTLED_US = 7_663_770;
const COLLECTED_US = 18_983_096;

function measured(): MeasuredRun {
  const events: readonly Event[] = mysqldKilledRun().history.events;
  const record = runRecord({ topology: TOPOLOGY, scenario: scenario({ topology: dualScript() }) });
  return { path: "runs/a", record, events };
}

/** What a cluster of the harness writes down itself, and what the drive gives it. */
const OWN = new Set(["phase", "step", "fault", "leftovers"]);

/** A world in which exactly what happened on containers happens again, or what `change` makes of it. */
function again(change: (event: TimedEvent) => TimedEvent = (event) => event): Backend {
  const future = measured()
    .events.filter((event) => !OWN.has(event.kind))
    .map(change);
  const cluster = fakeCluster({ future });
  const world: Cluster = {
    ...cluster,
    topology: TOPOLOGY,
    settle: () => cluster.sleepUntil(SETTLED_US),
    quiesce: async () => {
      await cluster.sleepUntil(Math.max(...future.filter(isReplication).map(({ tUs }) => tUs)));
      return true;
    },
    collect: () => cluster.sleepUntil(COLLECTED_US),
    inject: async (step, fault) => {
      const injection = await cluster.inject(step, fault);
      const heal = (): Promise<Receipt> => {
        cluster.record({ kind: "fault", step, fault, node: "db1", action: "heal", edge: "begin" });
        return injection.receipt();
      };
      return { ...injection, heal };
    },
  };
  return {
    name: "sim",
    simulated: true,
    missing: () => Promise.resolve([]),
    prepare: () => Promise.resolve(world),
  };
}

function isReplication(event: TimedEvent): boolean {
  return event.kind === "replication";
}

async function paired(
  run: MeasuredRun,
  backend: () => Backend,
): Promise<PairResult & { offsets: unknown }> {
  let offsets: Readonly<Record<string, Us>> | undefined;
  const result = await pairUp({
    run,
    simulator: (wanted) => {
      offsets = wanted;
      return backend();
    },
    own: { runId: "r1", startedAt: "2026-11-21T07:00:00.000Z", replay: "again" },
    evidence: { append: () => undefined },
    simulatedPath: "runs/b",
  });
  return { ...result, offsets };
}

describe("a container run against its simulation", () => {
  it("agrees in everything with a world that does the same", async () => {
    const { pair, offsets } = await paired(measured(), again);
    expect(offsets).toEqual({ db1: 0, db2: 125_527 });
    if (pair.kind !== "compared") throw new Error(pair.reason);
    expect(pair.comparison.disagreements).toEqual([]);
    expect(pair.comparison.vips[0]?.measured.map((set) => set.holders)).toEqual([
      ["db1"],
      [],
      ["db2"],
      ["db1"],
    ]);
    expect(pair.comparison.changes.map((item) => item.differenceUs)).toEqual([0, 0, 0]);
    expect(pair.latestByUs).toBe(0);
  });

  it("finds what happens later there", async () => {
    const late = (event: TimedEvent): TimedEvent =>
      event.kind === "address" && event.node === "db2" ? { ...event, tUs: event.tUs + 3e5 } : event;
    const { pair } = await paired(measured(), () => again(late));
    if (pair.kind !== "compared") throw new Error(pair.reason);
    const timing = pair.comparison.disagreements.filter((item) => item.kind === "timing");
    expect(timing.map((item) => item.text)).toContain("VIP added: 2.631 s, simulated 2.931 s");
    expect(pair.others?.agreed).toBe(0);
  });

  it("asks other draws where it disagrees, to tell a close call from a wrong model", async () => {
    let asked = 0;
    const late = (event: TimedEvent): TimedEvent =>
      event.kind === "address" && event.node === "db2" ? { ...event, tUs: event.tUs + 3e5 } : event;
    const { pair } = await paired(measured(), () => {
      asked += 1;
      return asked <= 5 ? again(late) : again();
    });
    expect(pair).toMatchObject({ others: { agreed: 5, of: 9 } });
  });

  it("gives back the simulated history, to be stored and judged as a run", async () => {
    const { simulated } = await paired(measured(), again);
    expect(simulated?.record).toMatchObject({ runId: "r1", simulated: true, backend: "sim" });
    const { events = [] } = simulated?.driven ?? {};
    expect(sequence(events)).toEqual(events);
  });

  it("leaves out a run that proves nothing, and does not ask the simulator", async () => {
    const error = { code: "NOT_SETTLED", message: "nobody holds the VIP", facts: {} };
    const run = { ...measured(), record: runRecord({ topology: TOPOLOGY, error }) };
    const { pair, offsets, simulated } = await paired(run, again);
    expect(pair).toMatchObject({ kind: "left-out", reason: "error: nobody holds the VIP" });
    expect(offsets).toBeUndefined();
    expect(simulated).toBeUndefined();
  });

  it("leaves out a run whose fault is not confirmed, with the reason", async () => {
    const events = measured().events.filter((event) => event.kind !== "receipt");
    const { pair } = await paired({ ...measured(), events }, again);
    expect(pair).toMatchObject({
      kind: "left-out",
      reason: expect.stringContaining("fault-confirmed"),
    });
  });

  it("counts a simulator that does not get through as one that does not agree", async () => {
    const backend: Backend = { ...again(), prepare: () => Promise.reject(new Error("stuck")) };
    const { pair } = await paired(measured(), () => backend);
    expect(pair).toMatchObject({ kind: "not-simulated", reason: "stuck" });
  });
});
