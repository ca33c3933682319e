/** Reports are made from run directories: what is on disk has to say what memory said. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FILE_FORMATS, isFileFormat, renderAs } from "../harness/cli/formats.ts";
import { judgeRun } from "../harness/run/judge.ts";
import { createRunDirectory, readRun } from "../harness/run/store.ts";
import { simulate } from "../harness/testing/simulated.ts";
import { CATALOGUE } from "../scenarios/catalogue.ts";
import { renderConsole, renderSummary } from "./console.ts";
import type { ReportedRun } from "./reported.ts";
import { brokenRun, movedRun, skippedRun, stuckRun, voidRun } from "./testing/runs.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "vipdrill-reports-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function storedAndRead(run: ReportedRun, name: string): ReportedRun {
  const directory = createRunDirectory(folder, name);
  directory.writeRecord(run.record);
  if (run.events.length > 0) directory.writeHistory(1_795_244_414_262_325, run.events);
  const { record, history } = readRun(directory.path);
  const { events } = history;
  return { record, events, result: judgeRun(record, events), path: run.path };
}

/** Every format there is, by name: a new one is compared without being named here. */
function reports(runs: readonly ReportedRun[]): Record<string, string> {
  return {
    console: runs.map((run) => renderConsole(run, { colour: true })).join(""),
    summary: renderSummary(runs, { colour: true }),
    ...Object.fromEntries(
      FILE_FORMATS.filter(isFileFormat).map((format) => [format, renderAs(format, runs)]),
    ),
  };
}

function expectSame(runs: readonly ReportedRun[]): void {
  const stored = reports(runs.map((run, index) => storedAndRead(run, `run-${index}`)));
  for (const [format, text] of Object.entries(reports(runs))) {
    // Of two long texts that differ, the first line that does says more than both.
    const lines = text.split("\n");
    const other = stored[format]?.split("\n") ?? [];
    const at = lines.findIndex((line, index) => line !== other[index]);
    expect([format, other[at]]).toEqual([format, lines[at]]);
    expect(other.length, format).toBe(lines.length);
  }
}

it("makes the same reports from disk as from memory", () => {
  expectSame([movedRun(), stuckRun(), voidRun(), brokenRun("odd \u0007 & <b>"), skippedRun()]);
});

describe("simulated runs of the catalogue", () => {
  /** Of every third topology, and of every row, the first scenario that is drilled on it. */
  const byTopology = Map.groupBy(CATALOGUE, ({ topology }) => topology.name).values();
  const byRow = Map.groupBy(CATALOGUE, ({ name }) => name.split("/")[0]).values();
  const scenarios = new Set(
    [...[...byTopology].filter((_, index) => index % 3 === 0), ...byRow].map(([first]) => first!),
  );

  it.each([...scenarios].map((scenario) => [scenario.name, scenario] as const))(
    "%s makes the same reports from disk as from memory",
    async (_name, scenario) => {
      const { record, events, result } = await simulate(scenario, { seed: 11 });
      expect(events.length).toBeGreaterThan(100);
      expectSame([{ record, events, result, path: "runs/one" }]);
    },
  );

  it("make the same reports when they are many", async () => {
    const runs: ReportedRun[] = [];
    const [scenario] = scenarios;
    for (const seed of [1, 2, 3]) {
      const { record, events, result } = await simulate(scenario!, { seed });
      runs.push({ record, events, result, path: `runs/${seed}` });
    }
    expectSame([...runs, movedRun(), skippedRun(), brokenRun()]);
  });
});
