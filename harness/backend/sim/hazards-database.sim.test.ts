/**
 * Hazards behind the VIP: what a move does to writes. Two writable sources that replicate from each
 * other, asynchronously; the client writes through the VIP. `docs/hazards.md` names the tests by what
 * stands before the colon.
 */
import { describe, expect, test } from "vitest";
import {
  type Hazard,
  type HazardOptions,
  IMAGES,
  instance,
  pair,
  VIP,
} from "../../testing/hazard.ts";

const A_101 = instance("priority 101");
const B_99 = instance("priority 99");

function loaded(options: HazardOptions): Hazard {
  const h = pair(A_101, B_99, options);
  h.load();
  h.run(2);
  h.mark();
  return h;
}

/** Nothing of mysqld's passes between the nodes; clients reach both. */
function withoutReplication(h: Hazard): () => void {
  const rules = [
    h.drop({ from: "a", to: "b", protocols: ["tcp"] }),
    h.drop({ from: "b", to: "a", protocols: ["tcp"] }),
  ];
  return () => {
    for (const rule of rules) rule.remove();
  };
}

/** How many writes the node's table has that were committed on A. */
function rowsOfA(h: Hazard, node: "a" | "b"): number {
  const server = h.world.traffic.server("a")?.serverUuid;
  const rows = h.copies().find((copy) => copy.node === node)?.rows ?? [];
  return rows
    .filter((row) => row.server === server)
    .flatMap((row) => row.ranges)
    .reduce((sum, [first, last]) => sum + last - first + 1, 0);
}

function appliers(h: Hazard): readonly boolean[] {
  return h.world.traffic.replicationStates().map(({ applierRunning }) => applierRunning);
}

describe.each(IMAGES)("%s", (image) => {
  test("database/acknowledged-and-lost: what had not been replicated dies with its host", () => {
    const h = loaded({ image });
    const before = rowsOfA(h, "a");
    withoutReplication(h);
    h.run(5);
    h.cut("a");
    h.run(20);
    h.endLoad();
    expect(h.holders()).toContain("b");
    const acknowledged = h.acknowledged("a").length;
    expect(acknowledged).toBeGreaterThan(250);
    expect(rowsOfA(h, "b") - before).toBeLessThan(acknowledged / 10);
  });

  test("database/lagging-standby: it gets the writes all the same", () => {
    const h = loaded({ image });
    withoutReplication(h);
    h.run(5);
    h.signal("a", "parent", "TERM");
    h.run(5);
    expect(h.acknowledged("b").length).toBeGreaterThan(100);
    expect(rowsOfA(h, "b")).toBeLessThan(rowsOfA(h, "a"));
  });

  test("database/same-keys: both wrote while apart, and replication stops at the first duplicate", () => {
    const end = (sameKeys: boolean): readonly boolean[] => {
      const h = loaded({ image, sameKeys });
      const heal = withoutReplication(h);
      h.run(3);
      h.signal("a", "parent", "TERM");
      h.run(3);
      heal();
      h.run(80);
      h.endLoad();
      return appliers(h);
    };
    expect(end(true)).toEqual([false, false]);
    expect(end(false)).toEqual([true, true]);
  });

  test("database/both-hold: clients of one VIP write to two servers", () => {
    const h = loaded({ image });
    h.drop({ from: "a", to: "b", protocols: ["vrrp"] });
    h.drop({ from: "b", to: "a", protocols: ["vrrp"] });
    h.run(20);
    expect(h.holders()).toBe("a and b");
    expect(h.acknowledged("a").length).toBeGreaterThan(0);
    expect(h.acknowledged("b").length).toBeGreaterThan(0);
    // Who has announced itself last gets everything; a neighbour that asks anew gets either
    expect(h.world.segment.neighbourOf("client", VIP)).toBe("b");
  });

  test("database/back-and-forth: each move cuts the connections that are open, the return too", () => {
    const h = loaded({ image });
    h.signal("a", "parent", "TERM");
    h.run(10);
    h.keepalived("a", "start");
    h.run(10);
    expect(h.moves()).toBe("-a +b +a -b");
    // Both times the question that nobody answered is sent again, to the new holder: after 0.85 s, as on containers, and after 0.2 s.
    const cut = h.world
      .eventsOf("complete")
      .filter(({ lane, error }) => lane === "held" && error !== undefined)
      .map(({ error }) => error);
    expect(cut).toEqual(["ECONNRESET", "ECONNRESET"]);
  });
});
