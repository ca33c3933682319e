/**
 * How fast the simulator is on one core, for `dual-script` with the workload on:
 *
 * - quiet: simulated seconds per wall second while nothing happens (10 min of simulated time a round);
 * - schedules: drills per second, 60 simulated seconds each (settle, mysqld killed at a drawn moment, the
 *   move, healing), once without reading the history and once with the history materialised and judged.
 *
 * `node bench/sim.ts [ROUNDS]`; the first round warms up and is not counted. Distributions, because
 * figures of one round are noise.
 */
import { simBackend } from "../harness/backend/sim/backend.ts";
import type { Cluster } from "../harness/backend/backend.ts";
import { randomStream } from "../harness/core/random.ts";
import { seconds } from "../harness/core/time.ts";
import { sequence } from "../harness/history/codec.ts";
import { judgeRun } from "../harness/run/judge.ts";
import { RUN_FORMAT, RUN_VERSION, type RunRecord } from "../harness/run/record.ts";
import { concreteSchedule } from "../harness/run/schedule.ts";
import { findScenario } from "../harness/cli/catalogue.ts";
import { distribution } from "../harness/timing/statistics.ts";

const rounds = Number(process.argv[2] ?? 7);
const scenario = findScenario("dual-script/mysqld-killed");
const backend = simBackend();

const QUIET_US = seconds(600);
const SCHEDULE_US = seconds(60);
const SCHEDULES = 200;

async function start(seed: number): Promise<Cluster> {
  const cluster = await backend.prepare({
    topology: scenario.topology,
    workload: scenario.workload,
    runId: "bench",
    seed,
    image: "sid",
    evidence: { append: () => undefined },
    progress: () => undefined,
  });
  await cluster.settle();
  await cluster.startWorkload();
  return cluster;
}

async function quiet(seed: number): Promise<number> {
  const cluster = await start(seed);
  const before = performance.now();
  await cluster.sleepUntil(cluster.nowUs() + QUIET_US);
  return QUIET_US / 1_000_000 / ((performance.now() - before) / 1000);
}

async function schedules(seed: number, judged: boolean): Promise<number> {
  const before = performance.now();
  for (let index = 0; index < SCHEDULES; index += 1) await schedule(seed + index, judged);
  return SCHEDULES / ((performance.now() - before) / 1000);
}

async function schedule(seed: number, judged: boolean): Promise<void> {
  const cluster = await start(seed);
  const beganUs = cluster.nowUs();
  const phaseUs = randomStream(seed, "bench").integer(0, seconds(2));
  cluster.record({ kind: "phase", phase: "disturb", edge: "begin" });
  await cluster.sleepUntil(beganUs + seconds(5) + phaseUs);
  const fault = await cluster.inject("fault", {
    kind: "mysqld-killed",
    node: { role: "holder" },
  });
  await cluster.sleepUntil(beganUs + seconds(30));
  await fault.receipt();
  await fault.heal?.();
  await cluster.sleepUntil(beganUs + SCHEDULE_US);
  await cluster.stopWorkload();
  if (!judged) return;
  await cluster.quiesce(seconds(30));
  await cluster.collect();
  judgeRun(recordOf(cluster, seed), sequence(cluster.events()));
}

function recordOf(cluster: Cluster, seed: number): RunRecord {
  return {
    format: RUN_FORMAT,
    version: RUN_VERSION,
    runId: "bench",
    startedAt: "",
    scenario,
    backend: "sim",
    simulated: true,
    seed,
    image: "sid",
    versions: cluster.versions,
    schedule: concreteSchedule(scenario, seed),
    topology: cluster.topology,
    kept: false,
    replay: "",
  };
}

function show(what: string, values: readonly number[]): void {
  const found = distribution(values);
  if (found === undefined) return;
  const text = (value: number): string => Math.round(value).toLocaleString("en");
  console.log(
    `${what}: n ${found.n}, min ${text(found.min)}, p50 ${text(found.p50)}, max ${text(found.max)}`,
  );
}

const figures = { quiet: [] as number[], plain: [] as number[], judged: [] as number[] };
for (let round = 0; round <= rounds; round += 1) {
  const seed = 1000 * round;
  const found = {
    quiet: await quiet(seed),
    plain: await schedules(seed, false),
    judged: await schedules(seed, true),
  };
  if (round === 0) continue;
  figures.quiet.push(found.quiet);
  figures.plain.push(found.plain);
  figures.judged.push(found.judged);
}
show("quiet, simulated seconds per second (goal 300,000)", figures.quiet);
show("schedules of 60 s per second, history not read (goal 3,000)", figures.plain);
show("schedules of 60 s per second, history read and judged", figures.judged);
