/**
 * What exploration has found and somebody has kept: every file of `scenarios/regression/` compiles, is read as a
 * user's file is, and comes out as it says. When one does not any more, what was found may be mended.
 */
import { globSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { selectScenarios } from "../cli/catalogue.ts";
import { simulate } from "../testing/simulated.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const FILES = globSync("scenarios/regression/*.ts", { cwd: ROOT }).sort();

describe("a finding that was kept", () => {
  it.each(FILES)("%s", async (file) => {
    const [scenario] = await selectScenarios([join(ROOT, file)]);
    for (const seed of [1, 2]) {
      const { result } = await simulate(scenario!, { seed });
      expect(`${result.outcome}: ${result.reason}`).toMatch(/^as-expected/);
    }
  });

  it("is there at all", () => {
    expect(FILES.length).toBeGreaterThan(0);
  });
});
