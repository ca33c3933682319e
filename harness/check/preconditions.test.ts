import { describe, expect, it } from "vitest";
import type { PlainFault } from "../fault/fault.ts";
import type { Event } from "../history/events.ts";
import { history } from "../testing/history.ts";
import { judge, said } from "../testing/judging.ts";
import { ADDRESS_ADDED, CUT, goodFailover, MYSQLD_KILLED } from "../testing/stories.ts";

describe("settled", () => {
  const steady = (): ReturnType<typeof history> =>
    history().holds("db1", 0.5).advert("db1", 0.5, 101, "db2").settled();

  it("passes when the disturbance began after steady state was proven", () => {
    expect(said("settled", steady().events())).toBe(
      "pass: one holder, replication running on every edge, multicast passing",
    );
  });

  it("is inconclusive when the run never got that far", () => {
    const reason = "inconclusive: the cluster never reached a proven steady state";
    expect([
      said("settled", history().events()),
      said("settled", history().phase("settle", 0).events()),
    ]).toEqual([reason, reason]);
  });

  it.each([
    ["nobody held 198.18.7.100", history().advert("db1", 0.5, 101, "db2").settled()],
    ["db1 and db2 held 198.18.7.100", steady().holds("db2", 0.6)],
    ["db2 had heard no advert of db1", history().holds("db1", 0.5).settled()],
  ])("is inconclusive when %s", (lacking, built) => {
    expect(said("settled", built.events())).toBe(`inconclusive: before the disturbance ${lacking}`);
  });

  it("does not ask for a holder when the scenario settles without", () => {
    const settings = { holders: "any" };
    const nobody = history().settled().events();
    expect(said("settled", nobody, { settings })).toBe(
      "pass: replication running on every edge, multicast passing",
    );
    const alone = nobody.filter((event) => event.kind !== "replication");
    expect(judge("settled", alone, { settings }).verdict).toBe("inconclusive");
  });

  it.each([
    ["multicast was not seen to pass from db1 to db2", "multicast-probe"],
    ["replication db1 to db2 was not seen to run", "replication"],
  ] as const)("is inconclusive when %s", (lacking, kind) => {
    const events = steady()
      .events()
      .filter((event) => event.kind !== kind);
    expect(said("settled", events)).toBe(`inconclusive: before the disturbance ${lacking}`);
  });
});

describe("fault-confirmed", () => {
  it("passes when every injection and every healing has a receipt", () => {
    const events = history()
      .fault(MYSQLD_KILLED, 1)
      .fault(MYSQLD_KILLED, 2, { action: "heal" })
      .events();
    expect(said("fault-confirmed", events)).toBe("pass: 2 receipts, all confirmed");
  });

  it("passes when no fault was asked for", () => {
    expect(said("fault-confirmed", history().events())).toBe("pass: no fault was asked for");
  });

  it("is inconclusive when a receipt says that nothing happened", () => {
    const events = history().fault(MYSQLD_KILLED, 1, { confirmed: false }).events();
    expect(said("fault-confirmed", events)).toBe(
      "inconclusive: inject of step fault on db1 is not confirmed: it is there",
    );
  });

  it("is inconclusive when the healing left no receipt", () => {
    const events = history()
      .fault(MYSQLD_KILLED, 1)
      .fault(MYSQLD_KILLED, 2, { action: "heal", confirmed: "missing" })
      .events();
    expect(said("fault-confirmed", events)).toBe(
      "inconclusive: heal of step fault left no receipt",
    );
  });

  it("does not take the receipt of one step for that of another", () => {
    const events = history()
      .fault(MYSQLD_KILLED, 1)
      .fault(ADDRESS_ADDED, 2, { step: "second", node: "db2", confirmed: "missing" })
      .events();
    expect(said("fault-confirmed", events)).toBe(
      "inconclusive: inject of step second left no receipt",
    );
  });
});

describe("enough-activity", () => {
  const traffic = (ticks: number): ReturnType<typeof history> => {
    const builder = history();
    for (let tick = 0; tick < ticks; tick += 1) {
      builder.read(tick / 10 + 0.01).write(tick / 10 + 0.02);
    }
    return builder;
  };

  it("passes from fifty acknowledged reads and fifty writes on", () => {
    expect(said("enough-activity", traffic(50).events())).toBe(
      "pass: 50 writes and 50 reads acknowledged",
    );
  });

  it("is inconclusive below", () => {
    expect(said("enough-activity", traffic(49).read(9).events())).toBe(
      "inconclusive: only 49 writes and 50 reads were acknowledged (at least 50 and 50 needed)",
    );
  });

  it("does not count what was not acknowledged", () => {
    const events = traffic(49)
      .write(9, { outcome: "failed" })
      .write(9.1, { outcome: "indeterminate" });
    expect(judge("enough-activity", events.read(9).events()).facts).toEqual({
      writes: 49,
      reads: 50,
    });
  });

  it("takes a lower bound from the scenario", () => {
    const settings = { writes: 1, reads: 1 };
    expect(judge("enough-activity", traffic(1).events(), { settings }).verdict).toBe("pass");
  });
});

describe("observation-complete", () => {
  const NAME = "observation-complete";

  it("passes when nobody was lost and netlink agrees with the final addresses", () => {
    expect(said(NAME, goodFailover().collected(8).events())).toBe(
      "pass: all observers watched to the end; final addresses agree",
    );
  });

  it("is inconclusive when an observer was lost", () => {
    const events = goodFailover()
      .add(4, { kind: "observer", observer: "netlink at db2", state: "lost" })
      .collected(8)
      .events();
    expect(said(NAME, events)).toBe("inconclusive: netlink at db2 was lost");
  });

  describe("when a capture was blind for a while", () => {
    const DOWN: PlainFault = { kind: "interface-down", node: { role: "holder" } };
    const capture = { kind: "observer", observer: "packets at db1" } as const;
    const blind = (fault: PlainFault, node: string, backSeconds?: number): Event[] => {
      const builder = goodFailover()
        .fault(fault, 4, { step: "down", node })
        .add(4.1, { ...capture, state: "ended", detail: { comesBack: true } })
        .fault(fault, 5, { step: "down", node, action: "heal" });
      if (backSeconds !== undefined) {
        builder.add(backSeconds, { ...capture, state: "watching", detail: { again: true } });
      }
      return builder.collected(20).events();
    };

    it("passes when a fault took its interface, and says from when to when", () => {
      const { verdict, reason, facts } = judge(NAME, blind(DOWN, "db1", 5.5));
      expect(`${verdict}: ${reason}`).toBe(
        "pass: all observers watched to the end; final addresses agree; packets at db1 saw nothing from 4.100 s to 5.500 s",
      );
      expect(facts["blind"]).toEqual([
        { observer: "packets at db1", startUs: 4_100_000, endUs: 5_500_000 },
      ]);
    });

    it.each([
      ["no fault took its interface", blind(CUT, "db1", 5.5)],
      ["no fault took its interface", blind(DOWN, "db2", 5.5)],
      ["it did not come back", blind(DOWN, "db1")],
      ["it came back only 10.490 s after its interface", blind(DOWN, "db1", 15.5)],
    ])("is inconclusive otherwise: %s", (why, events) => {
      expect(said(NAME, events)).toMatch(
        new RegExp(`^inconclusive: packets at db1 saw nothing from 4\\.100 s .*: ${why}$`),
      );
    });
  });

  it("is inconclusive when the final addresses were not read", () => {
    const events = goodFailover()
      .collected(8)
      .events()
      .filter((event) => event.kind !== "address-dump");
    expect(said(NAME, events)).toBe("inconclusive: the final addresses of db1 were not read");
  });

  it("is inconclusive when a node has the VIP and netlink did not see it come", () => {
    const events = goodFailover()
      .collected(8)
      .add(8.3, { kind: "address-dump", node: "db1", addresses: ["198.18.7.11", "198.18.7.100"] })
      .events();
    expect(said(NAME, events)).toBe(
      "inconclusive: netlink says 198.18.7.100 ended on db2, the nodes say db1 and db2",
    );
  });
});

describe("clock-steady", () => {
  const NAME = "clock-steady";
  const clocks = (...offsetsUs: number[]): ReturnType<typeof history> => {
    const builder = history().phase("disturb", 0);
    offsetsUs.forEach((wallMinusMonotonicUs, index) => {
      builder.add(index, { kind: "clock", wallMinusMonotonicUs });
    });
    return builder;
  };

  it("passes up to five milliseconds of drift", () => {
    expect(said(NAME, clocks(1_000_000, 1_005_000, 1_002_000).events())).toBe(
      "pass: wall and monotonic clock agree within 5000 µs",
    );
  });

  it("is inconclusive when the clock was stepped, in either direction", () => {
    const reason = "inconclusive: the wall clock moved by 5.001 ms against the monotonic clock";
    expect([
      said(NAME, clocks(1_000_000, 1_005_001).events()),
      said(NAME, clocks(1_005_001, 1_000_000).events()),
    ]).toEqual([reason, reason]);
  });

  it("is inconclusive without readings", () => {
    expect(said(NAME, history().phase("disturb", 0).events())).toBe(
      "inconclusive: no clock readings",
    );
  });
});

describe("witnesses-agree", () => {
  const NAME = "witnesses-agree";
  const moved = (): ReturnType<typeof history> => history().settled().holds("db2", 3);

  it("passes when the announcement follows the address within 25 ms", () => {
    expect(said(NAME, moved().announces("db2", 3.025).events())).toBe(
      "pass: netlink and packets agree within 25.0 ms on 1 move",
    );
  });

  it("passes when there was no move", () => {
    expect(said(NAME, history().settled().holds("db1", 0).events())).toBe(
      "pass: no move to compare",
    );
  });

  it("is inconclusive when they differ by more", () => {
    expect(said(NAME, moved().announces("db2", 3.026).events())).toBe(
      "inconclusive: netlink and packets differ by more than 0.025 s on the move to db2",
    );
  });

  it("is inconclusive when the move was never announced, or by another node only", () => {
    expect([
      judge(NAME, moved().events()).verdict,
      judge(NAME, moved().announces("db1", 3).events()).verdict,
    ]).toEqual(["inconclusive", "inconclusive"]);
  });

  it("does not expect an announcement while a fault swallows it, and does once that is healed", () => {
    const mute = { kind: "garp-blocked", node: { name: "db2" } } as const;
    const muted = (): ReturnType<typeof history> => moved().fault(mute, 2, { node: "db2" });
    expect(judge(NAME, muted().events()).verdict).toBe("pass");
    const healed = muted().fault(mute, 2.5, { node: "db2", action: "heal" });
    expect(judge(NAME, healed.events()).verdict).toBe("inconclusive");
    const elsewhere = moved().fault(mute, 2, { node: "db1" });
    expect(judge(NAME, elsewhere.events()).verdict).toBe("inconclusive");
  });

  it("does not expect an announcement of an address that a fault put there", () => {
    const events = moved().fault(ADDRESS_ADDED, 2.99, { node: "db2" }).events();
    expect(said(NAME, events)).toBe("pass: no move to compare");
  });
});
