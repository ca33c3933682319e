import { describe, expect, it } from "vitest";
import { lvsPair, settledLvs, tableOf, type LvsStory } from "../harness/check/testing/lvs.ts";
import type { JsonObject } from "../harness/core/json.ts";
import { seconds } from "../harness/core/time.ts";
import { passes } from "../harness/scenario/index.ts";
import { serverTimesOf, type ServerTimes } from "./real-servers.ts";
import type { ReportedRun } from "./reported.ts";
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

describe("a server that the scenario names", () => {
  /** First db2 is taken out and comes back as a preparation, then db1 dies at 34 s and leaves at 36 s. */
  const prepared = (): LvsStory =>
    settledLvs(50)
      .fault({ kind: "mysqld-stopped", node: { name: "db2" } }, "db2", 20, { step: "herd" })
      .table("lvs1", 22.5, alone)
      .fault({ kind: "mysqld-stopped", node: { name: "db2" } }, "db2", 25, {
        step: "herd",
        action: "heal",
      })
      .mysqld("db2", 25.5, "up")
      .table("lvs1", 26, full)
      .fault(KILLED, "db2", 30, { step: "again" })
      .table("lvs1", 31.5, alone)
      .table("lvs1", 33, full)
      .fault({ kind: "mysqld-killed", node: { name: "db1" } }, "db1", 34)
      .table("lvs1", 36, tableOf({ db2: 1 }));
  const declared = (settings: JsonObject): ReportedRun =>
    reportedRun(prepared().events(), {
      record: { topology: lvsPair() },
      expect: [passes("real-server-membership", settings)],
    });

  it.each([
    ["db1", {}, 2],
    ["db2", { after: "again" }, 1.5],
    ["db2", {}, 2.5],
  ])(
    "%s %j is timed from the fault that the judge counts from, to the digit",
    (server, more, s) => {
      const run = declared({ server, ...more });
      const time = serverTimesOf(run).out;
      expect(time?.us).toBe(seconds(s));
      const [finding] = run.result.expectations;
      expect(finding?.finding.facts["directors"]).toMatchObject([
        { director: "lvs1", leftAfterMs: seconds(s) / 1000 },
        {},
      ]);
    },
  );

  it("is held against what the scenario allows", () => {
    const { out } = serverTimesOf(declared({ server: "db1", withinMs: 35_000 }));
    expect(out?.allowed).toMatchObject({ minUs: 0, maxUs: seconds(35) });
  });

  it("is the only one that is timed", () => {
    const run = reportedRun(story().events(), {
      record: { topology: lvsPair() },
      expect: [passes("real-server-membership", { server: "db1", expect: "stays" })],
    });
    expect(serverTimesOf(run)).toEqual({});
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
