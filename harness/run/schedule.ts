/** From a scenario's steps to a concrete schedule: all chance is spent here, by named streams. */
import { randomStream } from "../core/random.ts";
import { needsOf } from "../fault/facts.ts";
import type { Capability } from "../fault/fault.ts";
import { isFaultStep, type Step } from "../fault/schedule.ts";
import type { Scenario } from "../scenario/scenario.ts";
import type { ConcreteStep } from "./record.ts";

export function concreteSchedule(scenario: Scenario, seed: number): ConcreteStep[] {
  const concrete =
    (phase: ConcreteStep["phase"]) =>
    (step: Step): ConcreteStep => {
      if (step.when.kind === "when") return { phase, step };
      const { delayUs, jitterUs = 0 } = step.when;
      const jitter = randomStream(seed, `jitter ${phase} ${step.id}`).next() * jitterUs;
      return { phase, step, delayUs: Math.round(delayUs + jitter) };
    };
  return [
    ...scenario.disturb.map(concrete("disturb")),
    ...scenario.recover.map(concrete("recover")),
  ];
}

/** Capabilities the scenario needs, each once, in name order. */
export function needsOfScenario(scenario: Scenario): Capability[] {
  const faults = [...scenario.disturb, ...scenario.recover].filter(isFaultStep);
  const needs = faults.flatMap((step) => needsOf(step.fault));
  const { nodes } = scenario.topology;
  const kernel = nodes.some((node) => node.kernel?.includes("ip_vs")) ? (["ip-vs"] as const) : [];
  return [...new Set([...needs, ...kernel, ...(scenario.needs ?? [])])].sort();
}
