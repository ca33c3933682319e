/** Every scenario of the catalogue in the simulator, on every line of images, over many seeds. */
import { describe, expect, it } from "vitest";
import { CATALOGUE } from "../../scenarios/catalogue.ts";
import { simBackend, SIMULATED_IMAGES } from "../backend/sim/backend.ts";
import { findScenario } from "../cli/catalogue.ts";
import { encodeHistory } from "../history/codec.ts";
import { simulate } from "../testing/simulated.ts";
import { lineOf } from "../backend/lines.ts";
import { holdsOn } from "../scenario/versions.ts";
import { judgeRun } from "./judge.ts";
import { needsOfScenario } from "./schedule.ts";

/** Three in a row, on each line of images. */
const SEEDS = 3;

/** What the simulator says it cannot do; nothing else may skip a scenario here. */
const LACKING = (await simBackend().missing()).map(({ capability }) => capability);

describe.each(SIMULATED_IMAGES)(
  "every scenario comes out as it declares, simulated, %s",
  (image) => {
    it.each(CATALOGUE.map((scenario) => scenario.name))("%s", async (name) => {
      for (let seed = 1; seed <= SEEDS; seed += 1) {
        const run = await simulate(findScenario(name), { seed, image });
        const { outcome, reason } = run.result;
        if (outcome === "skipped") {
          expect(whySkipped(name, image)).not.toEqual([]);
          return;
        }
        expect(`seed ${seed}: ${outcome} (${reason})`).toMatch(/^seed \d+: as-expected /);
        expect(judgeRun(run.record, run.events)).toEqual(run.result);
      }
    });
  },
);

describe("the same seed", () => {
  it("gives the same bytes, run twice, for four hundred seeds", { timeout: 300_000 }, async () => {
    for (let seed = 0; seed < 400; seed += 1) {
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

/** The reasons that count: a capability the simulator lacks, or versions that the image does not have. */
function whySkipped(name: string, image: string): readonly string[] {
  const wanted = findScenario(name);
  const lacking = needsOfScenario(wanted).filter((need) => LACKING.includes(need));
  const line = lineOf(image);
  const elsewhere = line !== undefined && !holdsOn(wanted.only, line) ? ["other versions"] : [];
  return [...lacking, ...elsewhere];
}

async function bytes(name: string, seed: number): Promise<string> {
  return encodeHistory(0, (await simulate(findScenario(name), { seed })).events);
}
