import { describe, expect, it } from "vitest";
import { seconds } from "../core/time.ts";
import { first, last, until, type Weighty } from "./crossing.ts";
import { boundsOf, uniform } from "./quantity.ts";

const happening = (fromS: number, toS: number, clock: string, weight = 1): Weighty => ({
  after: uniform(seconds(fromS), seconds(toS), `U(${fromS}, ${toS})`),
  clock,
  weight,
});

const quick = happening(0, 2, "every 2 s");
const slow = happening(4, 6, "every 2 s", 3);
const other = happening(0, 3, "every 3 s", 2);

const mean = (quantity: ReturnType<typeof first> | undefined): number | undefined =>
  quantity === undefined ? undefined : boundsOf(quantity).meanUs;

describe("reactions on one clock", () => {
  it("come in a fixed order, in whatever order they are given", () => {
    expect([mean(first([quick, slow])), mean(first([slow, quick]))]).toEqual([1, 1].map(seconds));
    expect([mean(last([quick, slow])), mean(last([slow, quick]))]).toEqual([5, 5].map(seconds));
    expect([1, 2, 4, 5].map((needed) => mean(until(needed, [slow, quick])))).toEqual([
      seconds(1),
      seconds(5),
      seconds(5),
      undefined,
    ]);
  });
});

describe("reactions on clocks of their own", () => {
  it("come independently", () => {
    // E min(U(0,2), U(0,3)) = 1 - 2/9 and E max = 3/2 + 2/9
    expect([mean(first([quick, other])), mean(last([quick, other]))]).toEqual([777_778, 1_722_222]);
  });

  it("count until the weight is enough", () => {
    const all = [quick, other];
    expect(mean(until(1, all))).toBe(777_778);
    expect(mean(until(3, all))).toBe(1_722_222);
    // The one of weight 2 is enough alone, the other is not.
    expect(mean(until(2, all))).toBe(seconds(1.5));
  });
});
