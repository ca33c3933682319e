/** Exploration as somebody's own property test: the example of the page, and what a failure looks like. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { simBackend } from "../backend/sim/backend.ts";
import { messageOf } from "../core/errors.ts";
import { dualScript } from "../../scenarios/shared/dual-script.ts";
import { workloadArbitrary } from "./arbitraries.ts";
import { defineProperty } from "./property.ts";
import { exploreArbitrary, holdsProperty, holdsUnderLoad, type ExploreSetUp } from "./vitest.ts";
// Its tests are registered by being imported.
import "../../docs/examples/explored-pair.ts";

const pair: ExploreSetUp = {
  topology: dualScript(),
  backend: simBackend(),
  faults: ["partition"],
  faultsMax: 2,
};

function failureOf(parameters: fc.Parameters<unknown[]>): Promise<string> {
  const property = fc.asyncProperty(exploreArbitrary(pair), holdsProperty(pair, "no-split-brain"));
  return fc.assert(property, parameters as never).then(
    () => "held",
    // What the property threw is the cause, which vitest prints as well.
    (error: unknown) => `${messageOf(error)}\n${messageOf((error as Error).cause)}`,
  );
}

describe("a property that does not hold", () => {
  it("fails with seed, path and the schedule, and again from these alone", async () => {
    const first = await failureOf({ seed: 3, numRuns: 20 });
    const [, seed, path] = /seed: (-?\d+), path: "([\d:]+)"/.exec(first) ?? [];
    expect(first).toMatch(/no-split-brain: two writable holders/);
    expect(first).toMatch(/\d\.\d{3} s {2}(block VRRP|cut) /);
    const again = await failureOf({ seed: Number(seed), path: path!, endOnFailure: true });
    expect(again).toContain("no-split-brain: two writable holders");
  });
});

describe("a drawn load", () => {
  it("is the one that clients put on the cluster", async () => {
    const seen = new Set<number>();
    const counted = defineProperty({
      name: "counted",
      promise: "nothing",
      judge: ({ scenario }) => {
        seen.add(scenario.workload.cadenceUs);
        return [];
      },
    });
    const holds = holdsUnderLoad(pair, counted);
    const property = fc.asyncProperty(exploreArbitrary(pair), workloadArbitrary, holds);
    await fc.assert(property, { numRuns: 6, seed: 1 });
    expect(seen.size).toBeGreaterThan(1);
  });
});
