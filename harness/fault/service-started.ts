/** `service NAME start`: what an operator does to bring a node back. An action, nothing to heal. */
import type { FaultFacts, NodeSelector } from "./fault.ts";

export interface ServiceStarted {
  readonly kind: "service-started";
  readonly node: NodeSelector;
  readonly service: "mysql" | "keepalived";
}

export const serviceStartedFacts: FaultFacts = {
  needs: ["service-control"],
  healing: "none",
  standsFor: "the operator's part of a recovery",
};
