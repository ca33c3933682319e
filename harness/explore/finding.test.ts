import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seconds } from "../core/time.ts";
import { essential, keyOf, merged, type Found } from "./finding.ts";
import type { PlannedFault } from "./plan.ts";

const KEYS = ["mysqld-killed@db1", "mysqld-killed@db2", "vrrp-blocked both@db1"] as const;

function planned(key: string, atS: number): PlannedFault {
  const name = key.split("@")[1]!;
  return { key, fault: { kind: "mysqld-killed", node: { name } }, atUs: seconds(atS) };
}

const anyFound: fc.Arbitrary<Found> = fc
  .record({
    kind: fc.constantFrom("a", "b"),
    keys: fc.uniqueArray(fc.constantFrom(...KEYS), { minLength: 1 }),
    atS: fc.integer({ min: 1, max: 3 }),
    run: fc.integer({ min: 1, max: 5 }),
    island: fc.integer({ min: 0, max: 3 }),
    hits: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ kind, keys, atS, run, island, hits }) => {
    const plan = { faults: keys.map((key, index) => planned(key, atS + index)), watchUs: 1 };
    return { property: "p", kind, sentence: "", plan, first: { island, run, plan }, hits };
  });

const lists = fc.array(fc.array(anyFound, { maxLength: 4 }), { maxLength: 4 });
const HOME = "db1";

describe("findings of several islands", () => {
  it("come out the same in whatever order they are merged, and merged once more", () => {
    fc.assert(
      fc.property(lists, (all) => {
        const plain = (found: Found[]): unknown => found.map(({ first: _first, ...rest }) => rest);
        const whole = merged(all, HOME);
        expect(plain(merged(all.toReversed(), HOME))).toEqual(plain(whole));
        expect(merged([merged(all.slice(0, 2), HOME), merged(all.slice(2), HOME)], HOME)).toEqual(
          whole,
        );
      }),
    );
  });

  it("leave the same when what is not essential is left out before merging, or after", () => {
    fc.assert(
      fc.property(lists, (all) => {
        const parts = all.map((list) => essential(merged([list], HOME), HOME));
        expect(essential(merged(parts, HOME), HOME)).toEqual(essential(merged(all, HOME), HOME));
      }),
    );
  });

  it("are one when the faults are, by role and whatever their times", () => {
    const found = (key: string, atS: number): Found => {
      const plan = { faults: [planned(key, atS)], watchUs: 1 };
      return {
        property: "p",
        kind: "a",
        sentence: "",
        plan,
        first: { island: 0, run: 1, plan },
        hits: 1,
      };
    };
    const [first, later, other] = [
      found("mysqld-killed@db1", 1),
      found("mysqld-killed@db1", 9),
      found("mysqld-killed@db2", 1),
    ];
    expect(keyOf(first, HOME)).toBe(keyOf(later, HOME));
    expect(keyOf(first, HOME)).not.toBe(keyOf(other, HOME));
    expect(
      merged([[later], [first], [other]], HOME)
        .map(({ hits }) => hits)
        .sort((a, b) => a - b),
    ).toEqual([1, 2]);
  });
});
