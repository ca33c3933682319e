/** Runs as comparison and timing see them, without histories. */
import type { TimedRun } from "../timing-runs.ts";

/** The VIP moved after `movedS`; without it, nothing moved. */
export function timedRun(movedS?: number, options: Partial<TimedRun> = {}): TimedRun {
  const us = movedS === undefined ? undefined : Math.round(movedS * 1e6);
  return {
    runId: "0badcafe",
    startedAt: "2026-11-21T06:30:01.000Z",
    path: "runs/one",
    scenario: "dual-script/mysqld-killed",
    topology: "dual-script",
    fault: "mysqld-killed",
    image: "sid",
    backend: "docker",
    simulated: false,
    seed: 1,
    versions: { "db1 keepalived": "2.3.4", "db2 keepalived": "2.3.4", "db1 mysqld": "9.7.4" },
    outcome: "as-expected",
    reason: "every verdict is what the scenario declares",
    timesUs:
      us === undefined
        ? {}
        : {
            address: us,
            "first-write": us + 10_000,
            outage: us + 20_000,
            "without-writes": us + 20_000,
            elect: us - 100,
          },
    resolutionsUs:
      us === undefined
        ? {}
        : {
            address: 400,
            "first-write": 20_000,
            outage: 20_000,
            "without-writes": 20_000,
            elect: 1,
          },
    predicted: { minUs: 602_000, maxUs: 3_372_000, formula: "x + skew(99)" },
    ...options,
  };
}

/** Nothing moved; new connections were without writes for so long, or had no spell above the floor. */
export function spellRun(spellS?: number, options: Partial<TimedRun> = {}): TimedRun {
  const us = spellS === undefined ? 200_000 : Math.round(spellS * 1e6);
  return {
    ...timedRun(),
    scenario: "lvs-dr/mysqld-killed",
    topology: "lvs-dr",
    timesUs: { "without-writes": us },
    resolutionsUs: { "without-writes": 20_000 },
    ...(spellS === undefined
      ? { bounds: { "without-writes": "at-most" } }
      : { withoutWrites: { us, untilEnd: false } }),
    ...options,
  };
}

/** So many, evenly over two seconds: as a check every 2 s has it. */
export function timedRuns(
  n: number,
  { from = 0.65, ...options }: Partial<TimedRun> & { readonly from?: number } = {},
): TimedRun[] {
  return Array.from({ length: n }, (_, index) =>
    timedRun(from + (2 * index) / n, { seed: index, ...options }),
  );
}

/** Twenty runs of each of so many scenarios, of ten topologies in turn. */
export function manyGroups(groups: number, from = 0.65): TimedRun[] {
  return Array.from({ length: groups }, (_, index) => {
    const topology = `row-${index % 10}`;
    return timedRuns(20, { from, topology, scenario: `${topology}/story-${index}` });
  }).flat();
}
