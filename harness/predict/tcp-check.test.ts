/** Measured in a laboratory on 2.2.7 and 2.3.4: the least and the greatest of ten removals in each cell, in seconds. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seconds, type Us } from "../core/time.ts";
import {
  Bus,
  configOf,
  tcpServer,
  vrrpInstance,
  type BenchHost,
} from "../backend/sim/keepalived/bench.ts";
import { readText } from "../keepalived/read.ts";
import { profileOf, type KeepalivedVersion } from "../keepalived/versions.ts";
import type { CheckTiming } from "../keepalived/config.ts";
import { boundsOf, formula, type Quantity } from "./quantity.ts";
import {
  soonestRemoved,
  untilFirstRemoval,
  untilRemoved,
  untilReturned,
  type ServerFailure,
} from "./tcp-check.ts";

const REFUSED: ServerFailure = { kind: "refused" };
const SILENT: ServerFailure = { kind: "silent" };
const FROZEN: ServerFailure = { kind: "full-queue", backlog: 5 };

/** As the reader has it, so that the words of the file count. */
function timingOf(version: KeepalivedVersion, delayLoop: number, ...lines: string[]): CheckTiming {
  const check = ["connect_timeout 3", "delay_before_retry 3", ...lines].join("\n");
  const text = `virtual_server 10.0.0.1 3306 {\ndelay_loop ${delayLoop}\nprotocol TCP\nreal_server 10.0.0.2 3306 {\nTCP_CHECK {\n${check}\n}\n}\n}\n`;
  return readText(text, { version }).config.virtualServers[0]!.realServers[0]!.checkers[0]!.timing;
}

const NONE = "delay_before_retry 1";
const inSeconds = (us: Us): number => us / 1_000_000;

function range(quantity: Quantity): [number, number] {
  const { minUs, maxUs } = boundsOf(quantity);
  return [inSeconds(minUs), inSeconds(maxUs)];
}

type Cell = readonly [
  number,
  string,
  ServerFailure,
  readonly [number, number],
  readonly [number, number],
  readonly [number, number],
];

const REMOVALS: readonly Cell[] = [
  [2, "retry 3", REFUSED, [9, 11], [9.11, 10.92], [9.11, 10.82]],
  [2, "retry 3", SILENT, [21, 23], [21.34, 22.95], [21.42, 22.85]],
  [2, "retry 3", FROZEN, [33, 35], [33.06, 34.94], [33.12, 34.74]],
  [2, "nb_get_retry 3", REFUSED, [3, 5], [3.04, 4.7], [3.24, 4.62]],
  [2, "nb_get_retry 3", SILENT, [9, 11], [9.04, 10.85], [9.07, 10.8]],
  // 23.06 is the one of 360 that lay outside, by 63 ms.
  [2, "nb_get_retry 3", FROZEN, [21, 23], [21.11, 22.77], [21.28, 23.06]],
  [2, NONE, REFUSED, [1, 3], [1.14, 2.98], [1.37, 2.87]],
  [2, NONE, SILENT, [7, 9], [7.12, 8.98], [7.02, 7.98]],
  [2, NONE, FROZEN, [19, 21], [19.08, 20.56], [19.07, 20.76]],
  [6, "retry 3", REFUSED, [9, 15], [9.68, 14.66], [9.15, 14.5]],
  [6, "retry 3", SILENT, [21, 27], [21.01, 26.35], [21.4, 25.26]],
  [6, "retry 3", FROZEN, [57, 63], [57.41, 62.76], [58.03, 62.0]],
  [6, "nb_get_retry 3", REFUSED, [3, 9], [3.14, 8.49], [3.69, 8.25]],
  [6, "nb_get_retry 3", SILENT, [9, 15], [9.63, 14.84], [9.03, 14.56]],
  [6, "nb_get_retry 3", FROZEN, [45, 51], [45.72, 48.57], [45.31, 50.86]],
  [6, NONE, REFUSED, [1, 7], [1.18, 6.13], [1.11, 6.73]],
  [6, NONE, SILENT, [7, 13], [7.87, 12.08], [7.02, 12.33]],
  [6, NONE, FROZEN, [43, 49], [43.34, 48.35], [43.94, 48.74]],
];

const VERSIONS = [
  ["2.3.4", 4],
  ["2.2.7", 5],
] as const;

describe("removal, by delay_loop, option and failure", () => {
  it.each(REMOVALS)("D = %s, %s, %o: %j", (...cell) => {
    const [delayLoop, option, failure, predicted] = cell;
    for (const [version, column] of VERSIONS) {
      const timing = timingOf(version, delayLoop, option);
      const [min, max] = range(untilRemoved(timing, profileOf(version), failure));
      expect([version, min, max]).toEqual([version, ...predicted]);
      const [least, most] = cell[column];
      expect(least).toBeGreaterThanOrEqual(min);
      expect(most).toBeLessThanOrEqual(max + 0.063);
    }
  });

  it.each([
    [3, 3, 3, [21, 23], [21.1, 23.0]],
    [5, 1, 1, [11, 13], [11.1, 12.4]],
    [1, 1, 1, [3, 5], [3.15, 4.91]],
  ] as const)("host gone, D = 2, C = %s, R = %s, Dr = %s", (c, r, dr, predicted, measured) => {
    const lines = [`connect_timeout ${c}`, `retry ${r}`, `delay_before_retry ${dr}`];
    const timing = timingOf("2.3.4", 2, ...lines);
    const [min, max] = range(untilRemoved(timing, profileOf("2.3.4"), SILENT));
    expect([min, max]).toEqual(predicted);
    expect(measured[0] >= min && measured[1] <= max).toBe(true);
  });

  it("has no retries in the TCP_CHECK of 1.2.13", () => {
    const timing = { ...timingOf("2.3.4", 2), retry: 3 };
    expect(range(untilRemoved(timing, profileOf("1.2.13"), REFUSED))).toEqual([0, 2]);
  });
});

describe("the first check after a start: one failure is enough", () => {
  it.each([
    ["D = 2", 2, "retry 3", REFUSED, [1, 3], [1.1, 3.01]],
    ["D = 6", 6, "retry 3", REFUSED, [1, 7], [1.52, 6.96]],
    ["warmup 2", 6, "warmup 2", REFUSED, [1, 3], [1.07, 2.97]],
    ["warmup 0", 6, "warmup 0", REFUSED, [1, 1], [1.0, 1.04]],
    ["SYN dropped", 6, "retry 3", SILENT, [4, 10], [5.5, 9.2]],
  ] as const)("%s", (_name, delayLoop, line, failure, predicted, measured) => {
    const timing = timingOf("2.3.4", delayLoop, line);
    const [min, max] = range(untilFirstRemoval(timing, failure));
    expect([min, max]).toEqual(predicted);
    expect(measured[0] >= min && measured[1] <= max + 0.05).toBe(true);
  });
});

describe("return", () => {
  it.each([
    ["2.3.4", 2, "retry 3", "refused", [0, 2], 1.74],
    ["2.2.7", 2, "retry 3", "refused", [0, 3], 2.97],
    ["2.3.4", 2, "retry 3", "silent", [0, 4], 2.89],
    ["2.2.7", 2, "retry 3", "silent", [0, 5], 3.69],
    ["2.3.4", 6, "retry 3", "silent", [0, 8], 6.1],
    ["2.2.7", 6, "retry 3", "silent", [0, 8], 6.52],
  ] as const)("%s, D = %s, %s, after %s", (version, delayLoop, line, before, predicted, most) => {
    const timing = timingOf(version, delayLoop, line);
    const found = range(untilReturned(timing, profileOf(version), before));
    expect(found).toEqual(predicted);
    expect(most).toBeLessThanOrEqual(found[1]);
  });

  it("falls on a random point of the cycle of a server that is down: (D² + R Dr²) / 2 (D + R Dr)", () => {
    const timing = timingOf("2.2.7", 2, "retry 3");
    const { meanUs } = boundsOf(untilReturned(timing, profileOf("2.2.7"), "refused"));
    expect(inSeconds(meanUs)).toBeCloseTo(1.41, 2);
  });
});

describe("laws", () => {
  const timing = fc.record({
    delayLoopUs: fc.integer({ min: 1, max: seconds(60) }),
    connectTimeoutUs: fc.integer({ min: 1, max: seconds(30) }),
    retry: fc.integer({ min: 0, max: 10 }),
    delayBeforeRetryUs: fc.integer({ min: 0, max: seconds(30) }),
    warmupUs: fc.integer({ min: 0, max: seconds(60) }),
  });
  const version = fc.constantFrom<KeepalivedVersion>("1.2.13", "1.4.3", "2.2.7", "2.3.3", "2.3.4");

  it("a harder failure is noticed no sooner, and the width is always D", () => {
    fc.assert(
      fc.property(timing, version, (t, v) => {
        const profile = profileOf(v);
        const [refused, silent, frozen] = [REFUSED, SILENT, FROZEN].map((failure) =>
          boundsOf(untilRemoved(t, profile, failure)),
        );
        expect(silent!.minUs).toBeGreaterThanOrEqual(refused!.minUs);
        expect(frozen!.minUs).toBeGreaterThanOrEqual(silent!.minUs);
        for (const { minUs, maxUs } of [refused!, silent!, frozen!]) {
          expect(maxUs - minUs).toBe(t.delayLoopUs);
        }
        expect(boundsOf(soonestRemoved(t, profile))).toEqual(silent);
      }),
    );
  });

  it("one more retry costs Dr, and C where attempts are not answered", () => {
    fc.assert(
      fc.property(timing, (t) => {
        const profile = profileOf("2.3.4");
        const more = { ...t, retry: t.retry + 1 };
        const cost = (failure: ServerFailure): Us =>
          boundsOf(untilRemoved(more, profile, failure)).minUs -
          boundsOf(untilRemoved(t, profile, failure)).minUs;
        expect(cost(REFUSED)).toBe(t.delayBeforeRetryUs);
        expect(cost(SILENT)).toBe(t.delayBeforeRetryUs + t.connectTimeoutUs);
      }),
    );
  });

  it("a return takes no longer than the longest gap and an attempt", () => {
    fc.assert(
      fc.property(timing, version, (t, v) => {
        const gap = Math.max(t.delayLoopUs, t.delayBeforeRetryUs);
        const { minUs, maxUs } = boundsOf(untilReturned(t, profileOf(v), "silent"));
        expect(minUs).toBe(0);
        expect(maxUs).toBeLessThanOrEqual(gap + t.connectTimeoutUs);
        expect(boundsOf(untilReturned(t, profileOf(v), "refused")).maxUs).toBeLessThanOrEqual(gap);
      }),
    );
  });

  it("is written as people write it", () => {
    const timingNow = timingOf("2.2.7", 6, "retry 3");
    const profile = profileOf("2.2.7");
    expect([
      formula(untilRemoved(timingNow, profile, FROZEN)),
      formula(untilFirstRemoval(timingNow, SILENT)),
      formula(untilReturned(timingNow, profile, "refused")),
    ]).toEqual(["U(0, D) + 6D + 4C + 3Dr", "1 s + U(0, W) + 1C", "next(D, 3 x Dr)"]);
  });
});

/** Of its own making: it steps through the checker's states, and shares no arithmetic with the formulas. */
describe("the simulator's checkers", () => {
  const PORTS = Array.from({ length: 20 }, (_, index) => 3000 + index);
  const COSTS_US = 20_000;
  const timing = fc.record({
    delayLoopUs: fc.integer({ min: 1, max: 8 }).map(seconds),
    connectTimeoutUs: fc.integer({ min: 1, max: 5 }).map(seconds),
    retry: fc.nat(3),
    delayBeforeRetryUs: fc.integer({ min: 1, max: 4 }).map(seconds),
    warmupUs: fc.nat(6).map(seconds),
  });
  const version = fc.constantFrom<KeepalivedVersion>("2.2.7", "2.3.4");

  function started(
    v: KeepalivedVersion,
    t: CheckTiming,
    seed: number,
  ): { bus: Bus; host: BenchHost } {
    const bus = new Bus(undefined, seed);
    const virtualServers = PORTS.map((port) => tcpServer(port, t));
    const host = bus.add("a", configOf(v, [vrrpInstance(100)], { virtualServers }));
    host.daemon.start();
    return { bus, host };
  }

  function expectWithin(times: readonly Us[], quantity: Quantity): void {
    const { minUs, maxUs } = boundsOf(quantity);
    expect(times).toHaveLength(PORTS.length);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(minUs);
    expect(Math.max(...times)).toBeLessThanOrEqual(maxUs + COSTS_US);
  }

  it("remove and return inside the formulas", () => {
    fc.assert(
      fc.property(timing, version, fc.boolean(), fc.nat(99), (t, v, refused, seed) => {
        const { bus, host } = started(v, t, seed);
        const failedUs = seconds(30);
        bus.runUntil(failedUs);
        for (const port of PORTS) host.ports.set(port, refused ? "refused" : "timeout");
        bus.runFor(seconds(60));
        const removed = host.logTimes("Removing service").map((tUs) => tUs - failedUs);
        expectWithin(removed, untilRemoved(t, profileOf(v), refused ? REFUSED : SILENT));
        const backUs = failedUs + seconds(60);
        for (const port of PORTS) host.ports.set(port, "open");
        bus.runFor(seconds(30));
        const added = host.logTimes("Adding service").map((tUs) => tUs - backUs);
        // The bench's attempts end as they began: a SYN is not repeated there.
        const before = refused ? "refused" : "silent";
        const { maxUs } = boundsOf(untilReturned(t, profileOf(v), before));
        const missedUs = refused ? 0 : t.connectTimeoutUs;
        expect(Math.max(...added)).toBeLessThanOrEqual(maxUs + missedUs + COSTS_US);
        expect(added).toHaveLength(PORTS.length);
      }),
      { numRuns: 40 },
    );
  });

  it("remove what is down at the start by the first check", () => {
    fc.assert(
      fc.property(timing, version, fc.boolean(), fc.nat(99), (t, v, refused, seed) => {
        const { bus, host } = started(v, t, seed);
        for (const port of PORTS) host.ports.set(port, refused ? "refused" : "timeout");
        bus.runFor(seconds(30));
        const [first] = host.logTimes("Activating healthchecker");
        const times = host.logTimes("Removing service").map((tUs) => tUs - first!);
        expectWithin(times, untilFirstRemoval(t, refused ? REFUSED : SILENT));
      }),
      { numRuns: 40 },
    );
  });
});
