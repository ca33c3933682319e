/**
 * How fast the simulator is on one core, for `dual-script` with the workload on:
 *
 * - quiet: simulated seconds per wall second while nothing happens (10 min of simulated time a round);
 * - schedules: drills per second, 60 simulated seconds each (settle, mysqld killed at a drawn moment, the
 *   move, healing), once without reading the history and once with the history materialised and judged.
 *
 * What limits them, counted and profiled: quiet, an advert and a check script a second (a dozen events of
 * the clock, three captures). A schedule, the ticks that have to be computed one by one (about 135: while
 * nobody has the VIP, and while the returned replica works off its backlog), the start of two daemons, and
 * the garbage of all that. Judged, the 48,000 events that are written out, put in order and gone through.
 *
 * `node bench/sim.ts [ROUNDS]`; the first round warms up and is not counted. Distributions, because
 * figures of one round are noise. Time of this process's own core (`cpu`) stands beside wall time: the
 * two part when something else runs on the machine.
 */
import { availableParallelism, loadavg } from "node:os";
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
const JUDGED = 20;

async function start(seed: number): Promise<Cluster> {
  const cluster = await backend.prepare({
    topology: scenario.topology,
    workload: scenario.workload,
    settlesTo: "one-holder",
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

/** How much of something was done a second. */
interface Speed {
  readonly wall: number;
  readonly cpu: number;
}

async function speedOf(amount: number, work: () => Promise<void>): Promise<Speed> {
  const began = { wallMs: performance.now(), cpu: process.cpuUsage() };
  await work();
  const { user, system } = process.cpuUsage(began.cpu);
  const wallMs = performance.now() - began.wallMs;
  return { wall: (amount * 1000) / wallMs, cpu: (amount * 1_000_000) / (user + system) };
}

async function quiet(seed: number): Promise<Speed> {
  const cluster = await start(seed);
  return speedOf(QUIET_US / 1_000_000, () => cluster.sleepUntil(cluster.nowUs() + QUIET_US));
}

function schedules(seed: number, judged: boolean): Promise<Speed> {
  const count = judged ? JUDGED : SCHEDULES;
  return speedOf(count, async () => {
    for (let index = 0; index < count; index += 1) await schedule(seed + index, judged);
  });
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
  cluster.record({ kind: "phase", phase: "disturb", edge: "end" });
  cluster.record({ kind: "phase", phase: "quiesce", edge: "begin" });
  await cluster.stopWorkload();
  if (!judged) return;
  await cluster.quiesce(seconds(30));
  cluster.record({ kind: "phase", phase: "quiesce", edge: "end" });
  cluster.record({ kind: "phase", phase: "collect", edge: "begin" });
  await cluster.collect();
  cluster.record({ kind: "phase", phase: "collect", edge: "end" });
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

function show(what: string, speeds: readonly Speed[]): void {
  const text = (value: number): string => Math.round(value).toLocaleString("en");
  for (const kind of ["wall", "cpu"] as const) {
    const found = distribution(speeds.map((speed) => speed[kind]));
    if (found === undefined) continue;
    const { n, min, p50, max } = found;
    console.log(`${what}, ${kind}: n ${n}, min ${text(min)}, p50 ${text(p50)}, max ${text(max)}`);
  }
}

const figures = { quiet: [] as Speed[], plain: [] as Speed[], judged: [] as Speed[] };
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
console.log(
  `load of the machine: ${loadavg()[0]?.toFixed(1) ?? "?"} on ${availableParallelism()} cores`,
);
show("quiet, simulated seconds per second (goal 300,000)", figures.quiet);
show("schedules of 60 s per second, history not read (goal 3,000)", figures.plain);
show("schedules of 60 s per second, history read and judged", figures.judged);
