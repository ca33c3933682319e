/**
 * Hazards of stops, kills and reloads: the same end of the same daemon, and quite different failovers.
 * A has 101 and B 99. `docs/hazards.md` names the tests by what stands before the colon.
 */
import { describe, expect, test } from "vitest";
import { expectTime, type Hazard, IMAGES, instance, pair } from "../../testing/hazard.ts";

const SKEW_99 = 0.613;
const MD_101 = 3.605;
const MD_99 = 3.613;

function a(...lines: readonly string[]): string {
  return instance("priority 101", ...lines);
}
function b(...lines: readonly string[]): string {
  return instance("priority 99", ...lines);
}

/** A settled pair, 0.4 s after an advert of A. */
function settled(image: string, more: readonly string[] = []): Hazard {
  const h = pair(a(...more), b(...more), { image });
  h.runToAge("a", 0.4);
  h.mark();
  return h;
}

describe.each(IMAGES)("%s", (image) => {
  test("stops/clean: a goodbye, and the peer after its skew", () => {
    const h = settled(image);
    h.signal("a", "parent", "TERM");
    h.run(5);
    expectTime(h.gained("b"), SKEW_99);
    expect([h.moves(), h.keepalivedRuns("a")]).toEqual(["-a +b", false]);
  });

  test("stops/kill-9-of-the-pid-file: the children say goodbye, and nothing starts it again", () => {
    const h = settled(image);
    h.signal("a", "parent", "KILL");
    h.run(60);
    expectTime(h.gained("b"), SKEW_99);
    expect([h.moves(), h.keepalivedRuns("a")]).toEqual(["-a +b", false]);
    expect(h.adverts("a").at(-1)?.priority).toBe(0);
  });

  test("stops/kill-9-of-all: silence, and the VIP stays beside the new holder's until the next start", () => {
    const h = settled(image);
    h.signal("a", "all", "KILL");
    h.run(60);
    expectTime(h.gained("b"), MD_99 - 0.4);
    expect([h.moves(), h.adverts("a"), h.holders()]).toEqual(["+b", [], "a and b"]);
    h.mark();
    h.keepalived("a", "start");
    h.run(2);
    expect([h.moves(), h.holders()]).toEqual(["-a", "b"]);
  });

  test("stops/vrrp-child-killed: no goodbye, a respawn that takes the VIP off, and two moves", () => {
    const h = settled(image);
    h.signal("a", "vrrp", "KILL");
    h.run(20);
    expectTime(h.lost("a"), 0.005, 0.015);
    expectTime(h.gained("b"), MD_99 - 0.4);
    expectTime(h.gained("a"), MD_101, MD_101 + 0.02);
    expect(h.moves()).toBe("-a +b +a -b");
  });

  test("stops/vrrp-child-terminated: a goodbye, a respawn a second later, and two moves", () => {
    const h = settled(image);
    h.signal("a", "vrrp", "TERM");
    h.run(20);
    expectTime(h.gained("b"), SKEW_99);
    expectTime(h.gained("a"), 1 + MD_101, 1 + MD_101 + 0.02);
    expect(h.moves()).toBe("-a +b +a -b");
  });

  test("stops/vrrp-child-dies-again: each respawn waits longer, and nobody speaks for the VIP that is left", () => {
    const h = pair(a("nopreempt"), b("nopreempt"), { image });
    const waits: number[] = [];
    for (let death = 0; death < 4; death += 1) {
      h.mark();
      h.signal("a", "vrrp", "KILL");
      h.run(9);
      waits.push(Math.floor(h.logged("a", "Starting VRRP child process")[0] ?? Number.NaN));
    }
    expect(waits).toEqual([0, 1, 2, 4]);
  });

  test("stops/frozen: both hold the VIP, and the one that wakes up takes it back", () => {
    const h = settled(image);
    h.signal("a", "vrrp", "STOP");
    h.run(10);
    expectTime(h.gained("b"), MD_99 - 0.4);
    expect(h.holders()).toBe("a and b");
    h.mark();
    h.signal("a", "vrrp", "CONT");
    h.run(2);
    expectTime(h.lost("b"), 0);
    // It never stopped being MASTER, so that no notify_master tells anybody
    expect([h.moves(), h.logged("a", "Entering MASTER STATE")]).toEqual(["-b", []]);
  });

  test("stops/heal: a holder that was cut off takes the VIP back within an advert interval", () => {
    const h = settled(image);
    const heal = h.cut("a");
    h.run(10);
    expect(h.holders()).toBe("a and b");
    h.mark();
    heal();
    h.run(2);
    expectTime(h.lost("b"), 0, 1);
    const bound = settled(image, ["nopreempt"]);
    const end = bound.cut("a");
    bound.run(10);
    end();
    bound.run(2);
    // nopreempt holds back a BACKUP; A has been MASTER all the time
    expect(bound.holders()).toBe("a");
  });

  test("stops/reload-lower-priority: an advert before and after, master-down since the one before", () => {
    const h = settled(image);
    h.reload("a", instance("priority 90"));
    h.run(6);
    expect(
      h
        .adverts("a")
        .slice(0, 2)
        .map(({ priority }) => priority),
    ).toEqual([101, 90]);
    expectTime(h.gained("b"), MD_99);
    expect(h.moves()).toBe("+b -a");
  });

  test("stops/reload-without-nopreempt: the VIP moves by hand, and stays when it is put back", () => {
    const h = pair(a("nopreempt"), b("nopreempt"), { image, bLater: -9, settle: 20 });
    expect(h.holders()).toBe("b");
    h.mark();
    h.reload("a", a());
    h.run(6);
    expect(h.moves()).toBe("+a -b");
    h.mark();
    h.reload("a", a("nopreempt"));
    h.run(10);
    expect(h.moves()).toBe("");
  });
});

test("stops/frozen-then-backup: timer_expired_backup gives way instead (since 2.2.8)", () => {
  const h = settled("sid", ["nopreempt", "timer_expired_backup"]);
  h.signal("a", "vrrp", "STOP");
  h.run(10);
  h.mark();
  h.signal("a", "vrrp", "CONT");
  h.run(10);
  expect(h.moves()).toBe("-a");
});
