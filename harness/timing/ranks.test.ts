import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { upperQuantile, upperTail } from "./normal.ts";
import {
  differences,
  distanceTest,
  fisherTest,
  holm,
  quantileNeeds,
  quantileTest,
  rankTest,
  shiftInterval,
  shiftOf,
} from "./ranks.ts";

/** All subsets of `size` positions: slow and beyond doubt. */
function subsets(n: number, size: number): number[][] {
  if (size === 0) return [[]];
  if (n < size) return [];
  return [...subsets(n - 1, size), ...subsets(n - 1, size - 1).map((rest) => [...rest, n - 1])];
}

/** The rank test by trying every way to deal the values out. */
function dealtP(base: readonly number[], now: readonly number[]): number {
  const all = [...base, ...now];
  const beats = (a: number, b: number): number => (a > b ? 1 : a === b ? 0.5 : 0);
  const u = (mine: ReadonlySet<number>): number =>
    all.reduce(
      (total, value, index) =>
        mine.has(index)
          ? total +
            all.reduce((sum, other, at) => (mine.has(at) ? sum : sum + beats(value, other)), 0)
          : total,
      0,
    );
  const middle = (base.length * now.length) / 2;
  const seen = Math.abs(u(new Set(base.keys())) - middle);
  const ways = subsets(all.length, base.length).map((way) => Math.abs(u(new Set(way)) - middle));
  return ways.filter((off) => off >= seen - 1e-9).length / ways.length;
}

const few = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 5 });

describe("rank test", () => {
  it("is what dealing the values out in every way gives, ties included", () => {
    fc.assert(
      fc.property(few, few, (base, now) => {
        expect(rankTest(base, now)?.p).toBeCloseTo(dealtP(base, now), 9);
      }),
      { numRuns: 150 },
    );
  });

  it("agrees with published tables", () => {
    // Mann and Whitney 1947, table I: n = 8, m = 8, P(U <= 13) = 0.025 and P(U <= 14) = 0.032; U here is 13.
    const base = [8, 9, 10, 11, 12, 13, 14, 15];
    const now = [1, 2, 3, 4, 5, 6, 14.5, 14.7];
    expect((rankTest(base, now)?.p ?? 0) / 2).toBeCloseTo(0.03, 1);
    // Three against three: 2 of 20 ways are as far apart as can be.
    expect(rankTest([1, 2, 3], [4, 5, 6])).toEqual({ p: 0.1, leastP: expect.closeTo(0.1, 9) });
  });

  it("counts and the normal distribution meet where one takes over from the other", () => {
    const base = Array.from({ length: 25 }, (_, index) => index * 20);
    const now = Array.from({ length: 25 }, (_, index) => index * 20 + 90);
    const counted = rankTest(base, now)?.p ?? 0;
    const approximated = rankTest([...base, 240], [...now, 330])?.p ?? 0;
    expect(counted).toBeGreaterThan(0.01);
    expect(Math.abs(counted - approximated)).toBeLessThan(0.02);
  });

  it("finds nothing in values that are all the same, and none in no values", () => {
    expect(rankTest([5, 5, 5, 5], [5, 5, 5])?.p).toBe(1);
    expect(rankTest(Array<number>(40).fill(5), Array<number>(40).fill(5))?.p).toBe(1);
    expect(rankTest([], [1])).toBeUndefined();
    expect(rankTest([1], [])).toBeUndefined();
  });

  it("says how small a p could get at these sizes", () => {
    expect(rankTest([1], [2])?.leastP).toBeCloseTo(1, 9);
    expect(rankTest([1, 2, 3, 4], [5, 6, 7, 8, 9])?.leastP).toBeCloseTo(2 / 126, 9);
  });
});

describe("distance test", () => {
  /** By trying every order. */
  const ordered = (m: number, n: number, far: number): number => {
    const ways = subsets(m + n, m).map((way) => {
      let [i, j, most] = [0, 0, 0];
      for (let at = 0; at < m + n; at++) {
        if (way.includes(at)) i++;
        else j++;
        most = Math.max(most, Math.abs(i * n - j * m));
      }
      return most;
    });
    return ways.filter((most) => most >= far).length / ways.length;
  };

  it("is what trying every order gives", () => {
    expect(distanceTest([1, 2, 3], [4, 5, 6])?.p).toBeCloseTo(ordered(3, 3, 9), 9);
    expect(distanceTest([1, 2, 4, 7], [3, 5, 6])?.p).toBeCloseTo(ordered(4, 3, 6), 9);
    expect(distanceTest([1, 3, 5, 7], [2, 4, 6, 8, 9])?.p).toBeCloseTo(ordered(4, 5, 8), 9);
  });

  it("finds nothing in values that are all the same, and none in no values", () => {
    expect(distanceTest([5, 5, 5], [5, 5])?.p).toBe(1);
    expect(distanceTest([], [5])).toBeUndefined();
  });
});

describe("shift", () => {
  it("moves with the sample, and turns when the samples are exchanged", () => {
    const values = fc.array(fc.integer({ min: 0, max: 5000 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(values, values, fc.integer({ min: -900, max: 900 }), (base, now, by) => {
        const shift = shiftOf(differences(base, now)) ?? Number.NaN;
        const moved = now.map((value) => value + by);
        expect(shiftOf(differences(base, moved))).toBeCloseTo(shift + by, 6);
        expect(shiftOf(differences(now, base))).toBeCloseTo(-shift, 6);
      }),
    );
  });

  it("has an interval around it that leaves out zero when the test, without ties, finds something", () => {
    const values = fc.uniqueArray(fc.integer({ min: 0, max: 60 }), {
      minLength: 15,
      maxLength: 15,
    });
    fc.assert(
      fc.property(values, (all) => {
        const [base, now] = [all.slice(0, 7), all.slice(7)];
        const interval = shiftInterval(differences(base, now), { base: 7, now: 8 }, 0.05);
        const leavesOut = interval !== undefined && (interval.low > 0 || interval.high < 0);
        expect(leavesOut).toBe((rankTest(base, now)?.p ?? 1) <= 0.05);
      }),
      { numRuns: 300 },
    );
  });

  it("has no interval where the samples are too small for one", () => {
    const sorted = differences([1, 2, 3, 4], [5, 6, 7, 8, 9]);
    expect(shiftInterval(sorted, { base: 4, now: 5 }, 0.01)).toBeUndefined();
    expect(shiftInterval(sorted, { base: 4, now: 5 }, 0.05)).toBeDefined();
    expect(shiftInterval(differences([], [1]), { base: 0, now: 1 }, 0.05)).toBeUndefined();
  });
});

describe("quantiles", () => {
  it("p95 lies inside a sample from 20 values on, the median from 2", () => {
    expect([quantileNeeds(0.5), quantileNeeds(0.95), quantileNeeds(0.99)]).toEqual([2, 20, 100]);
    const twenty = Array.from({ length: 20 }, (_, index) => index);
    expect(quantileTest(twenty.slice(1), twenty, 0.95)).toBeUndefined();
    expect(quantileTest(twenty, twenty, 0.95)?.p).toBe(1);
  });

  it("adds up to all the ways two samples can be mixed", () => {
    // Three and two: base's median (rank 2 of 3) has both of now above it in 3 of 10 mixtures.
    const p = quantileTest([1, 2, 3], [8, 9], 0.5)?.p;
    expect(p).toBeCloseTo(2 * 0.3, 9);
  });

  it("sees a tail that grew while the middle stayed", () => {
    const base = Array.from({ length: 40 }, (_, index) => index);
    const now = base.map((value) => (value >= 26 ? 500 + value : value));
    expect(quantileTest(base, now, 0.95)?.p).toBeLessThan(0.01);
    expect(rankTest(base, now)?.p).toBeGreaterThan(0.05);
  });
});

describe("shares and corrections", () => {
  it("Fisher's tea: three of four cups right", () => {
    // The Design of Experiments, chapter II: 1 of 70 for all right, 17 of 70 for three or more; twice that.
    expect(fisherTest({ hits: 3, n: 4 }, { hits: 1, n: 4 }).p).toBeCloseTo(34 / 70, 9);
    expect(fisherTest({ hits: 4, n: 4 }, { hits: 0, n: 4 }).p).toBeCloseTo(2 / 70, 9);
    expect(fisherTest({ hits: 3, n: 4 }, { hits: 1, n: 4 }).leastP).toBeCloseTo(2 / 70, 9);
    expect(fisherTest({ hits: 0, n: 0 }, { hits: 1, n: 1 }).p).toBeCloseTo(1, 9);
  });

  it("Holm: the least counts for all, and the order stays", () => {
    expect(holm([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06]);
    expect(holm([])).toEqual([]);
    expect(holm([0.9, 0.8])).toEqual([1, 1]);
  });

  it("tails of the normal distribution", () => {
    // Abramowitz and Stegun, tables 26.1 and 26.2.
    expect(upperTail(1.96)).toBeCloseTo(0.024_997_895, 9);
    expect(upperTail(5) / 2.866_515_719e-7).toBeCloseTo(1, 8);
    expect(upperTail(-1)).toBeCloseTo(0.841_344_746, 9);
    expect(upperTail(3) / 1.349_898_03e-3).toBeCloseTo(1, 8);
    expect(upperTail(2.999_999) / upperTail(3)).toBeCloseTo(1, 4);
    expect(upperQuantile(0.005)).toBeCloseTo(2.575_829, 6);
  });
});
