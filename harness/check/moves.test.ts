/** The checkers of what the VIP's moves do to clients: how often, and who is still written to. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { moves, tenures } from "../history/queries.ts";
import { history, type HistoryBuilder } from "../testing/history.ts";
import { judge, said } from "../testing/judging.ts";
import { KEEPALIVED_KILLED } from "../testing/stories.ts";
import { VIP } from "../testing/topology.ts";

/** On db1, from 3 s on db2, from 8 s on db1 again. */
const thereAndBack = (): HistoryBuilder =>
  history().settled().holds("db1", 0, 3).holds("db2", 3, 8).holds("db1", 7.999);

describe("no-flapping", () => {
  const NAME = "no-flapping";

  it("passes with one round trip", () => {
    expect(said(NAME, thereAndBack().events())).toBe(
      "pass: the VIP changed its holder 2 times: db1, db2 (3.000 s), db1 (7.999 s)",
    );
  });

  it("fails with one move more than is allowed", () => {
    const settings = { maxMoves: 1 };
    expect(said(NAME, thereAndBack().events(), { settings })).toBe(
      "fail: the VIP changed its holder 2 times: db1, db2 (3.000 s), db1 (7.999 s); once is allowed",
    );
  });

  it("fails when a move is undone at once, unless something was done in between", () => {
    const quick = (): HistoryBuilder =>
      history().settled().holds("db1", 0, 3).holds("db2", 3, 3.9).holds("db1", 3.9);
    expect(said(NAME, quick().events())).toBe(
      "fail: the VIP went to db2 at 3.000 s and back to db1 0.900 s later, without a fault or healing in between",
    );
    expect(judge(NAME, quick().fault(KEEPALIVED_KILLED, 3.5).events()).verdict).toBe("pass");
    expect(judge(NAME, quick().events(), { settings: { withinMs: 900 } }).verdict).toBe("pass");
  });

  it("does not count what was before the disturbance, nor a gap on one node", () => {
    const events = history()
      .holds("db2", 0.2, 0.4)
      .holds("db1", 0.5, 3)
      .settled()
      .holds("db1", 4)
      .events();
    expect(judge(NAME, events).facts["moves"]).toBe(0);
  });

  it("is inconclusive when nothing was disturbed", () => {
    expect(judge(NAME, history().holds("db1", 0).events()).verdict).toBe("inconclusive");
  });
});

describe("no-write-on-deposed-holder", () => {
  const NAME = "no-write-on-deposed-holder";
  /** db2 takes the VIP at 3 s; a killed keepalived leaves it on db1 as well. */
  const deposed = (): HistoryBuilder =>
    history().settled().holds("db1", 0).holds("db2", 3).write(2).write(4, { node: "db2" });
  const held = (builder: HistoryBuilder, atSeconds: number, invokedSeconds: number): string => {
    const events = builder
      .write(atSeconds, { lane: "held", node: "db1", invokedSeconds })
      .phase("collect", 9)
      .events();
    return said(NAME, events);
  };

  it("passes when the old holder is left alone", () => {
    expect(said(NAME, deposed().phase("collect", 9).events())).toBe(
      "pass: no write on a node that had lost the VIP to another",
    );
  });

  it("fails when it acknowledges a write, and says how late", () => {
    expect(held(deposed(), 5.5, 5.4)).toBe(
      "fail: 1 write was acknowledged by db1 up to 2.500 s after db2 had taken the VIP at 3.000 s (lanes held)",
    );
  });

  it("lets pass what was under way, and what came within the grace", () => {
    expect(held(deposed(), 3.8, 2.99)).toMatch(/^pass/);
    expect(held(deposed(), 3.8, 3.025)).toMatch(/^pass/);
    expect(held(deposed(), 3.8, 3.026)).toMatch(/^fail/);
  });

  it("takes a node that got the VIP again for a holder", () => {
    expect(held(thereAndBack().write(2), 9, 8.9)).toMatch(/^pass/);
    expect(held(thereAndBack().write(2), 7, 6.9)).toMatch(/^fail/);
  });

  it("does not mind clients at the node's own address", () => {
    const events = deposed().write(5, { lane: "at-db1", node: "db1" }).phase("collect", 9).events();
    expect(judge(NAME, events).verdict).toBe("pass");
  });

  it("is inconclusive without writes, or with a server that nobody knows", () => {
    const nothing = history().settled().holds("db1", 0).holds("db2", 3).phase("collect", 9);
    const strange = deposed().write(5, { node: "db9" }).phase("collect", 9);
    expect([judge(NAME, nothing.events()).verdict, said(NAME, strange.events())]).toEqual([
      "inconclusive",
      "inconclusive: a write was acknowledged by a server that is none of the nodes'",
    ]);
  });
});

describe("tenures", () => {
  it("follow each other, and every change of node is a move", () => {
    const change = fc.record({
      node: fc.constantFrom("db1", "db2", "db3"),
      action: fc.constantFrom("added", "removed"),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 20 }), (changes) => {
        const builder = history();
        changes.forEach(({ node, action }, index) => {
          builder.add(index, { kind: "address", node, interface: "eth0", address: VIP, action });
        });
        const list = tenures(builder.phase("collect", 30).events(), VIP);
        list.forEach((tenure, index) => {
          expect(tenure.startUs).toBeLessThan(tenure.endUs);
          const next = list[index + 1];
          if (next !== undefined) expect(tenure.endUs).toBeLessThanOrEqual(next.startUs);
        });
        const changesOfNode = list.filter((item, i) => i > 0 && item.node !== list[i - 1]?.node);
        expect(moves(list).map((move) => move.to)).toEqual(changesOfNode.map((item) => item.node));
      }),
    );
  });
});
