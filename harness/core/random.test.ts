import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomStream } from "./random.ts";

const anySeed = fc.integer();
const draw = (seed: number, name: string, count: number): number[] => {
  const stream = randomStream(seed, name);
  return Array.from({ length: count }, () => stream.next());
};

describe("randomStream", () => {
  // A change here gives every seed that anybody wrote down another meaning.
  it("draws what it always drew for a given seed and name", () => {
    expect({
      jitter: draw(81273, "jitter disturb fault", 3),
      other: draw(81273, "jitter recover fault", 3),
      negative: draw(-1, "jitter disturb fault", 1),
    }).toMatchInlineSnapshot(`
      {
        "jitter": [
          0.4888122980963068,
          0.42839213173694646,
          0.25490144946762394,
        ],
        "negative": [
          0.07366866013945494,
        ],
        "other": [
          0.21466870340221,
          0.2247028530109103,
          0.3265983323503391,
        ],
      }
    `);
  });

  it("repeats itself for the same seed and name", () => {
    fc.assert(
      fc.property(anySeed, fc.string(), (seed, name) => {
        expect(draw(seed, name, 5)).toEqual(draw(seed, name, 5));
      }),
    );
  });

  it("draws for one name what it draws when no other name is in use", () => {
    const alone = draw(7, "faults", 4);
    const [faults, loads] = [randomStream(7, "faults"), randomStream(7, "loads")];
    const interleaved = Array.from({ length: 4 }, () => {
      loads.next();
      return faults.next();
    });
    expect(interleaved).toEqual(alone);
  });

  it("gives other names and other seeds other draws", () => {
    const firsts = ["a", "b", "ab", "ba"].flatMap((name) =>
      [0, 1, 2, -1].map((seed) => randomStream(seed, name).next()),
    );
    expect(new Set(firsts).size).toBe(firsts.length);
  });

  it("stays in [0, 1)", () => {
    fc.assert(
      fc.property(anySeed, (seed) => {
        expect(draw(seed, "x", 20).every((value) => value >= 0 && value < 1)).toBe(true);
      }),
    );
  });

  it("draws whole numbers from both ends and nothing outside", () => {
    fc.assert(
      fc.property(anySeed, fc.integer({ min: -50, max: 50 }), fc.nat(5), (seed, min, width) => {
        const stream = randomStream(seed, "x");
        const drawn = new Set(Array.from({ length: 200 }, () => stream.integer(min, min + width)));
        expect([...drawn].sort((a, b) => a - b)).toEqual(
          Array.from({ length: width + 1 }, (_, index) => min + index),
        );
      }),
      { numRuns: 30, seed: 1 },
    );
  });
});
