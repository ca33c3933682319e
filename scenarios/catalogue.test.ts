import { describe, expect, it } from "vitest";
import { findChecker } from "../harness/check/checkers.ts";
import { isFaultStep } from "../harness/fault/schedule.ts";
import type { Scenario } from "../harness/scenario/index.ts";
import { needsOf, targetOf } from "../harness/fault/facts.ts";
import { resolveTopology } from "../harness/topology/resolve.ts";
import { CATALOGUE } from "./catalogue.ts";
import { canaries } from "./canary/scenarios.ts";

const stepsOf = (scenario: Scenario): Scenario["disturb"] => [
  ...scenario.disturb,
  ...scenario.recover,
];

const repeated = (names: readonly string[]): string[] =>
  names.filter((name, index) => names.indexOf(name) !== index);

describe("the catalogue", () => {
  it("has a name of its own for each scenario, as ROW/STORY", () => {
    const names = CATALOGUE.map((scenario) => scenario.name);
    expect(repeated(names)).toEqual([]);
    expect(names.filter((name) => !/^[a-z0-9-]+\/[a-z0-9-]+$/.test(name))).toEqual([]);
  });

  it("holds every canary", () => {
    expect(canaries.filter((canary) => !CATALOGUE.includes(canary))).toEqual([]);
  });
});

describe.each(CATALOGUE.map((scenario) => [scenario.name, scenario] as const))(
  "%s",
  (_name, scenario) => {
    it("names only checkers that there are, each once", () => {
      const named = scenario.expect.map((expectation) => expectation.checker);
      const caughtBy = scenario.canary === undefined ? [] : [scenario.canary.caughtBy];
      expect([...named, ...caughtBy].filter((name) => findChecker(name) === undefined)).toEqual([]);
      const places = scenario.expect.map(({ checker, on }) => `${checker} ${JSON.stringify(on)}`);
      expect(repeated(places)).toEqual([]);
    });

    it("says why, wherever it expects anything but a pass", () => {
      const unexplained = scenario.expect.filter(
        ({ verdict, because }) => verdict !== "pass" && (because ?? "") === "",
      );
      expect(unexplained).toEqual([]);
    });

    it("has a step id for each step, which receipts are matched by", () => {
      expect(repeated(stepsOf(scenario).map((step) => step.id))).toEqual([]);
    });

    it("hits nodes that its topology has, with faults that say what they need", () => {
      const nodes = new Set(scenario.topology.nodes.map((node) => node.name));
      const faults = stepsOf(scenario)
        .filter(isFaultStep)
        .map((step) => step.fault);
      const targets = faults.flatMap((fault) => targetOf(fault) ?? []);
      expect(targets.filter((node) => "name" in node && !nodes.has(node.name))).toEqual([]);
      expect(
        faults.filter((fault) => fault.kind !== "sabotaged" && needsOf(fault).length === 0),
      ).toEqual([]);
    });

    it("survives JSON unchanged, so that a run record can hold it", () => {
      expect(JSON.parse(JSON.stringify(scenario))).toStrictEqual(scenario);
    });

    it("has a topology whose names all resolve", () => {
      const vrids = scenario.topology.vrids.map((_, index) => index + 1);
      const allotment = { subnetPrefix: "198.18.7", prefixLength: 24, vrids };
      expect(() => resolveTopology(scenario.topology, allotment)).not.toThrow();
    });
  },
);
