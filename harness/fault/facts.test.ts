import { describe, expect, it } from "vitest";
import { describeFault, factsOf, needsOf, targetOf } from "./facts.ts";
import type { PlainFault } from "./fault.ts";
import { after, isFaultStep, when } from "./schedule.ts";

const HOLDER = { role: "holder" } as const;

const EVERY: readonly PlainFault[] = [
  { kind: "mysqld-killed", node: HOLDER },
  { kind: "mysqld-stopped", node: HOLDER },
  { kind: "keepalived-stopped", node: HOLDER },
  { kind: "keepalived-killed", node: { name: "db2" } },
  { kind: "vrrp-blocked", node: HOLDER, direction: "both" },
  { kind: "vrrp-blocked", node: HOLDER, direction: "in" },
  { kind: "service-frozen", node: HOLDER, service: "mysql" },
  { kind: "cut", node: HOLDER },
  { kind: "address-added", node: { role: "standby" } },
  { kind: "service-started", node: { name: "db1" }, service: "keepalived" },
];

describe("faults", () => {
  it("say what they do, what they need and how they heal", () => {
    const rows = EVERY.map(
      (fault) =>
        `${describeFault(fault)} | needs ${needsOf(fault).join(", ")} | ${factsOf(fault).healing}`,
    );
    expect(rows).toMatchInlineSnapshot(`
      [
        "kill -9 mysqld on the holder | needs signal-process, service-control | starts-service",
        "stop mysqld on the holder | needs service-control | starts-service",
        "stop keepalived on the holder | needs service-control | starts-service",
        "kill -9 all of keepalived on db2 | needs signal-process, service-control | starts-service",
        "block VRRP in and out on the holder | needs packet-filter | removes-rules",
        "block VRRP in on the holder | needs packet-filter | removes-rules",
        "freeze mysqld on the holder | needs signal-process | thaws-processes",
        "cut the holder off | needs link-filter | removes-rules",
        "add the VIP by hand on the standby | needs address-control | removes-address",
        "start keepalived on db1 | needs service-control | none",
      ]
    `);
  });

  it("need nothing when they are announced and not carried out", () => {
    const fault = { kind: "sabotaged", fault: EVERY[0]! } as const;
    expect([needsOf(fault), targetOf(fault), describeFault(fault)]).toEqual([
      [],
      HOLDER,
      "kill -9 mysqld on the holder (announced, not carried out)",
    ]);
  });
});

describe("steps", () => {
  it("leave out what is not asked for", () => {
    expect([after(5), after(5, 2), when("vip-moved", 9), when("vip-home", 9, 1)]).toEqual([
      { kind: "after", delayUs: 5 },
      { kind: "after", delayUs: 5, jitterUs: 2 },
      { kind: "when", condition: "vip-moved", boundUs: 9 },
      { kind: "when", condition: "vip-home", boundUs: 9, thenUs: 1 },
    ]);
  });

  it("are fault steps when they carry a fault", () => {
    expect([
      isFaultStep({ id: "watch", when: after(0) }),
      isFaultStep({ id: "fault", when: after(0), fault: EVERY[0]! }),
    ]).toEqual([false, true]);
  });
});
