/** Clients that go round the VIP: what they see, and what becomes of two sources that both take writes. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seconds } from "../../../core/time.ts";
import { clashes, type Copy } from "../../../check/copies.ts";
import type { Lane } from "../../../workload/workload.ts";
import { bench, STARTED_US, type Bench, type BenchOptions } from "./bench.ts";

const DIRECT = { workload: { direct: true } } as const;
const COLLIDING = {
  settings: {
    db1: { autoIncrementOffset: 1, autoIncrementIncrement: 1 },
    db2: { autoIncrementOffset: 1, autoIncrementIncrement: 1 },
  },
} as const;

function drill(options: BenchOptions, act: (b: Bench) => void = () => undefined): Bench {
  const b = bench({ ...DIRECT, ...options });
  b.at(STARTED_US + seconds(2), () => {
    act(b);
  });
  b.until(STARTED_US + seconds(4));
  b.finish();
  return b;
}

/** Who acknowledged the writes of a lane after the change. */
function servedBy(b: Bench, lane: Lane): string[] {
  const late = b
    .only("complete")
    .filter((event) => event.lane === lane && event.tUs > STARTED_US + seconds(3));
  return [...new Set(late.map((event) => event.server ?? event.error ?? ""))].sort();
}

function copiesOf(b: Bench): Map<string, Copy> {
  return new Map(
    b.traffic
      .copies()
      .map(({ node, rows, keys = [] }) => [
        node,
        { rows, keys: new Map(keys.map(([lane, seq, key]) => [`${lane}#${seq}`, key])) },
      ]),
  );
}

describe("clients at the nodes' own addresses", () => {
  it("are there only when asked for", () => {
    const lanes = (direct: boolean): Set<string> =>
      new Set(
        drill({ workload: { direct } })
          .only("invoke")
          .map((event) => event.lane),
      );
    expect(lanes(false)).toEqual(new Set(["fresh", "held"]));
    expect(lanes(true)).toEqual(new Set(["fresh", "held", "at-db1", "at-db2"]));
  });

  it("stay with their node when the VIP moves", () => {
    const b = drill({}, ({ network }) => {
      network.moveVip("db2");
    });
    expect(servedBy(b, "fresh")).toEqual(["uuid-db2"]);
    expect(servedBy(b, "at-db1")).toEqual(["uuid-db1"]);
    expect(servedBy(b, "at-db2")).toEqual(["uuid-db2"]);
  });

  it("are refused by a node whose mysqld is gone, whoever has the VIP", () => {
    const b = drill({}, (world) => {
      world.server("db2").kill();
    });
    expect(servedBy(b, "fresh")).toEqual(["uuid-db1"]);
    expect(servedBy(b, "at-db2")).toEqual(["ECONNREFUSED"]);
  });

  it("read what they wrote themselves", () => {
    const b = drill({});
    const reads = b
      .only("complete")
      .filter(({ lane, read }) => lane === "at-db2" && read !== undefined);
    const writes = b
      .only("complete")
      .filter(({ lane, action }) => lane === "at-db2" && action === "write");
    expect(reads.at(-1)?.read).toBeGreaterThanOrEqual(writes.length - 1);
  });
});

describe("two sources that both take writes", () => {
  it("end up with the same rows when their keys are apart", () => {
    fc.assert(
      fc.property(fc.nat(1000), (seed) => {
        const b = drill({ seed });
        expect(b.rows("db1")).toEqual(b.rows("db2"));
        expect(b.traffic.caughtUp()).toBe(true);
        expect(b.traffic.copies().map(({ keys }) => keys)).toEqual([undefined, undefined]);
      }),
      { numRuns: 10 },
    );
  });

  it.each(["mysql-9.7", "mariadb-11.8", "mariadb-10.11"] as const)(
    "stop replicating with 1062 on both sides when their keys are not, on %s",
    (flavour) => {
      fc.assert(
        fc.property(fc.nat(1000), (seed) => {
          const b = drill({ ...COLLIDING, flavour, seed });
          const [first] = clashes(copiesOf(b));
          for (const [source, replica] of [
            ["db1", "db2"],
            ["db2", "db1"],
          ] as const) {
            const state = b.traffic.replicationState(source, replica);
            expect(state).toMatchObject({ receiverRunning: true, applierRunning: false });
            expect(state.lastError).toContain("1062");
          }
          // Both stop at the same key, for until then each had what the other wrote.
          expect(first?.rows.map(({ node }) => node)).toEqual(["db1", "db2"]);
          expect(new Set(first?.rows.map(({ row }) => row)).size).toBe(2);
        }),
        { numRuns: 10 },
      );
    },
  );
});
