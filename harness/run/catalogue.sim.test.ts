/** Every scenario of the catalogue in the simulator, on every line of images, over many seeds. */
import { describe, expect, it } from "vitest";
import { CATALOGUE } from "../../scenarios/catalogue.ts";
import { SIMULATED_IMAGES } from "../backend/sim/backend.ts";
import { findScenario } from "../cli/catalogue.ts";
import { encodeHistory } from "../history/codec.ts";
import { simulate } from "../testing/simulated.ts";
import { judgeRun } from "./judge.ts";

const SEEDS = 5;

describe.each(SIMULATED_IMAGES)(
  "every scenario comes out as it declares, simulated, %s",
  (image) => {
    it.each(CATALOGUE.map((scenario) => scenario.name))("%s", async (name) => {
      for (let seed = 1; seed <= SEEDS; seed += 1) {
        const run = await simulate(findScenario(name), { seed, image });
        const { outcome, reason } = run.result;
        expect(`seed ${seed}: ${outcome} (${reason})`).toMatch(/^seed \d+: as-expected /);
        expect(judgeRun(run.record, run.events)).toEqual(run.result);
      }
    });
  },
);

describe("the same seed", () => {
  it("gives the same bytes, run twice, for a thousand seeds", { timeout: 300_000 }, async () => {
    for (let seed = 0; seed < 1000; seed += 1) {
      const name = CATALOGUE[seed % CATALOGUE.length]!.name;
      const [first, second] = [await bytes(name, seed), await bytes(name, seed)];
      if (first !== second) expect.fail(`${name} with seed ${seed} gave two different histories`);
    }
  });

  it("another seed gives another history", async () => {
    const name = "dual-script/mysqld-killed";
    expect(await bytes(name, 1)).not.toBe(await bytes(name, 2));
  });
});

async function bytes(name: string, seed: number): Promise<string> {
  return encodeHistory(0, (await simulate(findScenario(name), { seed })).events);
}
