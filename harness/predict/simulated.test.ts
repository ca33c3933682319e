/**
 * The formulas against a toy pair that follows the daemons' rules step by step: adverts on a grid, a
 * backup with one deadline, checks on a grid of their own, and a fault at any moment. It shares no
 * arithmetic with the predictor but the length of a skew.
 */
import { describe, expect, it } from "vitest";
import { seconds, type Us } from "../core/time.ts";
import type { FaultClass } from "./classes.ts";
import { predict } from "./predict.ts";
import { boundsOf } from "./quantity.ts";
import { pair, script, type Pair } from "./testing/configs.ts";

interface Check {
  readonly intervalUs: Us;
  readonly fall: number;
  readonly weight: number;
  /** A failing run lasts that long. */
  readonly runUs: Us;
  /** A tick while a run is under way is left out. */
  readonly skips: boolean;
}

/** When a check that begins to fail at `fault` counts as failed: runs one by one. */
function failedAt(check: Check, phaseUs: Us, fault: Us): Us {
  let failures = 0;
  let busyUntil = -1;
  for (let tick = phaseUs; ; tick += check.intervalUs) {
    if (check.skips && tick <= busyUntil) continue;
    if (tick < fault) continue;
    failures += 1;
    busyUntil = tick + check.runUs;
    if (failures === check.fall) return busyUntil;
  }
}

const ADVERT = seconds(1);
const SKEW_99 = Math.floor((157 / 256) * ADVERT);

/** B's deadline after the last advert before `t` that it takes for at least as good. */
function deadlineAfter(t: Us, advertPhase: Us): Us {
  const lastAdvert = advertPhase + Math.floor((t - advertPhase) / ADVERT) * ADVERT;
  return lastAdvert + 3 * ADVERT + SKEW_99;
}

interface Draw {
  readonly fault: Us;
  readonly advertPhase: Us;
  readonly checkPhase: Us;
}

type Story = (draw: Draw) => Us;

const silence: Story = ({ fault, advertPhase }) => deadlineAfter(fault, advertPhase) - fault;

/** Weight 0 leads to FAULT and priority 0; other weights until B's 99 is the better one. */
function checked(checks: readonly Check[]): Story {
  return ({ fault, advertPhase, checkPhase }) => {
    const results = checks
      .map((check) => ({ at: failedAt(check, checkPhase, fault), weight: check.weight }))
      .sort((a, b) => a.at - b.at);
    let priority = 101;
    for (const { at, weight } of results) {
      if (weight === 0) return at + SKEW_99 - fault;
      priority += weight;
      if (priority < 99) return deadlineAfter(at, advertPhase) - fault;
    }
    return Number.NaN;
  };
}

const check = (changes: Partial<Check> = {}): Check => ({
  intervalUs: seconds(2),
  fall: 2,
  weight: 0,
  runUs: 0,
  skips: false,
  ...changes,
});

function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

/** Faults far from the start of all clocks, at any of their phases. */
function draws(story: Story): Us[] {
  const random = generator(20_260_729);
  return Array.from({ length: 4000 }, () =>
    story({
      fault: seconds(1000) + random() * seconds(60),
      advertPhase: random() * ADVERT,
      checkPhase: random() * seconds(1),
    }),
  );
}

const scripts = (checks: readonly Check[]): Pair => ({
  scripts: checks.map(({ intervalUs, fall, weight }, index) =>
    script(`c${index}`, { intervalUs, fall, weight }),
  ),
});

const LONE_WEIGHT = [check({ weight: -5 })];
const TWO_WEIGHTS = [
  check({ weight: -2, intervalUs: seconds(2) }),
  check({ weight: -2, intervalUs: seconds(7), fall: 1 }),
];
const TWO_FAULTS = [check({ intervalUs: seconds(3) }), check({ intervalUs: seconds(7), fall: 1 })];
const HUNG = { runUs: seconds(2) };

describe("a pair that follows the rules step by step stays inside the formulas", () => {
  it.each<[string, Pair, FaultClass, Story]>([
    ["silence", {}, "power-off", silence],
    ["weight 0", scripts([check()]), "mysqld-killed", checked([check()])],
    ["a weight", scripts(LONE_WEIGHT), "mysqld-killed", checked(LONE_WEIGHT)],
    [
      "two weights that are both needed",
      scripts(TWO_WEIGHTS),
      "mysqld-killed",
      checked(TWO_WEIGHTS),
    ],
    ["two checks, one is enough", scripts(TWO_FAULTS), "mysqld-killed", checked(TWO_FAULTS)],
    ["a hung check, 2.2.7", scripts([check()]), "mysqld-frozen", checked([check(HUNG)])],
    [
      "a hung check, 2.3.4",
      { ...scripts([check()]), version: "2.3.4" },
      "mysqld-frozen",
      checked([check({ ...HUNG, skips: true })]),
    ],
  ])("%s", (_name, of, event, story) => {
    const row = predict(pair(of))[0]!.rows.find((item) => item.event === event)!;
    const { minUs, meanUs, maxUs } = boundsOf(row.span!.total);
    const seen = draws(story);
    expect(Math.min(...seen)).toBeGreaterThanOrEqual(minUs - 1);
    expect(Math.max(...seen)).toBeLessThanOrEqual(maxUs + 1);
    // The range is used up, and the mean met: 4000 draws have a standard error below 0.5 %.
    expect(Math.min(...seen)).toBeLessThan(minUs + 0.15 * (maxUs - minUs));
    expect(Math.max(...seen)).toBeGreaterThan(maxUs - 0.15 * (maxUs - minUs));
    const mean = seen.reduce((so, value) => so + value, 0) / seen.length;
    expect(Math.abs(mean - meanUs)).toBeLessThan(0.03 * (maxUs - minUs));
  });
});
