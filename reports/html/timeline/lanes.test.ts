import { describe, expect, it } from "vitest";
import { only, type EventBody } from "../../../harness/history/events.ts";
import { holdings, overlaps } from "../../../harness/history/queries.ts";
import { history } from "../../../harness/testing/history.ts";
import { CUT, KEEPALIVED_KILLED } from "../../../harness/testing/stories.ts";
import { VIP } from "../../../harness/testing/topology.ts";
import { timelineOf } from "../../timeline.ts";
import { movedRun, reportedRun, voidRun } from "../../testing/runs.ts";
import type { Lane } from "./lane.ts";
import { lanesOf } from "./lanes.ts";
import { wireOf } from "./section.ts";
import { firstViolation } from "./violation.ts";

function laneOf(lanes: readonly Lane[], label: string): Lane {
  const found = lanes.find((lane) => lane.label === label);
  if (found === undefined) {
    throw new Error(`no lane ${label}, but ${lanes.map((lane) => lane.label).join(", ")}`);
  }
  return found;
}

function texts(lane: Lane): string[] {
  return lane.spans.map(
    ({ startUs, endUs, look, text }) => `${startUs / 1e6}..${endUs / 1e6} ${look}: ${text}`,
  );
}

/** db1 is cut off and keeps the VIP; db2 takes it. Both have it from 5 s to 9 s. */
function splitRun(): ReturnType<typeof reportedRun> {
  return reportedRun(
    history()
      .settled()
      .holds("db1", 0.5)
      .advert("db1", 0.5, 101, "db2")
      .traffic("db1", 1, 4)
      .fault(CUT, 4)
      .holds("db2", 5, 9)
      .fault(CUT, 9, { action: "heal" })
      .collected(11)
      .events(),
  );
}

describe("lanes of a failover", () => {
  const run = movedRun();
  const lanes = lanesOf(run);

  it("go from cause to effect", () => {
    expect([...new Set(lanes.map(({ group }) => group))]).toEqual([
      "Faults",
      "Who has the VIP",
      "What they tell each other",
      "Clients",
      "MySQL",
      "Replication",
      "Machine and harness",
    ]);
  });

  it("show the holders as the history knows them", () => {
    const held = holdings(run.events, VIP).map(({ node, startUs, endUs }) => [
      node,
      startUs,
      endUs,
    ]);
    const shown = ["db1", "db2"].flatMap((node) =>
      laneOf(lanes, `${node} HOLDS VIP`).spans.map(({ startUs, endUs }) => [node, startUs, endUs]),
    );
    expect(shown).toEqual(held);
  });

  it("show each operation once, by how it ended", () => {
    const ended = only(run.events, "complete");
    const { marks } = laneOf(lanes, "new connections");
    expect(marks).toHaveLength(ended.length);
    expect(marks.filter(({ look }) => look === "failed").map(({ text }) => text)).toEqual([
      "write failed: ECONNREFUSED",
    ]);
    expect(marks.find(({ tUs }) => tUs > 8_000_000)?.text).toMatch(/ by db2$/);
  });

  it("mark the goodbye among the adverts of the sender", () => {
    const { marks } = laneOf(lanes, "db1 adverts");
    expect(marks.filter(({ look }) => look === "goodbye").map(({ tUs }) => tUs)).toEqual([
      3_000_000,
    ]);
  });

  it("show the fault from injection to healing, and its receipts", () => {
    const lane = laneOf(lanes, "kill -9 mysqld on db1");
    expect(lane.spans.map(({ look, startUs }) => [look, startUs])).toEqual([["fault", 2_000_000]]);
    expect(lane.spans[0]?.endUs).toBeGreaterThanOrEqual(6_000_000);
    expect(lane.marks.filter(({ look }) => look === "proof")).toHaveLength(2);
  });

  it("start where the story has its zero, at the drill and not at the beginning of the run", () => {
    const timeline = timelineOf(run);
    const wire = wireOf(run, timeline, lanes);
    expect(wire.zeroUs).toBe(timeline.zeroUs);
    expect(wire.view[0]).toBeGreaterThan(500_000);
    expect(wire.view[0]).toBeLessThan(1_000_000);
    expect(wire.violation).toBeNull();
  });
});

describe("lanes of trouble", () => {
  it("show two holders at once, on both lanes, for as long as the history says", () => {
    const run = splitRun();
    const [overlap] = overlaps(holdings(run.events, VIP));
    expect([overlap?.startUs, overlap?.endUs]).toEqual([5_000_000, 9_000_000]);
    for (const node of ["db1", "db2"]) {
      const shown = laneOf(lanesOf(run), `${node} HOLDS VIP`).spans;
      expect(shown.filter(({ look }) => look === "violation")).toMatchObject([
        { startUs: 5_000_000, endUs: 9_000_000, text: "TWO HOLD IT: db1 and db2, 4.000 s" },
      ]);
    }
  });

  it("lead to the moment at which the second one took it", () => {
    const run = splitRun();
    const taken = only(run.events, "address").find(({ node }) => node === "db2");
    expect(firstViolation(run)).toMatchObject({ tUs: 5_000_000, seq: taken?.seq });
  });

  it("take the overlap of a hand-over for no violation, and draw it all the same", () => {
    const run = reportedRun(
      history()
        .settled()
        .holds("db1", 0.5, 5.2)
        .holds("db2", 5)
        .traffic("db2", 1, 9)
        .collected(10)
        .events(),
      { expect: [] },
    );
    expect(laneOf(lanesOf(run), "db1 HOLDS VIP").spans.at(-1)?.look).toBe("violation");
    expect(firstViolation(run)).toBeUndefined();
  });

  it("tell a fault that was not confirmed from one that was", () => {
    const [span] = laneOf(lanesOf(voidRun()), "kill -9 mysqld on db1").spans;
    expect(span).toMatchObject({ look: "unproven" });
    expect(span?.text).toContain("NOT CONFIRMED");
  });

  it("let a claim stand that nobody took back, and end it where keepalived says so", () => {
    const log = (text: string) =>
      ({ kind: "log", node: "db1", program: "Keepalived_vrrp", text }) as const;
    const story = history()
      .settled()
      .add(0.5, log("(VI_1) Entering MASTER STATE"))
      .holds("db1", 0.5)
      .fault(KEEPALIVED_KILLED, 2);
    expect(texts(laneOf(lanesOf(reportedRun(story.collected(8).events())), "db1 says"))).toEqual([
      "0.5..8 says-node-1: MASTER",
    ]);
    const ended = history()
      .settled()
      .add(0.5, log("(VI_1) Entering MASTER STATE"))
      .add(3, log("Stopping"))
      .add(4, log("VRRP_Instance(VI_1) Entering FAULT STATE"));
    expect(texts(laneOf(lanesOf(reportedRun(ended.collected(8).events())), "db1 says"))).toEqual([
      "0.5..3 says-node-1: MASTER",
      "3..4 absent: stopping",
      "4..8 bad: FAULT",
    ]);
  });

  it("call an operation without an end unknown, and hatch the time without writes", () => {
    const run = reportedRun(
      history()
        .settled()
        .holds("db1", 0.5)
        .traffic("db1", 1, 3)
        .write(3.5, { outcome: "indeterminate" })
        .add(3.6, { kind: "invoke", op: 9999, lane: "fresh", action: "write", write: 900 })
        .traffic("db1", 6, 8)
        .collected(8.2)
        .events(),
    );
    const lane = laneOf(lanesOf(run), "new connections");
    expect(lane.marks.filter(({ look }) => look === "unknown")).toHaveLength(2);
    expect(lane.spans).toMatchObject([{ look: "bad" }]);
    expect(lane.spans[0]?.text).toMatch(/^no write acknowledged for \d/);
  });

  it("show to which servers a director sends, and that it sends nobody", () => {
    const table = (weights: readonly number[]): EventBody => ({
      kind: "ipvs",
      node: "db1",
      notBeforeUs: 0,
      services: [
        {
          address: VIP,
          port: 3306,
          scheduler: "rr",
          servers: weights.map((weight, index) => ({
            address: `198.18.7.1${index + 1}`,
            port: 3306,
            weight,
            forwarding: "route",
          })),
        },
      ],
    });
    const story = history()
      .settled()
      .add(2, table([3, 1]))
      .add(4, table([0, 0]));
    expect(texts(laneOf(lanesOf(reportedRun(story.collected(8).events())), "db1 table"))).toEqual([
      "2..4 info: db1 (3), db2 (1)",
      "4..8 bad: db1 (0), db2 (0)",
    ]);
  });

  it("tell a server that only reads, and replication that lags", () => {
    const run = reportedRun(
      history()
        .settled()
        .mysqld("db2", 3, "up", { writable: false })
        .mysqld("db2", 4, "unresponsive")
        .replication(3, { caughtUp: false })
        .replication(4, { receiverRunning: false, caughtUp: false, lastError: "refused" })
        .collected(8)
        .events(),
    );
    const lanes = lanesOf(run);
    expect(laneOf(lanes, "db2 mysqld").spans.map(({ look }) => look)).toEqual([
      "good",
      "warn",
      "warn",
    ]);
    expect(laneOf(lanes, "db1 to db2").spans.map(({ text }) => text)).toEqual([
      "running, caught up",
      "running, behind",
      "receiver stopped, behind: refused",
      "running, caught up",
    ]);
  });

  it("show a stranger behind the VIP as what it is", () => {
    const entry = { kind: "neighbour", at: "client", address: VIP, state: "STALE" } as const;
    const run = reportedRun(
      history()
        .settled()
        .add(2, { ...entry, mac: "02:42:c6:12:07:01", node: "db1" })
        .add(3, { ...entry, mac: "02:00:00:00:00:99" })
        .add(4, { ...entry, state: "FAILED" })
        .collected(9)
        .events(),
    );
    expect(laneOf(lanesOf(run), "client sends to").spans.map(({ look }) => look)).toEqual([
      "node-1",
      "violation",
      "absent",
    ]);
  });
});
