/**
 * A search: a fixed number of islands, taken in turn. A shard takes some of them and nothing else, so what
 * all shards find together is what one search of the same number of runs finds. A limit of time only
 * cuts it short, and where it did is told as a number of runs.
 */
import type { ResolvedTopology } from "../topology/resolve.ts";
import { onlyRouter } from "../topology/resolve.ts";
import { changesAround } from "./arbitraries.ts";
import type { DrawOptions } from "./draw.ts";
import { merged, type Found } from "./finding.ts";
import { createIsland, ISLANDS, type Island, type IslandState } from "./island.ts";
import { judgeOf, type Judge } from "./judged.ts";
import { homeOf, menuOf } from "./menu.ts";
import { chosenFaults, concurrencyOf, type Model } from "./models.ts";
import { planText, type Plan } from "./plan.ts";
import type { Property } from "./property.ts";
import type { World } from "./runner.ts";
import type { ShrinkOptions } from "./shrink.ts";
import { hash } from "./coverage.ts";
import { timersOf } from "./timers.ts";

export interface SearchOptions {
  readonly world: World;
  /** As the world resolves it. */
  readonly topology: ResolvedTopology;
  readonly properties: readonly Property[];
  /** Words of `--faults`; empty: all. */
  readonly faults: readonly string[];
  readonly model: Model;
  readonly faultsMax?: number;
  /** Configurations around the given one too. */
  readonly vary?: boolean;
  /** Over all islands; absent: until `stop` says so. */
  readonly runs?: number;
  readonly shard?: { readonly index: number; readonly count: number };
  readonly corpus?: readonly Plan[];
  /** Asked between two runs. */
  readonly stop: () => boolean | Promise<boolean>;
  readonly progress?: (progress: Progress) => void;
}

export interface Progress {
  /** Plans that were run, those of shrinking included. */
  readonly schedules: number;
  /** Asked only when somebody shows it. */
  readonly coverage: () => number;
  readonly findings: () => readonly Found[];
}

export interface SearchResult {
  readonly findings: readonly Found[];
  readonly islands: readonly IslandState[];
  /** Plans of the search, without those of shrinking. */
  readonly runs: number;
  readonly schedules: number;
  /** States and steps between states that some run has shown. */
  readonly coverage: number;
  readonly voids: ReadonlyMap<string, number>;
  readonly stopped: boolean;
}

const FAULTS_MAX = 4;

export interface Prepared {
  readonly draw: DrawOptions;
  readonly shrink: ShrinkOptions;
  readonly home: string;
}

/** What follows from the topology and the options, for searching, shrinking and properties alike. */
export function prepared(
  options: Pick<SearchOptions, "topology" | "faults" | "model" | "faultsMax" | "vary">,
  judge: Judge,
): Prepared {
  const { topology, faults, model, faultsMax = FAULTS_MAX, vary = false } = options;
  const whole = menuOf(topology);
  const menu = chosenFaults(whole, faults);
  const timers = timersOf(topology);
  const home = homeOf(topology);
  const members = onlyRouter(topology).members.map(({ node }) => node);
  const spare = members.length > 2 ? members.filter((name) => name !== home) : [];
  return {
    home,
    draw: {
      menu,
      timers,
      faultsMax,
      concurrency: concurrencyOf(model),
      away: menu.filter(({ key }) => key === `${leavingOf(topology)}@${home}`),
      ...(vary ? { changes: changesAround(topology) } : {}),
    },
    // Only what may be drawn may be shrunk to.
    shrink: { judge, menu, home, restUs: timers.restUs, spare },
  };
}

/**
 * Where the VIP is to stay (`nopreempt`) home is well again after a restart; with more than two nodes others are left while it is
 * stopped. Of a pair that preempts nothing is left then.
 */
function leavingOf({ nodes }: ResolvedTopology): string | undefined {
  if (nodes.some(({ keepalived = "" }) => /^\s*nopreempt\b/m.test(keepalived))) {
    return "service-restarted keepalived";
  }
  return nodes.length > 2 ? "keepalived-stopped" : undefined;
}

export async function search(options: SearchOptions): Promise<SearchResult> {
  const { world, properties, runs, corpus = [], progress } = options;
  const judge = judgeOf(world, properties);
  const ready = prepared(options, judge);
  const indices = islandsOf(options.shard);
  const islands = indices.map((index) =>
    createIsland({
      seed: world.seed,
      index,
      judge,
      draw: ready.draw,
      shrink: ready.shrink,
      corpus: corpus.filter((plan) => hash(planText(plan)) % ISLANDS === index),
    }),
  );
  const found = (): Found[] =>
    merged(
      islands.map((one) => one.state().findings),
      ready.home,
    );
  const stopped = await goRound(islands, runs, options.stop, () => {
    progress?.({
      schedules: judge.runs,
      coverage: () => union(islands).size,
      findings: found,
    });
  });
  const states = islands.map((one) => one.state());
  return {
    findings: found(),
    islands: states,
    runs: states.reduce((sum, state) => sum + state.runs, 0),
    schedules: judge.runs,
    coverage: union(islands).size,
    voids: summed(states.map((state) => state.voids)),
    stopped,
  };
}

export function islandsOf(shard: SearchOptions["shard"]): number[] {
  const all = Array.from({ length: ISLANDS }, (_, index) => index);
  return shard === undefined ? all : all.filter((index) => index % shard.count === shard.index - 1);
}

/** Of a number of runs over all islands, those of one: as many as when each gets one in turn. */
export function shareOf(runs: number, index: number): number {
  return Math.floor(runs / ISLANDS) + (index < runs % ISLANDS ? 1 : 0);
}

/** Of a whole search, so many runs give these islands what they have had: also for a part of the islands. */
export function runsOfWhole(islands: readonly { index: number; runs: number }[]): number {
  if (islands.length === 0) return 0;
  const fewest = Math.min(...islands.map(({ runs }) => runs));
  const more = islands.filter(({ runs }) => runs > fewest).map(({ index }) => index);
  return fewest * ISLANDS + Math.max(-1, ...more) + 1;
}

/** True when it was stopped before every island had its share. */
async function goRound(
  islands: readonly Island[],
  runs: number | undefined,
  stop: SearchOptions["stop"],
  afterEach: () => void,
): Promise<boolean> {
  const due = (island: Island): boolean =>
    runs === undefined || island.state().runs < shareOf(runs, island.index);
  for (let busy = islands.length > 0; busy;) {
    busy = false;
    for (const island of islands) {
      if (!due(island)) continue;
      if (await stop()) return true;
      await island.step();
      afterEach();
      busy = true;
    }
  }
  return false;
}

function union(islands: readonly Island[]): Set<number> {
  const all = new Set<number>();
  for (const island of islands) for (const one of island.state().coverage) all.add(one);
  return all;
}

function summed(maps: readonly ReadonlyMap<string, number>[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const map of maps)
    for (const [key, count] of map) sums.set(key, (sums.get(key) ?? 0) + count);
  return sums;
}
