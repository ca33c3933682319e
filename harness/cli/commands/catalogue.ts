/** `list` and `show`: what there is, what it needs, what it expects. */
import { CATALOGUE } from "../../../scenarios/catalogue.ts";
import { findChecker } from "../../check/checkers.ts";
import { formatSeconds } from "../../core/time.ts";
import { definitionOf, describeFault } from "../../fault/facts.ts";
import { isFaultStep, isHealStep, type Step } from "../../fault/schedule.ts";
import { CONDITION_WORDS } from "../../run/conditions.ts";
import { needsOfScenario } from "../../run/schedule.ts";
import type { Expectation, Scenario } from "../../scenario/scenario.ts";
import { nodeFiles, resolveTopology } from "../../topology/resolve.ts";
import { byPattern, selectScenarios } from "../catalogue.ts";

export function listCommand(pattern: string | undefined): number {
  const scenarios = pattern === undefined ? CATALOGUE : byPattern(pattern);
  const width = Math.max(...scenarios.map((scenario) => scenario.name.length));
  for (const scenario of scenarios) {
    process.stdout.write(`${scenario.name.padEnd(width)}  ${scenario.title}\n`);
  }
  return 0;
}

export async function showCommand(name: string, options: { files: boolean }): Promise<number> {
  for (const scenario of await selectScenarios([name])) {
    process.stdout.write(`${describeScenario(scenario)}\n`);
    if (options.files) process.stdout.write(`${describeFiles(scenario)}\n`);
  }
  return 0;
}

function loadWords({ cadenceUs, direct }: Scenario["workload"]): string {
  const lanes = "on a fresh and on a held connection";
  const more = direct === true ? ", and on one to every node's own address" : "";
  return `one tick every ${cadenceUs / 1000} ms ${lanes}${more}`;
}

function describeScenario(scenario: Scenario): string {
  const needs = needsOfScenario(scenario);
  return [
    `${scenario.name}: ${scenario.title}`,
    "",
    `  ${scenario.why}`,
    "",
    `topology  ${scenario.topology.name}: ${scenario.topology.nodes.map((node) => node.name).join(", ")}`,
    `load      ${loadWords(scenario.workload)}`,
    `needs     ${needs.length === 0 ? "nothing special" : needs.join(", ")}`,
    "",
    "what happens",
    `  load runs undisturbed for ${formatSeconds(scenario.warmUpUs)}`,
    ...scenario.disturb.map(describeStep),
    "  every fault is healed",
    ...scenario.recover.map(describeStep),
    "",
    "what is expected",
    ...scenario.expect.map(describeExpectation),
    ...(scenario.canary === undefined
      ? []
      : [
          "",
          `canary: it must come out ${scenario.canary.mustComeOut}, caught by ${scenario.canary.caughtBy}`,
        ]),
  ].join("\n");
}

function describeStep(step: Step): string {
  const { when } = step;
  const trigger =
    when.kind === "after"
      ? `after ${formatSeconds(when.delayUs)}${when.jitterUs === undefined ? "" : ` to ${formatSeconds(when.delayUs + when.jitterUs)}, drawn from the seed`}`
      : `wait for ${CONDITION_WORDS[when.condition]} (${formatSeconds(when.boundUs)} at most)${when.thenUs === undefined ? "" : `, then ${formatSeconds(when.thenUs)}`}`;
  if (isHealStep(step)) return `  ${step.id}: ${trigger}: heal ${step.heal}`;
  if (!isFaultStep(step)) return `  ${step.id}: ${trigger}`;
  const { fault } = step;
  const real = fault.kind === "sabotaged" ? "" : ` (stands for: ${definitionOf(fault).standsFor})`;
  return `  ${step.id}: ${trigger}: ${describeFault(fault)}${real}`;
}

function describeExpectation(expectation: Expectation): string {
  const promise = findChecker(expectation.checker)?.promise ?? "";
  const settings =
    expectation.with === undefined || Object.keys(expectation.with).length === 0
      ? ""
      : ` ${JSON.stringify(expectation.with)}`;
  const because =
    expectation.because === undefined ? "" : `\n        because ${expectation.because}`;
  return `  ${expectation.verdict.padEnd(5)} ${expectation.checker}${settings}: ${promise}${because}`;
}

/** Every file a node gets, with example addresses. */
function describeFiles(scenario: Scenario): string {
  const topology = resolveTopology(scenario.topology, {
    subnetPrefix: "198.18.0",
    prefixLength: 24,
    vrids: scenario.topology.vrids.map((_, index) => 51 + index),
  });
  return topology.nodes
    .flatMap((node) =>
      nodeFiles(node).map((file) => `\n--- ${node.name}:${file.path}\n${file.text.trimEnd()}`),
    )
    .join("\n");
}
