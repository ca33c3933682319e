/** Stops, kills and silence: sections 5 and 13 of the laboratory's figures for a pair of 101 and 99. */
import { describe, expect, test } from "vitest";
import { milliseconds, seconds, type Us } from "../../../core/time.ts";
import { readText } from "../../../keepalived/read.ts";
import { Bus, settledPair, VIP } from "./bench.ts";

const SKEW_99: Us = 613_281;
const SKEW_101: Us = 605_468;
const MD_99: Us = 3_613_281;
const MD_101: Us = 3_605_468;

describe("a pair of 101 and 99", () => {
  test("elects the higher priority, after its master-down time", () => {
    const { a, b } = settledPair("2.3.4");
    expect([a.state(), b.state()]).toEqual(["MASTER", "BACKUP"]);
    expect(a.vipChange(true, 0)).toBe(MD_101);
    expect(b.vipChange(true, 0)).toBeUndefined();
    expect(a.adverts().slice(0, 3)).toEqual([
      { tUs: MD_101, priority: 101 },
      { tUs: MD_101 + seconds(1), priority: 101 },
      { tUs: MD_101 + seconds(2), priority: 101 },
    ]);
  });

  test("SIGTERM: priority 0, peer after its skew, all gone a second later", () => {
    const { bus, a, b } = settledPair("2.3.4");
    const t = bus.queue.nowUs();
    a.signal("Keepalived", "TERM");
    bus.runFor(seconds(5));
    expect(a.adverts(t)).toEqual([{ tUs: t, priority: 0 }]);
    expect(a.vipChange(false, t)).toBe(t);
    expect(b.vipChange(true, t)).toBe(t + SKEW_99);
    expect(a.daemon.isRunning()).toBe(false);
    expect(a.logTimes("Stopped")).toEqual([t + seconds(1), t + seconds(1)]);
    expect(a.pidFile).toBeUndefined();
  });

  test("power loss: all processes killed, the address stays, peer after the rest of MD", () => {
    for (let phase = 0; phase < 1000; phase += 90) {
      const { bus, a, b } = settledPair("2.2.7", { settleUs: seconds(20) + milliseconds(phase) });
      const t = bus.queue.nowUs();
      a.signalAll("KILL");
      bus.runFor(seconds(5));
      const took = (b.vipChange(true, t) ?? 0) - t;
      expect(took).toBeGreaterThanOrEqual(MD_99 - seconds(1));
      expect(took).toBeLessThanOrEqual(MD_99);
      expect(a.hasAddress("10.0.0.100")).toBe(true);
    }
  });

  test("skew and master-down of A at its return", () => {
    const { bus, a } = settledPair("2.3.4");
    a.signal("Keepalived", "TERM");
    bus.runFor(seconds(5));
    const t = bus.queue.nowUs();
    a.daemon.start();
    bus.runFor(seconds(5));
    expect(a.vipChange(true, t)).toBe(t + MD_101);
    expect(SKEW_101).toBe(MD_101 - seconds(3));
  });
});

test("a pair of real configuration files", () => {
  const text = (priority: number): string => `
    global_defs {
      enable_script_security
      script_user root
    }
    vrrp_script chk_mysql {
      script "/usr/local/bin/check 3306"
      interval 2
      fall 2
    }
    vrrp_instance VI_1 {
      state BACKUP
      interface eth0
      virtual_router_id 51
      priority ${priority}
      authentication {
        auth_type PASS
        auth_pass drill
      }
      virtual_ipaddress {
        ${VIP}/24
      }
      track_script {
        chk_mysql
      }
    }`;
  const bus = new Bus();
  const read = (priority: number) => readText(text(priority), { version: "2.3.4" }).config;
  const a = bus.add("a", read(101));
  const b = bus.add("b", read(99));
  for (const { daemon } of [a, b]) daemon.start();
  bus.runUntil(seconds(20));
  expect([a.state(), b.state()]).toEqual(["MASTER", "BACKUP"]);
  const [script] = a.record.flatMap((r) => (r.kind === "script" ? [r.text] : []));
  a.behaviours.set(script ?? "", { takesUs: milliseconds(20), status: 1 });
  bus.runFor(seconds(6));
  expect([a.state(), b.state()]).toEqual(["FAULT", "MASTER"]);
});
