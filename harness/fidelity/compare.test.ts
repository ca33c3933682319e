import { describe, expect, it } from "vitest";
import { seconds } from "../core/time.ts";
import type { Event } from "../history/events.ts";
import { history, type HistoryBuilder } from "../testing/history.ts";
import { resolvedPair } from "../testing/topology.ts";
import { compare, type Comparison, type Side } from "./compare.ts";

const kill = { kind: "keepalived-killed", node: { name: "db1" } } as const;

/** db1 fails at 2 s, db2 has the VIP from `movedAt` on; everything `late` seconds later than told. */
function failover(movedAt: number, late = 0): HistoryBuilder {
  return history()
    .settled()
    .holds("db1", 0, movedAt + late)
    .fault(kill, 2 + late, { step: "kill" })
    .advert("db2", movedAt + late, 99)
    .holds("db2", movedAt + 0.001 + late)
    .announces("db2", movedAt + 0.002 + late)
    .answers("db2", movedAt + 0.01 + late)
    .traffic("db1", 1.1, 1.9)
    .traffic("db2", movedAt + 0.1 + late, 8)
    .fault(kill, 8 + late, { step: "kill", action: "heal" })
    .collected(9 + late);
}

function side(events: readonly Event[], originSeconds = 0): Side {
  return { topology: resolvedPair(), events, originUs: seconds(originSeconds) };
}

function between(a: HistoryBuilder, b: HistoryBuilder): Comparison {
  return compare(side(a.events()), side(b.events()));
}

function kinds({ disagreements }: Comparison): string[] {
  return [...new Set(disagreements.map((item) => item.kind))];
}

describe("comparing two histories", () => {
  it("finds nothing between a history and itself", () => {
    const comparison = between(failover(4), failover(4));
    expect(comparison.disagreements).toEqual([]);
    expect(comparison.changes.map((item) => item.differenceUs)).toEqual([0]);
    expect(comparison.stages.map((item) => [item.stage, item.differenceUs])).toEqual([
      ["detect", 0],
      ["elect", 0],
      ["address", 0],
      ["garp", 0],
      ["tcp-answer", 0],
      ["first-read", 0],
      ["first-write", 0],
    ]);
  });

  it("gives simulated minus measured, and keeps small differences out of the list", () => {
    const comparison = between(failover(4), failover(4.1));
    expect(comparison.changes.map((item) => item.differenceUs)).toEqual([100_000]);
    expect(kinds(comparison)).toEqual([]);
    expect(between(failover(4.1), failover(4)).changes[0]?.differenceUs).toBe(-100_000);
  });

  it("calls more than 150 ms an outlier, with both times", () => {
    const comparison = between(failover(4), failover(4.2));
    expect(kinds(comparison)).toEqual(["timing"]);
    expect(comparison.disagreements[0]?.text).toBe("vip to db2: 2.001 s, simulated 2.201 s");
  });

  it("counts from each side's own origin", () => {
    const measured = side(failover(4).events());
    const simulated = side(failover(4, 0.5).events(), 0.5);
    expect(compare(measured, simulated).changes.map((item) => item.differenceUs)).toEqual([0]);
  });

  it("sees that one side ends on another node, and where the sequences part", () => {
    const back = failover(4).holds("db1", 6);
    const comparison = between(failover(4), back);
    expect(comparison.vips[0]).toMatchObject({ sameFinalHolder: false, sameSequence: false });
    expect(kinds(comparison)).toContain("final-holder");
    expect(comparison.disagreements.find((item) => item.kind === "sequence")?.text).toBe(
      "vip: db1 -> db2, simulated db1 -> db2 -> db1+db2",
    );
    // The change before that is still compared.
    expect(comparison.changes.map((item) => item.what)).toEqual(["vip to db2"]);
  });

  it("sees another order between the same ends", () => {
    const detour = history()
      .settled()
      .fault(kill, 2, { step: "kill" })
      .holds("db1", 0, 3)
      .holds("db2", 4)
      .collected(9);
    const comparison = between(failover(4), detour);
    expect(comparison.vips[0]).toMatchObject({ sameFinalHolder: true, sameSequence: false });
    expect(kinds(comparison)).toContain("sequence");
    expect(kinds(comparison)).not.toContain("final-holder");
  });

  it("names the checker whose verdict differs, with both reasons", () => {
    const unproven = failover(4).add(5, {
      kind: "receipt",
      step: "kill",
      node: "db1",
      action: "inject",
      receipt: { confirmed: false, proof: "it lives", facts: {} },
    });
    const { disagreements } = between(failover(4), unproven);
    expect(disagreements.map((item) => item.kind)).toEqual(["verdict"]);
    expect(disagreements[0]?.text).toContain("fault-confirmed: pass (");
    expect(disagreements[0]?.text).toContain("simulated inconclusive (");
  });

  it("says which side alone has a stage", () => {
    const silent = failover(4)
      .events()
      .filter((event) => event.kind !== "tcp");
    const { disagreements } = compare(side(failover(4).events()), side(silent));
    expect(disagreements.map((item) => item.text)).toContain(
      "first TCP answer: seen on containers only",
    );
  });

  it("compares addresses by name: the two worlds have different subnets", () => {
    const other = JSON.parse(
      JSON.stringify(side(failover(4).events())).replaceAll("198.18.7.", "198.18.0."),
    ) as Side;
    expect(compare(side(failover(4).events()), other).disagreements).toEqual([]);
  });
});
