/**
 * Hazards of roles and timers, each let happen once. `docs/hazards.md` names the tests by what stands
 * before the colon. Times are those of the formulas: skew is (256 - priority)/256 s, master-down 3 s more.
 */
import { describe, expect, test } from "vitest";
import { expectTime, globals, IMAGES, instance, pair, TRACK, check } from "../../testing/hazard.ts";

const A_101 = instance("state MASTER", "priority 101");
const B_99 = instance("state BACKUP", "priority 99");
const MD_101 = 3.605;
const MD_99 = 3.613;
const SKEW_99 = 0.613;
/** From the start of the program to "Entering BACKUP STATE": the cost of two readings of the file. */
const START = 0.02;
const FILE = { "/opt/chk.sh": "#!/bin/sh\ntest ! -e /tmp/sick\n" };

describe.each(IMAGES)("%s", (image) => {
  test("roles/state-master-returns: the preferred node takes the VIP back as soon as it can", () => {
    const h = pair(A_101, B_99, { image });
    h.signal("a", "all", "KILL");
    h.run(10);
    h.mark();
    h.keepalived("a", "start");
    h.run(10);
    expectTime(h.gained("a"), MD_101, MD_101 + 0.06);
    expect(h.holders()).toBe("a");
  });

  test("roles/state-master-is-no-hurry: the start takes as long as with state BACKUP", () => {
    expectTime(pair(A_101, B_99, { image }).gained("a"), MD_101, MD_101 + START);
  });

  test("roles/nopreempt-beside-master: it is void, the VIP goes back", () => {
    const h = pair(instance("state MASTER", "priority 101", "nopreempt"), B_99, {
      image,
      bLater: -9,
      settle: 20,
    });
    expectTime(h.gained("a"), 9 + MD_101, 9 + MD_101 + START);
    expect(h.holders()).toBe("a");
  });

  test("roles/nopreempt: with state BACKUP it stays, until the other stops", () => {
    const a = instance("state BACKUP", "priority 101", "nopreempt");
    const h = pair(a, B_99, { image, bLater: -9, settle: 30 });
    expect(h.moves()).toBe("+b");
    h.mark();
    h.signal("b", "parent", "TERM");
    h.run(3);
    expectTime(h.gained("a"), 0.605);
  });

  test("roles/no-break-space: one from a web page makes nopreempt an unknown word", () => {
    const a = instance("state BACKUP", "priority 101", "\u00a0nopreempt");
    expect(pair(a, B_99, { image, bLater: -9, settle: 20 }).holders()).toBe("a");
  });

  test("roles/nopreempt-on-the-lower-node: it changes nothing", () => {
    const a = instance("state BACKUP", "priority 101");
    const b = instance("state BACKUP", "priority 99", "nopreempt");
    expect(pair(a, b, { image, bLater: -9, settle: 20 }).moves()).toBe("+b +a -b");
  });

  test("roles/nopreempt-and-weights: a holder that lost 50 points keeps the VIP for ever", () => {
    const weighted = (priority: number, ...more: string[]): string =>
      check("weight -50") + instance("state BACKUP", `priority ${priority}`, TRACK, ...more);
    const free = pair(weighted(101), weighted(99), { image, scripts: FILE });
    const bound = pair(weighted(101, "nopreempt"), weighted(99, "nopreempt"), {
      image,
      scripts: FILE,
    });
    for (const h of [free, bound]) {
      h.host("a").files.set("/tmp/sick", "");
      h.run(60);
      expect(h.adverts("a").some(({ priority }) => priority === 51)).toBe(true);
    }
    expect(free.holders()).toBe("b");
    expect(bound.moves()).toBe("+a");
  });

  test("roles/nopreempt-after-a-late-network: adverts came too late after a start, the VIP moves", () => {
    const a = instance("state BACKUP", "priority 101", "nopreempt");
    const h = pair(a, B_99, { image, bLater: -9, settle: 8.5 });
    const listening = h.drop({ to: "a", protocols: ["vrrp"] });
    h.run(5);
    listening.remove();
    h.run(5);
    expect(h.moves()).toBe("+b +a -b");
  });

  test("roles/preempt-delay: it counts from the first advert heard, and not on silence", () => {
    const a = instance("state BACKUP", "priority 101", "preempt_delay 5");
    const h = pair(a, B_99, { image, bLater: -9, settle: 25 });
    // First advert heard within 1 s, the last one that counts within the second before the delay ends
    expectTime(h.gained("a"), 9 + 5 + MD_101 - 1, 9 + 1 + 5 + MD_101 + START);
    h.signal("a", "parent", "TERM");
    h.run(5);
    h.keepalived("a", "start");
    h.run(2);
    h.mark();
    h.signal("b", "all", "KILL");
    h.run(10);
    expectTime(h.gained("a"), MD_101 - 1, MD_101);
  });

  test("roles/preempt-delay-beside-master: it is void", () => {
    const a = instance("state MASTER", "priority 101", "preempt_delay 60");
    expectTime(
      pair(a, B_99, { image, bLater: -9, settle: 20 }).gained("a"),
      9 + MD_101,
      9 + MD_101 + START,
    );
  });

  test("roles/owner-by-omission: state MASTER without priority is 255 at once, and no weight moves it", () => {
    const a = check("weight -50") + instance("state MASTER", TRACK);
    const h = pair(a, B_99, { image, scripts: FILE, bLater: -8 });
    h.host("a").files.set("/tmp/sick", "");
    h.run(30);
    // Its check has to report first
    expectTime(h.gained("a"), 8, 8 + START + 0.05);
    expect(h.holders()).toBe("a");
    expect(new Set(h.adverts("a").map(({ priority }) => priority))).toEqual(new Set([255]));
  });

  test("roles/two-owners: one lowers itself, before 2.3.3 for good", () => {
    const owner = instance("state MASTER", "priority 255");
    const h = pair(owner, owner, { image });
    expect(h.holders()).toBe("b");
    h.signal("b", "parent", "TERM");
    h.run(5);
    expect(h.adverts("a").at(-1)?.priority).toBe(image === "bookworm" ? 254 : 255);
  });

  test("roles/equal-priorities: who starts first has it, the other never claims it back", () => {
    const equal = instance("state BACKUP", "priority 100");
    const h = pair(equal, equal, { image, bLater: 1, settle: 20 });
    expect(h.moves()).toBe("+a");
    h.keepalived("a", "stop");
    h.run(5);
    h.keepalived("a", "start");
    h.run(20);
    expect(h.moves()).toBe("+a -a +b");
  });

  test("roles/equal-priorities-by-chance: started together, the seed decides", () => {
    const equal = instance("state BACKUP", "priority 100");
    const first = Array.from({ length: 20 }, (_, seed) =>
      pair(equal, equal, { image, seed }).holders(),
    );
    expect(new Set(first)).toEqual(new Set(["a", "b"]));
  });

  test("roles/close-priorities: a start 0.1 s late and the lower one was MASTER for a moment", () => {
    const near = pair(A_101, instance("priority 100"), { image, bLater: -0.1 });
    expect(near.moves()).toBe("+b +a -b");
    const far = pair(instance("priority 150"), instance("priority 100"), { image, bLater: -0.1 });
    expect(far.moves()).toBe("+a");
  });

  test("roles/two-states-master: as many moves as with one", () => {
    const h = pair(A_101, instance("state MASTER", "priority 99"), {
      image,
      bLater: -9,
      settle: 20,
    });
    expect(h.moves()).toBe("+b +a -b");
  });

  test("roles/startup-delay: deaf or not while it lasts", () => {
    const delayed = globals("vrrp_startup_delay 4.5") + A_101;
    const alone = pair(delayed, B_99, { image, idle: ["b"] });
    expectTime(alone.gained("a"), 4.5 + MD_101, 4.5 + MD_101 + START);
    const h = pair(delayed, B_99, { image, bLater: -9, settle: 11 });
    h.signal("b", "parent", "TERM");
    h.run(10);
    // A priority 0 that is heard makes the wait after the delay a skew
    const [after, most] = image === "bookworm" ? [0.605, 0.605] : [MD_101, MD_101];
    expectTime(h.gained("a"), 9 + 4.5 + after, 9 + 4.5 + most + START);
  });

  test("roles/timers-allow-no-better: a host that falls silent costs master-down less an advert", () => {
    const after = (advertInt: number): number | undefined => {
      const lines = `advert_int ${advertInt}`;
      const h = pair(instance("priority 101", lines), instance("priority 99", lines), {
        image,
        settle: 30,
      });
      h.mark();
      h.cut("a");
      h.run(30);
      return h.gained("b");
    };
    expectTime(after(1), MD_99 - 1, MD_99);
    expectTime(after(5), 15 + SKEW_99 - 5, 15 + SKEW_99);
  });

  test("roles/adverts-lost: three in a row give two holders, two do not", () => {
    const lose = (count: number): string => {
      const h = pair(A_101, B_99, { image });
      h.runToAge("a", 0.5);
      const loss = h.drop({ protocols: ["vrrp"] });
      h.run(count);
      loss.remove();
      h.mark();
      h.run(3);
      return h.moves();
    };
    expect(lose(2)).toBe("");
    expect(lose(3)).toBe("+b -b");
  });
});
