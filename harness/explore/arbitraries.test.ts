import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seconds } from "../core/time.ts";
import { FAULTS } from "../fault/fault.ts";
import { randomStream } from "../core/random.ts";
import { dualScript } from "../../scenarios/shared/dual-script.ts";
import { lvsDr } from "../../scenarios/shared/lvs-dr.ts";
import { changesAround, planArbitrary } from "./arbitraries.ts";
import { drawPlan, mutatedPlan, type DrawOptions } from "./draw.ts";
import { menuOf, type MenuItem } from "./menu.ts";
import { chosenFaults } from "./models.ts";
import { disturbOf, planText, type Plan } from "./plan.ts";
import { exploreTopology } from "./target.ts";
import { timersOf } from "./timers.ts";

const topology = exploreTopology(dualScript(), "sid");
const menu = menuOf(topology);
const timers = timersOf(topology);
const options = (concurrency: number): DrawOptions => ({ menu, timers, faultsMax: 4, concurrency });

function planOf(concurrency: number): fc.Arbitrary<Plan> {
  return planArbitrary({
    ...options(concurrency),
    menu: menu.map((item) => ({ item, weight: 1 })),
  });
}

/** At the beginning of each fault: how many are in force, and what they have their hands on. */
function inForce({ faults }: Plan): { readonly count: number; readonly shared: string[] }[] {
  const item = (key: string): MenuItem => menu.find((one) => one.key === key)!;
  return faults.map(({ atUs }, index) => {
    const active = faults.filter((one, at) => {
      if (at > index || one.atUs > atUs) return false;
      const { heals, busyUs } = item(one.key);
      return heals ? (one.healAtUs ?? Infinity) > atUs : one.atUs + busyUs > atUs;
    });
    const holds = active.flatMap(({ key }) => item(key).holds);
    return { count: active.length, shared: holds.filter((one, at) => holds.indexOf(one) !== at) };
  });
}

describe("drawn plans", () => {
  it.each([1, 2, 4])("have at most %i faults in force, and none in another's way", (most) => {
    fc.assert(
      fc.property(planOf(most), (plan) => {
        for (const { count, shared } of inForce(plan)) {
          expect(count).toBeLessThanOrEqual(most);
          expect(shared).toEqual([]);
        }
      }),
    );
  });

  it("become steps that name what they heal, none of them before its fault", () => {
    fc.assert(
      fc.property(planOf(4), (plan) => {
        const begun = new Set<string>();
        for (const step of disturbOf(plan)) {
          if ("fault" in step) begun.add(step.id);
          if ("heal" in step) expect(begun).toContain(step.heal);
          expect(step.when.kind === "after" && step.when.delayUs >= 0).toBe(true);
        }
        expect(begun.size).toBe(plan.faults.length);
      }),
    );
  });

  it("are the same for the same stream, and stay valid when they are changed", () => {
    const draw = (seed: number): Plan => drawPlan(options(2), randomStream(seed, "test"), () => 1);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), (seed) => {
        expect(planText(draw(seed))).toBe(planText(draw(seed)));
        const mutant = mutatedPlan(draw(seed), options(2), randomStream(seed, "mutation"));
        for (const { count, shared } of inForce(mutant)) {
          expect(count).toBeLessThanOrEqual(2);
          expect(shared).toEqual([]);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe("the menu", () => {
  it("has faults that their own schema accepts, each key once", () => {
    for (const { key, fault } of [...menu, ...menuOf(exploreTopology(lvsDr(), "sid"))]) {
      expect(FAULTS[fault.kind].schema.safeParse(fault).success, key).toBe(true);
    }
    expect(new Set(menu.map(({ key }) => key)).size).toBe(menu.length);
  });

  it("offers only what can happen to the cluster", () => {
    const kinds = new Set(menu.map(({ fault }) => fault.kind));
    expect(kinds).toContain("auth-mismatch");
    expect([...kinds]).not.toContain("semi-sync-off");
    expect([...kinds]).not.toContain("unicast-peer-missing");
    const directors = menuOf(exploreTopology(lvsDr(), "sid")).map(({ key }) => key);
    expect(directors).toContain("mysqld-killed@db1");
    expect(directors).not.toContain("mysqld-killed@lvs1");
  });

  it("is narrowed by words, and refuses others", () => {
    expect(new Set(chosenFaults(menu, ["pause", "cut"]).map(({ fault }) => fault.kind))).toEqual(
      new Set(["service-frozen", "node-paused", "cut"]),
    );
    expect(() => chosenFaults(menu, ["earthquake"])).toThrow(/no such fault/);
    expect(() => chosenFaults(menu, ["disk-full"])).toThrow(/nothing of that/);
  });
});

describe("timers", () => {
  it("are those of the configuration", () => {
    // 3 x 1 s and (256 - 99) / 256 s; a check every 2 s that fails twice.
    expect(timers.edges).toContain(3_613_281);
    expect(timers.edges).toContain(seconds(4));
    expect(timers.downUs).toBe(3_613_281);
    expect(timers.noticeUs).toBe(seconds(6));
  });

  it("allow a check half a minute, however patient it is", () => {
    const patient = dualScript({ check: "recommended", settings: { fall: 100 } });
    const { noticeUs, boundUs, restUs, edges } = timersOf(exploreTopology(patient, "sid"));
    expect(noticeUs).toBe(seconds(202));
    expect(boundUs).toBe(3_613_281 + seconds(30) + seconds(1));
    expect(restUs).toBe(seconds(37));
    expect(Math.max(...edges)).toBeLessThanOrEqual(seconds(60));
  });
});

describe("changes of the configuration", () => {
  it("are read by keepalived as what they say", () => {
    const keywords = new Set(changesAround(topology).map(({ keyword }) => keyword));
    expect([...keywords]).toEqual(expect.arrayContaining(["priority", "nopreempt", "weight"]));
  });
});
