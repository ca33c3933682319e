import { describe, expect, it } from "vitest";
import { fakeCluster } from "../testing/cluster.ts";
import { history, type HistoryBuilder } from "../testing/history.ts";
import { holding, holds, type Observable } from "./conditions.ts";

const CONDITIONS: readonly Observable[] = [
  "vip-moved",
  "vip-home",
  "two-holders",
  "one-holder",
  "no-holder",
  "writes-resumed",
];

/** Which conditions hold at the end of a history, db1 being home. */
async function held(builder: HistoryBuilder): Promise<Observable[]> {
  const cluster = fakeCluster({ future: builder.events() });
  await cluster.sleepUntil(100_000_000);
  return CONDITIONS.filter((condition) => holds(cluster, condition, "db1"));
}

describe("conditions", () => {
  it("are told from where the VIP is", async () => {
    expect({
      home: await held(history().holds("db1", 0)),
      moved: await held(history().holds("db1", 0, 3).holds("db2", 4)),
      both: await held(history().holds("db1", 0).holds("db2", 4)),
      none: await held(history().holds("db1", 0, 3)),
    }).toEqual({
      home: ["vip-home", "one-holder"],
      moved: ["vip-moved", "one-holder"],
      both: ["two-holders"],
      none: ["no-holder"],
    });
  });

  it("take writes for resumed when a fresh one was acknowledged after the last move", async () => {
    const move = (): HistoryBuilder => history().holds("db1", 0, 3).holds("db2", 4);
    expect({
      before: await held(move().write(2)),
      after: await held(move().write(4.1)),
      refused: await held(move().write(4.1, { outcome: "failed" })),
      held: await held(move().write(4.1, { lane: "held" })),
      read: await held(move().read(4.1)),
    }).toEqual({
      before: ["vip-moved", "one-holder"],
      after: ["vip-moved", "one-holder", "writes-resumed"],
      refused: ["vip-moved", "one-holder"],
      held: ["vip-moved", "one-holder"],
      read: ["vip-moved", "one-holder"],
    });
  });
});

describe("holding", () => {
  it("names the holders and the last change of the VIP, other addresses aside", async () => {
    const other = { kind: "address", node: "db1", interface: "lo", address: "127.0.0.77" } as const;
    const cluster = fakeCluster({
      future: history()
        .holds("db2", 1)
        .holds("db1", 2)
        .add(5, { ...other, action: "added" })
        .events(),
    });
    await cluster.sleepUntil(9_000_000);
    expect(holding(cluster)).toEqual({ holders: ["db1", "db2"], lastChangeUs: 2_000_000 });
  });

  it("do not take a write from before the wait for a sign that writes resumed", async () => {
    const cluster = fakeCluster({ future: history().holds("db1", 0).write(1).events() });
    await cluster.sleepUntil(2_000_000);
    expect([
      holds(cluster, "writes-resumed", "db1", 500_000),
      holds(cluster, "writes-resumed", "db1", 1_500_000),
    ]).toEqual([true, false]);
  });
});
