/** FAULT and what leads there: interfaces, addresses, groups, stops and kills (sections 4, 5, 6, 8, 11). */
import { describe, expect, test } from "vitest";
import { milliseconds, seconds, type Us } from "../../../core/time.ts";
import type { VrrpInstance } from "../../../keepalived/config.ts";
import type { KeepalivedVersion } from "../../../keepalived/versions.ts";
import {
  ALL_NOTIFIES,
  Bus,
  command,
  configOf,
  settledPair,
  syncGroup,
  tracked,
  vip,
  VIP,
  vrrpInstance,
  vrrpScript,
  type BenchHost,
} from "./bench.ts";
import type { Advert } from "./host.ts";

const MODERN = ["2.2.7", "2.3.4"] as const;
const MD_100: Us = 3_609_375;

function single(
  version: KeepalivedVersion,
  more: Partial<VrrpInstance> = {},
  config: Parameters<typeof configOf>[2] = {},
): { bus: Bus; host: BenchHost } {
  const bus = new Bus();
  const host = bus.add("a", configOf(version, [vrrpInstance(100, more)], config));
  host.daemon.start();
  bus.runUntil(seconds(10));
  return { bus, host };
}

function notifies(host: BenchHost, fromUs = 0): string[] {
  return host.record.flatMap((r) =>
    r.kind === "notify" && r.tUs >= fromUs ? [r.words.join(" ")] : [],
  );
}

describe.each(MODERN)("interfaces, %s", (version) => {
  test("two tracked ones down, one comes back", () => {
    const { bus, host } = single(version, { trackInterfaces: [tracked("eth1")] });
    host.setLink("eth0", false);
    host.setLink("eth1", false);
    bus.runFor(seconds(1));
    expect(host.state()).toBe("FAULT");
    const t = bus.queue.nowUs();
    host.setLink("eth0", true);
    bus.runFor(seconds(5));
    // Row 2 of the 2.3 page: one bit for both
    expect(host.vipChange(true, t)).toBe(version === "2.3.4" ? t + MD_100 : undefined);
  });

  test("a weighted one moves the priority only", () => {
    const { bus, host } = single(version, { trackInterfaces: [tracked("eth1", -30)] });
    host.setLink("eth1", false);
    bus.runFor(seconds(1));
    expect(host.daemon.state()[0]).toMatchObject({ state: "MASTER", effectivePriority: 70 });
  });

  test("two words of goodbye on the way to FAULT, when they can leave", () => {
    const { bus, host } = single(version, { trackInterfaces: [tracked("eth1")] });
    const t = bus.queue.nowUs();
    host.setLink("eth1", false);
    bus.runFor(seconds(5));
    expect(host.adverts(t)).toEqual([
      { tUs: t, priority: 0 },
      { tUs: t, priority: 0 },
    ]);
  });

  test("its only address gone: FAULT with a goodbye; back: BACKUP and MD", () => {
    const { bus, host } = single(version);
    const t = bus.queue.nowUs();
    host.deleteAddress("eth0", "10.0.0.11", 24);
    bus.runFor(seconds(5));
    expect(host.adverts(t).map(({ priority }) => priority)).toEqual([0, 0]);
    expect(host.state()).toBe("FAULT");
    const back = bus.queue.nowUs();
    host.giveAddress("eth0", "10.0.0.11", 24);
    bus.runFor(seconds(5));
    expect(host.vipChange(true, back)).toBe(back + MD_100);
  });
});

test("2.3.4: the second interface comes up later, and two have the address for a while", () => {
  const { bus, a, b } = settledPair("2.3.4", { a: { trackInterfaces: [tracked("eth1")] } });
  a.setLink("eth0", false);
  a.setLink("eth1", false);
  bus.runFor(seconds(5));
  a.setLink("eth0", true);
  bus.runFor(seconds(8) + milliseconds(300));
  expect(a.state()).toBe("MASTER");
  const t = bus.queue.nowUs();
  a.setLink("eth1", true);
  bus.runFor(seconds(10));
  expect(a.vipChange(false, t)).toBeUndefined();
  expect(a.adverts(t)[0]).toEqual({ tUs: t + 3_605_468, priority: 101 });
  expect(b.vipChange(true, t)).toBeLessThan(t + 3_605_468);
  expect(b.vipChange(false, t)).toBe(t + 3_605_468);
  expect(a.logTimes("Entering MASTER STATE").filter((tUs) => tUs > t)).toEqual([]);
});

describe("addresses deleted by others", () => {
  const cases: readonly [KeepalivedVersion, number, boolean][] = [
    ["2.2.7", 24, true],
    ["2.2.7", 32, true],
    ["2.3.4", 24, true],
    ["2.3.4", 32, false],
    ["1.4.3", 24, false],
  ];
  test.each(cases)("%s, prefix %d: noticed %s", (version, prefix, isNoticed) => {
    const { bus, host } = single(version);
    const t = bus.queue.nowUs();
    host.deleteAddress("eth0", VIP, prefix);
    bus.runFor(seconds(3));
    expect(host.adverts(t)[0]?.priority === 0).toBe(isNoticed);
  });
});

test("a unicast node that leaves FAULT announces its source", () => {
  const peer = { at: { file: "t", line: 1, column: 1 }, address: "10.0.0.12" };
  const { bus, host } = single("2.3.4", { unicastPeers: [peer], sourceAddress: "10.0.0.11" });
  host.setLink("eth0", false);
  bus.runFor(seconds(1));
  const t = bus.queue.nowUs();
  host.setLink("eth0", true);
  bus.runFor(seconds(1));
  const garps = host.record.flatMap((r) => (r.kind === "garp" && r.tUs >= t ? [r.address] : []));
  expect(garps).toEqual(["10.0.0.11"]);
});

test("unicast_src_ip that the host lacks: FAULT before 2.3.3, not after", () => {
  const missing = {
    sourceAddress: "10.0.0.77",
    unicastPeers: [{ at: { file: "t", line: 1, column: 1 }, address: "10.0.0.12" }],
  };
  expect(single("2.2.7", missing).host.state()).toBe("FAULT");
  expect(single("2.3.4", missing).host.state()).toBe("MASTER");
});

describe("processes", () => {
  test("a child that dies young is respawned at once, then after 1, 2, 4 s", () => {
    const { bus, host } = single("2.3.4");
    const delays: Us[] = [];
    for (let index = 0; index < 4; index += 1) {
      const t = bus.queue.nowUs();
      host.signal("Keepalived_vrrp", "KILL");
      bus.runFor(seconds(10));
      const started = host.logTimes("Starting VRRP child process").at(-1) ?? 0;
      delays.push(started - t);
    }
    expect(delays).toEqual([0, seconds(1), seconds(2), seconds(4)]);
    bus.runFor(seconds(60));
    const t = bus.queue.nowUs();
    host.signal("Keepalived_vrrp", "KILL");
    bus.runFor(seconds(1));
    expect(host.logTimes("Starting VRRP child process").at(-1)).toBe(t);
  });

  test("a stop while a respawn is waiting: nothing comes after it", () => {
    const { bus, host } = single("2.3.4");
    for (let index = 0; index < 3; index += 1) {
      host.signal("Keepalived_vrrp", "KILL");
      bus.runFor(milliseconds(1500));
    }
    expect(host.daemon.processes()).toHaveLength(1);
    host.signal("Keepalived", "TERM");
    bus.runFor(seconds(20));
    expect(host.daemon.isRunning()).toBe(false);
  });

  test("an address left by a kill of all goes before the next start", () => {
    const { bus, host } = single("2.3.4");
    host.signalAll("KILL");
    bus.runFor(seconds(10));
    expect(host.hasAddress(VIP)).toBe(true);
    expect(host.daemon.isRunning()).toBe(false);
    const t = bus.queue.nowUs();
    host.daemon.start();
    bus.runFor(seconds(1));
    expect(host.vipChange(false, t)).toBe(t);
    expect(host.pidFile).toBe(host.daemon.processes()[0]?.pid);
  });

  test("power off: no word, no respawn, the address as it was", () => {
    const { bus, host } = single("2.3.4");
    const t = bus.queue.nowUs();
    const before = host.record.length;
    host.daemon.powerOff();
    bus.runFor(seconds(10));
    expect(host.record.slice(before)).toEqual([]);
    expect([host.daemon.isRunning(), host.hasAddress(VIP)]).toEqual([false, true]);
    host.daemon.start();
    bus.runFor(seconds(5));
    expect(host.vipChange(true, t)).toBe(t + seconds(10) + MD_100);
  });

  test("an interface that is not there ends the whole daemon", () => {
    const { host } = single("2.3.4", { interface: "eth9" });
    expect(host.daemon.isRunning()).toBe(false);
    expect(host.logs()).toContain(
      "Keepalived_vrrp exited with permanent error CONFIG. Terminating",
    );
  });

  test("a stopped child's parent kills it after five seconds", () => {
    const { bus, host } = single("2.3.4");
    host.signal("Keepalived_vrrp", "STOP");
    const t = bus.queue.nowUs();
    host.signal("Keepalived", "TERM");
    bus.runFor(seconds(10));
    expect(host.logTimes("failed to die")).toEqual([t + seconds(5)]);
    expect(host.daemon.isRunning()).toBe(false);
    expect(host.hasAddress(VIP)).toBe(true);
  });

  test("SIGSTOP and SIGCONT: the old master answers what has queued, and the peer yields", () => {
    const { bus, a, b } = settledPair("2.3.4");
    a.signal("Keepalived_vrrp", "STOP");
    bus.runFor(seconds(7));
    expect([a.hasAddress(VIP), b.hasAddress(VIP)]).toEqual([true, true]);
    const t = bus.queue.nowUs();
    const queued = b.adverts().length;
    a.signal("Keepalived_vrrp", "CONT");
    bus.runFor(seconds(1));
    expect(queued).toBe(4);
    expect(a.logTimes("forcing new election")).toHaveLength(4);
    expect(a.adverts(t).filter(({ tUs }) => tUs === t)).toHaveLength(4);
    expect(b.vipChange(false, t)).toBe(t);
    expect(a.logs().some((line) => /^A thread timer expired [\d.]+ seconds ago$/.test(line))).toBe(
      true,
    );
  });

  test("timer_expired_backup: it gives way instead", () => {
    const { bus, a, b } = settledPair("2.3.4", {
      a: { nopreempt: true, timerExpiredBackup: true },
    });
    a.signal("Keepalived_vrrp", "STOP");
    bus.runFor(seconds(7));
    const t = bus.queue.nowUs();
    a.signal("Keepalived_vrrp", "CONT");
    bus.runFor(seconds(5));
    expect(a.vipChange(false, t)).toBe(t);
    expect(b.vipChange(false, t)).toBeUndefined();
    expect([a.state(), b.state()]).toEqual(["BACKUP", "MASTER"]);
  });

  test("a stopped BACKUP that goes on reads the adverts first and stays BACKUP", () => {
    const { bus, a, b } = settledPair("2.3.4");
    b.signal("Keepalived_vrrp", "STOP");
    bus.runFor(seconds(30));
    b.signal("Keepalived_vrrp", "CONT");
    bus.runFor(seconds(5));
    expect([a.state(), b.state()]).toEqual(["MASTER", "BACKUP"]);
    expect(b.vipChange(true, 0)).toBeUndefined();
  });
});

describe("SIGHUP", () => {
  test("101 to 90: adverts before and after, peer MASTER MD(99) after the last 101", () => {
    const { bus, a, b } = settledPair("2.3.4");
    const t = bus.queue.nowUs();
    a.config = configOf("2.3.4", [vrrpInstance(90)]);
    a.signal("Keepalived", "HUP");
    bus.runFor(seconds(6));
    expect(a.adverts(t).slice(0, 2)).toEqual([
      { tUs: t, priority: 101 },
      { tUs: t, priority: 90 },
    ]);
    expect(b.vipChange(true, t)).toBe(t + 3_613_281);
    expect(a.vipChange(false, t)).toBe(t + 3_613_281);
  });

  test("an added address is set and announced, since 2.3.2 twice", () => {
    for (const [version, count] of [
      ["2.2.7", 10],
      ["2.3.4", 20],
    ] as const) {
      const { bus, host } = single(version);
      const t = bus.queue.nowUs();
      host.config = configOf(version, [
        vrrpInstance(100, { addresses: [vip(), vip("10.0.0.101")] }),
      ]);
      host.signal("Keepalived", "HUP");
      bus.runFor(seconds(10));
      expect(host.hasAddress("10.0.0.101")).toBe(true);
      const garps = host.record.filter((r) => r.kind === "garp" && r.tUs >= t);
      expect(garps).toHaveLength(count);
    }
  });

  test("an instance that is gone says goodbye", () => {
    const { bus, host } = single("2.3.4");
    const t = bus.queue.nowUs();
    host.config = configOf("2.3.4", [vrrpInstance(100, { name: "VI_2", virtualRouterId: 52 })]);
    host.signal("Keepalived", "HUP");
    bus.runFor(milliseconds(10));
    expect(host.adverts(t).at(-1)).toEqual({ tUs: t, priority: 0 });
    expect(host.hasAddress(VIP)).toBe(false);
  });
});

describe("notifications", () => {
  test("specific, then generic with four words; at start, at each change, at stop", () => {
    const { bus, host } = single("2.3.4", { notify: ALL_NOTIFIES });
    host.setLink("eth0", false);
    bus.runFor(seconds(1));
    host.setLink("eth0", true);
    bus.runFor(seconds(1));
    host.signal("Keepalived", "TERM");
    bus.runFor(seconds(3));
    expect(notifies(host)).toEqual([
      "to-backup",
      "any INSTANCE VI_1 BACKUP 100",
      "to-master",
      "any INSTANCE VI_1 MASTER 100",
      "to-fault",
      "any INSTANCE VI_1 FAULT 100",
      "to-backup",
      "any INSTANCE VI_1 BACKUP 100",
      "any INSTANCE VI_1 STOP 100",
    ]);
    expect(host.record.some((r) => r.kind === "script" && r.text === "to-stop")).toBe(true);
  });

  test("they get SIGTERM when the child that forked them ends, a second after the stop", () => {
    const { bus, host } = single("2.3.4", { notify: { master: command("suicide") } });
    const t = bus.queue.nowUs();
    host.signal("Keepalived", "TERM");
    bus.runFor(seconds(3));
    const killed = host.record.filter((r) => r.kind === "script-killed" && r.text === "suicide");
    expect(killed.map(({ tUs }) => tUs)).toEqual([t + seconds(1)]);
  });

  test("a notify_stop that hangs holds the child for 1.1 s at most", () => {
    const { bus, host } = single("2.3.4", { notify: { stop: command("slow") } });
    host.behaviours.set("slow", { takesUs: 0, status: 0, hangs: true, ignoresTerm: true });
    const t = bus.queue.nowUs();
    host.signal("Keepalived", "TERM");
    bus.runFor(seconds(3));
    expect(host.logTimes("Stopped")[0]).toBe(t + milliseconds(1100));
  });
});

describe("announcements", () => {
  const garps = (host: BenchHost, fromUs: Us): Us[] =>
    host.record.flatMap((r) => (r.kind === "garp" && r.tUs >= fromUs ? [r.tUs - MD_100] : []));
  const garp = vrrpInstance(1).garp;
  const five = (atUs: Us): Us[] => Array.from({ length: 5 }, () => atUs);

  test("5 at once, 5 after 5 s", () => {
    const { bus, host } = single("2.3.4");
    bus.runUntil(seconds(20));
    expect(garps(host, 0)).toEqual([...five(0), ...five(seconds(5))]);
  });

  test("with vrrp_garp_interval 0.2: two per burst before 2.3.2, five spaced ones after", () => {
    const spaced = { garp: { ...garp, intervalUs: milliseconds(200) } };
    const early = single("2.2.7", spaced);
    early.bus.runUntil(seconds(20));
    expect(garps(early.host, 0)).toEqual([0, 200_000, 5_000_000, 5_200_000]);
    const late = single("2.3.4", spaced);
    late.bus.runUntil(seconds(20));
    expect(garps(late.host, 0).slice(0, 6)).toEqual([0, 2e5, 4e5, 6e5, 8e5, 5e6]);
  });

  test("who has left MASTER announces nothing any more, queued or delayed", () => {
    for (const intervalUs of [0, milliseconds(200)]) {
      const { bus, host } = single("2.3.4", { garp: { ...garp, intervalUs } });
      host.signal("Keepalived", "TERM");
      bus.runFor(seconds(3));
      const start = bus.queue.nowUs();
      host.daemon.start();
      bus.runUntil(start + MD_100 + milliseconds(500));
      const t = bus.queue.nowUs();
      host.setLink("eth0", false);
      bus.runFor(seconds(10));
      expect(host.record.filter((r) => r.kind === "garp" && r.tUs > t)).toEqual([]);
    }
  });

  test("garp_master_refresh 2 s: each time as MASTER adds a timer since 2.3.2", () => {
    for (const [version, count] of [
      ["2.2.7", 10],
      ["2.3.4", 30],
    ] as const) {
      const { bus, host } = single(version, { garp: { ...garp, masterRefreshUs: seconds(2) } });
      for (let episode = 0; episode < 2; episode += 1) {
        host.setLink("eth0", false);
        bus.runFor(seconds(1));
        host.setLink("eth0", true);
        bus.runFor(seconds(20));
      }
      bus.runFor(seconds(20));
      const t = bus.queue.nowUs();
      bus.runFor(seconds(20));
      const seen = garps(host, t + 1).length;
      expect(Math.abs(seen - count)).toBeLessThanOrEqual(version === "2.2.7" ? 4 : 1);
    }
  });
});

const MAIL = {
  smtpServer: { host: "10.0.0.250", port: 25 },
  notificationEmails: ["dba@example.test"],
};

test("mail: one for each change, also when scripts are told twice", () => {
  const { bus, host } = single(
    "2.3.4",
    {
      smtpAlert: true,
      notify: { backup: command("to-backup") },
      trackInterfaces: [tracked("eth1")],
    },
    { globals: MAIL },
  );
  for (const isUp of [false, true]) {
    host.setLink("eth0", isUp);
    host.setLink("eth1", isUp);
    bus.runFor(seconds(1));
  }
  expect(host.mails).toEqual([
    "[a] VRRP Instance VI_1 - Entering BACKUP state",
    "[a] VRRP Instance VI_1 - Entering MASTER state",
    "[a] VRRP Instance VI_1 - Entering FAULT state",
    "[a] VRRP Instance VI_1 - Entering BACKUP state",
  ]);
  // One bit for both interfaces: the second that comes up ends the fault again
  expect(notifies(host)).toEqual(["to-backup", "to-backup", "to-backup"]);
});

test("strict mode refuses traffic to the addresses of a MASTER that is no owner", () => {
  const { bus, host } = single("2.3.4", { strict: true, accept: false });
  const refused = (): readonly string[] | undefined =>
    host.record.flatMap((r) => (r.kind === "refuse" ? [r.addresses] : [])).at(-1);
  expect(refused()).toEqual([VIP]);
  host.signal("Keepalived", "TERM");
  bus.runFor(seconds(2));
  expect(refused()).toEqual([]);
});

describe("sync groups", () => {
  const group = (priority: number, notify = {}): Parameters<typeof configOf> => [
    "2.3.4",
    [
      vrrpInstance(priority),
      vrrpInstance(priority, {
        name: "VI_2",
        interface: "eth1",
        virtualRouterId: 52,
        addresses: [vip("10.1.0.100", 24, "eth1")],
      }),
    ],
    { syncGroups: [syncGroup(["VI_1", "VI_2"], { notify })] },
  ];
  const pair = (): { bus: Bus; a: BenchHost; b: BenchHost } => {
    const bus = new Bus();
    const a = bus.add("a", configOf(...group(101, { any: command("g") })));
    const b = bus.add("b", configOf(...group(99)));
    a.daemon.start();
    b.daemon.start();
    bus.runUntil(seconds(20));
    return { bus, a, b };
  };
  const states = (host: BenchHost): string[] => host.daemon.state().map(({ state }) => state);

  test("the slowest member decides, and all go together", () => {
    const { a, b } = pair();
    expect(states(a)).toEqual(["MASTER", "MASTER"]);
    expect(states(b)).toEqual(["BACKUP", "BACKUP"]);
    expect(notifies(a).filter((words) => words.startsWith("g "))).toEqual([
      "g GROUP G BACKUP 0",
      "g GROUP G MASTER 0",
    ]);
  });

  test("one interface down takes all to FAULT, with goodbyes, and the peer takes both", () => {
    const { bus, a, b } = pair();
    const t = bus.queue.nowUs();
    a.setLink("eth1", false);
    bus.runFor(seconds(8));
    expect(states(a)).toEqual(["FAULT", "FAULT"]);
    expect(a.adverts(t)).toEqual([{ tUs: t, priority: 0 }]);
    expect(states(b)).toEqual(["MASTER", "MASTER"]);
    a.setLink("eth1", true);
    bus.runFor(seconds(8));
    expect(states(a)).toEqual(["MASTER", "MASTER"]);
    expect(states(b)).toEqual(["BACKUP", "BACKUP"]);
  });

  test("a member that is told already by its group is not told again", () => {
    const bus = new Bus();
    const [version, [one, two], more] = group(100);
    if (one === undefined || two === undefined) throw new Error("no members");
    const notify = { fault: command("to-fault") };
    const host = bus.add("a", configOf(version, [{ ...one, notify }, two], more));
    host.daemon.start();
    bus.runUntil(seconds(10));
    host.setLink("eth1", false);
    bus.runFor(seconds(1));
    host.setLink("eth0", false);
    bus.runFor(seconds(1));
    expect(notifies(host)).toEqual(["to-fault"]);
    host.setLink("eth0", true);
    bus.runFor(seconds(10));
    expect(states(host)).toEqual(["FAULT", "FAULT"]);
    host.setLink("eth1", true);
    bus.runFor(seconds(10));
    expect(states(host)).toEqual(["MASTER", "MASTER"]);
  });

  test("a check of the group counts for all its members", () => {
    const bus = new Bus();
    const [version, instances] = group(100);
    const host = bus.add(
      "a",
      configOf(version, instances, {
        scripts: [vrrpScript("chk")],
        syncGroups: [syncGroup(["VI_1", "VI_2"], { trackScripts: [tracked("chk")] })],
      }),
    );
    host.daemon.start();
    bus.runUntil(seconds(10));
    expect(states(host)).toEqual(["MASTER", "MASTER"]);
    host.behaviours.set("chk", { takesUs: 0, status: 1 });
    bus.runFor(seconds(5));
    expect(states(host)).toEqual(["FAULT", "FAULT"]);
    host.behaviours.clear();
    bus.runFor(seconds(10));
    expect(states(host)).toEqual(["MASTER", "MASTER"]);
  });

  test("an address deleted: all leave and come back, and the group says MASTER again", () => {
    const { bus, a } = pair();
    const t = bus.queue.nowUs();
    a.deleteAddress("eth0", VIP, 24);
    expect(states(a)).toEqual(["MASTER", "MASTER"]);
    bus.runFor(seconds(2));
    expect(a.vipChange(false, t, "10.1.0.100")).toBe(t);
    expect(states(a)).toEqual(["MASTER", "MASTER"]);
    expect(notifies(a, t).filter((words) => words.startsWith("g "))).toEqual([
      "g GROUP G MASTER 0",
    ]);
  });

  test("a reload does not tell the state of a group again", () => {
    const { bus, a, b } = pair();
    b.config = configOf(...group(99, { any: command("g") }));
    const t = bus.queue.nowUs();
    a.signal("Keepalived", "HUP");
    b.signal("Keepalived", "HUP");
    bus.runFor(seconds(2));
    expect([notifies(a, t), notifies(b, t)]).toEqual([[], []]);
  });

  test("`state MASTER` shortens nothing in a group without owners", () => {
    const bus = new Bus();
    const [version, instances, more] = group(100);
    const wanting = instances.map((i) => ({ ...i, state: "MASTER" as const }));
    const host = bus.add("a", configOf(version, wanting, more));
    host.daemon.start();
    bus.runUntil(seconds(10));
    expect(host.vipChange(true, 0)).toBe(MD_100);
  });

  test("before 2.0.0 one interface down takes all of a group to FAULT, and back", () => {
    const bus = new Bus();
    const [, instances, more] = group(100);
    const host = bus.add("a", configOf("1.4.3", instances, more));
    host.daemon.start();
    bus.runUntil(seconds(20));
    host.setLink("eth1", false);
    bus.runFor(seconds(5));
    expect(states(host)).toEqual(["FAULT", "FAULT"]);
    host.setLink("eth1", true);
    bus.runFor(seconds(20));
    expect(states(host)).toEqual(["MASTER", "MASTER"]);
  });

  const other = (priority: number): Advert => ({
    version: 2,
    source: "10.1.0.50",
    destination: "224.0.0.18",
    ttl: 255,
    vrid: 52,
    priority,
    addresses: ["10.1.0.100"],
    advertIntUs: seconds(1),
    authentication: "none",
    password: "",
  });

  test.each(["1.4.3", "2.3.4"] as const)(
    "%s: one that hears a master holds all back",
    (version) => {
      const bus = new Bus();
      const [, instances, more] = group(100);
      const host = bus.add("a", configOf(version, instances, more));
      host.daemon.start();
      for (let index = 0; index < 12; index += 1) {
        bus.runFor(seconds(1));
        host.daemon.receive("eth1", other(150));
      }
      expect(states(host)).toEqual(["BACKUP", "BACKUP"]);
    },
  );

  test("a lower advert for one makes all announce their addresses", () => {
    const { bus, a } = pair();
    const t = bus.queue.nowUs();
    a.daemon.receive("eth1", other(50));
    const seen = a.record.flatMap((r) => (r.kind === "garp" && r.tUs === t ? [r.address] : []));
    expect(new Set(seen)).toEqual(new Set([VIP, "10.1.0.100"]));
  });

  test("before 2.0.0 they go together too", () => {
    const bus = new Bus();
    const [, instances, more] = group(100);
    const host = bus.add("a", configOf("1.4.3", instances, more));
    host.daemon.start();
    bus.runUntil(seconds(20));
    expect(states(host)).toEqual(["MASTER", "MASTER"]);
  });
});

describe("before 2.0.0 faults are seen when a timer looks", () => {
  const at = (version: KeepalivedVersion, more: Partial<VrrpInstance>): [Bus, BenchHost, Us] => {
    const { bus, host } = single(version, more);
    host.setLink("eth1", false);
    return [bus, host, bus.queue.nowUs()];
  };
  test("MASTER: at its next advert, address off first, then one goodbye", () => {
    const [bus, host, t] = at("1.4.3", { trackInterfaces: [tracked("eth1")] });
    const next = (host.adverts().at(-1)?.tUs ?? 0) + seconds(1);
    bus.runFor(seconds(5));
    expect(host.vipChange(false, t)).toBe(next);
    expect(host.adverts(t)).toEqual([{ tUs: next, priority: 0 }]);
  });

  test.each([
    ["1.4.3", "BACKUP", MD_100 + seconds(1)],
    ["1.2.13", "BACKUP", MD_100 + seconds(1)],
    ["1.2.13", "MASTER", seconds(1)],
  ] as const)("%s, state %s: leaves FAULT once per master-down", (version, state, moreUs) => {
    const [bus, host] = at(version, { state, trackInterfaces: [tracked("eth1")] });
    bus.runFor(seconds(5));
    const fault = host.logTimes("Entering FAULT STATE")[0] ?? 0;
    host.setLink("eth1", true);
    const t = bus.queue.nowUs();
    bus.runFor(seconds(10));
    const turns = Math.ceil((t - fault) / MD_100);
    expect(host.vipChange(true, t)).toBe(fault + turns * MD_100 + moreUs);
  });
});

describe("two versions side by side with other lists (2.3 page, section 3.2)", () => {
  const states = (versionOfA: KeepalivedVersion, versionOfB: KeepalivedVersion): string[] => {
    const bus = new Bus();
    const a = bus.add("a", configOf(versionOfA, [vrrpInstance(101)]));
    const b = bus.add(
      "b",
      configOf(versionOfB, [vrrpInstance(99, { addresses: [vip("10.0.0.101")] })]),
    );
    a.daemon.start();
    b.daemon.start();
    bus.runUntil(seconds(20));
    return [a.state(), b.state()];
  };
  test("2.3.4 MASTER, 2.2.7 BACKUP: the latter rejects", () => {
    expect(states("2.3.4", "2.2.7")).toEqual(["MASTER", "MASTER"]);
  });
  test("2.2.7 MASTER, 2.3.4 BACKUP: one MASTER", () => {
    expect(states("2.2.7", "2.3.4")).toEqual(["MASTER", "BACKUP"]);
  });
});

describe("files and processes", () => {
  const withFile = (initValue: number, weight: number): string => {
    const bus = new Bus();
    const file = { at: { file: "t", line: 1, column: 1 }, given: {}, other: [] };
    const host = bus.add(
      "a",
      configOf("2.3.4", [vrrpInstance(100, { trackFiles: [tracked("f", weight)] })], {
        trackFiles: [{ ...file, name: "f", file: "/f", weight, reverse: false, initValue }],
      }),
    );
    host.daemon.start();
    bus.runUntil(seconds(5));
    return `${host.state()} ${host.daemon.state()[0]?.effectivePriority}`;
  };
  test("a file counts by its initial value", () => {
    expect(withFile(1, 0)).toBe("FAULT 100");
    expect(withFile(0, 0)).toBe("MASTER 100");
    expect(withFile(3, -10)).toBe("MASTER 70");
  });
  test("a tracked process cannot be watched here: FAULT for good", () => {
    expect(single("2.3.4", { trackProcesses: [tracked("p")] }).host.state()).toBe("FAULT");
  });
});
