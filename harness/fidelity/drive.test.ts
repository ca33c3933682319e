import { describe, expect, it } from "vitest";
import type { Backend } from "../backend/backend.ts";
import { HarnessError } from "../core/errors.ts";
import type { TimedEvent } from "../history/events.ts";
import { fakeCluster, type Script } from "../testing/cluster.ts";
import { runRecord } from "../testing/record.ts";
import type { Alignment, Cue } from "./align.ts";
import { drive, recordOfDriven, type Driven } from "./drive.ts";

const kill = { kind: "mysqld-killed", node: { name: "db1" } } as const;

const CUES: readonly Cue[] = [
  { kind: "phase", phase: "disturb", edge: "begin", atUs: 1_000_000 },
  {
    kind: "step",
    atUs: 2_000_000,
    event: { kind: "step", step: "fault", met: true, waitedFor: "1.000 s to pass", waitedUs: 1e6 },
  },
  { kind: "inject", atUs: 2_100_000, step: "fault", fault: kill },
  { kind: "phase", phase: "disturb", edge: "end", atUs: 5_000_000 },
  { kind: "phase", phase: "heal", edge: "begin", atUs: 5_000_001 },
  { kind: "heal", atUs: 5_200_000, step: "fault" },
  { kind: "phase", phase: "heal", edge: "end", atUs: 7_000_000 },
  { kind: "quiesce", atUs: 7_000_001 },
];

const ALIGNMENT: Alignment = {
  anchor: "entered",
  preferred: "db1",
  originUs: 3_459_739,
  startOffsetsUs: { db1: 0, db2: 125_580 },
  cues: CUES,
};

/** In the other world keepalived started at 0.5 s, before the clock was first asked. */
const STARTED: TimedEvent = {
  kind: "log",
  node: "db1",
  program: "Keepalived_vrrp",
  text: "(VI_1) Entering BACKUP STATE (init)",
  tUs: 500_000,
};

async function driven(
  script: Script = {},
  alignment = ALIGNMENT,
): Promise<{ result: Driven; calls: readonly string[] }> {
  const cluster = fakeCluster(script);
  await cluster.sleepUntil(600_000);
  const backend: Backend = {
    name: "sim",
    simulated: true,
    missing: () => Promise.resolve([]),
    prepare: () => Promise.resolve(cluster),
  };
  const evidence = { append: () => undefined };
  const request = { record: runRecord(), alignment, backend, runId: "r1", evidence };
  return { result: await drive(request), calls: cluster.calls };
}

describe("driving another world", () => {
  it("does everything at its distance from keepalived's start there", async () => {
    const { calls, result } = await driven({ future: [STARTED] });
    expect(calls).toEqual([
      "0.600 settle",
      "0.600 startWorkload",
      "2.600 inject fault",
      "5.700 heal fault",
      "7.500 stopWorkload",
      "7.500 quiesce",
      "7.500 collect",
      "7.500 dismantle",
    ]);
    expect(result).toMatchObject({ originUs: 500_000, latestByUs: 0 });
    expect(result.error).toBeUndefined();
  });

  it("starts the clients when they were started there, not when it has settled itself", async () => {
    const { calls } = await driven({ future: [STARTED] }, { ...ALIGNMENT, loadAtUs: 900_000 });
    expect(calls.slice(0, 3)).toEqual([
      "0.600 settle",
      "1.400 startWorkload",
      "2.600 inject fault",
    ]);
  });

  it.each(["services-started", undefined] as const)(
    "asks for as settled a cluster as the scenario does: %s",
    async (settlesTo) => {
      const { scenario } = runRecord();
      const record = runRecord({
        scenario: { ...scenario, ...(settlesTo === undefined ? {} : { settlesTo }) },
      });
      const asked: string[] = [];
      const backend: Backend = {
        name: "sim",
        simulated: true,
        missing: () => Promise.resolve([]),
        prepare: (request) => {
          asked.push(request.settlesTo);
          return Promise.reject(new Error("enough"));
        },
      };
      const evidence = { append: () => undefined };
      await drive({ record, alignment: ALIGNMENT, backend, runId: "r1", evidence });
      expect(asked).toEqual([settlesTo ?? "one-holder"]);
    },
  );

  it("leaves the phases of a run behind, each begun and ended", async () => {
    const { result } = await driven({ future: [STARTED] });
    const edges = result.events.flatMap((event) =>
      event.kind === "phase" ? [`${event.phase} ${event.edge}`] : [],
    );
    expect(edges).toEqual(
      ["settle", "disturb", "heal", "quiesce", "collect", "dismantle"].flatMap((phase) => [
        `${phase} begin`,
        `${phase} end`,
      ]),
    );
    expect(result.events.some((event) => event.kind === "step")).toBe(true);
  });

  it("tells how late a stimulus came that could not come in time", async () => {
    const late = { ...STARTED, tUs: -2_000_000 };
    expect((await driven({ future: [late] })).result.latestByUs).toBe(500_000);
  });

  it("dismantles and says so when the world does not settle", async () => {
    const error = new HarnessError("NOT_SETTLED", "nobody holds the VIP");
    const { calls, result } = await driven({ failsAt: { call: "settle", error } });
    expect(calls).toEqual(["0.600 settle", "0.600 dismantle"]);
    expect(result.error).toEqual({ code: "NOT_SETTLED", message: "nobody holds the VIP" });
  });

  it("times nothing when no log line says when keepalived started", async () => {
    const { result } = await driven();
    expect(result.error?.code).toBe("NOT_ALIGNED");
    expect(result.originUs).toBeUndefined();
  });

  it("makes a record that calls itself simulated", async () => {
    const { result } = await driven({ future: [STARTED] });
    const own = { runId: "r1", startedAt: "2026-11-21T07:00:00.000Z", replay: "again" };
    expect(recordOfDriven(runRecord(), result, own)).toMatchObject({
      ...own,
      backend: "sim",
      simulated: true,
      topology: { vips: [{ name: "vip" }] },
    });
  });
});
