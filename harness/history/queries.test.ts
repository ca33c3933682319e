import fc, { type Arbitrary } from "fast-check";
import { describe, expect, it } from "vitest";
import { durationUs, seconds, type Interval } from "../core/time.ts";
import { anyHolding, anyInterval, anyTimeUs, NODES } from "../testing/arbitraries.ts";
import { history } from "../testing/history.ts";
import { CUT, goodFailover, MYSQLD_KILLED } from "../testing/stories.ts";
import { VIP } from "../testing/topology.ts";
import { sequence } from "./codec.ts";
import type { Event } from "./events.ts";
import {
  endOfHistory,
  endOfWatch,
  gaps,
  holdersAt,
  holdersNow,
  holdings,
  injections,
  judgedSpan,
  overlaps,
  phaseSpan,
} from "./queries.ts";

/** Half-open, as spans of time are read throughout. */
const covers = ({ startUs, endUs }: Interval, tUs: number): boolean =>
  startUs <= tUs && tUs < endUs;

/** Address events of several nodes, as repetitive and contradictory as netlink may be. */
const anyAddressHistory: Arbitrary<Event[]> = fc
  .array(
    fc.record({
      kind: fc.constant("address" as const),
      node: fc.constantFrom(...NODES),
      interface: fc.constant("eth0"),
      address: fc.constantFrom(VIP, "198.18.7.11"),
      action: fc.constantFrom("added" as const, "removed" as const),
      tUs: anyTimeUs,
    }),
    { maxLength: 15 },
  )
  .map(sequence);

describe("holdings", () => {
  it("run from added to removed, and cite the events that say so", () => {
    const events = history().holds("db1", 1, 4).holds("db2", 3).events();
    expect(holdings(events, VIP, seconds(6))).toEqual([
      {
        node: "db1",
        address: VIP,
        startUs: seconds(1),
        endUs: seconds(4),
        evidence: [1, 3],
        open: false,
      },
      {
        node: "db2",
        address: VIP,
        startUs: seconds(3),
        endUs: seconds(6),
        evidence: [2],
        open: true,
      },
    ]);
  });

  it("of one node never overlap, come in order and end after they began", () => {
    fc.assert(
      fc.property(anyAddressHistory, (events) => {
        const list = holdings(events, VIP);
        expect(list.every((item) => durationUs(item) >= 0)).toBe(true);
        expect(list.map((item) => item.startUs)).toEqual(
          list.map((item) => item.startUs).sort((a, b) => a - b),
        );
        for (const node of NODES) {
          const own = list.filter((item) => item.node === node);
          expect(own.every((item, index) => item.startUs >= (own[index - 1]?.endUs ?? 0))).toBe(
            true,
          );
        }
      }),
    );
  });

  it("cite only events about that address on that node", () => {
    fc.assert(
      fc.property(anyAddressHistory, (events) => {
        for (const { node, evidence } of holdings(events, VIP)) {
          const cited = evidence.map((seq) => events.find((event) => event.seq === seq));
          expect(cited).toEqual(
            evidence.map(() => expect.objectContaining({ node, address: VIP })),
          );
        }
      }),
    );
  });

  it("that are open are those of the nodes that hold the address now", () => {
    fc.assert(
      fc.property(anyAddressHistory, (events) => {
        const open = holdings(events, VIP).filter((item) => item.open);
        expect(open.map((item) => item.node).sort()).toEqual(holdersNow(events, VIP));
      }),
    );
  });

  it("end with the watching, not with the dismantling of the nodes", () => {
    const events = history().settled().holds("db1", 0).phase("collect", 5, 6).events();
    expect(holdings(events, VIP).map((item) => item.endUs)).toEqual([seconds(5)]);
  });

  it("take a repeated addition for the same holding", () => {
    const events = history().holds("db1", 1).holds("db1", 2).holds("db2", 2).events();
    expect(holdings(events, VIP).map(({ node, startUs }) => [node, startUs])).toEqual([
      ["db1", seconds(1)],
      ["db2", seconds(2)],
    ]);
  });
});

describe("holdersAt", () => {
  it("names the nodes whose holdings cover the moment", () => {
    fc.assert(
      fc.property(anyAddressHistory, anyTimeUs, (events, tUs) => {
        const list = holdings(events, VIP).map((item) => ({ ...item, open: false }));
        expect(holdersAt(list, tUs)).toEqual(
          list
            .filter((item) => covers(item, tUs))
            .map((item) => item.node)
            .sort(),
        );
      }),
    );
  });

  it("counts an open holding at its very end, and an ended one not", () => {
    const events = history().holds("db1", 1, 4).holds("db2", 3).events();
    expect(holdersAt(holdings(events, VIP, seconds(4)), seconds(4))).toEqual(["db2"]);
  });
});

describe("overlaps", () => {
  it("hold a moment exactly when two nodes do", () => {
    fc.assert(
      fc.property(fc.array(anyHolding, { maxLength: 6 }), anyTimeUs, (list, tUs) => {
        const nodes = new Set(list.filter((item) => covers(item, tUs)).map((item) => item.node));
        expect(overlaps(list).some((item) => covers(item, tUs))).toBe(nodes.size >= 2);
      }),
    );
  });

  it("are never empty, never of one node with itself, and come in order", () => {
    fc.assert(
      fc.property(fc.array(anyHolding, { maxLength: 6 }), (list) => {
        const found = overlaps(list);
        const wrong = found.filter(
          (item) => durationUs(item) <= 0 || item.first.node === item.second.node,
        );
        expect(wrong).toEqual([]);
        expect(found.map((item) => item.startUs)).toEqual(
          found.map((item) => item.startUs).sort((a, b) => a - b),
        );
      }),
    );
  });
});

describe("gaps", () => {
  const anyIntervals = fc.array(anyInterval, { maxLength: 6 });

  it("and intervals part every moment of the span between them", () => {
    fc.assert(
      fc.property(anyIntervals, anyInterval, anyTimeUs, (intervals, within, tUs) => {
        fc.pre(covers(within, tUs));
        const held = intervals.some((item) => covers(item, tUs));
        expect(gaps(intervals, within).some((gap) => covers(gap, tUs))).toBe(!held);
      }),
    );
  });

  it("lie inside the span, in order, without overlap, and none is empty", () => {
    fc.assert(
      fc.property(anyIntervals, anyInterval, (intervals, within) => {
        const found = gaps(intervals, within);
        const wrong = found.filter(
          (gap, index) =>
            durationUs(gap) <= 0 ||
            gap.startUs < within.startUs ||
            gap.endUs > within.endUs ||
            gap.startUs < (found[index - 1]?.endUs ?? 0),
        );
        expect(wrong).toEqual([]);
      }),
    );
  });

  it("of nothing are the whole span", () => {
    expect(gaps([], { startUs: 2, endUs: 9 })).toEqual([{ startUs: 2, endUs: 9 }]);
  });
});

describe("phases", () => {
  it("span from begin to end, or to the end of what is known", () => {
    const events = history().phase("settle", 0, 1).phase("disturb", 1).holds("db1", 3).events();
    expect([
      phaseSpan(events, "settle"),
      phaseSpan(events, "disturb"),
      phaseSpan(events, "heal"),
    ]).toEqual([
      { startUs: 0, endUs: seconds(1) },
      { startUs: seconds(1), endUs: seconds(3) },
      undefined,
    ]);
  });

  it("bound what is judged: from the disturbance to the collecting", () => {
    expect(judgedSpan(goodFailover().collected(8).events())).toEqual({
      startUs: seconds(1),
      endUs: seconds(8),
    });
  });

  it("leave nothing to judge when the disturbance never began", () => {
    expect(judgedSpan(history().phase("settle", 0).events())).toBeUndefined();
  });

  it("end with the last event when nothing was collected", () => {
    const events = history().phase("disturb", 1).holds("db1", 3).events();
    expect([endOfHistory(events), endOfWatch(events), endOfHistory([])]).toEqual([
      seconds(3),
      seconds(3),
      0,
    ]);
  });
});

describe("injections", () => {
  it("are the beginnings of faults, not their ends and not their healings", () => {
    const events = history()
      .fault(MYSQLD_KILLED, 1)
      .fault(MYSQLD_KILLED, 2, { action: "heal" })
      .fault(CUT, 3, { step: "second" })
      .events();
    expect(injections(events).map(({ step, tUs }) => [step, tUs])).toEqual([
      ["fault", seconds(1)],
      ["second", seconds(3)],
    ]);
  });
});
