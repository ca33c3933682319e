import { describe, expect, it } from "vitest";
import type { Comparison } from "./compare.ts";
import { drawScenario } from "./draw.ts";
import { disagreeing, summarise, type ComparedPair, type Pair } from "./summary.ts";

const of = { scenario: drawScenario(7), seed: 7, image: "sid", path: "runs/a" };

function compared(parts: Partial<Comparison>, differencesUs: readonly number[] = []): Pair {
  const comparison: Comparison = {
    vips: [{ vip: "vip", measured: [], simulated: [], sameFinalHolder: true, sameSequence: true }],
    tables: [],
    verdicts: [
      {
        checker: "single-holder",
        measured: "pass",
        simulated: "pass",
        reasons: { measured: "", simulated: "" },
      },
    ],
    changes: differencesUs.map((differenceUs) => ({
      what: "vip to db2",
      measuredUs: 0,
      simulatedUs: differenceUs,
      differenceUs,
    })),
    stages: [],
    disagreements: [],
    ...parts,
  };
  return { kind: "compared", ...of, comparison, simulatedPath: "runs/b", latestByUs: 300 };
}

const failed: Pair = { kind: "not-simulated", ...of, reason: "stuck", simulatedPath: "runs/c" };
const leftOut: Pair = { kind: "left-out", ...of, reason: "inconclusive: clock-steady" };

function agreed(pairs: readonly Pair[], what: string): string {
  const found = summarise(pairs).agreements.find((item) => item.what === what);
  return `${found?.agreed} of ${found?.of}`;
}

describe("the summary", () => {
  it("counts agreement as k of n, and what the simulator did not get through as none", () => {
    const other = compared({
      vips: [
        { vip: "vip", measured: [], simulated: [], sameFinalHolder: true, sameSequence: false },
      ],
      disagreements: [{ kind: "sequence", text: "vip: db1, simulated db2" }],
    });
    const pairs = [compared({}), other, failed];
    expect(agreed(pairs, "final holder")).toBe("2 of 3");
    expect(agreed(pairs, "sequence of holders")).toBe("1 of 3");
    expect(agreed(pairs, "verdict of single-holder")).toBe("2 of 3");
    expect(disagreeing(pairs).map(({ texts }) => texts)).toEqual([
      ["sequence: vip: db1, simulated db2"],
      ["not simulated: stuck"],
    ]);
  });

  it("says when another draw of the simulator does what the containers did", () => {
    const verdict = (simulated: "pass" | "fail"): Pick<Comparison, "verdicts"> => ({
      verdicts: [
        {
          checker: "no-stale-read",
          measured: "fail",
          simulated,
          reasons: { measured: "", simulated: "" },
        },
      ],
    });
    const differs = compared(verdict("pass"));
    const [none, some] = (["pass", "fail"] as const).map((simulated): Pair => {
      const { comparison } = compared(verdict(simulated)) as ComparedPair;
      return {
        ...(differs as ComparedPair),
        others: { agreed: 0, of: 1, comparisons: [comparison] },
      };
    });
    const pairs = [compared(verdict("fail")), none!, some!];
    expect(agreed(pairs, "verdict of no-stale-read")).toBe("1 of 3");
    expect(agreed(pairs, "verdict of no-stale-read, in some draw")).toBe("2 of 3");
    expect(agreed([none!], "verdict of no-stale-read, in some draw")).toBe(
      "undefined of undefined",
    );
  });

  it("says when the containers' times lie between those of the draws", () => {
    const late = (differenceUs: number): ComparedPair =>
      compared({}, [differenceUs]) as ComparedPair;
    const draws = (...all: readonly number[]): Pair => ({
      ...late(-600_000),
      others: { agreed: 0, of: all.length, comparisons: all.map((us) => late(us).comparison) },
    });
    const pairs = [late(100_000), draws(-500_000, 400_000), draws(-500_000, -200_000)];
    expect(agreed(pairs, "times within 150 ms")).toBe("1 of 3");
    expect(agreed(pairs, "times within 150 ms of what the draws span")).toBe("2 of 3");
  });

  it("leaves void container runs out of every n, and counts them", () => {
    const pairs = [compared({}), leftOut, leftOut];
    expect(agreed(pairs, "final holder")).toBe("1 of 1");
    expect(summarise(pairs)).toMatchObject({ compared: 1, notSimulated: 0, leftOut: 2 });
    expect(disagreeing(pairs)).toEqual([]);
  });

  it("gives distances without their sign, and their median with it", () => {
    const [changes, all] = summarise([compared({}, [-30, -20, 10])]).spreads;
    expect(changes).toEqual({
      what: "VIP changes hands",
      absolute: { n: 3, min: 10, p50: 20, p95: 30, max: 30 },
      medianUs: -20,
    });
    expect(all?.what).toBe("all of these");
  });

  it("has no figures for nothing", () => {
    const nothing = summarise([]);
    expect(nothing).toMatchObject({ compared: 0, leftOut: 0, spreads: [], coverage: [] });
    expect(nothing.agreements[0]).toEqual({ what: "final holder", agreed: 0, of: 0 });
  });
});
