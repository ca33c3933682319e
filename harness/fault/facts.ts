/** One table from kind to facts, and the words in which faults are shown. */
import { unreachable } from "../core/assert.ts";
import { addressAddedFacts } from "./address-added.ts";
import { cutFacts } from "./cut.ts";
import type { Capability, Fault, FaultFacts, NodeSelector, PlainFault } from "./fault.ts";
import { keepalivedKilledFacts } from "./keepalived-killed.ts";
import { keepalivedStoppedFacts } from "./keepalived-stopped.ts";
import { mysqldKilledFacts } from "./mysqld-killed.ts";
import { mysqldStoppedFacts } from "./mysqld-stopped.ts";
import { sabotagedNeeds } from "./sabotaged.ts";
import { serviceFrozenFacts } from "./service-frozen.ts";
import { serviceStartedFacts } from "./service-started.ts";
import { vrrpBlockedFacts } from "./vrrp-blocked.ts";

const FACTS: Readonly<Record<PlainFault["kind"], FaultFacts>> = {
  "mysqld-killed": mysqldKilledFacts,
  "mysqld-stopped": mysqldStoppedFacts,
  "keepalived-stopped": keepalivedStoppedFacts,
  "keepalived-killed": keepalivedKilledFacts,
  "vrrp-blocked": vrrpBlockedFacts,
  cut: cutFacts,
  "address-added": addressAddedFacts,
  "service-frozen": serviceFrozenFacts,
  "service-started": serviceStartedFacts,
};

export function factsOf(fault: PlainFault): FaultFacts {
  return FACTS[fault.kind];
}

export function needsOf(fault: Fault): readonly Capability[] {
  return fault.kind === "sabotaged" ? sabotagedNeeds : factsOf(fault).needs;
}

export function targetOf(fault: Fault): NodeSelector {
  return fault.kind === "sabotaged" ? fault.fault.node : fault.node;
}

export function describeSelector(selector: NodeSelector): string {
  return "name" in selector ? selector.name : `the ${selector.role}`;
}

/** What the fault does, as a phrase: `kill -9 mysqld on the holder`. */
export function describeFault(fault: Fault): string {
  if (fault.kind === "sabotaged")
    return `${describeFault(fault.fault)} (announced, not carried out)`;
  const node = describeSelector(fault.node);
  switch (fault.kind) {
    case "mysqld-killed":
      return `kill -9 mysqld on ${node}`;
    case "mysqld-stopped":
      return `stop mysqld on ${node}`;
    case "keepalived-stopped":
      return `stop keepalived on ${node}`;
    case "keepalived-killed":
      return `kill -9 all of keepalived on ${node}`;
    case "vrrp-blocked":
      return `block VRRP ${fault.direction === "both" ? "in and out" : fault.direction} on ${node}`;
    case "cut":
      return `cut ${node} off`;
    case "address-added":
      return `add the VIP by hand on ${node}`;
    case "service-frozen":
      return `freeze ${daemon(fault.service)} on ${node}`;
    case "service-started":
      return `start ${daemon(fault.service)} on ${node}`;
    default:
      return unreachable(fault);
  }
}

/** The service's name is `mysql`, its daemon's is `mysqld`. */
function daemon(service: "mysql" | "keepalived"): string {
  return service === "mysql" ? "mysqld" : service;
}
