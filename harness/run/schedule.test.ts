import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { after, when, type Step } from "../fault/schedule.ts";
import { scenario } from "../testing/record.ts";
import { MYSQLD_KILLED } from "../testing/stories.ts";
import { concreteSchedule, needsOfScenario } from "./schedule.ts";

const JITTERED: Step = { id: "fault", when: after(100_000, 2_000_000), fault: MYSQLD_KILLED };
const anySeed = fc.integer();

const delayOf = (steps: readonly Step[], id: string, seed: number): number | undefined =>
  concreteSchedule(scenario({ disturb: steps }), seed).find(({ step }) => step.id === id)?.delayUs;

describe("concreteSchedule", () => {
  it("is the same for the same scenario and seed", () => {
    fc.assert(
      fc.property(anySeed, (seed) => {
        const drill = scenario({ disturb: [JITTERED], recover: [JITTERED] });
        expect(concreteSchedule(drill, seed)).toEqual(concreteSchedule(drill, seed));
      }),
    );
  });

  // Changing this changes what every written-down seed does.
  it("draws what it always drew for a given seed", () => {
    const drill = scenario({ disturb: [JITTERED], recover: [JITTERED] });
    expect(concreteSchedule(drill, 81273).map(({ delayUs }) => delayUs)).toMatchInlineSnapshot(`
      [
        1077625,
        529337,
      ]
    `);
  });

  it("keeps the jitter between nothing and its bound, in whole microseconds", () => {
    fc.assert(
      fc.property(anySeed, fc.nat(5_000_000), fc.nat(5_000_000), (seed, delayUs, jitterUs) => {
        const drawn = delayOf([{ id: "x", when: after(delayUs, jitterUs) }], "x", seed)!;
        expect(Number.isInteger(drawn) && drawn >= delayUs && drawn <= delayUs + jitterUs).toBe(
          true,
        );
      }),
    );
  });

  it("spreads the jitter over its whole range", () => {
    const drawn = Array.from({ length: 200 }, (_, seed) => delayOf([JITTERED], "fault", seed)!);
    const quarters = new Set(drawn.map((delayUs) => Math.floor((delayUs - 100_000) / 500_000)));
    expect([...quarters].sort((a, b) => a - b)).toEqual([0, 1, 2, 3]);
  });

  it("does not change a step's draw when other steps come, go or move", () => {
    const other: Step = { id: "other", when: after(0, 1_000_000) };
    fc.assert(
      fc.property(anySeed, (seed) => {
        const alone = delayOf([JITTERED], "fault", seed);
        expect([
          delayOf([other, JITTERED], "fault", seed),
          delayOf([JITTERED, other], "fault", seed),
        ]).toEqual([alone, alone]);
      }),
    );
  });

  it("has no delay for steps that wait for a condition, and keeps phases and order", () => {
    const drill = scenario({
      disturb: [
        { id: "a", when: after(5) },
        { id: "b", when: when("vip-moved", 9) },
      ],
      recover: [{ id: "c", when: after(0) }],
    });
    expect(
      concreteSchedule(drill, 1).map(({ phase, step, delayUs }) => [phase, step.id, delayUs]),
    ).toEqual([
      ["disturb", "a", 5],
      ["disturb", "b", undefined],
      ["recover", "c", 0],
    ]);
  });
});

describe("needsOfScenario", () => {
  it("names each capability once, in order, from both phases", () => {
    const drill = scenario({
      disturb: [JITTERED, { ...JITTERED, id: "again" }],
      recover: [{ id: "cut", when: after(0), fault: { kind: "cut", node: { name: "db1" } } }],
    });
    expect(needsOfScenario(drill)).toEqual(["link-filter", "service-control", "signal-process"]);
    const nodes = drill.topology.nodes.map((node) => ({ ...node, kernel: ["ip_vs"] as const }));
    const asking = { ...drill, topology: { ...drill.topology, nodes } };
    expect(needsOfScenario(asking)).toContain("ip-vs");
  });

  it("is empty for a scenario that only watches", () => {
    expect(needsOfScenario(scenario({ disturb: [{ id: "watch", when: after(1) }] }))).toEqual([]);
  });
});
