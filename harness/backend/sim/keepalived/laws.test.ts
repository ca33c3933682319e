/** What holds whatever happens: random faults on pairs of random versions. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { milliseconds, seconds } from "../../../core/time.ts";
import type { KeepalivedVersion } from "../../../keepalived/versions.ts";
import {
  Bus,
  configOf,
  tracked,
  VIP,
  vrrpInstance,
  vrrpScript,
  type BenchHost,
  type Recorded,
} from "./bench.ts";
import { DEFAULT_COSTS } from "./costs.ts";

type Act =
  | {
      readonly kind: "signal";
      readonly program: "Keepalived" | "Keepalived_vrrp";
      readonly what: Sent;
    }
  | { readonly kind: "start" }
  | { readonly kind: "link"; readonly isUp: boolean }
  | { readonly kind: "deaf"; readonly isDeaf: boolean }
  | { readonly kind: "check"; readonly status: number };
type Sent = "TERM" | "KILL" | "STOP" | "CONT" | "HUP";

interface Step {
  readonly afterMs: number;
  readonly node: 0 | 1;
  readonly act: Act;
}

const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({
    kind: fc.constant("signal" as const),
    program: fc.constantFrom("Keepalived" as const, "Keepalived_vrrp" as const),
    what: fc.constantFrom<Sent>("TERM", "KILL", "STOP", "CONT", "HUP"),
  }),
  fc.record({ kind: fc.constant("start" as const) }),
  fc.record({ kind: fc.constant("link" as const), isUp: fc.boolean() }),
  fc.record({ kind: fc.constant("deaf" as const), isDeaf: fc.boolean() }),
  fc.record({ kind: fc.constant("check" as const), status: fc.constantFrom(0, 1) }),
);
const step: fc.Arbitrary<Step> = fc.record({
  afterMs: fc.integer({ min: 1, max: 6000 }),
  node: fc.constantFrom(0 as const, 1 as const),
  act,
});
const steps = fc.array(step, { maxLength: 15 });
const modern = fc.constantFrom<KeepalivedVersion>("2.2.7", "2.3.3", "2.3.4");
const any = fc.constantFrom<KeepalivedVersion>("1.2.13", "1.4.3", "2.2.7", "2.3.3", "2.3.4");
const weight = fc.constantFrom(0, -5, 5);

function pairOf(version: KeepalivedVersion, checkWeight: number, seed: number): Bus {
  const bus = new Bus(DEFAULT_COSTS, seed);
  for (const [name, priority] of [
    ["a", 101],
    ["b", 99],
  ] as const) {
    const host = bus.add(
      name,
      configOf(version, [vrrpInstance(priority, { trackScripts: [tracked("chk", checkWeight)] })], {
        scripts: [vrrpScript("chk")],
      }),
    );
    host.daemon.start();
  }
  return bus;
}

function perform(host: BenchHost, act: Act): void {
  switch (act.kind) {
    case "signal":
      host.signal(act.program, act.what);
      break;
    case "start":
      host.daemon.start();
      break;
    case "link":
      if (host.isUp("eth0") !== act.isUp) host.setLink("eth0", act.isUp);
      break;
    case "deaf":
      host.isDeaf = act.isDeaf;
      break;
    case "check":
      host.behaviours.set("chk", { takesUs: milliseconds(5), status: act.status });
      break;
  }
}

function play(bus: Bus, plan: readonly Step[], look: () => void): void {
  for (const { afterMs, node, act } of plan) {
    const untilUs = bus.queue.nowUs() + milliseconds(afterMs);
    while (bus.queue.step(untilUs)) look();
    bus.queue.runUntil(untilUs);
    const host = bus.hosts[node];
    if (host !== undefined) perform(host, act);
    look();
  }
}

/** A vrrp child that lives and has begun. */
function speaks(host: BenchHost): boolean {
  return host.daemon.processes().some((p) => p.program === "Keepalived_vrrp" && !p.frozen);
}

describe("laws", { timeout: 60_000 }, () => {
  test("the address is held by a MASTER, and by nobody else who runs", () => {
    fc.assert(
      fc.property(modern, weight, steps, (version, checkWeight, plan) => {
        const bus = pairOf(version, checkWeight, 1);
        play(bus, plan, () => {
          for (const host of bus.hosts) {
            const [view] = host.daemon.state();
            if (!speaks(host) || view === undefined) continue;
            expect(host.hasAddress(VIP), `${host.name} ${view.state}`).toBe(
              view.state === "MASTER",
            );
          }
        });
      }),
      { numRuns: 60 },
    );
  });

  test("before 2.0.0 the address may come late, but not without MASTER", () => {
    const old = fc.constantFrom<KeepalivedVersion>("1.2.13", "1.4.3");
    fc.assert(
      fc.property(old, weight, steps, (version, checkWeight, plan) => {
        const bus = pairOf(version, checkWeight, 1);
        play(bus, plan, () => {
          for (const host of bus.hosts) {
            const [view] = host.daemon.state();
            if (!speaks(host) || view === undefined || !host.hasAddress(VIP)) continue;
            expect(view.state).toBe("MASTER");
          }
        });
      }),
      { numRuns: 40 },
    );
  });

  test("all healed, there is one MASTER and it is the higher one", () => {
    fc.assert(
      fc.property(any, weight, steps, (version, checkWeight, plan) => {
        const bus = pairOf(version, checkWeight, 1);
        play(bus, plan, () => undefined);
        for (const host of bus.hosts) {
          host.behaviours.clear();
          host.isDeaf = false;
          if (!host.isUp("eth0")) host.setLink("eth0", true);
          host.signalAll("CONT");
        }
        // Whatever was told to stop is gone by then; an orphan of 1.2.13 lives on
        bus.runFor(seconds(130));
        for (const host of bus.hosts) if (!host.daemon.isRunning()) host.daemon.start();
        bus.runFor(seconds(130));
        expect(bus.hosts.map((host) => host.state())).toEqual(["MASTER", "BACKUP"]);
        expect(bus.hosts.map((host) => host.hasAddress(VIP))).toEqual([true, false]);
      }),
      { numRuns: 60 },
    );
  });

  test("the same seed gives the same record, another seed other moments", () => {
    fc.assert(
      fc.property(any, weight, steps, fc.integer(), (version, checkWeight, plan, seed) => {
        const once = (): Recorded[][] => {
          const bus = pairOf(version, checkWeight, seed);
          play(bus, plan, () => undefined);
          return bus.hosts.map(({ record }) => record);
        };
        expect(once()).toEqual(once());
      }),
      { numRuns: 15 },
    );
  });

  test("one entry in the queue of events for each alarm, however long it runs", () => {
    const bus = pairOf("2.3.4", 0, 1);
    bus.runUntil(seconds(20));
    const entries = (): number => (Reflect.get(bus.queue, "heap") as unknown[]).length;
    const before = entries();
    bus.runUntil(seconds(2000));
    expect(entries()).toBeLessThanOrEqual(before + 2);
    // Two deadlines, two checks and what they start
    expect(before).toBeLessThanOrEqual(10);
  });
});

describe("with what a machine costs", { timeout: 60_000 }, () => {
  const figures = (run: (bus: Bus, a: BenchHost) => number | undefined): [number, number] => {
    const seen: number[] = [];
    for (let seed = 0; seed < 40; seed += 1) {
      const bus = pairOf("2.3.4", 0, seed);
      const [a] = bus.hosts;
      if (a === undefined) throw new Error("no host");
      bus.runUntil(seconds(20));
      const t = bus.queue.nowUs();
      seen.push(((run(bus, a) ?? 0) - t) / 1000);
    }
    return [Math.min(...seen), Math.max(...seen)];
  };

  test("SIGKILL of the vrrp child: its address goes after 6-16 ms (laboratory: 10-15)", () => {
    const [min, max] = figures((bus, a) => {
      const t = bus.queue.nowUs();
      a.signal("Keepalived_vrrp", "KILL");
      bus.runFor(seconds(1));
      return a.vipChange(false, t);
    });
    expect(min).toBeGreaterThan(6);
    expect(max).toBeLessThan(16);
  });

  test("restart: MASTER after 3.61-3.63 s", () => {
    const [min, max] = figures((bus, a) => {
      a.signal("Keepalived", "TERM");
      bus.runUntil(seconds(25));
      const t = bus.queue.nowUs();
      a.daemon.start();
      bus.runFor(seconds(5));
      return (a.vipChange(true, t) ?? 0) - seconds(5);
    });
    expect(min).toBeGreaterThan(3610);
    expect(max).toBeLessThan(3630);
  });

  test("a link that flaps faster than netlink is handled ends as it is", () => {
    const bus = pairOf("2.3.4", 0, 3);
    const [a] = bus.hosts;
    bus.runUntil(seconds(20));
    for (let flap = 0; flap < 50; flap += 1) {
      a?.setLink("eth0", flap % 2 === 1);
      bus.runFor(300);
    }
    bus.runFor(seconds(10));
    expect(a?.state()).toBe("MASTER");
  });
});
