import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exactSeconds, spanWords, tickStep, ticksWithin, tickWords } from "./format.ts";
import { clampRange, moved, pinched, SPAN_US_MIN, zoomed } from "./range.ts";

const BOUNDS = { startUs: 0, endUs: 60_000_000 };
const at = fc.integer({ min: -100_000_000, max: 160_000_000 });

describe("what is shown", () => {
  it("stays within the run and is neither too short nor too long", () => {
    fc.assert(
      fc.property(at, at, (a, b) => {
        const { startUs, endUs } = clampRange(
          { startUs: Math.min(a, b), endUs: Math.max(a, b) },
          BOUNDS,
        );
        expect(startUs).toBeGreaterThanOrEqual(BOUNDS.startUs);
        expect(endUs).toBeLessThanOrEqual(BOUNDS.endUs);
        expect(endUs - startUs).toBeGreaterThanOrEqual(SPAN_US_MIN);
        expect(Number.isInteger(startUs) && Number.isInteger(endUs)).toBe(true);
      }),
    );
  });

  it("keeps the time under the pointer where it is", () => {
    const range = { startUs: 10_000_000, endUs: 20_000_000 };
    const near = zoomed(range, 0.5, 12_000_000);
    expect(near).toEqual({ startUs: 11_000_000, endUs: 16_000_000 });
    expect(zoomed(near, 2, 12_000_000)).toEqual(range);
  });

  it("is as long after a move, also at the ends", () => {
    const range = { startUs: 1_000_000, endUs: 3_000_000 };
    expect(moved(range, -5_000_000, BOUNDS)).toEqual({ startUs: 0, endUs: 2_000_000 });
    expect(moved(range, 90_000_000, BOUNDS)).toEqual({ startUs: 58_000_000, endUs: 60_000_000 });
  });

  it("keeps times under two fingers", () => {
    const range = { startUs: 0, endUs: 1000 };
    expect(pinched(range, 1000, [400, 600], [300, 700])).toEqual({ startUs: 250, endUs: 750 });
    expect(pinched(range, 1000, [400, 600], [500, 500])).toEqual(range);
  });
});

describe("times in words", () => {
  it("are exact to the microsecond", () => {
    expect(exactSeconds(2_018_431)).toBe("+2.018\u00A0431\u00A0s");
    expect(exactSeconds(-1)).toBe("\u22120.000\u00A0001\u00A0s");
    expect([spanWords(12), spanWords(1500), spanWords(2_500_000)]).toEqual([
      "12 µs",
      "1.50 ms",
      "2.500 s",
    ]);
  });

  it("stand at round places, with the digits that tell them apart", () => {
    expect(tickStep(9_000_000, 9)).toBe(1_000_000);
    expect(ticksWithin(-1_500_000, 1_200_000, 1_000_000)).toEqual([-1_000_000, 0, 1_000_000]);
    expect([
      tickWords(2_000_000, 1_000_000),
      tickWords(-500_000, 100_000),
      tickWords(20, 5),
    ]).toEqual(["2 s", "\u22120.5 s", "0.000020 s"]);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10 ** 10 }),
        fc.integer({ min: 1, max: 20 }),
        (span, count) => {
          expect(ticksWithin(0, span, tickStep(span, count)).length).toBeLessThanOrEqual(count + 1);
        },
      ),
    );
  });
});
