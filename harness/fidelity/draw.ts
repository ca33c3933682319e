/**
 * From a seed a scenario: a random valid configuration and a random schedule on it, with times only,
 * so that the same stimuli can be given to another world. The same seed gives the same scenario.
 *
 * The first fault and the check script go round with the seed: eleven faults and four scripts meet in
 * every pairing within 44 consecutive seeds. Everything else is drawn from streams of the seed.
 */
import { present } from "../core/assert.ts";
import { randomStream } from "../core/random.ts";
import { milliseconds } from "../core/time.ts";
import { describeFault } from "../fault/facts.ts";
import { isFaultStep } from "../fault/schedule.ts";
import { passes, type Scenario } from "../scenario/scenario.ts";
import { defaultWorkload } from "../workload/workload.ts";
import { CHECKS, drawConfig, drawnTopology } from "./draw-config.ts";
import { drawSchedule, FIRST_KEYS } from "./draw-schedule.ts";

export function drawScenario(seed: number): Scenario {
  const check = present(CHECKS[seed % CHECKS.length], "check");
  const first = present(FIRST_KEYS[seed % FIRST_KEYS.length], "fault");
  const config = drawConfig(randomStream(seed, "fidelity configuration"), check);
  const schedule = drawSchedule(randomStream(seed, "fidelity schedule"), config, first);
  const faults = schedule.disturb.filter(isFaultStep).map((step) => describeFault(step.fault));
  return {
    name: `drawn/seed-${seed}`,
    title: faults.join(", then "),
    why: `Drawn from seed ${seed} to compare the simulator with containers.`,
    topology: drawnTopology(config),
    workload: defaultWorkload,
    warmUpUs: milliseconds(500),
    ...schedule,
    // What happens is compared, not judged; these hold whatever was drawn.
    expect: [passes("schedule-followed"), passes("nothing-leaked")],
  };
}

/** Consecutive seeds. */
export function drawScenarios(seed: number, count: number): Scenario[] {
  return Array.from({ length: count }, (_, index) => drawScenario(seed + index));
}
