import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Ledger, type Stretch } from "./ledger.ts";

const anyStretch = fc.record({
  ticks: fc.integer({ min: 1, max: 9 }),
  heldFirst: fc.boolean(),
  leads: fc.array(fc.boolean(), { minLength: 9, maxLength: 9 }),
});

/** One ledger with a stretch, and one with the same rows one by one. */
function pair(shape: { ticks: number; heldFirst: boolean; leads: boolean[] }): [Ledger, Ledger] {
  const stretch: Stretch = {
    ticks: shape.ticks,
    freshSeq: 11,
    heldSeq: 5,
    heldFirst: shape.heldFirst,
    startUs: 1000,
    cadenceUs: 10,
    id: 7,
    idStep: 2,
    heldLeads: (tick) => shape.leads[tick] ?? false,
  };
  const whole = new Ledger();
  whole.append({ lane: "fresh", seq: 10, id: 5, committedUs: 990 });
  whole.appendStretch(stretch);
  const single = new Ledger();
  single.append({ lane: "fresh", seq: 10, id: 5, committedUs: 990 });
  let [id, held] = [7, 5];
  for (let tick = 0; tick < shape.ticks; tick += 1) {
    const hasHeld = (tick % 2 === 0) === shape.heldFirst;
    const lanes = hasHeld ? (["fresh", "held"] as const) : (["fresh"] as const);
    for (const lane of shape.leads[tick] === true ? lanes.toReversed() : lanes) {
      const seq = lane === "fresh" ? 11 + tick : held;
      single.append({ lane, seq, id, committedUs: 1000 + tick * 10 });
      id += 2;
    }
    if (hasHeld) held += 1;
  }
  return [whole, single];
}

describe("a ledger", () => {
  it("says of a stretch what it would say of its rows, wherever it is cut", () => {
    fc.assert(
      fc.property(anyStretch, (shape) => {
        const [whole, single] = pair(shape);
        const count = single.count();
        const cuts = Array.from({ length: count + 1 }, (_, index) => index);
        const said = (ledger: Ledger): unknown => ({
          count: ledger.count(),
          rows: cuts.slice(1).map((gno) => ledger.row(gno)),
          copies: cuts.map((cut) => ledger.rows(cut, "s")),
          highest: cuts.map((cut) => [
            ledger.highest("fresh", 0, cut),
            ledger.highest("held", 0, cut),
          ]),
          ids: cuts.map((cut) => [5, 6, 7, 9, 11].map((id) => ledger.hasId(id, cut))),
        });
        expect(said(whole)).toEqual(said(single));
      }),
    );
  });

  it("merges numbers that were committed out of order", () => {
    const ledger = new Ledger();
    for (const seq of [1, 3, 2, 5]) ledger.append({ lane: "fresh", seq, id: seq, committedUs: 0 });
    expect(ledger.rows(4, "s")).toEqual([
      {
        lane: "fresh",
        server: "s",
        ranges: [
          [1, 3],
          [5, 5],
        ],
      },
    ]);
    expect(ledger.highest("fresh", 0, 3)).toBe(3);
  });
});
