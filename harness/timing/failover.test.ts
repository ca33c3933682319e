import { describe, expect, it } from "vitest";
import { seconds } from "../core/time.ts";
import type { Event } from "../history/events.ts";
import { history, serverOf } from "../testing/history.ts";
import { goodFailover, KEEPALIVED_KILLED, MYSQLD_KILLED } from "../testing/stories.ts";
import { resolvedPair } from "../testing/topology.ts";
import { failoverOf, serversOf, STAGES, type Failover } from "./failover.ts";

const PAIR = resolvedPair();

const failover = (events: readonly Event[]): Failover => failoverOf(events, PAIR)!;

/** Times in seconds, so that a whole failover can be read at a glance. */
function times(found: Failover): Record<string, number | undefined> {
  return Object.fromEntries(STAGES.map((stage) => [stage, secondsOf(found.stages[stage]?.tUs)]));
}

function secondsOf(us: number | undefined): number | undefined {
  return us === undefined ? undefined : us / seconds(1);
}

describe("failoverOf", () => {
  it("dates every stage of a hand-over with a goodbye", () => {
    expect(times(failover(goodFailover().events()))).toEqual({
      detect: 3,
      elect: 3.613,
      address: 3.6135,
      garp: 3.614,
      "tcp-answer": 3.65,
      "first-read": 3.68,
      "first-write": 3.72,
    });
  });

  it("says who lost the VIP to whom, to which fault, and how it was noticed", () => {
    const { step, fault, vip, from, to, faultUs, noticedBy, witnessGapUs } = failover(
      goodFailover().events(),
    );
    expect({ step, fault, vip, from, to, faultUs, noticedBy, witnessGapUs }).toEqual({
      step: "fault",
      fault: MYSQLD_KILLED,
      vip: "198.18.7.100",
      from: "db1",
      to: "db2",
      faultUs: seconds(2),
      noticedBy: "goodbye",
      witnessGapUs: 500,
    });
  });

  it("cites for every stage the event that proves it", () => {
    const events = goodFailover().events();
    const cited = STAGES.map((stage) => {
      const mark = failover(events).stages[stage]!;
      const event = events.find(({ seq }) => seq === mark.event)!;
      return [stage, event.kind, event.tUs === mark.tUs];
    });
    expect(cited).toEqual([
      ["detect", "advert", true],
      ["elect", "advert", true],
      ["address", "address", true],
      ["garp", "arp", true],
      ["tcp-answer", "tcp", true],
      ["first-read", "complete", true],
      ["first-write", "complete", true],
    ]);
  });

  it.each(STAGES.filter((stage) => stage !== "address" && stage !== "detect"))(
    "leaves %s out when nothing shows it",
    (stage) => {
      const events = goodFailover().events();
      const mark = failover(events).stages[stage]!;
      const shows = events.find((event) => event.seq === mark.event)!;
      const unseen = events.filter(
        (event) =>
          event.tUs < seconds(2) ||
          event.kind !== shows.kind ||
          ("action" in event && "action" in shows && event.action !== shows.action) ||
          ("sender" in event && "sender" in shows && event.sender !== shows.sender),
      );
      expect(Object.keys(failover(unseen).stages)).toEqual(
        STAGES.filter((other) => other !== stage),
      );
    },
  );

  it("takes a move without a goodbye for silence, noticed by electing", () => {
    const events = history()
      .settled()
      .holds("db1", 0)
      .advert("db1", 1, 101)
      .fault(KEEPALIVED_KILLED, 2)
      .advert("db2", 4.613, 99)
      .holds("db2", 4.614)
      .events();
    const { noticedBy, stages, oldHolder } = failover(events);
    expect({ noticedBy, stages, oldHolder }).toEqual({
      noticedBy: "silence",
      stages: {
        detect: { tUs: seconds(4.613), event: expect.any(Number) },
        elect: { tUs: seconds(4.613), event: expect.any(Number) },
        address: { tUs: seconds(4.614), event: expect.any(Number) },
      },
      oldHolder: {},
    });
  });

  it("does not take a goodbye after the move for its reason", () => {
    const events = history()
      .settled()
      .holds("db1", 0, 6)
      .fault(KEEPALIVED_KILLED, 2)
      .advert("db2", 4.613, 99)
      .holds("db2", 4.614)
      .advert("db1", 6, 0)
      .events();
    expect(failover(events).noticedBy).toBe("silence");
  });

  it("says what the old holder still did, until it came home", () => {
    const events = goodFailover()
      .write(2.4, { node: "db1" })
      .answers("db1", 2.9)
      // Back home later: no longer the old holder.
      .holds("db1", 7)
      .answers("db1", 7.1)
      .write(7.2, { node: "db1" })
      .events();
    const { addressGone, lastAnswer, lastWrite } = failover(events).oldHolder;
    expect([addressGone, lastAnswer, lastWrite].map((mark) => secondsOf(mark?.tUs))).toEqual([
      3.001, 2.9, 2.4,
    ]);
  });

  it("counts nothing for the old holder once the new one has given the VIP up", () => {
    const events = history()
      .settled()
      .holds("db1", 0)
      .fault(KEEPALIVED_KILLED, 2)
      .holds("db2", 4.6, 7)
      .answers("db1", 6)
      .answers("db1", 8)
      .events();
    expect(secondsOf(failover(events).oldHolder.lastAnswer?.tUs)).toBe(6);
  });

  it("measures the outage between acknowledged writes on fresh connections", () => {
    const events = goodFailover().write(2.6, { lane: "held", node: "db1" }).events();
    const { lastOk, firstOk } = failover(events).outage!;
    expect([secondsOf(lastOk.tUs), secondsOf(firstOk.tUs)]).toEqual([1.92, 3.72]);
  });

  it("shows no outage when no write came back", () => {
    const events = goodFailover()
      .events()
      .filter((event) => event.kind !== "complete" || event.tUs < seconds(2));
    expect(failover(events).outage).toBeUndefined();
  });

  it("is absent when nothing was injected, nothing moved, or nobody held the VIP", () => {
    const quiet = history().settled().holds("db1", 0);
    expect([
      failoverOf(quiet.events(), PAIR),
      failoverOf(quiet.fault(MYSQLD_KILLED, 2).events(), PAIR),
      failoverOf(history().fault(MYSQLD_KILLED, 2).holds("db2", 3).events(), PAIR),
    ]).toEqual([undefined, undefined, undefined]);
  });

  it("is absent for a fault that was only announced", () => {
    const events = history()
      .holds("db1", 0, 3)
      .fault({ kind: "sabotaged", fault: MYSQLD_KILLED }, 2)
      .holds("db2", 3)
      .events();
    expect(failoverOf(events, PAIR)).toBeUndefined();
  });

  it("does not take the holder's own return for a move", () => {
    const events = history().holds("db1", 0, 3).fault(MYSQLD_KILLED, 2).holds("db1", 4).events();
    expect(failoverOf(events, PAIR)).toBeUndefined();
  });
});

describe("serversOf", () => {
  it("knows a node by what its own address answered", () => {
    expect(serversOf(history().settled().mysqld("db1", 3, "down").events())).toEqual(
      new Map([
        [serverOf("db1"), "db1"],
        [serverOf("db2"), "db2"],
      ]),
    );
  });
});
