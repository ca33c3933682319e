import { describe, expect, it } from "vitest";
import type { Comparison } from "../harness/fidelity/compare.ts";
import { drawScenario } from "../harness/fidelity/draw.ts";
import { summarise, type FidelitySummary, type Pair } from "../harness/fidelity/summary.ts";
import { pairLine, renderFidelity, renderFidelityMarkdown } from "./fidelity.ts";

const change = {
  what: "vip to db2",
  measuredUs: 4_000_000,
  simulatedUs: 4_012_000,
  differenceUs: 12_000,
};

function comparison(disagreements: Comparison["disagreements"]): Comparison {
  return { vips: [], tables: [], verdicts: [], changes: [change], stages: [], disagreements };
}

function pairOf(seed: number): Pick<Pair, "scenario" | "seed" | "image" | "path"> {
  return { scenario: drawScenario(seed), seed, image: "sid", path: `runs/${seed}` };
}

const agrees: Pair = {
  kind: "compared",
  ...pairOf(7),
  comparison: comparison([]),
  simulatedPath: "runs/7-simulated",
  latestByUs: 250,
};
const differs: Pair = {
  kind: "compared",
  ...pairOf(8),
  comparison: comparison([{ kind: "sequence", text: "vip: db1 -> db2, simulated db1" }]),
  simulatedPath: "runs/8-simulated",
  latestByUs: 0,
  others: { agreed: 2, of: 9 },
};
const leftOut: Pair = {
  kind: "left-out",
  ...pairOf(9),
  reason: "inconclusive: clock-steady: moved",
};

function summary(): FidelitySummary {
  return summarise([agrees, differs, leftOut]);
}

describe("the fidelity report", () => {
  it("says what was compared, what was left out and why", () => {
    const text = renderFidelity(summary(), { colour: false });
    expect(text).toContain("3 container runs on sid: 2 compared with the simulator, 1 left out");
    expect(text.replaceAll(/\s+/g, " ")).toContain(
      "1 of 2 disagree in something; 1 of them with a close call, in which another draw",
    );
    expect(text).toContain("a close call: 2 of 9 other draws of the simulator agree");
    expect(text).toMatch(/drawn\/seed-9 \(runs\/9\): inconclusive: clock-steady: moved/);
    expect(text).toMatch(/VIP changes hands +2 +12\.0 ms +12\.0 ms +12\.0 ms +12\.0 ms/);
  });

  it("gives every disagreement with the commands that show it again", () => {
    for (const text of [
      renderFidelity(summary(), { colour: false }),
      renderFidelityMarkdown(summary()),
    ]) {
      expect(text).toContain("- sequence: vip: db1 -> db2, simulated db1");
      expect(text).toContain("./vipdrill replay runs/8\n");
      expect(text).toContain("./vipdrill fidelity --from runs/8\n");
      expect(text).toContain("./vipdrill report runs/8 runs/8-simulated\n");
      expect(text).not.toContain("./vipdrill replay runs/7");
    }
  });

  it("is Markdown whose tables have as many cells in every row as in their head", () => {
    const lines = renderFidelityMarkdown(summary()).split("\n");
    const cells = (line: string): number => line.replaceAll("\\|", "").split("|").length;
    lines.forEach((line, index) => {
      const before = lines[index - 1] ?? "";
      if (line.startsWith("|") && before.startsWith("|")) expect(cells(line)).toBe(cells(before));
    });
    expect(lines.some((line) => line === "| final holder | 2 of 2 | 100.0 % |")).toBe(true);
  });

  it("puts a pair on a line", () => {
    expect(pairLine(agrees)).toMatch(/^drawn\/seed-7 \(.*\): agrees, 0\.012 s apart at most$/);
    expect(pairLine(differs)).toMatch(/: DISAGREES in sequence: vip: db1 -> db2, simulated db1$/);
    expect(pairLine(leftOut)).toMatch(/: left out, inconclusive: clock-steady: moved$/);
  });
});
