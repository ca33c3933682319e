import { describe, expect, it } from "vitest";
import { meter } from "./jitter.ts";

const DUE = 10_000;

describe("the meter of the machine's lateness", () => {
  it("tells a late second by its worst sleep, and nothing of a quiet one", () => {
    const all = meter(0);
    expect(all.slept(DUE, DUE + 84_000)).toBeUndefined();
    expect(all.slept(500_000, 530_000)).toBeUndefined();
    expect(all.slept(1_000_000, 1_000_100)).toEqual([1_000_100, 84_000, 1_000_100]);
    expect(all.slept(1_500_000, 1_520_000)).toBeUndefined();
    expect(all.slept(2_000_100, 2_000_100)).toBeUndefined();
    expect(all.slept(2_500_000, 2_520_001)).toBeUndefined();
    expect(all.slept(3_000_100, 3_000_100)).toEqual([3_000_100, 20_001, 1_000_000]);
  });

  it("ends with what was under way and the worst of all", () => {
    const all = meter(0);
    all.slept(DUE, DUE + 84_000);
    all.slept(1_000_000, 1_000_000);
    all.slept(1_400_000, 1_430_000);
    expect(all.end(1_500_000)).toEqual([
      [1_500_000, 30_000, 500_000],
      [1_500_000, 84_000, 1_500_000],
    ]);
  });

  it("says of a quiet run how quiet it was", () => {
    const all = meter(0);
    all.slept(DUE, DUE + 3000);
    expect(all.end(20_000)).toEqual([[20_000, 3000, 20_000]]);
  });

  it("does not take an early end for lateness", () => {
    const all = meter(0);
    all.slept(DUE, DUE - 500);
    expect(all.end(20_000)).toEqual([[20_000, 0, 20_000]]);
  });
});
