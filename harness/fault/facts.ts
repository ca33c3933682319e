/** What is said of a fault: its definition, what it needs, where it hits, and the words for it. */
import {
  nodeSchema,
  type Capability,
  type FaultDefinition,
  type NodeSelector,
} from "./definition.ts";
import { FAULTS, type Fault, type PlainFault } from "./fault.ts";

/** The one place where a fault meets the definition of its own kind, which the table guarantees. */
export function definitionOf(fault: PlainFault): FaultDefinition<PlainFault> {
  return FAULTS[fault.kind] as unknown as FaultDefinition<PlainFault>;
}

export function definitions(): readonly FaultDefinition<PlainFault>[] {
  return Object.values(FAULTS) as unknown as readonly FaultDefinition<PlainFault>[];
}

/** The fault itself; of a sabotaged one, what it pretends to be. */
export function plainOf(fault: Fault): PlainFault {
  return fault.kind === "sabotaged" ? fault.fault : fault;
}

/** Nothing is done by a sabotaged fault, so it needs nothing. */
export function needsOf(fault: Fault): readonly Capability[] {
  return fault.kind === "sabotaged" ? [] : definitionOf(fault).needs;
}

export function needsOfKind(kind: PlainFault["kind"]): readonly Capability[] {
  return FAULTS[kind].needs;
}

/** Absent when the fault comes from a host that is none of the topology's nodes. */
export function targetOf(fault: Fault): NodeSelector | undefined {
  const plain = plainOf(fault);
  if (!("node" in plain)) return undefined;
  return nodeSchema.parse(plain.node);
}

export function describeSelector(selector: NodeSelector): string {
  return "name" in selector ? selector.name : `the ${selector.role}`;
}

/** Where a fault happens that hits no node of the topology. */
export const STRANGER = "stranger";

/** What the fault does, as a phrase: `kill -9 mysqld on the holder`. */
export function describeFault(fault: Fault): string {
  if (fault.kind === "sabotaged")
    return `${describeFault(fault.fault)} (announced, not carried out)`;
  const target = targetOf(fault);
  return definitionOf(fault).words(
    fault,
    target === undefined ? "a foreign host" : describeSelector(target),
  );
}

/** What its undoing does, in a few words. */
export function describeHealing(fault: Fault): string {
  return definitionOf(plainOf(fault)).healingWords ?? "nothing to heal";
}

/** The same fault, aimed at the node that a role turned out to be. */
export function aimedAt(fault: PlainFault, name: string): PlainFault;
export function aimedAt(fault: Fault, name: string): Fault;
export function aimedAt(fault: Fault, name: string): Fault {
  if (targetOf(fault) === undefined) return fault;
  if (fault.kind === "sabotaged") return { ...fault, fault: aimedAt(fault.fault, name) };
  return { ...fault, node: { name } } as PlainFault;
}
