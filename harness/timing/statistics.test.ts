import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { distribution } from "./statistics.ts";

const anyValues = fc.array(fc.integer(), { minLength: 1, maxLength: 40 });

describe("distribution", () => {
  it("takes the nearest rank", () => {
    const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
    expect([distribution(hundred), distribution([40, 10, 30, 20])]).toEqual([
      { n: 100, min: 1, p50: 50, p95: 95, max: 100 },
      { n: 4, min: 10, p50: 20, p95: 40, max: 40 },
    ]);
  });

  it("of one value is that value throughout, with its n", () => {
    expect(distribution([7])).toEqual({ n: 1, min: 7, p50: 7, p95: 7, max: 7 });
  });

  it("of nothing is nothing", () => {
    expect(distribution([])).toBeUndefined();
  });

  it("shows only figures that were measured, in ascending order", () => {
    fc.assert(
      fc.property(anyValues, (values) => {
        const { n, min, p50, p95, max } = distribution(values)!;
        const shown = [min, p50, p95, max];
        expect(n).toBe(values.length);
        expect(shown.every((figure) => values.includes(figure))).toBe(true);
        expect(shown).toEqual([...shown].sort((a, b) => a - b));
      }),
    );
  });

  it("has at least the share it names at or below each quantile, and does not depend on order", () => {
    fc.assert(
      fc.property(anyValues, (values) => {
        const found = distribution(values)!;
        const upTo = (figure: number): number =>
          values.filter((value) => value <= figure).length / values.length;
        expect(upTo(found.p50)).toBeGreaterThanOrEqual(0.5);
        expect(upTo(found.p95)).toBeGreaterThanOrEqual(0.95);
        expect(distribution(values.toReversed())).toEqual(found);
      }),
    );
  });
});
