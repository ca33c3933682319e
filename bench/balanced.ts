/**
 * `node bench/balanced.ts [SEEDS] RUNS...`: behind directors, how long the real thing took and how long the simulator has it
 * take: real servers leaving and coming back, directors taking over. The runs are stored ones on containers, each scenario of
 * theirs is simulated with SEEDS (20) seeds on the same image, and both stand beside the predicted interval, as Markdown.
 *
 * Two directors of one run are two values. When a check comes round is chance on both sides, so what is compared are distributions.
 */
import { formatSeconds } from "../harness/core/time.ts";
import { judgeRun, type RunResult } from "../harness/run/judge.ts";
import { readRun, runsBelow } from "../harness/run/store.ts";
import { table } from "../harness/testing/pages/markdown.ts";
import { simulate } from "../harness/testing/simulated.ts";
import { distribution } from "../harness/timing/statistics.ts";
import { CATALOGUE } from "../scenarios/catalogue.ts";

interface Figures {
  readonly measuredMs: number[];
  readonly simulatedMs: number[];
  minMs: number;
  maxMs: number;
}

interface Interval {
  readonly min: number;
  readonly max: number;
}

const rows = new Map<string, Figures>();

function note(
  what: string,
  valueMs: number,
  within: Interval,
  side: "measuredMs" | "simulatedMs",
): void {
  const row = rows.get(what) ?? {
    measuredMs: [],
    simulatedMs: [],
    minMs: within.min,
    maxMs: within.max,
  };
  row[side].push(valueMs);
  // The interval of a run depends a little on how long its fault took to inject.
  row.minMs = Math.min(row.minMs, within.min);
  row.maxMs = Math.max(row.maxMs, within.max);
  rows.set(what, row);
}

function collect(
  scenario: string,
  { expectations, failover, predicted }: RunResult,
  side: "measuredMs" | "simulatedMs",
): void {
  for (const { finding } of expectations) {
    const directors = finding.facts["directors"];
    if (finding.checker !== "real-server-membership" || !Array.isArray(directors)) continue;
    for (const each of directors as readonly Record<string, unknown>[]) {
      const told = [
        ["removed", each["leftAfterMs"], each["removalMs"]],
        ["back", each["returnedAfterMs"], each["returnMs"]],
      ] as const;
      for (const [what, value, within] of told) {
        if (typeof value !== "number" || within === null || within === undefined) continue;
        note(`${scenario}: ${what}`, value, within as Interval, side);
      }
    }
  }
  const address = failover?.stages.address;
  if (failover !== undefined && predicted !== undefined && address !== undefined) {
    const within = { min: predicted.minUs / 1000, max: predicted.maxUs / 1000 };
    note(`${scenario}: VIP moved`, (address.tUs - failover.faultUs) / 1000, within, side);
  }
}

const [first = "", ...others] = process.argv.slice(2);
const seeds = /^\d+$/.test(first) ? Number(first) : 20;
const folders = /^\d+$/.test(first) ? others : [first, ...others];
const images = new Map<string, Set<string>>();
const counted = new Set<string>();
for (const path of folders.flatMap(runsBelow)) {
  const { record, history } = readRun(path);
  const { name } = record.scenario;
  if (record.simulated || counted.has(record.runId)) continue;
  counted.add(record.runId);
  const result = judgeRun(record, history.events);
  if (result.outcome !== "as-expected") continue;
  collect(name, result, "measuredMs");
  images.set(name, (images.get(name) ?? new Set()).add(record.image));
}
for (const [name, on] of images) {
  const scenario = CATALOGUE.find((item) => item.name === name);
  if (scenario === undefined) continue;
  for (const image of on) {
    for (let seed = 1; seed <= seeds; seed += 1) {
      collect(name, (await simulate(scenario, { seed, image })).result, "simulatedMs");
    }
  }
}

const words = (ms: number): string => formatSeconds(ms * 1000);

function quantiles(values: readonly number[]): string {
  const found = distribution(values);
  if (found === undefined) return "";
  return `${found.n}: ${words(found.min)}, ${words(found.p50)}, ${words(found.max)}`;
}

process.stdout.write(
  `${table(
    [
      "after the fault (back: after its healing)",
      "predicted",
      "measured, n: min, median, max",
      "inside",
      "simulated, n: min, median, max",
    ],
    [...rows]
      .filter(([, { measuredMs }]) => measuredMs.length > 0)
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([what, { measuredMs, simulatedMs, minMs, maxMs }]) => [
        what,
        `${words(minMs)} to ${words(maxMs)}`,
        quantiles(measuredMs),
        // What is healed may be back before the healing command has ended.
        String(
          measuredMs.filter((ms) => (ms >= minMs || what.endsWith(": back")) && ms <= maxMs).length,
        ),
        quantiles(simulatedMs),
      ]),
  )}\n`,
);
