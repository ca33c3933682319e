/**
 * Hazards between nodes: what happens when they do not hear each other, or do not agree. A has 101 and
 * B 99 unless said. `docs/hazards.md` names the tests by what stands before the colon.
 */
import { describe, expect, test } from "vitest";
import { seconds } from "../../core/time.ts";
import {
  A,
  B,
  check,
  expectTime,
  globals,
  type Hazard,
  IMAGES,
  instance,
  pair,
  TRACK,
  VIP,
} from "../../testing/hazard.ts";
import { Bus, configOf, vip, vrrpInstance } from "./keepalived/bench.ts";

const OTHER_VIP = "198.18.0.101";
const MD_101 = 3.605;
const MD_99 = 3.613;
const START = 0.03;
const FILE = { "/opt/chk.sh": "#!/bin/sh\ntest ! -e /tmp/sick\n" };

function a(...lines: readonly string[]): string {
  return instance("state MASTER", "priority 101", ...lines);
}
function b(...lines: readonly string[]): string {
  return instance("state BACKUP", "priority 99", ...lines);
}

/** B's ears without one virtual router: on real networks the adverts of a VLAN of its own. */
function heardBut(
  vrid: number,
  h: Hazard,
): Hazard["world"]["hosts"][number]["keepalived"]["receive"] {
  const { keepalived } = h.host("b");
  const receive = keepalived.receive.bind(keepalived);
  return (interfaceName, advert) => {
    if (advert.vrid !== vrid) receive(interfaceName, advert);
  };
}

/** Everything that either keepalived has said of the other's packets. */
function complaints(h: Hazard): number {
  const words = ["eceived", "mismatch", "expected", "not present", "xpected", "nvalid"];
  return words.flatMap((word) => [...h.logged("a", word), ...h.logged("b", word)]).length;
}

describe.each(IMAGES)("%s", (image) => {
  const rejectsLists = image === "bookworm";

  test("nodes/multicast-blocked: both hold the VIP, nothing is logged, and it heals with the filter", () => {
    const h = pair(a(), b(), { image });
    h.runToAge("a", 0.4);
    h.mark();
    const filter = h.drop({ protocols: ["vrrp"] });
    h.run(30);
    expectTime(h.gained("b"), MD_99 - 0.4);
    expect(h.holders()).toBe("a and b");
    expect(complaints(h)).toBe(0);
    h.mark();
    filter.remove();
    h.run(5);
    expectTime(h.lost("b"), 0, 1);
    expect(h.holders()).toBe("a");
  });

  test("nodes/blocked-one-way: B is deaf, A answers each of its adverts in vain", () => {
    const h = pair(a(), b(), { image });
    const filter = h.drop({ to: "b", protocols: ["vrrp"] });
    h.run(10);
    h.mark();
    h.run(10);
    expect(h.holders()).toBe("a and b");
    expect(h.logged("a", "forcing new election").length).toBeGreaterThanOrEqual(9);
    expect(h.announcements("a").length).toBeGreaterThan(40);
    filter.remove();
    h.run(1.1);
    expect(h.holders()).toBe("a");
  });

  test("nodes/vrid: both hold the VIP, nothing is logged", () => {
    const h = pair(a(), b("virtual_router_id 52"), { image, settle: 60 });
    expect(h.holders()).toBe("a and b");
    expect(complaints(h)).toBe(0);
  });

  test("nodes/interval: both MASTER in version 2, and the slower one falls silent", () => {
    const h = pair(a(), b("advert_int 2"), { image, settle: 60 });
    expect(h.holders()).toBe("a and b");
    expectTime(h.gained("b"), 6.613, 6.613 + START);
    expect(h.adverts("b")).toHaveLength(1);
  });

  test("nodes/interval-version-3: it is learned", () => {
    const h = pair(a("version 3"), b("version 3", "advert_int 2"), { image, settle: 60 });
    expect(h.moves()).toBe("+a");
    h.runToAge("a", 0.4);
    h.mark();
    h.signal("a", "all", "KILL");
    h.run(10);
    expectTime(h.gained("b"), MD_99 - 0.4);
  });

  test("nodes/password: both MASTER; only the first eight bytes are compared", () => {
    const pass = (word: string): string => `authentication {\nauth_type PASS\nauth_pass ${word}\n}`;
    const h = pair(a(pass("1111")), b(pass("2222")), { image, settle: 20 });
    expect(h.holders()).toBe("a and b");
    expect(h.logged("b", "received an invalid passwd").length).toBeGreaterThan(0);
    const cut = pair(a(pass("12345678")), b(pass("12345678x")), { image, settle: 20 });
    expect(cut.holders()).toBe("a");
    const none = pair(a(pass("1111")), b(), { image, settle: 20 });
    expect(none.holders()).toBe("a and b");
  });

  test("nodes/vip-lists: split brain before 2.3.3, a lost VIP after a failover later", () => {
    const both = `virtual_ipaddress {\n${VIP}/24\n${OTHER_VIP}/24\n}`;
    const h = pair(a(both), b(), { image, settle: 20 });
    expect(h.holders()).toBe(rejectsLists ? "a and b" : "a");
    expect(h.holders(OTHER_VIP)).toBe("a");
    h.signal("a", "parent", "TERM");
    h.run(5);
    expect(h.holders()).toBe("b");
    expect(h.holders(OTHER_VIP)).toBe("");
  });

  test("nodes/excluded-and-prefixes: nothing notices, and a failover loses an address", () => {
    const h = pair(a(`virtual_ipaddress_excluded {\n${OTHER_VIP}/24\n}`), b(), {
      image,
      settle: 20,
    });
    expect([h.holders(), h.holders(OTHER_VIP), complaints(h)]).toEqual(["a", "a", 0]);
    h.signal("a", "parent", "TERM");
    h.run(5);
    expect([h.holders(), h.holders(OTHER_VIP)]).toEqual(["b", ""]);
    const prefixes = pair(a(), b(`virtual_ipaddress { ${VIP}/32 }`), { image, settle: 20 });
    expect([prefixes.holders(), complaints(prefixes)]).toEqual(["a", 0]);
  });

  test("nodes/foreign-cluster: one VRID for two services, the lower one is left without its VIP", () => {
    const h = pair(a(), b(`virtual_ipaddress { ${OTHER_VIP}/24 }`), { image, settle: 30 });
    expect(h.holders()).toBe("a");
    expect(h.holders(OTHER_VIP)).toBe(rejectsLists ? "b" : "");
  });

  test("nodes/vrrp-versions: both MASTER", () => {
    expect(pair(a("version 2"), b("version 3"), { image, settle: 20 }).holders()).toBe("a and b");
  });

  test("nodes/unicast-on-one-side: both MASTER", () => {
    const h = pair(a(`unicast_peer {\n${B}\n}`), b(), { image, settle: 20 });
    expect(h.holders()).toBe("a and b");
    const agreed = pair(a(`unicast_peer {\n${B}\n}`), b(`unicast_peer {\n${A}\n}`), { image });
    expect(agreed.holders()).toBe("a");
  });

  test("nodes/multicast-group: another one on one side, both MASTER", () => {
    const h = pair(a(), b("mcast_dst_ip 224.0.0.19"), { image, settle: 20 });
    expect([h.holders(), complaints(h)]).toEqual(["a and b", 0]);
    expect(pair(a(), globals("vrrp_mcast_group4 224.0.0.19") + b(), { image }).holders()).toBe(
      "a and b",
    );
  });

  test("nodes/peer-missing: who is not listed hears nothing; who does not list is heard, unless it checks", () => {
    const peer = (address: string): string => `unicast_peer {\n${address}\n}`;
    const deaf = pair(a(peer(A)), b(peer(A)), { image, settle: 20 });
    expect(deaf.holders()).toBe("a and b");
    const unlisted = pair(a(peer(B)), b(peer("198.18.0.77")), { image, settle: 20 });
    expect(unlisted.holders()).toBe("a");
    const strict = pair(a(peer(B)), b(peer("198.18.0.77"), "check_unicast_src"), {
      image,
      settle: 20,
    });
    expect(strict.holders()).toBe("a and b");
  });

  test("nodes/unicast-without-peers: what is sent is multicast, and a network without it splits them", () => {
    const alone = [a(`unicast_src_ip ${A}`), b(`unicast_src_ip ${B}`)] as const;
    expect(pair(...alone, { image, settle: 20 }).holders()).toBe("a");
    const h = pair(...alone, { image, settle: 20 });
    h.drop({ protocols: ["vrrp"] });
    h.run(5);
    expect(h.holders()).toBe("a and b");
  });

  test("nodes/source-address: one that the host lacks means FAULT before 2.3.3", () => {
    const source = `unicast_src_ip 198.18.0.77\nunicast_peer {\n${B}\n}`;
    const h = pair(a(source), b(`unicast_peer {\n198.18.0.77\n}`), { image, settle: 20 });
    expect(h.holders()).toBe(image === "bookworm" ? "b" : "a");
  });
});

/** On the daemon's own bench: the hosts of a world have one image. */
test("nodes/mixed-versions: other lists split a 2.2.7 backup from a 2.3.4 master, not the reverse", () => {
  const states = (older: "a" | "b"): string[] => {
    const bus = new Bus();
    const [ofA, ofB] =
      older === "a" ? (["2.2.7", "2.3.4"] as const) : (["2.3.4", "2.2.7"] as const);
    const other = { addresses: [vip("10.0.0.101")] };
    const hosts = [
      bus.add("a", configOf(ofA, [vrrpInstance(101)])),
      bus.add("b", configOf(ofB, [vrrpInstance(99, other)])),
    ];
    for (const host of hosts) host.daemon.start();
    bus.runUntil(seconds(20));
    return hosts.map((host) => host.state());
  };
  expect(states("b")).toEqual(["MASTER", "MASTER"]);
  expect(states("a")).toEqual(["MASTER", "BACKUP"]);
});

describe.each(IMAGES)("weights, %s", (image) => {
  const weighted = (priority: number, ...lines: string[]): string =>
    check(...lines) + instance(`priority ${priority}`, TRACK);
  const sick = (h: Hazard): Hazard => {
    h.mark();
    h.host("a").files.set("/tmp/sick", "");
    h.run(60);
    return h;
  };
  const options = { image, scripts: FILE };

  test("nodes/weight-too-small: less or equal moves nothing, one more does", () => {
    const moves = (weight: number): string =>
      sick(
        pair(weighted(101, `weight ${weight}`), weighted(99, `weight ${weight}`), options),
      ).moves();
    expect([moves(-1), moves(-2), moves(-3)]).toEqual(["", "", "+b -a"]);
  });

  test("nodes/weight-moves-late: detection, then master-down since the last good advert", () => {
    const h = sick(pair(weighted(101, "weight -5"), weighted(99, "weight -5"), options));
    // U(2, 4) for fall 2 every 2 s, then 2.6 to 3.6 s
    expectTime(h.gained("b"), 2 + MD_99 - 1, 4 + MD_99);
    h.mark();
    h.host("a").files.delete("/tmp/sick");
    h.run(10);
    expectTime(h.gained("a"), MD_101 - 1, 2 + MD_101);
  });

  test("nodes/positive-weight-on-one-side: the preferred node without one never gets the VIP", () => {
    const h = pair(instance("priority 101"), weighted(99, "weight 10"), { ...options, settle: 30 });
    expect(h.holders()).toBe("b");
  });

  test("nodes/check-on-one-side: the node without one keeps the VIP over a dead mysqld", () => {
    const scripts = { "/opt/chk.sh": "#!/bin/sh\npidof mysqld mariadbd > /dev/null\n" };
    const checked = check() + instance("priority 99", TRACK);
    const h = pair(instance("priority 101"), checked, { image, scripts });
    h.mysqld("a", "KILL");
    h.run(60);
    expect(h.holders()).toBe("a");
  });
});

describe.each(IMAGES)("sync groups, %s", (image) => {
  const member = (name: string, vrid: number, priority: number, vip: string, more = ""): string =>
    `vrrp_instance ${name} {\ninterface eth0\nvirtual_router_id ${vrid}\npriority ${priority}\n` +
    `advert_int 1\nvirtual_ipaddress {\n${vip}/24\n}\n${more}\n}\n`;
  const group = (one: number, two: number, more = ""): string =>
    `vrrp_sync_group G {\ngroup {\nVI_1\nVI_2\n}\n}\n` +
    member("VI_1", 51, one, VIP, more) +
    member("VI_2", 52, two, OTHER_VIP);

  test("nodes/group-prefers-two-nodes: after a partition both give up both VIPs, again and again", () => {
    const h = pair(group(101, 99), group(99, 101), { image, settle: 20 });
    // As long as somebody is heard, a member that would rather be MASTER waits for its group
    expect([h.moves(), h.moves(OTHER_VIP)]).toEqual(["+a", "+a"]);
    const heal = h.cut("a");
    h.run(10);
    h.mark();
    heal();
    h.run(30);
    for (const address of [VIP, OTHER_VIP]) {
      expect(h.moves(address).split(" ").length).toBeGreaterThan(20);
    }
    const agreeing = pair(group(101, 101), group(99, 99), { image, settle: 20 });
    const end = agreeing.cut("a");
    agreeing.run(10);
    agreeing.mark();
    end();
    agreeing.run(30);
    expect(agreeing.moves()).toBe("-b");
  });

  test("nodes/group-loses-one-line: adverts of one member are lost, and the group does not move", () => {
    const h = pair(group(101, 101), group(99, 99), { image, settle: 20 });
    h.mark();
    h.host("b").keepalived.receive = heardBut(52, h);
    h.run(60);
    expect([h.moves(), h.moves(OTHER_VIP)]).toEqual(["", ""]);
    expect(h.logged("b", "(VI_2) Receive advertisement timeout").length).toBeGreaterThan(10);
  });

  test("nodes/group-drops-weights: a weighted check of a member is not run at all", () => {
    const tracked = "track_script {\nchk\n}";
    const text = (priority: number): string =>
      check("weight -50") + group(priority, priority, tracked);
    const h = pair(text(101), text(99), { image, scripts: FILE });
    h.host("a").files.set("/tmp/sick", "");
    h.run(30);
    expect([h.holders(), h.holders(OTHER_VIP)]).toEqual(["a", "a"]);
    expect(h.adverts("a").some(({ priority }) => priority === 51)).toBe(false);
  });
});
