/** What a set of scenarios covers: how often each fault and each kind of configuration occurs. */
import { compareText } from "../core/text.ts";
import { isFaultStep } from "../fault/schedule.ts";
import { resolveTopology } from "../topology/resolve.ts";
import { configOf } from "../topology/routers.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { keyOf } from "./draw-schedule.ts";

/** A label and the number of scenarios in which it occurs. */
export type Coverage = readonly { readonly label: string; readonly scenarios: number }[];

/** In order of label. Faults of the disturbance only: healing and recovery follow from them. */
export function coverageOf(scenarios: readonly Scenario[]): Coverage {
  const counts = new Map<string, number>();
  for (const scenario of scenarios) {
    for (const label of new Set(labelsOf(scenario))) {
      counts.set(label, (counts.get(label) ?? 0) + 1);
    }
  }
  return [...counts.entries()]
    .map(([label, count]) => ({ label, scenarios: count }))
    .sort((a, b) => compareText(a.label, b.label));
}

function labelsOf({ topology, disturb }: Scenario): string[] {
  const faults = disturb.filter(isFaultStep).map(({ fault }) => {
    return `fault: ${fault.kind === "sabotaged" ? fault.kind : keyOf(fault)}`;
  });
  return [...faults, `topology: ${topology.name}`, ...optionsOf(topology)];
}

/** Read from the text, so that stored runs of any origin can be counted; addresses play no part. */
function optionsOf(topology: Scenario["topology"]): string[] {
  const { nodes } = resolveTopology(topology, {
    subnetPrefix: "198.18.0",
    prefixLength: 24,
    vrids: topology.vrids.map((_, index) => index + 1),
  });
  return nodes.flatMap((node) =>
    (configOf(node)?.instances ?? []).flatMap((instance) => [
      `option: VRRP version ${instance.version}`,
      ...(instance.nopreempt ? ["option: nopreempt"] : []),
      ...(instance.preemptDelayUs > 0 ? ["option: preempt_delay"] : []),
      ...(instance.state === "MASTER" ? ["option: state MASTER"] : []),
    ]),
  );
}
