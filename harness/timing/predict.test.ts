import { describe, expect, it } from "vitest";
import { formatSeconds } from "../core/time.ts";
import { describeFault } from "../fault/facts.ts";
import { resolvedPair } from "../testing/topology.ts";
import { faultsOfEachKind } from "../testing/faults.ts";
import { predictMove } from "./predict.ts";

const FAULTS = faultsOfEachKind("db1");

/** One line a fault, as a person would compare it with the oracle's table. */
function table(holder: string, check?: "always-fine"): string[] {
  const topology = resolvedPair(check);
  return FAULTS.map((fault) => {
    const found = predictMove(topology, fault, holder);
    const bounds =
      found === undefined
        ? "no move"
        : `${formatSeconds(found.minUs)} to ${formatSeconds(found.maxUs)}, ${found.formula}`;
    return `${describeFault(fault)}: ${bounds}`;
  });
}

describe("predictMove", () => {
  it("chooses a formula for every fault on the holder", () => {
    expect(table("db1")).toMatchInlineSnapshot(`
      [
        "kill -9 mysqld on the holder: 0.602 s to 3.372 s, U(0, I) + s + skew(99)",
        "stop mysqld on the holder: 0.602 s to 4.122 s, U(0, I) + s + skew(99)",
        "stop keepalived on the holder: 0.593 s to 1.613 s, skew(99)",
        "kill -9 all of keepalived on the holder: 2.593 s to 3.863 s, MD(99) - x",
        "cut the holder off: 2.593 s to 3.863 s, MD(99) - x",
        "block VRRP in and out on the holder: 2.593 s to 3.863 s, MD(99) - x",
        "block VRRP out on the holder: 2.593 s to 3.863 s, MD(99) - x",
        "block VRRP in on the holder: no move",
        "freeze keepalived on the holder: 2.593 s to 3.863 s, MD(99) - x",
        "freeze mysqld on the holder: no move",
        "add the VIP by hand on the standby: no move",
        "start keepalived on db1: no move",
      ]
    `);
  });

  it("counts with the priority of the node that takes over", () => {
    expect(table("db2").filter((line) => /keepalived on the holder/.test(line)))
      .toMatchInlineSnapshot(`
        [
          "stop keepalived on the holder: 0.585 s to 1.605 s, skew(101)",
          "kill -9 all of keepalived on the holder: 2.585 s to 3.855 s, MD(101) - x",
          "freeze keepalived on the holder: 2.585 s to 3.855 s, MD(101) - x",
        ]
      `);
  });

  it("predicts no move for a dead mysqld behind a check that never fails", () => {
    expect(table("db1", "always-fine").slice(0, 2)).toEqual([
      "kill -9 mysqld on the holder: no move",
      "stop mysqld on the holder: no move",
    ]);
  });

  it("predicts no move on a router without a standby", () => {
    const pair = resolvedPair();
    const alone = { ...pair, nodes: pair.nodes.slice(0, 1) };
    expect(predictMove(alone, FAULTS[0]!, "db1")).toBeUndefined();
  });
});
