/** Expected values: keepalived 2.2.7, as computed from its source and measured with real daemons. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { milliseconds, seconds } from "../core/time.ts";
import { anyPriority } from "../testing/arbitraries.ts";
import { masterDownUs, skewUs } from "./timing.ts";

const ADVERT = seconds(1);
const anyAdvertIntUs = fc.integer({ min: 1, max: 255 }).map(seconds);

/** Five decimals, as the table of the timing oracle has them. */
const inSeconds = (us: number): string => (us / 1_000_000).toFixed(5);

describe("timers of one router", () => {
  it("are those of the oracle for an advert interval of 1 s", () => {
    const skew = Object.fromEntries([96, 99, 100, 101].map((p) => [p, inSeconds(skewUs(p))]));
    const masterDown = Object.fromEntries(
      [99, 100, 101].map((p) => [p, inSeconds(masterDownUs(p, ADVERT))]),
    );
    expect({ skew, masterDown }).toEqual({
      skew: { 96: "0.62500", 99: "0.61328", 100: "0.60938", 101: "0.60547" },
      masterDown: { 99: "3.61328", 100: "3.60938", 101: "3.60547" },
    });
  });

  it("scale with the interval in version 3, and count down_timer_adverts", () => {
    const quarter = milliseconds(250);
    expect([
      skewUs(99, quarter, 3),
      masterDownUs(99, quarter, { version: 3, downTimerAdverts: 3 }),
      masterDownUs(99, ADVERT, { version: 2, downTimerAdverts: 5 }),
    ]).toEqual([153_320, 903_320, 5_613_281]);
  });

  it("let the higher priority end its wait first", () => {
    fc.assert(
      fc.property(anyPriority, anyPriority, anyAdvertIntUs, (a, b, advertIntUs) => {
        fc.pre(a > b);
        expect(masterDownUs(a, advertIntUs)).toBeLessThan(masterDownUs(b, advertIntUs));
      }),
    );
  });

  it("have a skew that does not scale with the advert interval", () => {
    fc.assert(
      fc.property(anyPriority, anyAdvertIntUs, (priority, advertIntUs) => {
        expect(masterDownUs(priority, advertIntUs) - 3 * advertIntUs).toBe(skewUs(priority));
      }),
    );
  });
});

/** Rows of the oracle's timing table for 101 MASTER and 99 BACKUP, advert interval 1 s. */
