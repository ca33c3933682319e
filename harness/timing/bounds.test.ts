import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { milliseconds, seconds } from "../core/time.ts";
import { boundedSeconds, boundsOf, forRanks, type Bounded } from "./bounds.ts";
import { distribution } from "./statistics.ts";

const FLOOR: Bounded = { us: milliseconds(200), bound: "at-most" };
const open = (us: number): Bounded => ({ us, bound: "at-least" });
const ended = (us: number): Bounded => ({ us });

function words(sample: readonly Bounded[]): string[] {
  const { min, p50, max } = distribution(sample.map(({ us }) => us))!;
  return [min, p50, max].map((us) => boundedSeconds(us, boundsOf(sample)));
}

describe("quantiles of what is known from one side", () => {
  it("say so, and only those", () => {
    expect(words([FLOOR, FLOOR, ended(seconds(4))])).toEqual([
      "<= 0.200 s",
      "<= 0.200 s",
      "4.000 s",
    ]);
    expect(words([FLOOR, ended(seconds(4)), open(seconds(8))])).toEqual([
      "<= 0.200 s",
      "4.000 s",
      ">= 8.000 s",
    ]);
  });

  it("are lower bounds when a shorter one had no end: it may have lasted longer than they say", () => {
    expect(words([open(seconds(2)), ended(seconds(4)), ended(seconds(5))])).toEqual([
      ">= 2.000 s",
      ">= 4.000 s",
      ">= 5.000 s",
    ]);
  });

  it("a bound that is said holds, whatever the durations were", () => {
    const duration = fc.record({
      us: fc.integer({ min: 0, max: 100 }),
      seenUs: fc.integer({ min: 21, max: 100 }),
    });
    fc.assert(
      fc.property(fc.array(duration, { minLength: 1, maxLength: 9 }), (durations) => {
        const sample = durations.map(({ us, seenUs }): Bounded => {
          if (us <= 20) return { us: 20, bound: "at-most" };
          return us > seenUs ? open(seenUs) : ended(us);
        });
        const seen = distribution(sample.map(({ us }) => us))!;
        const real = distribution(durations.map(({ us }) => us))!;
        for (const at of ["min", "p50", "p95", "max"] as const) {
          const said = boundedSeconds(seen[at], boundsOf(sample));
          if (said.startsWith("<=")) expect(real[at]).toBeLessThanOrEqual(seen[at]);
          else if (said.startsWith(">=")) expect(real[at]).toBeGreaterThanOrEqual(seen[at]);
          else expect(real[at]).toBe(seen[at]);
        }
      }),
    );
  });
});

describe("two samples, for ranks", () => {
  it("tie at the coarser floor, and at the top without an end", () => {
    const base = [FLOOR, ended(milliseconds(220)), open(seconds(8))];
    const now = [
      { us: milliseconds(500), bound: "at-most" } as const,
      open(seconds(9)),
      ended(1e6),
    ];
    expect(forRanks(base, now)).toEqual({
      base: [milliseconds(500), milliseconds(500), seconds(9)],
      now: [milliseconds(500), seconds(9), seconds(1)],
    });
  });

  it("change nothing that is known from both sides", () => {
    const [base, now] = [
      [3, 1, 2],
      [9, 0],
    ];
    expect(forRanks(base.map(ended), now.map(ended))).toEqual({ base, now });
    expect(forRanks([], [])).toEqual({ base: [], now: [] });
  });
});
