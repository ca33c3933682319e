/** The event table of the semantics (section 0), and packets of sections 1 and 7, one instance at a time. */
import { describe, expect, test } from "vitest";
import { milliseconds, seconds, type Us } from "../../../core/time.ts";
import type { VrrpInstance } from "../../../keepalived/config.ts";
import type { KeepalivedVersion } from "../../../keepalived/versions.ts";
import { Bus, configOf, settledPair, vip, VIP, vrrpInstance, type BenchHost } from "./bench.ts";
import type { Advert } from "./host.ts";

const MODERN = ["2.2.7", "2.3.3", "2.3.4"] as const satisfies KeepalivedVersion[];
const SKEW_100: Us = 609_375;
const MD_100: Us = 3_609_375;

function advert(priority: number, more: Partial<Advert> = {}): Advert {
  return {
    version: 2,
    source: "10.0.0.50",
    destination: "224.0.0.18",
    ttl: 255,
    vrid: 51,
    priority,
    addresses: [VIP],
    advertIntUs: seconds(1),
    authentication: "none",
    password: "",
    ...more,
  };
}

interface Alone {
  readonly bus: Bus;
  readonly host: BenchHost;
  readonly hear: (priority: number, more?: Partial<Advert>) => void;
}

/** One instance of priority 100 at 10.0.0.11, kept BACKUP until 10 s, or MASTER since 3.6 s. */
function alone(
  version: KeepalivedVersion,
  state: "BACKUP" | "MASTER",
  more: Partial<VrrpInstance> = {},
): Alone {
  const bus = new Bus();
  const host = bus.add("a", configOf(version, [vrrpInstance(100, more)]));
  const hear = (priority: number, extra: Partial<Advert> = {}): void => {
    const advertIntUs = more.advertIntUs ?? seconds(1);
    host.daemon.receive("eth0", advert(priority, { advertIntUs, ...extra }));
  };
  host.daemon.start();
  if (state === "MASTER") bus.runUntil(seconds(10));
  else {
    for (let t = 1; t <= 10; t += 1) {
      bus.runUntil(seconds(t));
      hear(150, more.version === 3 ? { version: 3 } : {});
    }
  }
  return { bus, host, hear };
}

const T0 = seconds(10);
const HALF = seconds(10) + milliseconds(500);

describe.each(MODERN)("BACKUP of 100, %s", (version) => {
  const cases: readonly [string, number, Partial<VrrpInstance>, Us][] = [
    ["nothing: master down", -1, {}, T0 + MD_100],
    ["priority 0: now + skew", 0, {}, HALF + SKEW_100],
    ["priority 0 passes nopreempt", 0, { nopreempt: true }, HALF + SKEW_100],
    ["priority 0 passes preempt_delay", 0, { preemptDelayUs: seconds(9) }, HALF + SKEW_100],
    ["higher: now + MD", 101, {}, HALF + MD_100],
    ["equal counts as not lower", 100, {}, HALF + MD_100],
    ["lower: deadline unchanged", 99, {}, T0 + MD_100],
    ["lower with nopreempt: now + MD", 99, { nopreempt: true }, HALF + MD_100],
    ["lower while preempt_delay runs: now + MD", 99, { preemptDelayUs: seconds(9) }, HALF + MD_100],
  ];
  test.each(cases)("%s", (_, priority, more, masterAt) => {
    const { bus, host, hear } = alone(version, "BACKUP", more);
    bus.runUntil(HALF);
    if (priority >= 0) hear(priority);
    bus.runFor(seconds(5));
    expect(host.vipChange(true, 0)).toBe(masterAt);
  });

  const invalid: readonly [string, Partial<Advert>, Partial<VrrpInstance>, string][] = [
    ["password", { authentication: "PASS", password: "other" }, pass("mine"), "invalid passwd"],
    ["auth type", {}, pass("mine"), "received a 0 auth"],
    ["interval", { advertIntUs: seconds(2) }, {}, "mine=1 sec rcv'd=2 sec"],
    ["version", { version: 3 }, {}, "Received 3 and expect 2"],
    ["ttl", { ttl: 254 }, {}, "Received 254 and expect 255"],
  ];
  test.each(invalid)("invalid by %s: deadline unchanged", (_, extra, more, text) => {
    const { bus, host, hear } = alone(version, "MASTER", more);
    host.daemon.start();
    bus.runUntil(HALF);
    host.signal("Keepalived", "TERM");
    bus.runFor(seconds(5));
    const t = bus.queue.nowUs();
    host.daemon.start();
    bus.runFor(seconds(2));
    hear(150, extra);
    bus.runFor(seconds(3));
    expect(host.vipChange(true, t)).toBe(t + MD_100);
    expect(host.logs().some((line) => line.includes(text))).toBe(true);
  });

  test("unknown VRID, other group, AH: not even heard", () => {
    const { bus, host, hear } = alone(version, "MASTER");
    bus.runUntil(HALF);
    const before = host.record.length;
    hear(150, { vrid: 52 });
    hear(150, { destination: "10.0.0.11" });
    hear(150, { authentication: "AH" });
    expect(host.record.length).toBe(before);
    bus.runFor(seconds(5));
    expect(host.state()).toBe("MASTER");
  });
});

function pass(password: string): Partial<VrrpInstance> {
  return { authentication: { type: "PASS", password } };
}

describe.each(MODERN)("MASTER of 100, %s", (version) => {
  // Its adverts are at 3.609375 s and every second after
  const nextOwn = T0 + milliseconds(609.375);

  test("sends each second", () => {
    const { bus, host } = alone(version, "MASTER");
    bus.runFor(seconds(2));
    expect(host.adverts(T0).map(({ tUs }) => tUs)).toEqual([nextOwn, nextOwn + seconds(1)]);
  });

  test("priority 0: answers now, stays, next own advert an interval later", () => {
    const { bus, host, hear } = alone(version, "MASTER");
    bus.runUntil(HALF);
    hear(0);
    bus.runFor(seconds(1));
    expect(host.adverts(T0)).toEqual([
      { tUs: HALF, priority: 100 },
      { tUs: HALF + seconds(1), priority: 100 },
    ]);
  });

  test("lower: answers with an advert and announcements now and 5 s later, no notify_master", () => {
    const { bus, host, hear } = alone(version, "MASTER", {
      notify: { masterRxLowerPri: { at: AT, text: "lower", argv: ["lower"] } },
    });
    bus.runUntil(HALF);
    hear(99);
    expect(host.adverts(T0)).toEqual([{ tUs: HALF, priority: 100 }]);
    bus.runFor(seconds(6));
    const garps = host.record.filter(({ kind, tUs }) => kind === "garp" && tUs >= T0);
    expect(garps.map(({ tUs }) => tUs)).toEqual([
      ...Array.from({ length: 5 }, () => HALF),
      ...Array.from({ length: 5 }, () => HALF + seconds(5)),
    ]);
    expect(host.logs()).toContain(
      "(VI_1) Received advert from 10.0.0.50 with lower priority 99, ours 100, forcing new election",
    );
    expect(host.record.filter(({ kind }) => kind === "notify")).toHaveLength(1);
  });

  test("lower with lower_prio_no_advert: silent, and its own timer runs on", () => {
    const { bus, host, hear } = alone(version, "MASTER", { lowerPrioNoAdvert: true });
    bus.runUntil(HALF);
    hear(99);
    bus.runFor(seconds(1));
    expect(host.adverts(T0)).toEqual([{ tUs: nextOwn, priority: 100 }]);
  });

  test("higher: BACKUP at once, silently; MD from now", () => {
    const { bus, host, hear } = alone(version, "MASTER");
    bus.runUntil(HALF);
    hear(101);
    expect(host.vipChange(false, T0)).toBe(HALF);
    bus.runFor(seconds(5));
    expect(host.adverts(T0)[0]).toEqual({ tUs: HALF + MD_100, priority: 100 });
  });

  test("higher with higher_prio_send_advert: a last advert", () => {
    const { bus, host, hear } = alone(version, "MASTER", { higherPrioSendAdvert: true });
    bus.runUntil(HALF);
    hear(101);
    expect(host.adverts(T0)).toEqual([{ tUs: HALF, priority: 100 }]);
    expect(host.state()).toBe("BACKUP");
  });

  const ties: readonly [string, string][] = [
    ["10.0.0.9", "MASTER"],
    ["10.0.0.11", "MASTER"],
    ["10.0.0.12", "BACKUP"],
    ["10.0.0.100", "BACKUP"],
  ];
  test.each(ties)("equal priority from %s: %s", (source, state) => {
    const { bus, host, hear } = alone(version, "MASTER");
    bus.runUntil(HALF);
    hear(100, { source });
    expect(host.state()).toBe(state);
  });

  test("rejected packets push its own advert: it is silent as long as they come", () => {
    const { bus, host, hear } = alone(version, "MASTER", pass("mine"));
    for (let index = 0; index < 20; index += 1) {
      bus.runUntil(T0 + milliseconds(500 + 900 * index));
      hear(150, { authentication: "PASS", password: "other" });
    }
    expect(host.adverts(T0)).toEqual([]);
    expect(host.state()).toBe("MASTER");
    bus.runFor(seconds(2));
    expect(host.adverts(T0)).toHaveLength(2);
  });
});

const AT = { file: "test", line: 1, column: 1 };

function ttlPeer(minTtl: number): Partial<VrrpInstance> {
  return { unicastPeers: [{ at: AT, address: "10.0.0.12", minTtl }] };
}

describe("VRRPv3", () => {
  test("every term scales, and the backup learns the master's interval", () => {
    const { bus, host } = alone("2.3.4", "BACKUP", { version: 3, advertIntUs: milliseconds(250) });
    bus.runFor(seconds(3));
    // 3 * 0.25 + 156 * 25 * 625 / 16 µs
    expect(host.vipChange(true, T0)).toBe(T0 + milliseconds(750) + 152_343);
  });

  test("a slower master makes the wait longer", () => {
    const { bus, host, hear } = alone("2.3.4", "BACKUP", {
      version: 3,
      advertIntUs: milliseconds(500),
    });
    hear(150, { version: 3, advertIntUs: seconds(2) });
    bus.runFor(seconds(9));
    expect(host.vipChange(true, 0)).toBe(T0 + seconds(6) + 2 * SKEW_100);
    expect(host.logs()).toContain(
      "(VI_1) advertisement interval mismatch ours = 50 centi-sec rcv'd=200 centi-sec",
    );
  });
});

test("VRRPv3: a MASTER goes by its own interval again", () => {
  const { bus, host, hear } = alone("2.3.4", "BACKUP", {
    version: 3,
    advertIntUs: milliseconds(500),
  });
  hear(150, { version: 3, advertIntUs: seconds(2) });
  bus.runFor(seconds(9));
  const t = bus.queue.nowUs();
  host.deleteAddress("eth0", VIP, 24);
  bus.runFor(seconds(2));
  // 156 * 50 * 625 / 16 µs
  expect(host.vipChange(true, t)).toBe(t + 304_687);
});

test("2.2.7, skip_check_adv_addr: a known master may change its list", () => {
  for (const [isSkipped, state] of [
    [true, "BACKUP"],
    [false, "MASTER"],
  ] as const) {
    const { bus, host, hear } = alone("2.2.7", "BACKUP", { skipCheckAdvAddr: isSkipped });
    for (let index = 0; index < 10; index += 1) {
      bus.runFor(seconds(1));
      hear(150, { addresses: index % 2 === 0 ? ["10.0.0.101"] : [VIP, "10.0.0.101"] });
    }
    expect(host.state()).toBe(state);
  }
});

test("before 2.3.3 skip_check_adv_addr skips the look at the peer too", () => {
  for (const [version, state] of [
    ["2.2.7", "BACKUP"],
    ["2.3.4", "MASTER"],
  ] as const) {
    const { bus, host, hear } = alone(version, "MASTER", {
      ...ttlPeer(250),
      sourceAddress: "10.0.0.11",
      skipCheckAdvAddr: true,
    });
    const peer = { source: "10.0.0.12", destination: "10.0.0.11" };
    hear(150, peer);
    for (let index = 0; index < 10; index += 1) {
      bus.runFor(seconds(1));
      hear(150, { ...peer, ttl: 9 });
    }
    expect(host.state()).toBe(state);
  }
});

describe("owners (255)", () => {
  test("MASTER at once", () => {
    const { host } = alone("2.3.4", "MASTER", { priority: 255, state: "MASTER" });
    expect(host.vipChange(true, 0)).toBe(1);
  });

  test("2.2.7: the one with the lower address goes down to 254 for good", () => {
    const { bus, host, hear } = alone("2.2.7", "MASTER", { priority: 255, state: "MASTER" });
    hear(255);
    expect(host.daemon.state()[0]).toMatchObject({ state: "BACKUP", effectivePriority: 254 });
    bus.runFor(seconds(10));
    expect(host.daemon.state()[0]).toMatchObject({ state: "MASTER", effectivePriority: 254 });
  });

  test("2.3.4: yields and stays 255", () => {
    const { bus, host, hear } = alone("2.3.4", "MASTER", { priority: 255, state: "MASTER" });
    hear(255);
    expect(host.daemon.state()[0]).toMatchObject({ state: "BACKUP", effectivePriority: 255 });
    hear(0);
    const t = bus.queue.nowUs();
    bus.runFor(seconds(1));
    expect(host.vipChange(true, t)).toBe(t + 3906);
  });

  test("2.3.4: the higher address gives up when the other does not let go", () => {
    const { bus, host, hear } = alone("2.3.4", "MASTER", { priority: 255, state: "MASTER" });
    for (let index = 0; index < 8; index += 1) {
      hear(255, { source: "10.0.0.2" });
      bus.runFor(milliseconds(1100));
    }
    expect(host.logs().some((line) => line.includes("reducing our priority"))).toBe(true);
    expect(host.state()).toBe("BACKUP");
  });
});

describe("preemption", () => {
  test("preempt_delay 5 s: between delay + MD - A and delay + MD after the first lower advert", () => {
    const { bus, host, hear } = alone("2.3.4", "MASTER", { preemptDelayUs: seconds(5) });
    host.signal("Keepalived", "TERM");
    bus.runFor(seconds(3));
    const t = bus.queue.nowUs();
    host.daemon.start();
    for (let index = 0; index < 15 && host.vipChange(true, t) === undefined; index += 1) {
      bus.runUntil(t + milliseconds(600 + 1000 * index));
      hear(99);
    }
    // Heard at 0.6; the delay ends at 5.6, as the advert then comes; accepted last at 4.6
    expect(host.vipChange(true, t)).toBe(t + milliseconds(4600) + MD_100);
    expect(host.logs()).toContain("(VI_1) start preempt delay (5.000000)");
  });

  test("nopreempt on the higher node: it stays BACKUP while the other lives", () => {
    const { bus, a, b } = settledPair("2.3.4", { a: { nopreempt: true } });
    a.signal("Keepalived", "TERM");
    bus.runFor(seconds(5));
    a.daemon.start();
    bus.runFor(seconds(60));
    expect([a.state(), b.state()]).toEqual(["BACKUP", "MASTER"]);
    const t = bus.queue.nowUs();
    b.signal("Keepalived", "TERM");
    bus.runFor(seconds(2));
    expect(a.vipChange(true, t)).toBe(t + 605_468);
  });

  test("before 2.0.0 an advert preempts, and nobody has the address for two intervals", () => {
    const { bus, a, b } = settledPair("1.4.3");
    a.signal("Keepalived", "TERM");
    bus.runFor(seconds(8));
    const t = bus.queue.nowUs();
    a.daemon.start();
    bus.runFor(seconds(8));
    const off = b.vipChange(false, t) ?? 0;
    expect(a.vipChange(true, t)).toBe(off + seconds(2));
  });

  test("before 2.0.0 `state MASTER` starts early: advert at A, address at 2A", () => {
    const bus = new Bus();
    const host = bus.add("a", configOf("1.4.3", [vrrpInstance(100, { state: "MASTER" })]));
    host.daemon.start();
    bus.runFor(seconds(4));
    expect(host.adverts()[0]?.tUs).toBe(seconds(1));
    expect(host.vipChange(true, 0)).toBe(seconds(2));
  });

  test("since 2.0.0 `state MASTER` starts nothing early", () => {
    const { host } = alone("2.2.7", "MASTER", { state: "MASTER" });
    expect(host.vipChange(true, 0)).toBe(MD_100);
  });
});

describe("peers that do not fit (section 7.2, row 3 of the 2.3 page)", () => {
  const seen = (version: KeepalivedVersion, b: Partial<VrrpInstance>): string[] => {
    const a = b.authentication === undefined ? {} : pass("mine");
    const pair = settledPair(version, { a, b, settleUs: seconds(30) });
    return [pair.a.state(), pair.b.state()];
  };
  const two = ["MASTER", "MASTER"];
  const one = ["MASTER", "BACKUP"];
  const other = { addresses: [vip("10.0.0.101")] };
  const cases: readonly [string, KeepalivedVersion, Partial<VrrpInstance>, string[]][] = [
    ["password", "2.2.7", pass("x"), two],
    ["password", "2.3.4", pass("x"), two],
    ["password", "1.4.3", pass("x"), one],
    ["interval", "2.2.7", { advertIntUs: seconds(2) }, two],
    ["interval", "2.3.4", { advertIntUs: seconds(2) }, two],
    ["interval", "1.4.3", { advertIntUs: seconds(2) }, one],
    ["addresses", "2.2.7", other, two],
    ["addresses", "2.3.3", other, one],
    ["addresses", "2.3.4", other, one],
    ["addresses", "1.4.3", other, one],
    ["number of addresses", "2.3.4", { addresses: [vip(), vip("10.0.0.101")] }, one],
    ["VRID", "2.3.4", { virtualRouterId: 52 }, two],
    [
      "unicast against multicast",
      "2.3.4",
      { unicastPeers: [{ at: AT, address: "10.0.0.11" }], sourceAddress: "10.0.0.12" },
      two,
    ],
  ];
  test.each(cases)("%s, %s", (_, version, b, states) => {
    expect(seen(version, b)).toEqual(states);
  });

  test("1 s against 2 s: the slower one sends once and is then silent", () => {
    const { b } = settledPair("2.2.7", { b: { advertIntUs: seconds(2) }, settleUs: seconds(60) });
    expect(b.adverts()).toEqual([{ tUs: seconds(6) + 613_281, priority: 99 }]);
  });

  test("2.3.4 as BACKUP logs every rejected packet, as MASTER the first only", () => {
    const { b } = settledPair("2.3.4", { a: pass("y"), b: pass("x"), settleUs: seconds(60) });
    const times = b.logTimes("received an invalid passwd from 10.0.0.11!");
    const master = b.logTimes("Entering MASTER STATE")[0] ?? 0;
    expect(times.filter((t) => t > master)).toHaveLength(1);
    expect(times.filter((t) => t <= master)).toHaveLength(1);
    // A rejected sender is never taken for the master, so a BACKUP has it anew each time
    const { host } = alone("2.3.4", "BACKUP", pass("mine"));
    expect(host.logTimes("received a 0 auth")).toEqual([1, 2, 3, 4].map((t) => seconds(t)));
  });

  test("2.3.4 takes over with its own list", () => {
    const { bus, a, b } = settledPair("2.3.4", { b: other });
    const t = bus.queue.nowUs();
    a.signal("Keepalived", "TERM");
    bus.runFor(seconds(2));
    expect(b.vipChange(true, t, "10.0.0.101")).toBe(t + 613_281);
    expect(b.hasAddress(VIP)).toBe(false);
    expect(b.logs()).toContain(
      "(VI_1) ip address associated with VRID 51 not present in advert from 10.0.0.11: 10.0.0.101",
    );
  });

  test("a unicast pair elects as a multicast one does", () => {
    const to = (address: string, source: string): Partial<VrrpInstance> => ({
      unicastPeers: [{ at: AT, address }],
      sourceAddress: source,
    });
    const { a, b } = settledPair("2.3.4", {
      a: to("10.0.0.12", "10.0.0.11"),
      b: to("10.0.0.11", "10.0.0.12"),
    });
    expect([a.state(), b.state()]).toEqual(["MASTER", "BACKUP"]);
  });

  const peers: readonly [
    string,
    KeepalivedVersion,
    Partial<VrrpInstance>,
    Partial<Advert>,
    string,
  ][] = [
    ["a stranger, unchecked", "2.3.4", {}, {}, "BACKUP"],
    ["a stranger, checked", "2.3.4", { checkUnicastSrc: true }, {}, "MASTER"],
    ["a stranger, checked", "2.2.7", { checkUnicastSrc: true }, {}, "MASTER"],
    ["the peer, checked", "2.3.4", { checkUnicastSrc: true }, { source: "10.0.0.12" }, "BACKUP"],
    ["the peer from too far", "2.3.4", ttlPeer(250), { source: "10.0.0.12", ttl: 9 }, "MASTER"],
    ["the peer from near", "2.3.4", ttlPeer(250), { source: "10.0.0.12", ttl: 251 }, "BACKUP"],
  ];
  test.each(peers)("unicast from %s, %s", (_, version, more, extra, state) => {
    const unicast = {
      unicastPeers: [{ at: AT, address: "10.0.0.12" }],
      sourceAddress: "10.0.0.11",
      ...more,
    };
    const { host, hear } = alone(version, "MASTER", unicast);
    hear(150, { destination: "10.0.0.11", ...extra });
    expect(host.state()).toBe(state);
  });

  test("one deaf node: it is MASTER too, and the other answers each of its adverts", () => {
    const { bus, a, b } = settledPair("2.3.4");
    b.isDeaf = true;
    bus.runFor(seconds(20));
    expect([a.state(), b.state()]).toEqual(["MASTER", "MASTER"]);
    const answers = a.logTimes("forcing new election");
    const t = answers[0] ?? 0;
    expect(a.adverts(t)[0]?.tUs).toBe(t);
    b.isDeaf = false;
    bus.runFor(seconds(1));
    expect(b.state()).toBe("BACKUP");
  });
});

describe("vrrp_startup_delay", () => {
  const at = (version: KeepalivedVersion): Us => {
    const bus = new Bus();
    const globals = { startupDelayUs: milliseconds(4500) };
    const host = bus.add("a", configOf(version, [vrrpInstance(101)], { globals }));
    host.daemon.start();
    bus.runUntil(seconds(2));
    host.daemon.receive("eth0", advert(0));
    bus.runFor(seconds(12));
    return (host.vipChange(true, 0) ?? 0) - milliseconds(4500);
  };
  test("2.2.7 hears a priority 0 meanwhile: end + skew", () => expect(at("2.2.7")).toBe(605_468));
  test("2.3.4 hears nothing: end + MD", () => expect(at("2.3.4")).toBe(3_605_468));
});
