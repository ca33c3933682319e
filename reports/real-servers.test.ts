import { describe, expect, it } from "vitest";
import { lvsPair, settledLvs, tableOf, type LvsStory } from "../harness/check/testing/lvs.ts";
import { seconds } from "../harness/core/time.ts";
import { serverTimesOf, type ServerTimes } from "./real-servers.ts";
import { reportedRun } from "./testing/runs.ts";
import { isInside, timedRunOf } from "./timing-runs.ts";

const KILLED = { kind: "mysqld-killed", node: { name: "db2" } } as const;
const full = tableOf({ db1: 1, db2: 1 });
const alone = tableOf({ db1: 1 });

/** db2 dies at 20 s, is out of both tables at 23.5 s, well at 30 s and in again at 31 s. */
function story(): LvsStory {
  return settledLvs(40)
    .fault(KILLED, "db2", 20)
    .mysqld("db2", 20.1, "down")
    .table("lvs1", 23.5, alone, 23.4)
    .table("lvs2", 22.5, alone)
    .fault(KILLED, "db2", 29.5, { action: "heal" })
    .mysqld("db2", 30, "up")
    .table("lvs1", 31, full)
    .table("lvs2", 30.5, full);
}

function timesOf(of: LvsStory): ServerTimes {
  return serverTimesOf(reportedRun(of.events(), { record: { topology: lvsPair() } }));
}

describe("a real server that dies", () => {
  it("has times of the director with the VIP, held against what its check allows", () => {
    const { out, back } = timesOf(story());
    // delay_loop 2, retry 1 after 1 s: 1 to 3 s, and what the machine may take.
    expect(out).toMatchObject({
      us: seconds(3.5),
      resolutionUs: 100_000,
      allowed: { minUs: 980_000, maxUs: 3_250_000 },
    });
    expect(back).toMatchObject({ us: seconds(1), resolutionUs: 10_000, allowed: { minUs: 0 } });
    expect(back?.allowed?.maxUs).toBeGreaterThan(seconds(2));
  });

  it("is inside or outside, by what is known of when the table changed", () => {
    const timed = (of: LvsStory): ReturnType<typeof timedRunOf> =>
      timedRunOf(reportedRun(of.events(), { record: { topology: lvsPair() } }));
    const run = timed(story());
    expect(run.timesUs).toMatchObject({ "server-out": 3_500_000, "server-back": 1_000_000 });
    expect([isInside(run, "server-out"), isInside(run, "server-back")]).toEqual([false, true]);
    const late = { ...run, resolutionsUs: { ...run.resolutionsUs, "server-out": 250_000 } };
    expect(isInside(late, "server-out")).toBe(true);
  });

  it("counts from its own fault, not from an earlier one elsewhere", () => {
    const earlier = story().fault({ kind: "mysqld-stopped", node: { name: "db1" } }, "db1", 15, {
      step: "a",
    });
    expect(timesOf(earlier).out?.us).toBe(seconds(3.5));
  });

  it("has no time of return when it did not return, or nobody saw it well", () => {
    const left = settledLvs(40).fault(KILLED, "db2", 20).table("lvs1", 22, alone);
    expect(timesOf(left)).toMatchObject({ out: { us: seconds(2) } });
    expect(timesOf(left).back).toBeUndefined();
    const unseen = timesOf(left.table("lvs1", 31, full));
    expect(unseen.out).toBeDefined();
    expect(unseen.back).toBeUndefined();
  });
});

describe("no real server that counts", () => {
  it("without a fault, or before it", () => {
    expect(timesOf(settledLvs(40).table("lvs1", 22, alone))).toEqual({});
    expect(timesOf(settledLvs(40).table("lvs1", 19, alone).fault(KILLED, "db2", 20))).toEqual({});
  });

  it("taken out by a director that had not the VIP, or is under the fault itself", () => {
    expect(timesOf(settledLvs(40).fault(KILLED, "db2", 20).table("lvs2", 22, alone))).toEqual({});
    const cut = settledLvs(40).fault({ kind: "cut", node: { name: "lvs1" } }, "lvs1", 20);
    expect(timesOf(cut.table("lvs1", 24, alone))).toEqual({});
  });

  it("of a pair without directors", () => {
    expect(serverTimesOf(reportedRun(story().events()))).toEqual({});
  });
});
