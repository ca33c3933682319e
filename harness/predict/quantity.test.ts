import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seconds } from "../core/time.ts";
import {
  boundsOf,
  constant,
  earliest,
  elapsed,
  formula,
  gathered,
  latest,
  meanings,
  sum,
  tick,
  uniform,
  ZERO,
  type Quantity,
  type Simple,
  type Term,
} from "./quantity.ts";

const anyUs = fc.integer({ min: 0, max: 5_000_000 });

const anyUniform = fc
  .tuple(anyUs, anyUs)
  .map(([from, width]) => uniform(from, from + width, `U(${from}, ${from + width})`));

const anySimple: fc.Arbitrary<Simple> = fc
  .array(
    fc.oneof(
      anyUs.map((us) => constant(us)),
      anyUniform,
      anyUs.map((us) => elapsed(us, "x", "age")),
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((items) => sum(...items));

const anyGathered = fc
  .array(fc.record({ quantity: anySimple, weight: fc.integer({ min: 1, max: 9 }) }), {
    minLength: 1,
    maxLength: 4,
  })
  .chain((parts) => {
    const whole = parts.reduce((so, part) => so + part.weight, 0);
    return fc.integer({ min: 1, max: whole }).map((needed) => gathered(parts, needed));
  });

const anyQuantity: fc.Arbitrary<Quantity> = fc.oneof(
  anySimple,
  anyGathered,
  fc
    .array(fc.integer({ min: 1, max: 5_000_000 }), { minLength: 1, maxLength: 4 })
    .map((gaps) => tick(gaps, "next check")),
);

/** Draws by what a term means, not by how its bounds are computed. */
function draw(quantity: Quantity, random: () => number): number {
  const one = (term: Term): number => {
    switch (term.kind) {
      case "constant":
        return term.us;
      case "uniform": {
        const value = term.fromUs + random() * (term.toUs - term.fromUs);
        return term.minus ? -value : value;
      }
      case "tick": {
        let left = random() * term.gapsUs.reduce((so, gap) => so + gap, 0);
        for (const gap of term.gapsUs) {
          if (left < gap) return gap - left;
          left -= gap;
        }
        return 0;
      }
      case "gathered": {
        const times = term.parts
          .map((part) => ({ at: draw(part.quantity, random), weight: part.weight }))
          .sort((a, b) => a.at - b.at);
        let have = 0;
        return times.find(({ weight }) => (have += weight) >= term.needed)!.at;
      }
    }
  };
  return quantity.terms.reduce((so, term) => so + one(term), 0);
}

/** mulberry32: a test needs the same draws every time. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe("bounds of a quantity", () => {
  it("are in order", () => {
    fc.assert(
      fc.property(anyQuantity, (quantity) => {
        const { minUs, meanUs, maxUs } = boundsOf(quantity);
        expect(minUs).toBeLessThanOrEqual(meanUs);
        expect(meanUs).toBeLessThanOrEqual(maxUs);
      }),
    );
  });

  it("of a sum are the sums of the bounds", () => {
    fc.assert(
      fc.property(anyQuantity, anyQuantity, (a, b) => {
        const [whole, one, other] = [boundsOf(sum(a, b)), boundsOf(a), boundsOf(b)];
        for (const key of ["minUs", "meanUs", "maxUs"] as const) {
          expect(Math.abs(whole[key] - one[key] - other[key])).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it("grow with what is added", () => {
    fc.assert(
      fc.property(anyQuantity, anyUs, (quantity, us) => {
        const grown = boundsOf(sum(quantity, constant(us))).meanUs - boundsOf(quantity).meanUs;
        expect(Math.abs(grown - us)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("hold for draws from the definition, whose mean they meet", () => {
    fc.assert(
      fc.property(anyQuantity, fc.integer(), (quantity, seed) => {
        const random = generator(seed);
        const { minUs, meanUs, maxUs } = boundsOf(quantity);
        const draws = Array.from({ length: 2000 }, () => draw(quantity, random));
        expect(Math.min(...draws)).toBeGreaterThanOrEqual(minUs - 1);
        expect(Math.max(...draws)).toBeLessThanOrEqual(maxUs + 1);
        const mean = draws.reduce((so, value) => so + value, 0) / draws.length;
        // Standard error of 2000 draws is below 0.012 of the range; five of them.
        expect(Math.abs(mean - meanUs)).toBeLessThanOrEqual(0.06 * (maxUs - minUs) + 1);
      }),
      { numRuns: 60 },
    );
  });

  it("are those of the books for two uniform times", () => {
    const u = (): Simple => uniform(0, seconds(3), "U(0, 3 s)");
    expect([boundsOf(earliest([u(), u()])).meanUs, boundsOf(latest([u(), u()])).meanUs]).toEqual([
      seconds(1),
      seconds(2),
    ]);
  });

  it("of a repeated check are weighted by the length of its gaps", () => {
    // A server that is down, delay_loop 2, three retries 3 s apart: (4 + 27) / 22 s
    const gaps = [2, 3, 3, 3].map(seconds);
    expect(boundsOf(tick(gaps, "next check"))).toEqual({
      minUs: 0,
      meanUs: 1_409_091,
      maxUs: seconds(3),
    });
  });

  it("count weights, not things", () => {
    const at = (s: number): Simple => constant(seconds(s));
    const parts = [
      { quantity: at(1), weight: 2 },
      { quantity: at(2), weight: 5 },
      { quantity: at(3), weight: 2 },
    ];
    const reached = [2, 3, 7, 8].map((needed) => boundsOf(gathered(parts, needed)).meanUs);
    expect(reached).toEqual([1, 2, 2, 3].map(seconds));
  });
});

describe("the formula", () => {
  const md = constant(3_613_281, "MD(99)", "master down of priority 99");
  const x = elapsed(seconds(1), "x", "age of the last advert");

  it("is written in the symbols of its terms", () => {
    const check = uniform(seconds(2), seconds(4), "U(I, 2I)", [{ symbol: "I", text: "2 s" }]);
    expect(formula(sum(check, constant(0, "d"), md, x))).toBe("U(I, 2I) + d + MD(99) - x");
    expect(formula(latest([sum(md, x), check]))).toBe("max(MD(99) - x, U(I, 2I))");
    expect(formula(ZERO)).toBe("0");
  });

  it("explains each letter once", () => {
    expect(meanings(sum(md, x, md)).map(({ symbol }) => symbol)).toEqual(["MD(99)", "x"]);
  });
});
