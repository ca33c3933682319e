/**
 * The whole way on the real simulator: a drawn drill is run there, taken for a measured run, and
 * driven once more by its own stimuli. What differs then is the comparison's own doing.
 */
import { describe, expect, it } from "vitest";
import { simBackend } from "../backend/sim/backend.ts";
import { milliseconds } from "../core/time.ts";
import type { Event } from "../history/events.ts";
import { runScenario } from "../run/run.ts";
import { drawScenario } from "./draw.ts";
import { pairUp, type MeasuredRun } from "./pair.ts";
import type { Pair } from "./summary.ts";

async function simulated(seed: number): Promise<MeasuredRun> {
  let events: readonly Event[] = [];
  const { record } = await runScenario({
    scenario: drawScenario(seed),
    backend: simBackend(),
    seed,
    image: "sid",
    runId: "measured",
    startedAt: "2026-11-21T07:00:00.000Z",
    directory: {
      path: "",
      evidence: { append: () => undefined },
      writeRecord: () => undefined,
      writeReport: () => undefined,
      writeHistory: (_origin, all) => {
        events = all;
      },
    },
    keep: false,
    replay: "",
    progress: () => undefined,
  });
  return { path: "runs/a", record, events };
}

async function againstItself(run: MeasuredRun): Promise<Pair> {
  const { pair } = await pairUp({
    run,
    simulator: (keepalivedStartOffsetsUs) => simBackend({ keepalivedStartOffsetsUs }),
    own: { runId: "again", startedAt: run.record.startedAt, replay: "" },
    evidence: { append: () => undefined },
    simulatedPath: "runs/b",
  });
  return pair;
}

/** Seed 21 adds the VIP by hand where it has just arrived: its receipt is not confirmed, as it should be. */
const SEEDS = Array.from({ length: 24 }, (_, index) => index + 1).filter((seed) => seed !== 21);

describe("drawn drills in the simulator", () => {
  it.each(SEEDS)("seed %i proves its faults, and agrees with itself", async (seed) => {
    const pair = await againstItself(await simulated(seed));
    if (pair.kind !== "compared") throw new Error(pair.reason);
    expect(pair.comparison.vips).toMatchObject([{ sameFinalHolder: true, sameSequence: true }]);
    const { changes, stages } = pair.comparison;
    const apart = [...changes, ...stages].map((item) => Math.abs(item.differenceUs));
    expect(Math.max(0, ...apart)).toBeLessThan(milliseconds(30));
  });
});
