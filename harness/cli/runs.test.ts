import { describe, expect, it } from "vitest";
import { findScenario } from "./catalogue.ts";
import { exitCodeOf } from "./exit-codes.ts";
import { imagesOf } from "./commands/run.ts";
import { planRuns, writesPages } from "./runs.ts";

const scenarios = [findScenario("dual-script/baseline"), findScenario("dual-script/cut")];
const names = (shard?: { index: number; count: number }): string[] =>
  planRuns(scenarios, {
    images: ["sid"],
    seed: 5,
    repeat: 3,
    ...(shard === undefined ? {} : { shard }),
  }).map((run) => `${run.scenario.name} ${run.seed}`);

describe("the plan of an invocation", () => {
  it("repeats each scenario with consecutive seeds", () => {
    expect(names()).toEqual([
      "dual-script/baseline 5",
      "dual-script/baseline 6",
      "dual-script/baseline 7",
      "dual-script/cut 5",
      "dual-script/cut 6",
      "dual-script/cut 7",
    ]);
  });

  it("has every scenario on every image, with the same seeds", () => {
    const plan = planRuns(scenarios.slice(0, 1), {
      images: imagesOf("sid, trixie,sid"),
      seed: 5,
      repeat: 2,
    });
    expect(plan.map((run) => `${run.image} ${run.seed}`)).toEqual([
      "sid 5",
      "sid 6",
      "trixie 5",
      "trixie 6",
    ]);
  });

  it("is the union of its shards, each run in one of them", () => {
    const shards = [1, 2, 3, 4].flatMap((index) => names({ index, count: 4 }));
    expect(shards.toSorted()).toEqual(names().toSorted());
  });
});

describe("a page for each run", () => {
  it("is made of every run on containers, and of simulated ones when they are few", () => {
    expect([1, 500].map((planned) => writesPages(planned, false))).toEqual([true, true]);
    expect([1, 20, 21].map((planned) => writesPages(planned, true))).toEqual([true, true, false]);
  });
});

describe("the exit code", () => {
  it.each([
    [["as-expected", "as-expected"], 0],
    [["as-expected", "unexpected", "error", "inconclusive"], 1],
    [["as-expected", "inconclusive"], 2],
    [["as-expected", "skipped"], 0],
    [["skipped"], 2],
    [["as-expected", "error", "inconclusive"], 70],
  ] as const)("of %j is %i", (outcomes, code) => {
    expect(exitCodeOf(outcomes)).toBe(code);
  });
});
