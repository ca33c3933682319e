import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { drawScenario } from "../../fidelity/draw.ts";
import { summarise, type Pair } from "../../fidelity/summary.ts";
import { createRunDirectory } from "../../run/store.ts";
import { runRecord } from "../../testing/record.ts";
import { exitCodeOf, fidelityCommand, type FidelityOptions } from "./fidelity.ts";

let out = "";

beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), "vipdrill-fidelity-"));
});

afterEach(() => {
  rmSync(out, { recursive: true });
});

function options(parts: Partial<FidelityOptions>): FidelityOptions {
  return { count: 1, image: "sid", jobs: 1, out, ...parts };
}

describe("fidelity", () => {
  it("wants an image that is simulated, before any engine is asked", async () => {
    await expect(fidelityCommand(options({ image: "my/own" }))).rejects.toThrow(
      /the simulator knows .*, not the image my\/own/,
    );
  });

  it("refuses a folder without runs on containers", async () => {
    const from = resolve(out, "runs");
    await expect(fidelityCommand(options({ from }))).rejects.toThrow(/there is no such folder/);
    createRunDirectory(from, "simulated").writeRecord(runRecord({ backend: "sim" }));
    await expect(fidelityCommand(options({ from }))).rejects.toThrow(/no run on containers/);
  });

  it("exits by agreement, disagreement, or nothing to compare", () => {
    const of = { scenario: drawScenario(7), seed: 7, image: "sid", path: "runs/a" };
    const comparison = {
      vips: [],
      tables: [],
      verdicts: [],
      changes: [],
      stages: [],
      disagreements: [],
    };
    const agrees: Pair = {
      kind: "compared",
      ...of,
      comparison,
      simulatedPath: "runs/b",
      latestByUs: 0,
    };
    const stuck: Pair = { kind: "not-simulated", ...of, reason: "stuck", simulatedPath: "runs/b" };
    const leftOut: Pair = { kind: "left-out", ...of, reason: "void" };
    expect(exitCodeOf(summarise([agrees, leftOut]))).toBe(0);
    expect(exitCodeOf(summarise([agrees, stuck]))).toBe(1);
    expect(exitCodeOf(summarise([leftOut]))).toBe(2);
  });
});
