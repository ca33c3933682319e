/** Faults in words for someone who was not there: the node by name, the healing by what it does. */
import { factsOf } from "../harness/fault/facts.ts";
import type { Fault, Healing } from "../harness/fault/fault.ts";

/** The same fault, aimed at the node that a role turned out to be. */
export function onNode(fault: Fault, node: string): Fault {
  return fault.kind === "sabotaged"
    ? { ...fault, fault: { ...fault.fault, node: { name: node } } }
    : { ...fault, node: { name: node } };
}

const HEALING_WORDS: Readonly<Record<Healing, string>> = {
  "starts-service": "the service is started again",
  "thaws-processes": "the processes go on",
  "removes-rules": "the block is lifted",
  "removes-address": "the address is removed again",
  none: "nothing to heal",
};

export function describeHealing(fault: Fault): string {
  return HEALING_WORDS[factsOf(fault.kind === "sabotaged" ? fault.fault : fault).healing];
}
