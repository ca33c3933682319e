import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyInterval, anyTimeUs } from "../testing/arbitraries.ts";
import {
  durationUs,
  formatOffset,
  formatSeconds,
  intersect,
  milliseconds,
  seconds,
  type Interval,
} from "./time.ts";

const inside = (interval: Interval | undefined, tUs: number): boolean =>
  interval !== undefined && interval.startUs <= tUs && tUs < interval.endUs;

describe("units", () => {
  it("are whole microseconds, rounded", () => {
    expect([seconds(2), seconds(0.6132812), milliseconds(2.5), milliseconds(0.0004)]).toEqual([
      2_000_000, 613_281, 2500, 0,
    ]);
  });

  it("are shown with three decimals", () => {
    expect([formatSeconds(2_613_281), formatSeconds(-500), formatSeconds(0)]).toEqual([
      "2.613 s",
      "-0.001 s",
      "0.000 s",
    ]);
  });

  it("line up in a column of a time line", () => {
    expect([formatOffset(12_431_000), formatOffset(-250_000), formatOffset(0)]).toEqual([
      "  +12.431",
      "   -0.250",
      "   +0.000",
    ]);
  });
});

describe("intersect", () => {
  it("holds a moment exactly when both intervals do", () => {
    fc.assert(
      fc.property(anyInterval, anyInterval, anyTimeUs, (a, b, tUs) => {
        expect(inside(intersect(a, b), tUs)).toBe(inside(a, tUs) && inside(b, tUs));
      }),
    );
  });

  it("does not care which interval comes first", () => {
    fc.assert(
      fc.property(anyInterval, anyInterval, (a, b) => {
        expect(intersect(a, b)).toEqual(intersect(b, a));
      }),
    );
  });

  it("of an interval with itself is the interval, unless it is empty", () => {
    fc.assert(
      fc.property(anyInterval, (a) => {
        expect(intersect(a, a)).toEqual(durationUs(a) > 0 ? a : undefined);
      }),
    );
  });

  it("is nothing where ends only touch", () => {
    expect(intersect({ startUs: 0, endUs: 5 }, { startUs: 5, endUs: 9 })).toBeUndefined();
  });
});
