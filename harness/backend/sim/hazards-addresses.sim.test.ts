/**
 * Hazards of addresses and announcements. A has 101 and B 99. `docs/hazards.md` names the tests by what
 * stands before the colon.
 */
import { describe, expect, test } from "vitest";
import { seconds } from "../../core/time.ts";
import {
  A,
  expectTime,
  globals,
  type Hazard,
  IMAGES,
  instance,
  pair,
  VIP,
} from "../../testing/hazard.ts";
import { settledPair, tracked } from "./keepalived/bench.ts";

const SKEW_101 = 0.605;
const SKEW_99 = 0.613;

function a(...lines: readonly string[]): string {
  return instance("priority 101", ...lines);
}
function b(...lines: readonly string[]): string {
  return instance("priority 99", ...lines);
}

describe.each(IMAGES)("%s", (image) => {
  const early = image === "bookworm";

  test("addresses/strict: the VIP is there, and nobody gets through to it", () => {
    const answers = (...lines: string[]): number => {
      const h = pair(globals(...lines) + a(), globals(...lines) + b(), { image });
      expect(h.holders()).toBe("a");
      h.load();
      h.run(3);
      return h.acknowledged().length;
    };
    expect(answers("vrrp_strict")).toBe(0);
    expect(answers("router_id x")).toBeGreaterThan(100);
  });

  test("addresses/strict-false: taken for true before 2.3.0", () => {
    const h = pair(globals("vrrp_strict false") + a(), globals("vrrp_strict false") + b(), {
      image,
    });
    h.load();
    h.run(3);
    expect(h.acknowledged().length > 0).toBe(!early);
  });

  test("addresses/deleted: the holder says goodbye and has it back, 8 ms before the peer", () => {
    const h = pair(a(), b(), { image });
    h.mark();
    h.deleteVip("a");
    h.run(5);
    expect([h.adverts("a")[0]?.priority, h.moves()]).toEqual([0, "-a +a"]);
    expectTime(h.gained("a"), SKEW_101);
  });

  test("addresses/deleted-on-the-lower-node: it loses the race", () => {
    const h = pair(a("nopreempt"), b("nopreempt"), { image, bLater: -9, settle: 20 });
    h.mark();
    h.deleteVip("b");
    h.run(5);
    expect(h.moves()).toBe("-b +a");
  });

  test("addresses/deleted-by-another-prefix: since 2.3.0 it is not noticed, and nobody has it", () => {
    const h = pair(a(), b(), { image });
    h.deleteVip("a", 32);
    h.run(60);
    expect(h.holders()).toBe(early ? "a" : "");
  });

  test("addresses/flushed: its own address gone, it gives up, and comes back as a backup", () => {
    const h = pair(a(), b(), { image });
    h.mark();
    h.host("a").changeAddress("removed", A, 24, "by-hand");
    h.run(5);
    expectTime(h.gained("b"), SKEW_99);
    expect(h.logged("a", "Entering FAULT STATE")).toHaveLength(1);
    h.mark();
    h.host("a").changeAddress("added", A, 24, "by-hand");
    h.run(5);
    expectTime(h.gained("a"), 3 + SKEW_101);
  });

  test("addresses/garp-interval: before 2.3.2 a burst of five is one and a reminder", () => {
    const h = pair(globals("vrrp_garp_interval 0.2") + a(), b(), { image, settle: 15 });
    expect(h.announcements("a")).toHaveLength(early ? 4 : 10);
  });

  test("addresses/garp-refresh: since 2.3.2 every time as MASTER adds a timer that stays", () => {
    const h = pair(a("garp_master_refresh 2"), b(), { image });
    const inTenSeconds = (): number => {
      h.run(20);
      h.mark();
      h.run(10);
      return h.announcements("a").length;
    };
    expect(inTenSeconds()).toBe(5);
    for (let episode = 0; episode < 2; episode += 1) {
      h.deleteVip("a");
      h.run(10);
    }
    expect(inTenSeconds()).toBe(early ? 5 : 15);
  });

  /** A stops; the client hears no announcement. Seconds from B's take-over to its first write. */
  const afterLostAnnouncements = (prepare: (h: Hazard) => void): number => {
    const h = pair(a(), b(), { image });
    h.load();
    h.run(2);
    prepare(h);
    h.mark();
    h.signal("a", "parent", "TERM");
    h.run(60);
    const gained = h.gained("b") ?? Number.NaN;
    const first = h.acknowledged("b")[0] ?? Number.POSITIVE_INFINITY;
    return first - gained;
  };

  test("addresses/announcements-lost: the neighbour sends to the old holder until its entry fails", () => {
    expect(afterLostAnnouncements(() => undefined)).toBeLessThan(0.1);
    const late = afterLostAnnouncements((h) => {
      h.drop({ to: "client", protocols: ["garp"] });
    });
    // 15 to 45 s reachable, 5 s delay and three probes of 1 s, from the last answer of A
    expect(late).toBeGreaterThan(22);
    expect(late).toBeLessThan(54);
  });

  test("addresses/forwarding-hides-it: hosts that route pass on what should not reach them", () => {
    const late = afterLostAnnouncements((h) => {
      h.host("a").forwards = true;
      h.drop({ to: "client", protocols: ["garp"] });
    });
    expect(late).toBeLessThan(0.1);
  });

  test("addresses/refresh-helps: with garp_master_refresh the neighbour learns it later", () => {
    const h = pair(a("garp_master_refresh 5"), b("garp_master_refresh 5"), { image });
    h.load();
    h.run(2);
    const deaf = h.drop({ to: "client", protocols: ["garp"] });
    h.mark();
    h.signal("a", "parent", "TERM");
    h.run(7);
    deaf.remove();
    h.run(20);
    expectTime(h.acknowledged("b")[0], 7, 12.7);
    expect(h.world.segment.neighbourOf("client", VIP)).toBe("b");
  });
});

/** Hosts with two interfaces, on the daemon's own bench: the segment of the world has one. */
describe("interfaces", () => {
  const tracked2 = { trackInterfaces: [tracked("eth1")] };

  test.each(["2.2.7", "2.3.3", "2.3.4"] as const)(
    "addresses/interfaces-share-a-bit: two down, one back, %s",
    (version) => {
      const { bus, a: host } = settledPair(version, { a: tracked2, b: tracked2 });
      host.setLink("eth0", false);
      host.setLink("eth1", false);
      bus.runFor(seconds(10));
      host.setLink("eth0", true);
      bus.runFor(seconds(10));
      expect(host.state()).toBe(version === "2.2.7" ? "FAULT" : "MASTER");
    },
  );

  test("addresses/own-interface-not-tracked: the holder goes on without a network", () => {
    const end = (dontTrackPrimary: boolean): string[] => {
      const { bus, a: host, b: peer } = settledPair("2.3.4", { a: { dontTrackPrimary } });
      host.setLink("eth0", false);
      bus.runFor(seconds(10));
      return [host.state(), peer.state()];
    };
    expect(end(true)).toEqual(["MASTER", "MASTER"]);
    expect(end(false)).toEqual(["FAULT", "MASTER"]);
  });
});
