import { describe, expect, it } from "vitest";
import { seconds } from "../core/time.ts";
import { history, macOf, type HistoryBuilder } from "../testing/history.ts";
import { judge, said } from "../testing/judging.ts";
import { CUT, KEEPALIVED_KILLED } from "../testing/stories.ts";
import { VIP } from "../testing/topology.ts";

const NAME = "single-holder";

/** db1 holds the VIP all along, db2 takes it as well from 3 s to 8 s. */
const split = (): HistoryBuilder => history().settled().holds("db1", 0).holds("db2", 3, 8);

const answersArp = (builder: HistoryBuilder, node: string, at: number): HistoryBuilder =>
  builder.add(at, {
    kind: "arp",
    seenAt: "segment",
    operation: "reply",
    gratuitous: false,
    senderMac: macOf(node),
    sender: node,
    senderAddress: VIP,
    targetAddress: "198.18.7.250",
  });

/** Both nodes heard at 3.5 s and again at 7 s. */
const bothAnswer = (builder: HistoryBuilder): HistoryBuilder =>
  ["db1", "db2"].reduce((all, node) => answersArp(answersArp(all, node, 3.5), node, 7), builder);

const oneReadOnly = (builder: HistoryBuilder): HistoryBuilder =>
  builder.mysqld("db1", 2, "up", { writable: false });

const grade = (builder: HistoryBuilder): unknown =>
  judge(NAME, builder.events()).facts["worstGrade"];

describe("single-holder", () => {
  it("passes when the VIP only ever was on one node", () => {
    expect(said(NAME, history().settled().holds("db1", 0).events())).toBe(
      "pass: no two nodes held the VIP at the same time",
    );
  });

  it("tells of several of one grade the longest, and how many there are", () => {
    const twice = history()
      .settled()
      .holds("db1", 0)
      .holds("db2", 3, 6)
      .holds("db2", 8, 13)
      .events();
    expect(judge(NAME, twice).reason).toMatch(
      /together for 5\.000 s \(from 8\.000 s .* It is the longest of 2 such times$/,
    );
    const once = judge(NAME, split().events()).reason;
    expect(once).not.toContain("such times");
  });

  it("counts adverts to a single peer, which the observer does not see, and each once", () => {
    const events = history()
      .settled()
      .holds("db1", 0.5)
      .holds("db2", 3, 6)
      .advert("db1", 3.5, 101, "db1")
      .advert("db1", 3.5, 101, "db2")
      .advert("db1", 4.5, 101, "db2")
      .advert("db2", 4, 99)
      .advert("db2", 4, 99, "db1")
      .events();
    expect(judge("single-holder", events).reason).toContain(
      "2 adverts and 0 ARP packets of db1, 1 advert and 0 ARP packets of db2",
    );
  });

  it("cites the packets of both holders, and says when there were none", () => {
    const events = history()
      .settled()
      .holds("db1", 0.5)
      .holds("db2", 3, 6)
      .announces("db2", 3.001)
      .advert("db2", 3.5, 99)
      .advert("db2", 4.5, 99)
      .events();
    const { reason, facts } = judge("single-holder", events);
    expect(reason).toContain(
      "On the wire for it meanwhile: 0 adverts and 0 ARP packets of db1, 2 adverts and 1 ARP packet of db2.",
    );
    expect(facts["overlaps"]).toMatchObject([
      {
        packetsOnSegment: [
          { node: "db1", adverts: 0, arp: 0 },
          { node: "db2", adverts: 2, arp: 1 },
        ],
      },
    ]);
  });

  it("passes at a hand-over that lasts one advert interval and what a machine is late, and says how long", () => {
    const events = history().settled().holds("db1", 0, 4.05).holds("db2", 3).events();
    const { verdict, reason, facts } = judge(NAME, events);
    expect({ verdict, reason, facts }).toMatchInlineSnapshot(`
      {
        "facts": {
          "ended": true,
          "overlaps": [
            {
              "a": {
                "endUs": 4050000,
                "startUs": 3000000,
              },
              "b": null,
              "c": {
                "endUs": 4050000,
                "startUs": 3000000,
              },
              "class": "expected-overlap",
              "cutOff": [],
              "d": null,
              "grade": "a",
              "nodes": [
                "db1",
                "db2",
              ],
              "packetsOnSegment": [
                {
                  "adverts": 0,
                  "arp": 0,
                  "node": "db1",
                },
                {
                  "adverts": 0,
                  "arp": 0,
                  "node": "db2",
                },
              ],
              "permittedUs": 1050000,
            },
          ],
          "splitBrainUs": 0,
          "worstGrade": "none",
        },
        "reason": "two nodes held the VIP only at hand-overs, 1.050 s at most",
        "verdict": "pass",
      }
    `);
  });

  it("fails a microsecond later", () => {
    const events = history().settled().holds("db1", 0, 4.050001).holds("db2", 3).events();
    expect(judge(NAME, events).verdict).toBe("fail");
  });

  it("is inconclusive when the run ended before the disturbance", () => {
    expect(said(NAME, history().phase("settle", 0).holds("db1", 0).events())).toBe(
      "inconclusive: the run ended before anything could be judged",
    );
  });

  it("does not judge what happened while the cluster settled", () => {
    const events = history()
      .holds("db1", 0, 5)
      .holds("db2", 0, 9)
      .phase("disturb", 10)
      .holds("db1", 10)
      .events();
    expect(judge(NAME, events).verdict).toBe("pass");
  });

  it("names who held it with whom, from when to when, and who lost it", () => {
    expect(said(NAME, split().events())).toBe(
      "fail: db1 and db2 held 198.18.7.100 together for 5.000 s (from 3.000 s to 8.000 s; " +
        "a hand-over permits 1.050 s), grade c: both would have accepted writes. " +
        "On the wire for it meanwhile: 0 adverts and 0 ARP packets of db1, 0 adverts and 0 ARP packets of db2. It ended when db2 lost it at 8.000 s",
    );
  });

  it("says how long after healing it ended, and who was cut off", () => {
    const events = history()
      .settled()
      .holds("db1", 0, 8)
      .fault(CUT, 2)
      .holds("db2", 3)
      .fault(CUT, 7.5, { action: "heal" })
      .mysqld("db1", 2.5, "unresponsive")
      .events();
    expect(said(NAME, events)).toBe(
      "fail: db1 and db2 held 198.18.7.100 together for 5.000 s (from 3.000 s to 8.000 s; " +
        "a hand-over permits 1.050 s), grade a: both had the address; db1 was cut off meanwhile. " +
        "On the wire for it meanwhile: 0 adverts and 0 ARP packets of db1, 0 adverts and 0 ARP packets of db2. It ended when db1 lost it at 8.000 s, 0.490 s after fault was healed",
    );
  });

  it("cites the events that prove both holdings", () => {
    const events = split().events();
    const cited = judge(NAME, events).evidence.map((seq) => events[seq - 1]!);
    expect(
      cited.filter((event) => event.kind === "address").map(({ node, action }) => [node, action]),
    ).toEqual([
      ["db1", "added"],
      ["db2", "added"],
      ["db2", "removed"],
    ]);
  });
});

describe("the grade of a split brain", () => {
  it("is a when both have the address and no more is shown", () => {
    expect(grade(oneReadOnly(split()))).toBe("a");
  });

  it("is b when both answer ARP for longer than a hand-over", () => {
    expect(grade(bothAnswer(oneReadOnly(split())))).toBe("b");
  });

  it("is not b for a node that only hears itself answer", () => {
    const builder = oneReadOnly(split());
    for (const at of [3.5, 7]) {
      answersArp(builder, "db1", at).add(at, {
        kind: "arp",
        seenAt: "db2",
        operation: "reply",
        gratuitous: false,
        senderMac: macOf("db2"),
        sender: "db2",
        senderAddress: VIP,
        targetAddress: "198.18.7.250",
      });
    }
    expect(grade(builder)).toBe("a");
  });

  it("is not b when one of them was heard only at the hand-over", () => {
    const builder = oneReadOnly(split());
    for (const [node, at] of [
      ["db1", 3.1],
      ["db2", 3.2],
      ["db2", 3.5],
    ] as const) {
      answersArp(builder, node, at);
    }
    expect(grade(builder)).toBe("a");
  });

  it("is c when both would accept a write", () => {
    expect(grade(split())).toBe("c");
  });

  it("is not c while one of them does not answer", () => {
    expect(grade(split().mysqld("db2", 3.5, "down", { notBeforeSeconds: 3.4 }))).toBe("a");
  });

  it("is d when both acknowledged clients' writes for longer than a hand-over", () => {
    const builder = split();
    for (const at of [3.5, 7]) {
      builder.write(at, { node: "db1" }).write(at + 0.1, { node: "db2" });
    }
    expect(grade(builder)).toBe("d");
  });

  it("is not d when all writes were acknowledged by one of them", () => {
    expect(grade(split().traffic("db2", 3.1, 7.9))).toBe("c");
  });

  it("is not d for writes of which nobody knows who acknowledged them", () => {
    const builder = split();
    for (const at of [3.5, 7]) builder.write(at, { node: "db1" }).write(at, { node: "stranger" });
    expect(grade(builder)).toBe("c");
  });

  it("is the worst of several", () => {
    const builder = oneReadOnly(split()).mysqld("db1", 9, "up").holds("db2", 10, 15);
    const { facts } = judge(NAME, builder.events());
    expect({ worst: facts["worstGrade"], splitBrainUs: facts["splitBrainUs"] }).toEqual({
      worst: "c",
      splitBrainUs: seconds(10),
    });
  });

  // The first span in which both are writable is taken for the only one: here it is 0.5 s long.
  it("is c when both are writable for long, after having been so for a moment", () => {
    const builder = split()
      .mysqld("db2", 3.5, "down", { notBeforeSeconds: 3.5 })
      .mysqld("db2", 4, "up");
    expect(grade(builder)).toBe("c");
  });
});

describe("the fact `ended`", () => {
  const ended = (builder: HistoryBuilder): unknown => judge(NAME, builder.events()).facts["ended"];

  it("is true when one of the two lost the address", () => {
    expect(ended(split())).toBe(true);
  });

  it("is false when both still had it as watching stopped", () => {
    const events = history().settled().holds("db1", 0).fault(KEEPALIVED_KILLED, 2).holds("db2", 5);
    expect(ended(events.phase("collect", 9))).toBe(false);
    expect(said(NAME, events.events())).toMatch(/It had not ended when watching stopped$/);
  });
});

describe("a foreign host", () => {
  const FOREIGN_MAC = "02:42:c6:12:07:fb";

  const claims = (
    builder: HistoryBuilder,
    at: number,
    { seenAt = "segment", senderMac = FOREIGN_MAC, gratuitous = true } = {},
  ): HistoryBuilder =>
    builder.add(at, {
      kind: "arp",
      seenAt,
      operation: gratuitous ? "request" : "reply",
      gratuitous,
      senderMac,
      senderAddress: VIP,
      targetAddress: gratuitous ? VIP : "198.18.7.250",
    });

  const alone = (): HistoryBuilder => history().settled().holds("db1", 0);

  it("that claims the VIP while a node has it is grade b, with its packets as evidence", () => {
    const builder = claims(claims(alone(), 3), 3, { seenAt: "db2" });
    const events = claims(builder, 4.5, { gratuitous: false }).phase("collect", 9).events();
    expect(said(NAME, events)).toBe(
      `fail: a foreign host (${FOREIGN_MAC}) was heard to claim ${VIP} from 3.000 s to 4.500 s, ` +
        "while db1 had it, grade b: it announced it once and answered for it once",
    );
    const { evidence, facts } = judge(NAME, events);
    expect(facts["worstGrade"]).toBe("b");
    const cited = evidence.map((seq) => events[seq - 1]!);
    expect(cited.map(({ kind, tUs }) => [kind, tUs])).toEqual([
      ["arp", seconds(3)],
      ["arp", seconds(4.5)],
      ["address", 0],
    ]);
  });

  it("needs no time: a single packet is enough", () => {
    expect(judge(NAME, claims(alone(), 3).events()).verdict).toBe("fail");
  });

  it("is not there while nobody has the VIP, before the disturbance, or behind a virtual MAC address", () => {
    const nobody = claims(history().settled().holds("db1", 0, 3), 4).phase("collect", 9);
    const before = claims(alone(), 0.5).phase("collect", 9);
    const vmac = claims(alone(), 3, { senderMac: "00:00:5e:00:01:33" }).phase("collect", 9);
    for (const builder of [nobody, before, vmac]) {
      expect(judge(NAME, builder.events()).verdict).toBe("pass");
    }
  });

  it("does not hide a worse grade between two nodes", () => {
    const { reason, facts } = judge(NAME, claims(split(), 4).phase("collect", 9).events());
    expect(reason).toContain("grade c");
    expect(facts["foreign"]).toMatchObject([{ mac: FOREIGN_MAC, holders: ["db1", "db2"] }]);
  });
});
