/**
 * A director that is its own real server, or the other's: who gets an answer from the VIP. The figures are those of a laboratory with the
 * real kernel (page on checkers, section 5): clients of the segment, the master itself, the backup itself.
 */
import { describe, expect, test } from "vitest";
import { A, B, instance, pair, VIP } from "../../testing/hazard.ts";
import { seconds } from "../../core/time.ts";

interface Setting {
  readonly kind: "DR" | "NAT";
  readonly persistence: number;
  readonly servers: "own" | "both";
}

function configOf(own: string, { kind, persistence, servers }: Setting): string {
  const all = servers === "own" ? [own] : [A, B];
  const real = all.map(
    (address) => `real_server ${address} 3306 {
  weight 1
  TCP_CHECK {
    connect_port 3306
  }
}`,
  );
  return `virtual_server ${VIP} 3306 {
  delay_loop 2
  lb_algo rr
  lb_kind ${kind}
  ${persistence > 0 ? `persistence_timeout ${persistence}` : ""}
  protocol TCP
  ${real.join("\n")}
}
`;
}

/** Of twelve connections in a row, how many are answered: the client's, the master's own, the backup's own. */
function answered(setting: Setting): readonly number[] {
  const h = pair(
    instance("state BACKUP", "priority 101", "nopreempt") + configOf(A, setting),
    instance("state BACKUP", "priority 99", "nopreempt") + configOf(B, setting),
    { ipvs: true },
  );
  expect(h.holders()).toBe("a");
  return ["client", "a", "b"].map((from, index) => {
    let open = 0;
    for (let port = 0; port < 12; port += 1) {
      const flow = { from, sourcePort: 1000 * index + port, address: VIP, port: 3306 };
      const meeting = h.world.segment.follow(flow, "syn", undefined, h.world.clock.nowUs());
      if (meeting.kind === "open") open += 1;
    }
    return open;
  });
}

describe("answers from the VIP, of twelve: client, master itself, backup itself", () => {
  test.each<[string, Setting, readonly number[]]>([
    ["DR, own", { kind: "DR", persistence: 0, servers: "own" }, [12, 12, 0]],
    ["DR 60 s, own", { kind: "DR", persistence: 60, servers: "own" }, [12, 12, 0]],
    ["NAT, own", { kind: "NAT", persistence: 0, servers: "own" }, [12, 12, 0]],
    ["NAT 60 s, own", { kind: "NAT", persistence: 60, servers: "own" }, [12, 12, 0]],
    // Half of them go to the other node, which does not have the VIP
    ["DR, both", { kind: "DR", persistence: 0, servers: "both" }, [6, 6, 3]],
    // or whose answer comes past the director, unless the director is the client
    ["NAT, both", { kind: "NAT", persistence: 0, servers: "both" }, [6, 12, 6]],
  ])("%s", (_name, setting, expected) => {
    expect(answered(setting)).toEqual(expected);
  });

  test("an empty service refuses the backup at once, and without the service it gets through", () => {
    const setting: Setting = { kind: "DR", persistence: 0, servers: "own" };
    const h = pair(
      instance("state BACKUP", "priority 101", "nopreempt") + configOf(A, setting),
      instance("state BACKUP", "priority 99", "nopreempt") + configOf(B, setting),
      { ipvs: true },
    );
    const place = { address: VIP, port: 3306 };
    h.host("b").ipvs.removeServer(place, { address: B, port: 3306 });
    expect(h.world.segment.connect("b", VIP, 3306)).toMatchObject({ kind: "refused", node: "b" });
    h.host("b").ipvs.removeService(place);
    expect(h.world.segment.connect("b", VIP, 3306)).toEqual({ kind: "open", node: "a" });
  });

  test("clients are served through it, and its fail-over resets what was open", () => {
    const setting: Setting = { kind: "DR", persistence: 60, servers: "own" };
    const h = pair(
      instance("state BACKUP", "priority 101", "nopreempt") + configOf(A, setting),
      instance("state BACKUP", "priority 99", "nopreempt") + configOf(B, setting),
      { ipvs: true },
    );
    h.load();
    h.run(3);
    h.mark();
    h.keepalived("a", "stop");
    h.run(5);
    expect(h.moves()).toBe("-a +b");
    expect(h.acknowledged("b").length).toBeGreaterThan(50);
    const lost = h.world
      .eventsOf("complete")
      .filter(({ lane, outcome }) => lane === "held" && outcome !== "ok");
    expect(lost.length).toBeGreaterThan(0);
    expect((lost[0]?.tUs ?? 0) - h.world.clock.nowUs()).toBeGreaterThan(-seconds(5));
  });
});
