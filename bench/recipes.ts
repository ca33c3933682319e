/**
 * How the ways of checking MySQL compare, simulated: every recipe against the same failures, over many seeds, as a table in
 * Markdown. docs/recipes.md holds what it prints, and scenarios/recipes.test.ts compares a few seeds with that.
 *
 * `node bench/recipes.ts [SEEDS] [IMAGE]`; 200 seeds and `sid` unless said. What is counted is the VIP. There are clients only where
 * mysqld freezes, because they fill its listen queue.
 */
import { simBackend } from "../harness/backend/sim/backend.ts";
import type { Cluster } from "../harness/backend/backend.ts";
import { present } from "../harness/core/assert.ts";
import { randomStream } from "../harness/core/random.ts";
import { formatSeconds, MICROSECONDS_PER_SECOND, seconds, type Us } from "../harness/core/time.ts";
import { holdersAfter } from "../harness/history/queries.ts";
import { table } from "../harness/testing/pages/markdown.ts";
import { distribution } from "../harness/timing/statistics.ts";
import { onlyRouter } from "../harness/topology/resolve.ts";
import { defaultWorkload } from "../harness/workload/workload.ts";
import type { Fault, Topology } from "../harness/scenario/index.ts";
import { withShortQueue } from "../scenarios/shared/back-log.ts";
import { dualCheck } from "../scenarios/shared/dual-check.ts";
import { dualKill9 } from "../scenarios/shared/dual-kill9.ts";
import { dualScript } from "../scenarios/shared/dual-script.ts";

interface Recipe {
  readonly name: string;
  readonly topology: Topology;
}

const checked004 = { checked: true, ipvs: true } as const;

export const RECIPES: readonly Recipe[] = [
  { name: "001: script looks at the port, every 2 s", topology: dualScript() },
  {
    name: "001: script asks three times, every 5 s",
    topology: dualScript({
      check: "sql-then-kill",
      settings: { intervalSeconds: 5, timeoutSeconds: 4 },
    }),
  },
  {
    name: "ours: script asks once, fall 2, weight, every 2 s",
    topology: dualScript({ check: "recommended" }),
  },
  { name: "002: `retry 3`, delay_loop 2", topology: dualCheck({ checked: {} }) },
  {
    name: "002 with `nb_get_retry 3`, delay_loop 2",
    topology: dualCheck({ checked: { retryWord: "nb_get_retry" } }),
  },
  {
    name: "002 with delay_loop 6, `retry 3`",
    topology: dualCheck({ checked: { delayLoopSeconds: 6 } }),
  },
  { name: "004: `nb_get_retry 3`, delay_loop 6, kill -9", topology: dualKill9(checked004) },
  {
    name: "004 with delay_loop 2, `nb_get_retry 3`, kill -9",
    topology: dualKill9({ ...checked004, check: { delayLoopSeconds: 2 } }),
  },
  {
    name: "004 with `retry 3`, delay_loop 6, kill -9",
    topology: dualKill9({ ...checked004, check: { retryWord: "retry" } }),
  },
];

/** Later than the first check, which is not repeated, of the slowest recipe; then any phase of its loop. */
const REST_US = seconds(8);
const PHASE_US = seconds(6);
/** Longer than the slowest recipe takes, a frozen mysqld included. */
const BOUND_US = seconds(60);

const KILLED: Fault = { kind: "mysqld-killed", node: { name: "db1" } };
const FROZEN: Fault = { kind: "service-frozen", node: { name: "db1" }, service: "mysql" };
const RESTARTED: Fault = { kind: "service-restarted", node: { name: "db1" }, service: "mysql" };

const START_KEEPALIVED: Fault = {
  kind: "service-started",
  node: { name: "db1" },
  service: "keepalived",
};

/** A restart; then seconds from the death of mysqld to its start, which takes a second or two more. */
const ABSENCES: readonly (number | undefined)[] = [undefined, 4, 8];

export interface Figures {
  readonly movedUs: readonly Us[];
  /** The same for a frozen mysqld with a short listen queue and 50 new clients a second. */
  readonly frozenUs: readonly Us[];
  /** Runs in which the VIP moved, of a restart and of each absence. */
  readonly falseAlarms: readonly number[];
  /** After mysqld is back: keepalived has to be started by hand; the VIP is at home again. */
  readonly stopped: number;
  readonly home: number;
}

async function settled(topology: Topology, seed: number, image: string): Promise<Cluster> {
  const cluster = await simBackend().prepare({
    topology,
    workload: defaultWorkload,
    settlesTo: "one-holder",
    runId: "bench",
    seed,
    image,
    evidence: { append: () => undefined },
    progress: () => undefined,
  });
  await cluster.settle();
  const phase = randomStream(seed, "recipes").integer(0, PHASE_US);
  await cluster.sleepUntil(cluster.nowUs() + REST_US + phase);
  return cluster;
}

function holders(cluster: Cluster): readonly string[] {
  const vip = present(onlyRouter(cluster.topology).vips[0], "a VIP").address;
  return holdersAfter(cluster.eventsOf("address"), vip);
}

/** What one drill showed. */
interface Outcome {
  /** From the death of mysqld to the VIP on the other node; absent when it never came. */
  readonly movedUs?: Us;
}

/** mysqld dies; after the move, or the bound, it is started, and the rest is an operator's work. */
async function killedAndRepaired(
  topology: Topology,
  seed: number,
  image: string,
): Promise<Outcome & { readonly stopped: boolean; readonly home: boolean }> {
  const cluster = await settled(topology, seed, image);
  const atUs = cluster.nowUs();
  const injection = await cluster.inject("fault", KILLED);
  const moved = await cluster.until(() => holders(cluster).join() === "db2", BOUND_US);
  const movedUs = cluster.nowUs() - atUs;
  await injection.heal?.();
  await cluster.sleepUntil(cluster.nowUs() + seconds(12));
  const home = holders(cluster).join() === "db1";
  // A service that runs already is not started, and the receipt says so.
  const start = await cluster.inject("start", START_KEEPALIVED);
  const { confirmed } = await start.receipt();
  return { ...(moved ? { movedUs } : {}), stopped: confirmed, home };
}

async function frozenUnderLoad(
  topology: Topology,
  seed: number,
  image: string,
): Promise<Us | undefined> {
  const cluster = await settled(withShortQueue(topology), seed, image);
  await cluster.startWorkload();
  const atUs = cluster.nowUs();
  await cluster.inject("fault", FROZEN);
  const moved = await cluster.until(() => holders(cluster).join() === "db2", BOUND_US);
  return moved ? cluster.nowUs() - atUs : undefined;
}

/** Whether the VIP leaves although mysqld comes back by itself. */
async function movedMeanwhile(
  topology: Topology,
  seed: number,
  image: string,
  awaySeconds: number | undefined,
): Promise<boolean> {
  const cluster = await settled(topology, seed, image);
  const injection = await cluster.inject("fault", awaySeconds === undefined ? RESTARTED : KILLED);
  if (awaySeconds !== undefined) {
    await cluster.sleepUntil(cluster.nowUs() + seconds(awaySeconds));
    await injection.heal?.();
  }
  await cluster.sleepUntil(cluster.nowUs() + seconds(14));
  return cluster
    .eventsOf("address")
    .some(({ node, action }) => node === "db2" && action === "added");
}

export async function figuresOf(
  topology: Topology,
  seeds: number,
  image: string,
): Promise<Figures> {
  const movedUs: Us[] = [];
  const frozenUs: Us[] = [];
  const falseAlarms = ABSENCES.map(() => 0);
  let stopped = 0;
  let home = 0;
  for (let seed = 1; seed <= seeds; seed += 1) {
    const repaired = await killedAndRepaired(topology, seed, image);
    if (repaired.movedUs !== undefined) movedUs.push(repaired.movedUs);
    stopped += repaired.stopped ? 1 : 0;
    home += repaired.home ? 1 : 0;
    const frozen = await frozenUnderLoad(topology, seed, image);
    if (frozen !== undefined) frozenUs.push(frozen);
    for (const [index, away] of ABSENCES.entries()) {
      const moved = await movedMeanwhile(topology, seed, image, away);
      falseAlarms[index] = (falseAlarms[index] ?? 0) + (moved ? 1 : 0);
    }
  }
  return { movedUs, frozenUs, falseAlarms, stopped, home };
}

const HEAD = [
  "recipe",
  "killed: VIP on the other node after (min / median / max)",
  "frozen, back_log 80, 50 clients a second: the same",
  "restarted: VIP moved",
  "back after 4 s: VIP moved",
  "back after 8 s: VIP moved",
  "keepalived to be started by hand",
  "VIP home by itself",
];

function cells(name: string, figures: Figures, seeds: number): string[] {
  const share = (count: number): string => `${Math.round((100 * count) / seeds)} %`;
  return [
    name,
    times(figures.movedUs),
    times(figures.frozenUs),
    ...figures.falseAlarms.map(share),
    share(figures.stopped),
    share(figures.home),
  ];
}

function times(values: readonly Us[]): string {
  const spread = distribution(values);
  if (spread === undefined) return `not in ${formatSeconds(BOUND_US)}`;
  const figures = [spread.min, spread.p50, spread.max].map((us) =>
    (us / MICROSECONDS_PER_SECOND).toFixed(1),
  );
  return `${figures.join(" / ")} s`;
}

async function main(): Promise<void> {
  const seeds = Number(process.argv[2] ?? 200);
  const image = process.argv[3] ?? "sid";
  const rows: string[][] = [];
  for (const { name, topology } of RECIPES) {
    rows.push(cells(name, await figuresOf(topology, seeds, image), seeds));
  }
  console.log(table(HEAD, rows));
}

if (import.meta.main) await main();
