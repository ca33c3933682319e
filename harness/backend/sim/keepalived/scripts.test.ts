/** Check scripts: their rhythm, their counter, what a slow one suffers (section 3; 2.3 page, section 4). */
import { describe, expect, test } from "vitest";
import { milliseconds, seconds, type Us } from "../../../core/time.ts";
import type { VrrpScript } from "../../../keepalived/config.ts";
import type { KeepalivedVersion } from "../../../keepalived/versions.ts";
import {
  Bus,
  configOf,
  settledPair,
  tracked,
  vrrpInstance,
  vrrpScript,
  type BenchHost,
  type ScriptBehaviour,
} from "./bench.ts";

const MD_100: Us = 3_609_375;
const BAD: ScriptBehaviour = { takesUs: 0, status: 1 };
const HANG: ScriptBehaviour = { takesUs: 0, status: 1, hangs: true };

interface Setup {
  readonly bus: Bus;
  readonly host: BenchHost;
}

function checked(
  version: KeepalivedVersion,
  script: Partial<VrrpScript> = {},
  behaviour?: ScriptBehaviour,
  weight = 0,
): Setup {
  const bus = new Bus();
  const host = bus.add(
    "a",
    configOf(version, [vrrpInstance(100, { trackScripts: [tracked("chk", weight)] })], {
      scripts: [vrrpScript("chk", script)],
    }),
  );
  if (behaviour !== undefined) host.behaviours.set("chk", behaviour);
  host.daemon.start();
  return { bus, host };
}

function starts(host: BenchHost): Us[] {
  return host.record.flatMap((r) => (r.kind === "script" ? [r.tUs] : []));
}

function faultAt(host: BenchHost, fromUs: Us): Us {
  return (host.logTimes("Entering FAULT STATE").find((t) => t >= fromUs) ?? 0) - fromUs;
}

describe("rhythm", () => {
  test("at once, then every interval from start to start", () => {
    const { bus, host } = checked("2.3.4", {}, { takesUs: milliseconds(700), status: 0 });
    bus.runUntil(seconds(6));
    expect(starts(host)).toEqual([0, seconds(2), seconds(4), seconds(6)]);
  });

  test("a weight-0 check without a result holds the instance: BACKUP after it, MD more", () => {
    const { bus, host } = checked("2.2.7", {}, { takesUs: milliseconds(1500), status: 0 });
    bus.runUntil(seconds(1));
    expect(host.state()).toBe("FAULT");
    bus.runUntil(seconds(6));
    expect(host.logTimes("Entering BACKUP STATE")).toEqual([milliseconds(1500) + 1]);
    expect(host.vipChange(true, 0)).toBe(milliseconds(1500) + 1 + MD_100);
    expect(host.logs().some((line) => line.includes("FAULT"))).toBe(false);
  });

  test("a slow but good check of 3 s at interval 2: every 4 s since 2.3.3, overlapping before", () => {
    const slow: ScriptBehaviour = { takesUs: seconds(3), status: 0 };
    const late = checked("2.3.4", { timeoutUs: seconds(10) }, slow);
    late.bus.runUntil(seconds(9));
    expect(starts(late.host)).toEqual([0, seconds(4), seconds(8)]);
    const early = checked("2.2.7", { timeoutUs: seconds(10) }, slow);
    early.bus.runUntil(seconds(9));
    expect(starts(early.host)).toHaveLength(5);
    expect(early.host.logTimes("already running").length).toBeGreaterThan(0);
  });
});

describe("counter", () => {
  test("the first result decides alone, whatever fall and rise say", () => {
    const { bus, host } = checked("2.3.4", { fall: 3, rise: 3 }, BAD);
    bus.runUntil(seconds(1));
    expect(host.logs()).toContain("VRRP_Script(chk) failed (exited with status 1)");
    const good = checked("2.3.4", { fall: 3, rise: 3 });
    good.bus.runUntil(seconds(1));
    expect(good.host.state()).toBe("BACKUP");
  });

  test("fall failures in a row, rise successes in a row; one success in between refills", () => {
    const { bus, host } = checked("2.3.4", { fall: 3, rise: 2 });
    bus.runUntil(seconds(9));
    host.behaviours.set("chk", BAD);
    bus.runUntil(seconds(13));
    host.behaviours.clear();
    bus.runUntil(seconds(15));
    expect(faultAt(host, 0)).toBe(0);
    host.behaviours.set("chk", BAD);
    bus.runUntil(seconds(25));
    expect(faultAt(host, 0)).toBe(seconds(20) + 1);
    host.behaviours.clear();
    bus.runUntil(seconds(31));
    expect(host.logTimes("Entering BACKUP STATE").at(-1)).toBe(seconds(28) + 1);
  });

  test("init_fail has no effect since 2.2.5", () => {
    const { bus, host } = checked("2.3.4", { initFail: true });
    bus.runUntil(seconds(1));
    expect(host.state()).toBe("BACKUP");
  });

  test("a check that cannot be used is no check", () => {
    const { bus, host } = checked("2.3.4", { usable: false }, BAD);
    bus.runUntil(seconds(5));
    expect(host.state()).toBe("MASTER");
    expect(starts(host)).toEqual([]);
  });
});

describe("hanging checks: interval 2, fall 2, hang 0.17 s after a tick (laboratory)", () => {
  const cases: readonly [KeepalivedVersion, number, number][] = [
    ["2.2.7", 2, 5.83],
    ["2.3.3", 2, 7.83],
    ["2.3.4", 2, 7.83],
    ["2.2.7", 3, 6.83],
    ["2.3.4", 3, 8.83],
    ["2.2.7", 1, 4.83],
    ["2.3.4", 1, 4.83],
  ];
  test.each(cases)("%s, timeout %d s: down after %f s", (version, timeout, expected) => {
    const { bus, host } = checked(version, { timeoutUs: seconds(timeout) });
    const t = seconds(10) + milliseconds(170);
    bus.runUntil(t);
    host.behaviours.set("chk", HANG);
    bus.runFor(seconds(15));
    expect(faultAt(host, t) / 1e6).toBeCloseTo(expected, 3);
    expect(host.logs()).toContain("VRRP_Script(chk) timed_out");
  });

  test("TERM, KILL two seconds later, and only then the result", () => {
    const { bus, host } = checked("2.3.4", { fall: 1, timeoutUs: seconds(1) });
    const t = seconds(10) + milliseconds(170);
    bus.runUntil(t);
    host.behaviours.set("chk", { ...HANG, ignoresTerm: true });
    bus.runFor(seconds(9));
    const kills = host.record.flatMap((r) =>
      r.kind === "script-killed" && r.tUs <= seconds(16) ? [[r.signal, r.tUs]] : [],
    );
    expect(kills).toEqual([
      ["TERM", seconds(13)],
      ["KILL", seconds(15)],
    ]);
    expect(faultAt(host, 0)).toBe(seconds(15) + 1);
  });

  test("one that traps SIGTERM and ends with 0 has succeeded", () => {
    const { bus, host } = checked("2.3.4", { fall: 1 }, { ...HANG, trapsTerm: 0 });
    bus.runUntil(seconds(20));
    expect(host.state()).toBe("MASTER");
  });

  test("1.2.13: the timeout itself counts, and a check killed by a signal has succeeded", () => {
    const { bus, host } = checked("1.2.13", { fall: 1, timeoutUs: seconds(1) });
    bus.runUntil(seconds(10) + milliseconds(170));
    host.behaviours.set("chk", { ...HANG, ignoresTerm: true });
    bus.runFor(seconds(5));
    expect(host.logTimes("timed out")[0]).toBe(seconds(13));
  });
});

describe("weights", () => {
  test("negative while it fails, positive while it succeeds, clamped to 1 and 254", () => {
    const cases: readonly [number, ScriptBehaviour | undefined, number][] = [
      [-30, BAD, 70],
      [-30, undefined, 100],
      [30, undefined, 130],
      [30, BAD, 100],
      [-200, BAD, 1],
      [200, undefined, 254],
    ];
    for (const [weight, behaviour, priority] of cases) {
      const { bus, host } = checked("2.3.4", {}, behaviour, weight);
      bus.runUntil(seconds(5));
      expect(host.daemon.state()[0]?.effectivePriority, `weight ${weight}`).toBe(priority);
    }
  });

  test("a BACKUP's deadline moves by the change of MD", () => {
    const { bus, host } = checked("2.3.4", { intervalUs: seconds(1), fall: 1 }, undefined, -64);
    bus.runUntil(milliseconds(2500));
    host.behaviours.set("chk", BAD);
    bus.runUntil(seconds(5));
    expect(host.vipChange(true, 0)).toBe(MD_100 + 250_000);
  });

  test("the MASTER keeps its state and says the lower priority with its next advert", () => {
    const pair = settledPair("2.3.4", {
      a: { trackScripts: [tracked("chk", -5)] },
      config: { scripts: [vrrpScript("chk")] },
    });
    const t = pair.bus.queue.nowUs();
    pair.a.behaviours.set("chk", BAD);
    pair.bus.runFor(seconds(5));
    const drop = pair.a.logTimes("Changing effective priority from 101 to 96")[0] ?? 0;
    const first = pair.a.adverts(t).find(({ priority }) => priority === 96)?.tUs ?? 0;
    expect(first - drop).toBeLessThanOrEqual(seconds(1));
    expect(first).toBeGreaterThan(drop);
  });

  test("back to 101 it preempts at the last advert it took + MD(101)", () => {
    const pair = settledPair("2.3.4", {
      a: { trackScripts: [tracked("chk", -5)] },
      config: { scripts: [vrrpScript("chk")] },
    });
    pair.a.behaviours.set("chk", BAD);
    pair.bus.runFor(seconds(20));
    expect(pair.b.state()).toBe("MASTER");
    pair.a.behaviours.clear();
    pair.bus.runFor(seconds(10));
    const rise = pair.a.logTimes("Changing effective priority from 96 to 101")[0] ?? 0;
    const last = pair.b.adverts().findLast(({ tUs }) => tUs <= rise)?.tUs ?? 0;
    expect(pair.a.vipChange(true, rise)).toBe(last + 3_605_468);
  });

  test("before 2.0.0 they act once per interval", () => {
    const { bus, host } = checked("1.4.3", { fall: 1 }, undefined, -30);
    bus.runUntil(seconds(10) + milliseconds(300));
    host.behaviours.set("chk", BAD);
    bus.runUntil(seconds(14));
    const change = host.logTimes("Changing effective priority from 100 to 70")[0] ?? 0;
    expect(change).toBe(seconds(13));
  });
});

describe("reload", () => {
  const reload = (version: KeepalivedVersion): Us => {
    const { bus, host } = checked(version);
    bus.runUntil(seconds(10) + milliseconds(500));
    host.config = configOf(version, [vrrpInstance(100, { trackScripts: [tracked("chk")] })], {
      scripts: [
        vrrpScript("chk", { command: { at: AT, text: "other", argv: ["other"] }, fall: 2 }),
      ],
    });
    host.behaviours.set("other", BAD);
    const t = bus.queue.nowUs();
    host.signal("Keepalived", "HUP");
    bus.runFor(seconds(5));
    return faultAt(host, t);
  };
  test("2.2.7: another command keeps the old result, so fall counts", () => {
    expect(reload("2.2.7")).toBe(seconds(2) + 1);
  });
  test("2.3.4: another command is another script, and its first failure acts", () => {
    expect(reload("2.3.4")).toBe(1);
  });
});

test("2.3.4: after a reload with another command faults still come and go", () => {
  const { bus, host } = checked("2.3.4", { fall: 1 });
  bus.runUntil(seconds(10));
  const other = { command: { at: AT, text: "other", argv: ["other"] }, fall: 1 };
  host.config = configOf("2.3.4", [vrrpInstance(100, { trackScripts: [tracked("chk")] })], {
    scripts: [vrrpScript("chk", other)],
  });
  host.signal("Keepalived", "HUP");
  bus.runFor(seconds(5));
  expect(host.state()).toBe("MASTER");
  host.behaviours.set("other", BAD);
  bus.runFor(seconds(3));
  expect(host.state()).toBe("FAULT");
  host.behaviours.clear();
  bus.runFor(seconds(8));
  expect(host.state()).toBe("MASTER");
});

const AT = { file: "test", line: 1, column: 1 };
