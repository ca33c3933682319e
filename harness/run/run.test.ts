import { describe, expect, it } from "vitest";
import type { Backend } from "../backend/backend.ts";
import { HarnessError } from "../core/errors.ts";
import { seconds } from "../core/time.ts";
import { after } from "../fault/schedule.ts";
import type { Event } from "../history/events.ts";
import { only } from "../history/events.ts";
import { fakeCluster, type FakeCluster, type Script } from "../testing/cluster.ts";
import { scenario } from "../testing/record.ts";
import { MYSQLD_KILLED } from "../testing/stories.ts";
import type { RunRecord } from "./record.ts";
import { runScenario, type FinishedRun, type RunRequest } from "./run.ts";

const DRILL = scenario({
  warmUpUs: seconds(1),
  disturb: [{ id: "fault", when: after(seconds(0.5)), fault: MYSQLD_KILLED }],
  recover: [{ id: "rest", when: after(seconds(2)) }],
});

interface Ran extends FinishedRun {
  readonly cluster: FakeCluster;
  readonly history: readonly Event[];
  /** Everything written to run.json, in order. */
  readonly records: readonly RunRecord[];
}

async function ran(
  script: Script,
  parts: Partial<RunRequest> = {},
  backendParts: Partial<Backend> = {},
): Promise<Ran> {
  const cluster = fakeCluster(script);
  const records: RunRecord[] = [];
  let history: readonly Event[] = [];
  const finished = await runScenario({
    scenario: DRILL,
    backend: {
      name: "sim",
      simulated: true,
      missing: () => Promise.resolve([]),
      prepare: () => Promise.resolve(cluster),
      ...backendParts,
    },
    seed: 1,
    image: "sid",
    runId: "abc123",
    startedAt: "2026-11-21T07:00:14.262Z",
    keep: false,
    replay: "vipdrill replay abc123",
    progress: () => undefined,
    directory: {
      path: "/nowhere",
      evidence: { append: () => undefined },
      writeRecord: (record) => records.push(record),
      writeHistory: (_origin, events) => {
        history = events;
      },
      writeReport: () => undefined,
    },
    ...parts,
  });
  return { ...finished, cluster, history, records };
}

const phasesOf = (events: readonly Event[]): string[] =>
  only(events, "phase").map(({ phase, edge }) => `${phase} ${edge}`);

describe("a run", () => {
  it("does everything in its order, in the world's own time", async () => {
    const { cluster } = await ran({});
    expect(cluster.calls).toEqual([
      "0.000 settle",
      "0.000 startWorkload",
      "1.500 inject fault",
      "1.500 heal fault",
      "3.500 stopWorkload",
      "3.500 quiesce",
      "3.500 collect",
      "3.500 dismantle",
    ]);
  });

  it("records every phase with both its edges", async () => {
    const { history } = await ran({});
    expect(phasesOf(history)).toEqual(
      ["settle", "disturb", "heal", "quiesce", "collect", "dismantle"].flatMap((phase) => [
        `${phase} begin`,
        `${phase} end`,
      ]),
    );
  });

  it("writes its record before anything can go wrong, and again at the end", async () => {
    const { records } = await ran({});
    expect(records.map((record) => record.topology?.name)).toEqual([undefined, "dual-script"]);
  });

  it("dismantles what it made, whatever failed, and keeps the error", async () => {
    const error = new HarnessError("NOT_SETTLED", "db2 never became a replica", {
      facts: { waitedS: 60 },
    });
    const { cluster, record, result } = await ran({ failsAt: { call: "settle", error } });
    expect(cluster.calls).toEqual(["0.000 settle", "0.000 dismantle"]);
    expect({ error: record.error, outcome: result.outcome }).toEqual({
      error: {
        code: "NOT_SETTLED",
        message: "db2 never became a replica",
        facts: { waitedS: 60 },
      },
      outcome: "error",
    });
  });

  it("is an error when there never was a cluster", async () => {
    const prepare = (): Promise<never> => Promise.reject(new Error("no such image"));
    const { result, record, history } = await ran({}, {}, { prepare });
    expect([result.outcome, record.error?.code, history]).toEqual(["error", "UNEXPECTED", []]);
  });

  it("is skipped, with the reason, when the backend lacks what the scenario needs", async () => {
    const missing: Backend["missing"] = () =>
      Promise.resolve([
        { capability: "signal-process", reason: "kill: not permitted" },
        { capability: "link-filter", reason: "not needed here" },
      ]);
    const { result, cluster } = await ran({}, {}, { missing });
    expect([result.reason, cluster.calls]).toEqual([
      "skipped: signal-process is not to be had here: kill: not permitted",
      [],
    ]);
  });

  it("leaves the cluster up when asked to, and says how to reach it", async () => {
    const { cluster, kept, record } = await ran({}, { keep: true });
    expect([cluster.calls.at(-1), kept, record.kept]).toEqual([
      "3.500 keep",
      "docker exec -it vipdrill-abc123-db1 bash",
      true,
    ]);
  });

  // The record and the history of the whole run are lost when removing its containers fails.
  it("is still written when it cannot be dismantled", async () => {
    const error = new Error("container is in use");
    const { records } = await ran({ failsAt: { call: "dismantle", error } });
    expect(records.length).toBe(2);
  });
});
