/** Health checkers (section 9 and the checkers' laboratory page). */
import { describe, expect, test } from "vitest";
import { milliseconds, seconds, type Us } from "../../../core/time.ts";
import type {
  Checker,
  CheckTiming,
  RealServer,
  VirtualServer,
} from "../../../keepalived/config.ts";
import type { KeepalivedVersion } from "../../../keepalived/versions.ts";
import {
  Bus,
  command,
  configOf,
  realServer,
  tcpServer,
  virtualServer,
  vrrpInstance,
  type BenchHost,
} from "./bench.ts";

function balanced(
  version: KeepalivedVersion,
  servers: readonly VirtualServer[],
  seed = 1,
): { bus: Bus; host: BenchHost } {
  const bus = new Bus(undefined, seed);
  const host = bus.add("a", configOf(version, [vrrpInstance(100)], { virtualServers: servers }));
  return { bus, host };
}

/** 50 servers whose checks are spread over their warmup; from the fault to their removal. */
function removals(
  version: KeepalivedVersion,
  timing: Partial<CheckTiming>,
  how: "refused" | "timeout",
): [Us, Us] {
  const ports = Array.from({ length: 50 }, (_, index) => 3000 + index);
  const { bus, host } = balanced(
    version,
    ports.map((port) => tcpServer(port, timing)),
  );
  host.daemon.start();
  bus.runUntil(seconds(30));
  for (const port of ports) host.ports.set(port, how);
  bus.runFor(seconds(60));
  const times = host.logTimes("Removing service").map((t) => t - seconds(30));
  expect(times).toHaveLength(ports.length);
  return [Math.min(...times), Math.max(...times)];
}

describe("TCP_CHECK: U(0, D) + R·Dr for a refusal, (R+1)·C more for silence", () => {
  const cases: readonly [number, number, number, "refused" | "timeout", number][] = [
    [2, 3, 3, "refused", 9],
    [2, 3, 3, "timeout", 21],
    [2, 1, 3, "refused", 3],
    [2, 1, 1, "timeout", 7],
    [6, 3, 3, "refused", 9],
    [6, 3, 3, "timeout", 21],
  ];
  test.each(cases)("D=%d R=%d Dr=%d %s: from %d s", (delay, retry, before, how, from) => {
    const timing = {
      delayLoopUs: seconds(delay),
      retry,
      delayBeforeRetryUs: seconds(before),
    };
    for (const version of ["2.2.7", "2.3.4"] as const) {
      const [min, max] = removals(version, timing, how);
      expect(min).toBeGreaterThanOrEqual(seconds(from));
      expect(min).toBeLessThan(seconds(from + delay * 0.3));
      expect(max).toBeLessThanOrEqual(seconds(from + delay) + milliseconds(1));
      expect(max).toBeGreaterThan(seconds(from + delay * 0.7));
    }
  });

  test("1.2.13 has no retries", () => {
    const [, max] = removals("1.2.13", {}, "refused");
    expect(max).toBeLessThanOrEqual(seconds(2) + milliseconds(1));
  });

  const gaps: readonly [KeepalivedVersion, number[]][] = [
    ["2.3.4", [2, 2, 2, 2, 2]],
    ["2.2.7", [2, 3, 3, 3, 2]],
  ];
  test.each(gaps)("%s: gaps of a server that is down", (version, expected) => {
    const { bus, host } = balanced(version, [tcpServer(3306, { warmupUs: 0 })]);
    host.ports.set(3306, "refused");
    host.daemon.start();
    bus.runUntil(seconds(20));
    const tries = host.record.flatMap((r) => (r.kind === "connect" ? [r.tUs] : []));
    const between = tries.slice(1).map((t, index) => Math.round((t - (tries[index] ?? 0)) / 1e6));
    expect(between.slice(0, 5)).toEqual(expected);
  });
});

describe("the first check", () => {
  test("1 s + U(0, warmup); one failure is enough and logs no count", () => {
    const times: Us[] = [];
    for (let seed = 0; seed < 40; seed += 1) {
      const { bus, host } = balanced("2.3.4", [tcpServer(3306, {})], seed);
      host.ports.set(3306, "refused");
      host.daemon.start();
      bus.runUntil(seconds(5));
      times.push(host.logTimes("Removing service")[0] ?? 0);
      expect(host.logs()).toContain("TCP_CHECK on service [10.0.0.11]:tcp:3306 failed.");
    }
    expect(Math.min(...times)).toBeGreaterThanOrEqual(seconds(1));
    expect(Math.min(...times)).toBeLessThan(seconds(1.5));
    expect(Math.max(...times)).toBeGreaterThan(seconds(2.5));
    expect(Math.max(...times)).toBeLessThan(seconds(3) + milliseconds(1));
  });

  const words = (host: BenchHost): string[] =>
    host.record.flatMap((r) => (r.kind === "notify" ? [r.words.join(" ")] : []));

  test("alpha: a failure runs notify_down though nothing is removed, a success notify_up", () => {
    const server = tcpServer(3306, { warmupUs: 0 }, { alpha: true });
    const { bus, host } = balanced("2.3.4", [server]);
    host.ports.set(3306, "refused");
    host.daemon.start();
    bus.runUntil(seconds(4));
    expect(words(host)).toEqual(["down 3306"]);
    expect(host.logTimes("Removing service")).toEqual([]);
    host.ports.clear();
    bus.runFor(seconds(4));
    expect(words(host)).toEqual(["down 3306", "up 3306"]);
  });

  test("not alpha: a success says nothing", () => {
    const { bus, host } = balanced("2.3.4", [tcpServer(3306)]);
    host.daemon.start();
    bus.runUntil(seconds(10));
    expect(words(host)).toEqual([]);
  });
});

describe("quorum", () => {
  const service = (quorum: number, hysteresis: number): VirtualServer =>
    virtualServer(
      80,
      [3001, 3002, 3003].map((port) => server(port)),
      { quorum, hysteresis, quorumUp: command("q-up"), quorumDown: command("q-down") },
    );
  const server = (port: number): RealServer => {
    const [virtual] = [tcpServer(port, { retry: 0, warmupUs: 0 })];
    return virtual.realServers[0] ?? realServer(port);
  };
  const lostWith = (quorum: number, hysteresis: number, down: number): boolean => {
    const { bus, host } = balanced("2.3.4", [service(quorum, hysteresis)]);
    host.daemon.start();
    bus.runUntil(seconds(5));
    for (let index = 0; index < down; index += 1) host.ports.set(3001 + index, "refused");
    bus.runFor(seconds(10));
    return host.logs().some((line) => line.startsWith("Lost quorum"));
  };
  test("2 without hysteresis: lost with the second that falls", () => {
    expect([lostWith(2, 0, 1), lostWith(2, 0, 2)]).toEqual([false, true]);
  });
  test("2 with hysteresis 1: lost with the last", () => {
    expect([lostWith(2, 1, 2), lostWith(2, 1, 3)]).toEqual([false, true]);
  });
});

describe("MISC_CHECK", () => {
  const service = (timing: Partial<CheckTiming>, more: Partial<Checker> = {}): VirtualServer => {
    const virtual = tcpServer(3306, { retry: 0, ...timing });
    const [real] = virtual.realServers;
    const [checker] = real?.checkers ?? [];
    if (real === undefined || checker === undefined) throw new Error("no checker");
    const misc: Checker = { ...checker, kind: "MISC_CHECK", command: command("misc"), ...more };
    return { ...virtual, realServers: [{ ...real, checkers: [misc] }] };
  };
  const removed = (timing: Partial<CheckTiming>, hangs: boolean, more = {}): Us => {
    const { bus, host } = balanced("2.3.4", [service({ warmupUs: 0, ...timing }, more)]);
    host.daemon.start();
    // The grid of runs is at 1, 3, 5 ... s
    bus.runUntil(seconds(10));
    host.behaviours.set("misc", { takesUs: 0, status: 1, hangs });
    bus.runFor(seconds(30));
    return (host.logTimes("Removing service")[0] ?? 0) - seconds(11);
  };
  test("exit 1: at the next run", () => expect(near(removed({}, false))).toBe(0));
  test("R·Dr more with retries", () => {
    const retries = { retry: 2, delayBeforeRetryUs: seconds(1) };
    expect(near(removed(retries, false))).toBe(2);
  });
  test("hang: T more, T = D by default", () => expect(near(removed({}, true))).toBe(2));
  test("hang with retry 1, Dr 1: R·max(Dr, T) + T", () => {
    expect(near(removed({ retry: 1, delayBeforeRetryUs: seconds(1) }, true))).toBe(4);
  });
  const near = (us: Us): number => Math.round(us / 1e4) / 100;
});

test("two checks of one server: the first that fails takes it down, both must be good again", () => {
  const virtual = tcpServer(3001, { retry: 0, warmupUs: 0 });
  const other = tcpServer(3002, { retry: 0, warmupUs: 0 });
  const checkers = [...virtual.realServers, ...other.realServers].flatMap((r) => r.checkers);
  const server = realServer(3001, { checkers });
  const { bus, host } = balanced("2.3.4", [virtualServer(80, [server])]);
  host.daemon.start();
  bus.runUntil(seconds(5));
  host.ports.set(3001, "refused");
  host.ports.set(3002, "refused");
  bus.runFor(seconds(5));
  expect(host.logTimes("Removing service")).toHaveLength(1);
  host.ports.delete(3001);
  bus.runFor(seconds(5));
  expect(host.logTimes("Adding service")).toEqual([]);
  host.ports.delete(3002);
  bus.runFor(seconds(5));
  expect(host.logTimes("Adding service")).toHaveLength(1);
});

describe("the daemon around it", () => {
  test("reload: the retries that were made still count", () => {
    const { bus, host } = balanced("2.3.4", [tcpServer(3306, { warmupUs: 0 })]);
    host.daemon.start();
    bus.runUntil(seconds(6));
    host.ports.set(3306, "refused");
    // Tries at 7 and 10 s; the reload begins anew at 12 s with the third, and 15 s is the last
    bus.runUntil(seconds(11));
    host.signal("Keepalived", "HUP");
    bus.runFor(seconds(20));
    expect(Math.round((host.logTimes("Removing service")[0] ?? 0) / 1e5) / 10).toBe(15);
  });

  test("no ip_vs: the whole daemon ends, VRRP with it", () => {
    const { bus, host } = balanced("2.3.4", [tcpServer(3306)]);
    host.hasIpvs = false;
    host.daemon.start();
    bus.runUntil(seconds(10));
    expect(host.daemon.isRunning()).toBe(false);
    expect(host.vipChange(true, 0)).toBeUndefined();
    expect(host.logs()).toContain(
      "Keepalived_healthcheckers exited with permanent error FATAL. Terminating",
    );
  });

  test("1.2.13 without ip_vs: the checkers come again and again, VRRP works", () => {
    const bus = new Bus();
    const config = configOf("1.2.13", [vrrpInstance(100)], { virtualServers: [tcpServer(3306)] });
    const slow = { ...bus.costs, childReadUs: [milliseconds(10), milliseconds(10)] as const };
    const real = new Bus(slow);
    const host = real.add("a", config);
    host.hasIpvs = false;
    host.daemon.start();
    real.runUntil(seconds(10));
    expect(host.state()).toBe("MASTER");
    expect(host.logTimes("died: Respawning").length).toBeGreaterThan(100);
  });

  test("the script of notify_down dies with the checker child, not a second later", () => {
    const { bus, host } = balanced("2.3.4", [tcpServer(3306, { warmupUs: 0 })]);
    host.ports.set(3306, "refused");
    host.daemon.start();
    bus.runUntil(seconds(3));
    const t = bus.queue.nowUs();
    host.signal("Keepalived", "TERM");
    bus.runFor(seconds(3));
    const killed = host.record.find((r) => r.kind === "script-killed" && r.text === "down 3306");
    expect(killed?.tUs).toBe(t);
  });

  test("omega: notify_down of the living and quorum_down at a stop", () => {
    const words = (isOmega: boolean): string[] => {
      const server = { ...tcpServer(3306), omega: isOmega, quorumDown: command("q-down") };
      const { bus, host } = balanced("2.3.4", [server]);
      host.daemon.start();
      bus.runUntil(seconds(5));
      host.signal("Keepalived", "TERM");
      bus.runFor(seconds(3));
      return host.record.flatMap((r) => (r.kind === "notify" ? [r.words.join(" ")] : []));
    };
    expect(words(false)).toEqual([]);
    expect(words(true)).toEqual(["down 3306", "q-down"]);
  });

  test("reload: a server that is down stays so, unsaid", () => {
    const { bus, host } = balanced("2.3.4", [tcpServer(3306, { warmupUs: 0 })]);
    host.ports.set(3306, "refused");
    host.daemon.start();
    bus.runUntil(seconds(3));
    host.signal("Keepalived", "HUP");
    bus.runFor(seconds(10));
    expect(host.record.filter((r) => r.kind === "notify")).toHaveLength(1);
    host.ports.clear();
    bus.runFor(seconds(5));
    expect(host.logTimes("Adding service")).toHaveLength(1);
  });
});
