import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seconds } from "../core/time.ts";
import { history } from "../testing/history.ts";
import { VIP } from "../testing/topology.ts";
import { describeSequence, holderSequence, sameHolders } from "./sequence.ts";

const FROM = seconds(2);

describe("the sequence of holders", () => {
  it("leaves out the overlap or gap of a hand-over, and counts from the next set's start", () => {
    const overlap = history().holds("db1", 0, 5.001).holds("db2", 5).phase("collect", 9);
    const gap = history().holds("db1", 0, 5).holds("db2", 5.001).phase("collect", 9);
    expect(holderSequence(overlap.events(), VIP, FROM)).toEqual([
      { startUs: FROM, holders: ["db1"] },
      { startUs: seconds(5.001), holders: ["db2"] },
    ]);
    expect(holderSequence(gap.events(), VIP, FROM)).toEqual([
      { startUs: FROM, holders: ["db1"] },
      { startUs: seconds(5.001), holders: ["db2"] },
    ]);
  });

  it("keeps two holders and none when they last", () => {
    const events = history()
      .holds("db1", 0, 6)
      .holds("db2", 5, 7)
      .holds("db1", 8)
      .phase("collect", 9)
      .events();
    expect(describeSequence(holderSequence(events, VIP, FROM))).toBe(
      "db1 -> db1+db2 -> db2 -> nobody -> db1",
    );
  });

  it("sees no change where the holder was away for a moment only", () => {
    const events = history().holds("db1", 0, 5).holds("db1", 5.02).phase("collect", 9).events();
    expect(describeSequence(holderSequence(events, VIP, FROM))).toBe("db1");
  });

  it("keeps the first and the last set however short they are", () => {
    const events = history().holds("db1", 0, 2.01).holds("db2", 8.99).phase("collect", 9).events();
    expect(describeSequence(holderSequence(events, VIP, FROM))).toBe("db1 -> nobody -> db2");
  });

  it("does not count what dismantling does", () => {
    const events = history().holds("db1", 0, 10).phase("collect", 9, 9.5).events();
    expect(describeSequence(holderSequence(events, VIP, FROM))).toBe("db1");
  });

  it("never names the same set twice running, and goes forward in time", () => {
    const span = fc.tuple(fc.constantFrom("db1", "db2"), fc.nat(800), fc.nat(300));
    fc.assert(
      fc.property(fc.array(span, { maxLength: 6 }), (spans) => {
        const builder = history().phase("collect", 12);
        for (const [node, from, length] of spans) {
          builder.holds(node, from / 100, (from + length) / 100);
        }
        const sets = holderSequence(builder.events(), VIP, FROM);
        sets.slice(1).forEach((set, index) => {
          const before = sets[index]!;
          expect(sameHolders(before, set)).toBe(false);
          expect(set.startUs).toBeGreaterThan(before.startUs);
        });
        expect(sets[0]?.startUs).toBe(FROM);
      }),
    );
  });
});
