/**
 * Hazards of the versions that the well-known articles were written for: 1.2.13 and 1.4.3, of which the
 * sources were read and nothing was ever observed. A has 101 and B 99. `docs/hazards.md` names the tests
 * by what stands before the colon.
 */
import { describe, expect, test } from "vitest";
import {
  A,
  B,
  check,
  expectTime,
  type Hazard,
  instance,
  pair,
  TRACK,
  virtualServer,
} from "../../testing/hazard.ts";

const OLD = ["1.2.13", "1.4.3"] as const;
const MD_101 = 3.605;
const MD_99 = 3.613;
const START = 0.03;
const RUNS = "#!/bin/sh\npidof mysqld mariadbd > /dev/null\n";

function a(...lines: readonly string[]): string {
  return instance("priority 101", ...lines);
}
function b(...lines: readonly string[]): string {
  return instance("priority 99", ...lines);
}
function nobodyHad(h: Hazard): number {
  return (h.gained("a") ?? Number.NaN) - (h.lost("b") ?? Number.NaN);
}

describe.each(OLD)("%s", (version) => {
  test("old/one-interval-late: adverts first, the VIP an interval later", () => {
    const h = pair(a("state BACKUP"), b("state BACKUP"), { version });
    expectTime(h.gained("a"), MD_101 + 1, MD_101 + 1 + START);
    h.runToAge("a", 0.4);
    h.mark();
    h.signal("a", "parent", "TERM");
    h.run(10);
    expectTime(h.gained("b"), 0.613 + 1, 0.613 + 1 + START);
  });

  test("old/two-intervals-without: who preempts silences the holder, and nobody has the VIP", () => {
    const h = pair(a("state BACKUP"), b("state BACKUP"), { version, bLater: -9, settle: 20 });
    expect(h.moves()).toBe("+b -b +a");
    expect(nobodyHad(h)).toBeGreaterThan(1.9);
    expect(nobodyHad(h)).toBeLessThan(2.1);
    const now = pair(a("state BACKUP"), b("state BACKUP"), { bLater: -9, settle: 20 });
    expect(nobodyHad(now)).toBeLessThan(0.01);
  });

  test("old/nopreempt-beside-master: accepted, and the VIP goes back at once", () => {
    const h = pair(a("state MASTER", "nopreempt"), b("state BACKUP"), {
      version,
      bLater: -9,
      settle: 20,
    });
    expect(h.moves()).toBe("+b -b +a");
    expectTime(h.lost("b"), 9, 9 + 1 + START);
  });

  test("old/weight: detection, two looks of the timers, and two intervals without a VIP", () => {
    const text = (rest: string): string => check("weight -5") + rest;
    const h = pair(text(a(TRACK)), text(b(TRACK)), { version, scripts: { "/opt/chk.sh": RUNS } });
    h.run(5);
    h.mark();
    h.mysqld("a", "KILL");
    h.run(20);
    expectTime(h.gained("b"), 4, 8 + 0.1);
    expect((h.gained("b") ?? Number.NaN) - (h.lost("a") ?? Number.NaN)).toBeGreaterThan(1.9);
  });

  test("old/other-password: the rejected adverts keep the backup a backup", () => {
    const pass = (word: string): string => `authentication {\nauth_type PASS\nauth_pass ${word}\n}`;
    const h = pair(a(pass("1111")), b(pass("2222")), { version, settle: 60 });
    expect(h.moves()).toBe("+a");
  });

  test("old/vip-deleted: nobody notices, and the adverts go on", () => {
    const h = pair(a(), b(), { version });
    h.deleteVip("a");
    h.mark();
    h.run(60);
    expect([h.holders(), h.adverts("a").length > 50]).toEqual(["", true]);
  });
});

test("old/kill-9-of-the-pid-file: an orphan of 1.2.13 keeps the VIP, and nothing can be started", () => {
  const after = (version: (typeof OLD)[number]): Hazard => {
    const h = pair(a(), b(), { version });
    h.mark();
    h.signal("a", "parent", "KILL");
    h.run(30);
    return h;
  };
  const h = after("1.2.13");
  expect([h.moves(), h.keepalivedRuns("a")]).toEqual(["", true]);
  h.host("a").keepalived.start();
  h.run(10);
  expect(h.logged("a", "daemon is already running")).toHaveLength(1);
  expect(h.adverts("a").length).toBeGreaterThan(35);
  expect(after("1.4.3").moves()).toBe("-a +b");
});

test("old/preempt-delay: 1.2.13 counts it from the start, so that a later return is not delayed", () => {
  const back = (version: "1.2.13" | "1.4.3" | "2.2.7"): number => {
    const scripts = { "/opt/chk.sh": "#!/bin/sh\ntest ! -e /tmp/sick\n" };
    const text = check("weight -50") + a("state BACKUP", "preempt_delay 30", TRACK);
    const h = pair(text, b(), { version, scripts, settle: 60 });
    h.host("a").files.set("/tmp/sick", "");
    h.run(20);
    expect(h.holders()).toBe("b");
    h.mark();
    h.host("a").files.delete("/tmp/sick");
    h.run(60);
    return h.gained("a") ?? Number.POSITIVE_INFINITY;
  };
  expect(back("1.2.13")).toBeLessThan(15);
  expect(back("1.4.3")).toBeGreaterThan(30);
  expect(back("2.2.7")).toBeGreaterThan(30);
});

test("old/check-killed: by a signal counts as successful in 1.2.13", () => {
  const dies = "#!/bin/sh\nkill -9 $$\n";
  const holder = (version: "1.2.13" | "1.4.3"): string => {
    const h = pair(check() + a(TRACK), b(), { version, scripts: { "/opt/chk.sh": dies } });
    return h.holders();
  };
  expect([holder("1.2.13"), holder("1.4.3")]).toEqual(["a", "b"]);
});

describe("virtual servers", () => {
  const scripts = { "/opt/down.sh": "#!/bin/bash\npkill keepalived\n" };
  const recipe = (version: "1.2.13" | "2.2.7", ipvs: boolean, brace: string): Hazard => {
    const text = (own: string, priority: number): string =>
      instance(`priority ${priority}`) +
      virtualServer(own, "nb_get_retry 3", "delay_before_retry 3").replace("TCP_CHECK {", brace);
    return pair(text(A, 101), text(B, 99), { version, ipvs, scripts });
  };

  test("old/no-ip-vs: the checker child dies and is started without end, VRRP goes on", () => {
    expect(recipe("1.2.13", false, "TCP_CHECK {").holders()).toBe("a");
    expect(recipe("2.2.7", false, "TCP_CHECK {").holders()).toBe("");
  });

  test("old/tcp-check-never-retries: the first failure counts", () => {
    const h = recipe("1.2.13", true, "TCP_CHECK {");
    h.mark();
    h.mysqld("a", "KILL");
    h.run(20);
    expectTime(h.lost("a"), 0, 2 + 0.1);
  });

  test("old/brace-without-blank: `TCP_CHECK{` is no checker in 1.2.13, and mysqld may die", () => {
    const end = (version: "1.2.13" | "2.2.7"): string => {
      const h = recipe(version, true, "TCP_CHECK{");
      h.mysqld("a", "KILL");
      h.run(30);
      return h.holders();
    };
    expect([end("1.2.13"), end("2.2.7")]).toEqual(["a", "b"]);
  });
});

test("old/host-vanishes: master-down and an interval", () => {
  const h = pair(a(), b(), { version: "1.2.13" });
  h.run(5);
  h.runToAge("a", 0.4);
  h.mark();
  h.cut("a");
  h.run(10);
  expectTime(h.gained("b"), MD_99 - 0.4 + 1);
});
