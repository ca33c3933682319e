/**
 * Expected values in closed form: sums of binomial chances; for chi-square exp(-x/2) with two degrees of freedom, with three
 * erfc(sqrt(x/2)) + sqrt(2x/pi) exp(-x/2).
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { shareTest } from "./share-test.ts";

const p = (...shares: [number, number][]): number =>
  shareTest(shares.map(([count, weight]) => ({ count, weight }))).pValue;

describe("two servers: exact binomial, two-sided", () => {
  it.each([
    [[5, 1], [5, 1], 1],
    [[2, 1], [8, 1], (2 * 56) / 1024],
    [[0, 1], [10, 1], 2 / 1024],
    [[0, 1], [4, 3], 0.578125],
  ] as const)("%j and %j: %s", (a, b, wanted) => {
    expect(p([...a], [...b])).toBeCloseTo(wanted, 6);
  });

  it("passes 200 of 300 at 2:1 and fails 150 of 300", () => {
    expect(p([200, 2], [100, 1])).toBe(1);
    expect(p([150, 2], [150, 1])).toBeLessThan(1e-8);
  });

  it("does not care which of the two comes first", () => {
    fc.assert(
      fc.property(fc.nat(400), fc.nat(400), fc.integer({ min: 1, max: 9 }), (a, b, weight) => {
        const [one, other] = [p([a, weight], [b, 1]), p([b, 1], [a, weight])];
        expect(one).toBeCloseTo(other, 9);
        expect(one).toBeGreaterThanOrEqual(0);
        expect(one).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("rejects no more often than alpha: it is exact, so conservative", () => {
    const [n, alpha] = [300, 0.001];
    let chance = (1 / 3) ** n;
    let rejected = 0;
    for (let k = 0; k <= n; k += 1) {
      if (k > 0) chance *= ((n - k + 1) / k) * 2;
      if (p([k, 2], [n - k, 1]) < alpha) rejected += chance;
    }
    expect(rejected).toBeLessThanOrEqual(alpha);
    expect(rejected).toBeGreaterThan(alpha / 4);
  });
});

describe("three servers and more: chi-square", () => {
  it.each([
    [
      [
        [100, 1],
        [100, 1],
        [100, 1],
      ],
      1,
    ],
    [
      [
        [90, 1],
        [100, 1],
        [110, 1],
      ],
      0.3678794,
    ],
    [
      [
        [70, 1],
        [100, 1],
        [130, 1],
      ],
      0.0001234098,
    ],
    [
      [
        [60, 1],
        [80, 1],
        [100, 1],
        [120, 1],
      ],
      0.000058641829594820414,
    ],
  ] as [[number, number][], number][])("%j: %s", (shares, wanted) => {
    const found = p(...shares);
    expect(Math.abs(found - wanted)).toBeLessThan(Math.max(1e-7, wanted * 0.01));
  });

  it("says when there are too few for it", () => {
    const few = [1, 1, 1].map((count) => ({ count, weight: 1 }));
    expect(shareTest(few).valid).toBe(false);
    expect(shareTest(few.map((share) => ({ ...share, count: 5 }))).valid).toBe(true);
  });
});
