/** The checkers of what users notice: the VIP is there, moves in time, and somebody answers on it. */
import { describe, expect, it } from "vitest";
import { history, type HistoryBuilder } from "../testing/history.ts";
import { judge, said } from "../testing/judging.ts";
import { ADDRESS_ADDED, goodFailover, MYSQLD_KILLED } from "../testing/stories.ts";
import { only } from "../history/events.ts";
import { resolvedPair } from "../testing/topology.ts";
import type { PlainFault } from "../fault/fault.ts";

const NOTHING_JUDGED = "inconclusive: the run ended before anything could be judged";

describe("schedule-followed", () => {
  it("passes when every condition came true", () => {
    expect(said("schedule-followed", history().step("moved", 3).step("home", 9).events())).toBe(
      "pass: 2 steps, each in its time",
    );
  });

  it("fails when one did not, and says what was waited for", () => {
    const events = history().step("fault", 1).step("moved", 13, false).events();
    expect(judge("schedule-followed", events)).toEqual({
      verdict: "fail",
      reason: "step moved waited for the VIP to be on another node, and only there in vain",
      evidence: [2],
      facts: { missed: ["moved"] },
    });
  });
});

describe("vip-available", () => {
  const NAME = "vip-available";
  const gap = (): HistoryBuilder => history().settled().holds("db1", 0, 3).holds("db2", 3.6);

  it("passes when a node held the VIP at all times, hand-overs included", () => {
    const events = history().settled().holds("db1", 0, 3.1).holds("db2", 3).events();
    expect(said(NAME, events)).toBe("pass: a node held the VIP at all times");
  });

  it("fails when nobody held it for longer than is allowed, and says for how long", () => {
    const events = gap().phase("collect", 9).events();
    expect(judge(NAME, events, { settings: { maxGapMs: 599 } })).toEqual({
      verdict: "fail",
      reason: "nobody held 198.18.7.100 for 0.600 s from 3.000 s; 0.599 s is allowed",
      evidence: only(events, "address")
        .slice(1)
        .map((event) => event.seq),
      facts: {
        allowedUs: 599_000,
        longestUs: 600_000,
        totalUs: 600_000,
        gaps: [{ startUs: 3_000_000, endUs: 3_600_000 }],
      },
    });
  });

  it("passes with a gap within the allowance, and says so", () => {
    expect(said(NAME, gap().events(), { settings: { maxGapMs: 600 } })).toBe(
      "pass: nobody held 198.18.7.100 for 0.600 s from 3.000 s, within the allowance of 0.600 s",
    );
  });

  it("allows no more than the scheduling of a hand-over unless the scenario does", () => {
    const without = (gapSeconds: number): string =>
      judge(
        NAME,
        history()
          .settled()
          .holds("db1", 0, 3)
          .holds("db2", 3 + gapSeconds)
          .events(),
      ).verdict;
    expect([without(0.02), without(0.020001)]).toEqual(["pass", "fail"]);
  });

  it("fails when the VIP never returns", () => {
    const events = history().settled().holds("db1", 0, 3).phase("collect", 9).events();
    expect(said(NAME, events)).toBe(
      "fail: nobody held 198.18.7.100 for 6.000 s from 3.000 s; 0.020 s is allowed",
    );
  });

  it("does not count the time before the disturbance", () => {
    expect(judge(NAME, history().settled().holds("db1", 0.9).events()).verdict).toBe("pass");
  });

  it("is inconclusive when nothing was disturbed", () => {
    expect(said(NAME, history().holds("db1", 0).events())).toBe(NOTHING_JUDGED);
  });
});

describe("failover-within", () => {
  const NAME = "failover-within";

  it("passes when the VIP moved and was written to inside the interval of the timers", () => {
    const { verdict, reason, facts } = judge(NAME, goodFailover().events());
    expect({ verdict, reason, facts }).toEqual({
      verdict: "pass",
      reason:
        "the VIP moved from db1 to db2 1.613 s after the fault (allowed 0.602 s to 3.372 s, U(0, I) + s + skew(99), and for the machine 0.020 s before and 0.750 s after)",
      facts: {
        moved: true,
        from: "db1",
        to: "db2",
        movedUs: 1_613_500,
        minUs: 602_281,
        maxUs: 3_372_281,
        formula: "U(0, I) + s + skew(99)",
      },
    });
  });

  const movedAt = (atSeconds: number): string => {
    const events = history()
      .settled()
      .holds("db1", 0, 2.5)
      .fault(MYSQLD_KILLED, 2)
      .holds("db2", atSeconds)
      .write(atSeconds + 0.1, { node: "db2" })
      .events();
    return judge(NAME, events).verdict;
  };

  it("holds the move to both ends of the interval, to the microsecond", () => {
    expect([2.60228, 2.602281, 5.372281, 5.372282].map(movedAt)).toEqual([
      "fail",
      "pass",
      "pass",
      "fail",
    ]);
  });

  it("says how late the move was", () => {
    const events = history()
      .settled()
      .holds("db1", 0, 2.5)
      .fault(MYSQLD_KILLED, 2)
      .holds("db2", 6)
      .events();
    expect(said(NAME, events)).toBe(
      "fail: the VIP was on db2 4.000 s after the fault; the timers allow 0.602 s to 3.372 s, U(0, I) + s + skew(99), and for the machine 0.020 s before and 0.750 s after",
    );
  });

  const servedAfter = (served: (builder: HistoryBuilder) => HistoryBuilder): string =>
    said(
      NAME,
      served(
        history().settled().holds("db1", 0, 2.5).fault(MYSQLD_KILLED, 2).holds("db2", 3),
      ).events(),
    );

  it("fails when no write was acknowledged on the new holder, or only late", () => {
    expect([
      servedAfter((builder) => builder.write(3.1, { outcome: "failed" })),
      servedAfter((builder) => builder.write(4.501, { node: "db2" })),
    ]).toEqual([
      "fail: the VIP moved to db2 in time, but a write was acknowledged there never",
      "fail: the VIP moved to db2 in time, but a write was acknowledged there only 1.501 s later",
    ]);
  });

  it("fails when the VIP did not move", () => {
    const events = history().settled().holds("db1", 0).fault(MYSQLD_KILLED, 2).events();
    expect(said(NAME, events)).toBe("fail: the VIP did not move after the fault (step fault)");
  });

  it("is inconclusive without a fault, and for faults after which nothing is predicted", () => {
    const started: PlainFault = {
      kind: "service-started",
      node: { name: "db2" },
      service: "keepalived",
    };
    const moved = (fault: PlainFault): HistoryBuilder =>
      history().settled().holds("db1", 0, 2.5).fault(fault, 2).holds("db2", 3);
    expect([
      said(NAME, history().settled().events()),
      said(NAME, moved(started).events()),
      said(NAME, moved(ADDRESS_ADDED).events()),
      said(NAME, moved(MYSQLD_KILLED).events(), { topology: resolvedPair("always-fine") }),
    ]).toEqual([
      "inconclusive: no fault was injected",
      "inconclusive: nothing is predicted for this fault",
      "inconclusive: nothing is predicted for this fault",
      "inconclusive: nothing is predicted for this fault",
    ]);
  });
});

describe("holder-can-serve", () => {
  const NAME = "holder-can-serve";
  const watched = (): HistoryBuilder => history().settled().holds("db1", 0, 6).holds("db2", 6);

  it("passes when the holder's mysqld answered all the time", () => {
    expect(said(NAME, watched().events())).toBe("pass: the holder's mysqld answered all the time");
  });

  it("does not mind a dead mysqld on the node that has not the VIP", () => {
    expect(
      judge(NAME, watched().mysqld("db2", 2, "down").mysqld("db2", 5, "up").events()).verdict,
    ).toBe("pass");
  });

  it("fails when it was down for longer than is allowed, as far as that node had the VIP", () => {
    const events = watched().mysqld("db1", 4, "down").phase("collect", 9).events();
    expect(said(NAME, events, { settings: { maxSpellMs: 1999 } })).toBe(
      "fail: db1 held the VIP for 2.000 s while its mysqld did not answer; 1.999 s is allowed",
    );
  });

  it("passes with a spell within the allowance", () => {
    const events = watched().mysqld("db1", 4, "down").events();
    expect(said(NAME, events, { settings: { maxSpellMs: 2000 } })).toBe(
      "pass: db1 held the VIP for 2.000 s while its mysqld did not answer, within the allowance of 2.000 s",
    );
  });

  it("counts silence from the last answer, a closed connection from when it was closed", () => {
    const longest = (state: "down" | "unresponsive"): unknown =>
      judge(
        NAME,
        watched()
          .mysqld("db1", 4, state, { notBeforeSeconds: 3.5 })
          .mysqld("db1", 5, "up")
          .events(),
      ).facts["longestUs"];
    expect([longest("unresponsive"), longest("down")]).toEqual([1_500_000, 1_000_000]);
  });

  // Each change of state is a spell of its own, so the longest is shown as 2 s instead of 3 s.
  it("counts one spell for a server that is silent first and down then", () => {
    const events = watched()
      .mysqld("db1", 2, "unresponsive")
      .mysqld("db1", 3, "down")
      .mysqld("db1", 5, "up")
      .events();
    expect(judge(NAME, events).facts["longestUs"]).toBe(3_000_000);
  });

  it("is inconclusive when a node's mysqld was not watched", () => {
    const events = history().phase("disturb", 0).mysqld("db1", 0, "up").holds("db1", 0).events();
    expect(said(NAME, events)).toBe("inconclusive: the mysqld of db2 was not watched");
  });

  it("is inconclusive when nothing was disturbed", () => {
    expect(said(NAME, history().events())).toBe(NOTHING_JUDGED);
  });
});

describe("nothing-leaked", () => {
  const NAME = "nothing-leaked";
  const left = (...containers: string[]): HistoryBuilder =>
    history().add(9, { kind: "leftovers", containers, networks: [], volumes: [] });

  it("passes when the sweep found nothing", () => {
    expect(said(NAME, left().events())).toBe("pass: nothing is left");
  });

  it("fails and names the first of what is left", () => {
    expect(said(NAME, left("a", "b", "c", "d").events())).toBe("fail: 4 objects are left: a, b, c");
  });

  it("counts networks and volumes too", () => {
    const events = history()
      .add(9, { kind: "leftovers", containers: [], networks: ["net"], volumes: ["data"] })
      .events();
    expect(said(NAME, events)).toBe("fail: 2 objects are left: net, data");
  });

  it("is inconclusive when nobody looked", () => {
    expect(said(NAME, history().events())).toBe("inconclusive: nobody looked for leftovers");
  });
});
