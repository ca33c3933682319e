/**
 * What a drill costs beside the protocol's own waiting, on this machine, images already built:
 *
 * - ready: from the request to a settled cluster under load;
 * - own work: the whole run less what the protocol and the scenario wait for (the election, the steps
 *   of the schedule, the undisturbed load).
 *
 * `node bench/cost.ts [RUNS] [SCENARIO]`; figures of one run are noise, so it prints distributions.
 */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dockerBackend } from "../harness/backend/docker/backend.ts";
import { connectEngine } from "../harness/backend/docker/engine.ts";
import { only, type Event } from "../harness/history/events.ts";
import { findScenario } from "../harness/cli/catalogue.ts";
import { masterDownUs } from "../harness/keepalived/timing.ts";
import { runScenario } from "../harness/run/run.ts";
import type { RunRecord } from "../harness/run/record.ts";
import { createRunDirectory, readRun } from "../harness/run/store.ts";
import type { Scenario } from "../harness/scenario/scenario.ts";
import { distribution } from "../harness/timing/statistics.ts";

const READY_SECONDS_MAX = 8;
const OWN_SECONDS_MAX = 6;

const runs = Number(process.argv[2] ?? 5);
const scenario = findScenario(process.argv[3] ?? "dual-script/mysqld-killed");
const engine = await connectEngine();
const out = mkdtempSync(join(tmpdir(), "vipdrill-bench-"));

const ready: number[] = [];
const own: number[] = [];
for (let index = 0; index < runs; index += 1) {
  const cost = await measure(index);
  ready.push(cost.readySeconds);
  own.push(cost.ownSeconds);
  console.log(
    `run ${index + 1}: ready after ${cost.readySeconds.toFixed(2)} s, own work ${cost.ownSeconds.toFixed(2)} s of ${cost.totalSeconds.toFixed(2)} s`,
  );
}
show(`ready (goal: under ${READY_SECONDS_MAX} s)`, ready);
show(`own work (goal: under ${OWN_SECONDS_MAX} s)`, own);
process.exit(0);

async function measure(
  index: number,
): Promise<{ readySeconds: number; ownSeconds: number; totalSeconds: number }> {
  const startedMs = performance.now();
  let readyMs = startedMs;
  const finished = await runScenario({
    scenario,
    backend: dockerBackend({ engine, keep: false }),
    seed: index,
    image: "sid",
    runId: `bench-${process.pid}-${index}`,
    startedAt: new Date().toISOString(),
    directory: createRunDirectory(out, `run-${index}`),
    keep: false,
    replay: "",
    progress: (phase) => {
      if (phase === "disturb" && readyMs === startedMs) readyMs = performance.now();
    },
  });
  const totalSeconds = (performance.now() - startedMs) / 1000;
  if (finished.result.outcome !== "as-expected") console.log(`  ${finished.result.reason}`);
  const { record, history } = readRun(finished.path);
  return {
    readySeconds: (readyMs - startedMs) / 1000,
    ownSeconds: totalSeconds - waitedSeconds(scenario, record, history.events),
    totalSeconds,
  };
}

function waitedSeconds(
  drilled: Scenario,
  { topology }: RunRecord,
  events: readonly Event[],
): number {
  const router = topology?.routers[0];
  const best = Math.max(...(router?.members ?? []).map((member) => member.priority));
  const electionUs = masterDownUs(best, router?.advertIntUs ?? 0);
  const stepsUs = only(events, "step").reduce((sum, event) => sum + event.waitedUs, 0);
  return (electionUs + drilled.warmUpUs + stepsUs) / 1_000_000;
}

function show(what: string, values: readonly number[]): void {
  const found = distribution(values);
  if (found === undefined) return;
  const seconds = (value: number): string => `${value.toFixed(2)} s`;
  console.log(
    `${what}: n ${found.n}, min ${seconds(found.min)}, p50 ${seconds(found.p50)}, p95 ${seconds(found.p95)}, max ${seconds(found.max)}`,
  );
}
