/** `service keepalived stop`: SIGTERM; a master says goodbye (priority 0) and drops the VIP. */
import type { FaultFacts, NodeSelector } from "./fault.ts";

export interface KeepalivedStopped {
  readonly kind: "keepalived-stopped";
  readonly node: NodeSelector;
}

export const keepalivedStoppedFacts: FaultFacts = {
  needs: ["service-control"],
  healing: "starts-service",
  standsFor: "an operator or a check script stops keepalived",
};
