/** Expected values: keepalived 2.2.7, as computed from its source and measured with real daemons. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { milliseconds, seconds } from "../core/time.ts";
import { anyPriority } from "../testing/arbitraries.ts";
import {
  afterGoodbye,
  afterReturn,
  afterSilence,
  afterStoppingScript,
  masterDownUs,
  skewUs,
  widen,
} from "./timing.ts";

const ADVERT = seconds(1);
const STANDBY = { advertIntUs: ADVERT, standbyPriority: 99 };
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
describe("predicted moves", () => {
  const bounds = ({ minUs, maxUs }: { minUs: number; maxUs: number }): [string, string] => [
    (minUs / 1_000_000).toFixed(3),
    (maxUs / 1_000_000).toFixed(3),
  ];

  it("are those of the oracle", () => {
    const check = { intervalUs: seconds(2), runUsMax: 0 };
    expect({
      "SIGTERM keepalived": bounds(afterGoodbye(STANDBY)),
      "SIGKILL all of keepalived": bounds(afterSilence(STANDBY)),
      "script stops keepalived": bounds(afterStoppingScript(STANDBY, check)),
      "keepalived on A restarted": bounds(afterReturn({ advertIntUs: ADVERT, priority: 101 })),
    }).toEqual({
      "SIGTERM keepalived": ["0.613", "0.613"],
      "SIGKILL all of keepalived": ["2.613", "3.613"],
      "script stops keepalived": ["0.613", "2.613"],
      "keepalived on A restarted": ["3.605", "3.605"],
    });
  });

  it("grow by the run time of the script at the far end only", () => {
    const check = { intervalUs: seconds(2), runUsMax: milliseconds(500) };
    expect(bounds(afterStoppingScript(STANDBY, check))).toEqual(["0.613", "3.113"]);
  });

  it("say how they were computed", () => {
    expect([afterGoodbye(STANDBY).formula, afterSilence(STANDBY).formula]).toEqual([
      "skew(99)",
      "MD(99) - age of the last advert",
    ]);
  });

  it("never start before the fault nor end before they start, however widened", () => {
    const anyUs = fc.nat(10_000_000);
    fc.assert(
      fc.property(
        anyPriority,
        anyAdvertIntUs,
        fc.record({ intervalUs: anyUs, runUsMax: anyUs }),
        fc.record({ beforeUs: anyUs, afterUs: anyUs }),
        (standbyPriority, advertIntUs, check, allowance) => {
          const timers = { advertIntUs, standbyPriority };
          const all = [
            afterGoodbye(timers),
            afterSilence(timers),
            afterStoppingScript(timers, check),
            afterReturn({ advertIntUs, priority: standbyPriority }),
          ].map((prediction) => widen(prediction, allowance));
          expect(all.filter(({ minUs, maxUs }) => minUs < 0 || maxUs < minUs)).toEqual([]);
        },
      ),
    );
  });

  it("contain the prediction they were widened from", () => {
    const plain = afterSilence(STANDBY);
    const wide = widen(plain, { beforeUs: 20_000, afterUs: 250_000 });
    expect(wide).toEqual({
      ...plain,
      minUs: plain.minUs - 20_000,
      maxUs: plain.maxUs + 250_000,
      allowance: { beforeUs: 20_000, afterUs: 250_000 },
    });
  });
});
