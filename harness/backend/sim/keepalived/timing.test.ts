/**
 * The timing table of the semantics (section 13): for each fault the least and the most over all moments at
 * which it can strike, against the formulas. A is 101 and MASTER, B 99; v2, one second.
 */
import { describe, expect, test } from "vitest";
import { milliseconds, seconds, type Us } from "../../../core/time.ts";
import type { KeepalivedVersion } from "../../../keepalived/versions.ts";
import { settledPair, tracked, vrrpScript, type Pair } from "./bench.ts";

const SKEW_99: Us = 613_281;
const SKEW_101: Us = 605_468;
const MD_99: Us = 3_613_281;
const MD_101: Us = 3_605_468;
const PHASE_STEP = 87;
/** What `NO_COSTS` leaves: the collection of a script. */
const SLACK: Us = milliseconds(1);

type Strike = (pair: Pair) => void;

/** From the fault to the address on B, least and most over the phases of A's adverts and scripts. */
function range(
  version: KeepalivedVersion,
  strike: Strike,
  more: { periodMs?: number; pair?: Parameters<typeof settledPair>[1]; waitUs?: Us } = {},
): [Us, Us] {
  const times: Us[] = [];
  const period = more.periodMs ?? 1000;
  for (let phase = 0; phase < period; phase += PHASE_STEP) {
    const settleUs = seconds(20) + milliseconds(phase);
    const pair = settledPair(version, { ...more.pair, settleUs });
    strike(pair);
    pair.bus.runFor(more.waitUs ?? seconds(15));
    const took = pair.b.vipChange(true, settleUs);
    expect(took, `phase ${phase}`).toBeDefined();
    times.push((took ?? 0) - settleUs);
  }
  return [Math.min(...times), Math.max(...times)];
}

function expectRange([min, max]: [Us, Us], [from, to]: [Us, Us], periodUs: Us): void {
  expect(min).toBeGreaterThanOrEqual(from);
  expect(min).toBeLessThanOrEqual(Math.min(to, from + periodUs / 5) + SLACK);
  expect(max).toBeLessThanOrEqual(to + SLACK);
  expect(max).toBeGreaterThanOrEqual(to - periodUs / 5 - SLACK);
}

const weight0 = { a: { trackScripts: [tracked("chk")] }, config: { scripts: [vrrpScript("chk")] } };
const weight5 = {
  a: { trackScripts: [tracked("chk", -5)] },
  config: { scripts: [vrrpScript("chk", { weight: -5 })] },
};
const fail: Strike = ({ a }) => a.behaviours.set("chk", { takesUs: 0, status: 1 });
const hang: Strike = ({ a }) => a.behaviours.set("chk", { takesUs: 0, status: 1, hangs: true });

const SILENCE: [Us, Us] = [MD_99 - seconds(1), MD_99];

describe("faults on the MASTER", () => {
  const silent: readonly [string, Strike][] = [
    ["all processes killed", ({ a }) => a.signalAll("KILL")],
    ["vrrp child stopped", ({ a }) => a.signal("Keepalived_vrrp", "STOP")],
    ["link down", ({ a }) => a.setLink("eth0", false)],
    [
      "partition",
      ({ a }) => {
        a.isMute = true;
        a.isDeaf = true;
      },
    ],
  ];
  test.each(silent)("%s: MD(99) - age of the last advert", (_, strike) => {
    expectRange(range("2.3.4", strike), SILENCE, seconds(1));
  });

  const words: readonly [string, Strike][] = [
    ["SIGTERM to the parent", ({ a }) => a.signal("Keepalived", "TERM")],
    ["SIGKILL of the parent alone", ({ a }) => a.signal("Keepalived", "KILL")],
    ["SIGTERM to the vrrp child", ({ a }) => a.signal("Keepalived_vrrp", "TERM")],
  ];
  test.each(words)("%s: skew(99)", (_, strike) => {
    expect(range("2.2.7", strike)).toEqual([SKEW_99, SKEW_99]);
  });

  test("SIGKILL of the vrrp child alone: peer by silence, A back MD(101) after its respawn", () => {
    const { bus, a, b } = settledPair("2.3.4", { settleUs: seconds(20) + milliseconds(690) });
    const t = bus.queue.nowUs();
    a.signal("Keepalived_vrrp", "KILL");
    bus.runFor(seconds(8));
    const lastAdvert = a.adverts().findLast(({ tUs }) => tUs <= t)?.tUs ?? 0;
    expect(a.vipChange(false, t)).toBe(t);
    expect(b.vipChange(true, t)).toBe(lastAdvert + MD_99);
    expect(a.vipChange(true, t)).toBe(t + MD_101);
    expect(b.vipChange(false, t)).toBe(t + MD_101);
    expect(a.logTimes("died: Respawning")).toEqual([t]);
  });

  test("check of weight 0, fall 2: U(I, 2I) + skew(99)", () => {
    const measured = range("2.2.7", fail, { periodMs: 2000, pair: weight0 });
    expectRange(measured, [seconds(2) + SKEW_99, seconds(4) + SKEW_99], seconds(2));
  });

  test("check of weight -5: U(I, 2I) + MD(99) - age, and no moment without the address", () => {
    const pair = settledPair("2.2.7", weight5);
    const t = pair.bus.queue.nowUs();
    fail(pair);
    pair.bus.runFor(seconds(15));
    const on = pair.b.vipChange(true, t);
    expect(on).toBe(pair.a.vipChange(false, t));
    const measured = range("2.2.7", fail, { periodMs: 2000, pair: weight5 });
    expect(measured[0]).toBeGreaterThanOrEqual(seconds(2) + MD_99 - seconds(1));
    expect(measured[1]).toBeLessThanOrEqual(seconds(4) + MD_99 + SLACK);
  });

  test("check of weight -2: equal is not lower, the address never moves", () => {
    const pair = settledPair("2.3.4", {
      a: { trackScripts: [tracked("chk", -2)] },
      config: { scripts: [vrrpScript("chk")] },
    });
    fail(pair);
    pair.bus.runFor(seconds(60));
    expect(pair.a.daemon.state()[0]).toMatchObject({ state: "MASTER", effectivePriority: 99 });
    expect(pair.b.vipChange(true, 0)).toBeUndefined();
  });

  test("check that hangs, timeout = interval: the period doubles from 2.3.3 on", () => {
    const early = range("2.2.7", hang, { periodMs: 2000, pair: weight0 });
    expectRange(early, [seconds(4) + SKEW_99, seconds(6) + SKEW_99], seconds(2));
    const late = range("2.3.4", hang, { periodMs: 4000, pair: weight0 });
    expectRange(late, [seconds(6) + SKEW_99, seconds(8) + SKEW_99], seconds(2));
  });

  test("the address deleted: back after skew(101), before the peer's skew(99)", () => {
    const { bus, a, b } = settledPair("2.3.4");
    const t = bus.queue.nowUs();
    a.deleteAddress("eth0", "10.0.0.100", 24);
    bus.runFor(seconds(3));
    expect(a.adverts(t)[0]).toEqual({ tUs: t, priority: 0 });
    expect(a.vipChange(true, t)).toBe(t + SKEW_101);
    expect(b.vipChange(true, t)).toBeUndefined();
  });
});

describe("the way back", () => {
  test("link up again: MD(101)", () => {
    const { bus, a } = settledPair("2.3.4");
    a.setLink("eth0", false);
    bus.runFor(seconds(10));
    const t = bus.queue.nowUs();
    a.setLink("eth0", true);
    bus.runFor(seconds(5));
    expect(a.vipChange(true, t)).toBe(t + MD_101);
  });

  test("check of weight 0 recovers: U(0, I) + MD(101)", () => {
    const times: Us[] = [];
    for (let phase = 0; phase < 2000; phase += PHASE_STEP) {
      const pair = settledPair("2.3.4", { ...weight0, settleUs: seconds(20) });
      fail(pair);
      pair.bus.runUntil(seconds(40) + milliseconds(phase));
      const t = pair.bus.queue.nowUs();
      pair.a.behaviours.clear();
      pair.bus.runFor(seconds(8));
      times.push((pair.a.vipChange(true, t) ?? 0) - t);
    }
    expectRange(
      [Math.min(...times), Math.max(...times)],
      [MD_101, MD_101 + seconds(2)],
      seconds(2),
    );
  });

  test("a partition heals: at the next advert of either, and B lets go", () => {
    const { bus, a, b } = settledPair("2.2.7");
    a.isMute = true;
    a.isDeaf = true;
    bus.runFor(seconds(10) + milliseconds(345));
    expect(b.state()).toBe("MASTER");
    const t = bus.queue.nowUs();
    a.isMute = false;
    a.isDeaf = false;
    bus.runFor(seconds(2));
    const off = b.vipChange(false, t) ?? 0;
    expect(off - t).toBeLessThanOrEqual(seconds(1));
    expect([a.state(), b.state()]).toEqual(["MASTER", "BACKUP"]);
  });
});

describe("before 2.0.0 everything takes an interval more (read, not observed)", () => {
  test("SIGTERM: skew(99) + 1 s", () => {
    const measured = range("1.4.3", ({ a }) => a.signal("Keepalived", "TERM"));
    expect(measured).toEqual([SKEW_99 + seconds(1), SKEW_99 + seconds(1)]);
  });

  test("silence: MD(99) - age + 1 s", () => {
    const measured = range("1.4.3", ({ a }) => a.signalAll("KILL"));
    expectRange(measured, [MD_99, MD_99 + seconds(1)], seconds(1));
  });

  test("check of weight 0: noticed at A's next advert, then skew and an interval", () => {
    const measured = range("1.4.3", fail, { periodMs: 2000, pair: weight0 });
    expect(measured[0]).toBeGreaterThanOrEqual(seconds(2) + SKEW_99 + seconds(1));
    expect(measured[1]).toBeLessThanOrEqual(seconds(4) + SKEW_99 + seconds(2));
  });

  test("check of weight -5: two intervals without the address anywhere", () => {
    const pair = settledPair("1.4.3", weight5);
    const t = pair.bus.queue.nowUs();
    fail(pair);
    pair.bus.runFor(seconds(15));
    const off = pair.a.vipChange(false, t) ?? 0;
    expect((pair.b.vipChange(true, t) ?? 0) - off).toBe(seconds(2));
  });

  test("1.2.13: the parent killed alone leaves an orphan that goes on", () => {
    const { bus, a, b } = settledPair("1.2.13");
    const t = bus.queue.nowUs();
    a.signal("Keepalived", "KILL");
    bus.runFor(seconds(20));
    expect(b.vipChange(true, t)).toBeUndefined();
    expect(a.daemon.processes().map(({ program }) => program)).toEqual(["Keepalived_vrrp"]);
    a.daemon.start();
    expect(a.logs().at(-1)).toBe("daemon is already running");
  });
});
