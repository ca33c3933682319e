import { targetOf } from "../fault/facts.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isFaultStep, type Step } from "../fault/schedule.ts";
import { parseScenario } from "../scenario/schema.ts";
import { resolveTopology } from "../topology/resolve.ts";
import { configOf, diagnosticsOf } from "../topology/routers.ts";
import { coverageOf } from "./coverage.ts";
import { drawScenario, drawScenarios } from "./draw.ts";
import { CHECKS } from "./draw-config.ts";
import { FAULT_KEYS, keyOf } from "./draw-schedule.ts";

const anySeed = fc.integer({ min: 0, max: 1_000_000 });

function keysOf(steps: readonly Step[]): string[] {
  return steps
    .filter(isFaultStep)
    .map(({ fault }) => (fault.kind === "sabotaged" ? fault.kind : keyOf(fault)));
}

describe("drawing", () => {
  it("gives a scenario that passes the check of files from outside", () => {
    fc.assert(
      fc.property(anySeed, (seed) => {
        const stored: unknown = JSON.parse(JSON.stringify(drawScenario(seed)));
        expect(parseScenario(stored, "drawn")).toEqual(drawScenario(seed));
      }),
      { numRuns: 60 },
    );
  });

  it("writes configurations that keepalived takes as they are", () => {
    fc.assert(
      fc.property(anySeed, (seed) => {
        const { nodes } = resolveTopology(drawScenario(seed).topology, {
          subnetPrefix: "198.18.7",
          prefixLength: 24,
          vrids: [51],
        });
        const wrong = nodes
          .flatMap((node) => diagnosticsOf(node))
          .filter(({ severity }) => severity === "fatal" || severity === "error");
        expect(wrong).toEqual([]);
        expect(nodes.map((node) => configOf(node)?.instances.length)).toEqual([1, 1]);
      }),
      { numRuns: 60 },
    );
  });

  it("draws one to three faults at times, never on conditions or roles", () => {
    fc.assert(
      fc.property(anySeed, (seed) => {
        const { disturb, recover } = drawScenario(seed);
        expect(keysOf(disturb).length).toBeGreaterThanOrEqual(1);
        expect(keysOf(disturb).length).toBeLessThanOrEqual(3);
        for (const step of [...disturb, ...recover]) expect(step.when.kind).toBe("after");
      }),
    );
  });

  it("starts nothing that may still be running, and ends nothing twice", () => {
    fc.assert(
      fc.property(anySeed, (seed) => {
        expect(contradictions(drawScenario(seed).disturb)).toEqual([]);
      }),
    );
  });

  it("draws every fault and every check within 44 seeds, wherever they begin", () => {
    fc.assert(
      fc.property(anySeed, (seed) => {
        const scenarios = drawScenarios(seed, 44);
        const first = new Set(scenarios.map(({ disturb }) => keysOf(disturb)[0]));
        expect(first.size).toBe(FAULT_KEYS.length - 2);
        const checks = new Set(scenarios.map(({ topology }) => topology.name));
        expect(checks).toEqual(new Set(CHECKS.map((check) => `drawn (${check})`)));
      }),
      { numRuns: 10 },
    );
  });

  it("keeps yesterday's seeds: a draw that is added must not change the others", () => {
    expect(drawScenario(7).title).toMatchInlineSnapshot(
      `"cut db2 off, then freeze keepalived on db2, then stop keepalived on db1"`,
    );
    const text = drawScenario(7).topology.nodes[0]!.keepalived;
    expect(text).toMatchInlineSnapshot(`
      "global_defs {
          router_id DRAWN
      }

      vrrp_script chk_mysql {
          script "/opt/chk_mysql.sh"
          interval 2
          weight -13
          fall 1
          rise 1
      }

      vrrp_instance VI_1 {
          state BACKUP
          interface eth0
          mcast_src_ip @{db1.address}
          virtual_router_id @{VI_1.vrid}
          priority 92
          advert_int 1
          nopreempt
          garp_master_repeat 1
          garp_master_refresh 8
          garp_lower_prio_repeat 1
          authentication {
              auth_type PASS
              auth_pass 1111
          }
          virtual_ipaddress {
              @{vip}/@{prefix}
          }
          track_script {
              chk_mysql
          }
      }
      "
    `);
  });

  it("counts what 60 drills cover", () => {
    const labels = coverageOf(drawScenarios(1, 60)).map(({ label }) => label);
    expect(labels).toEqual(expect.arrayContaining(FAULT_KEYS.map((key) => `fault: ${key}`)));
    expect(labels).toEqual(
      expect.arrayContaining([
        "option: VRRP version 2",
        "option: VRRP version 3",
        "option: nopreempt",
        "option: preempt_delay",
        "option: state MASTER",
      ]),
    );
  });
});

/** Two that end the same service with no start between, or two link faults: the second proves nothing. */
function contradictions(steps: readonly Step[]): string[] {
  const down = new Set<string>();
  let cut = false;
  return steps.filter(isFaultStep).flatMap(({ id, fault }) => {
    const target = targetOf(fault);
    if (fault.kind === "sabotaged" || target === undefined || !("name" in target)) {
      return [`${id}: not a plain fault on a node`];
    }
    const place = (service: string): string => `${target.name} ${service}`;
    const ends = (service: string): string[] => {
      const twice = down.has(place(service));
      down.add(place(service));
      return twice ? [`${id}: ${place(service)} is down already`] : [];
    };
    switch (fault.kind) {
      case "mysqld-killed":
      case "mysqld-stopped":
        return ends("mysql");
      case "keepalived-stopped":
      case "keepalived-killed":
        return ends("keepalived");
      case "service-frozen":
        return ends(fault.service);
      case "service-started":
        return down.delete(place(fault.service)) ? [] : [`${id}: nothing to start`];
      case "cut":
      case "vrrp-blocked": {
        const second = cut;
        cut = true;
        return second ? [`${id}: a second link fault`] : [];
      }
      default:
        return [];
    }
  });
}
