/**
 * SIGKILL of every keepalived process at once: no goodbye, and nobody takes the VIP off the
 * interface (it stays until keepalived starts again: nothing is left that could remove it).
 */
import type { FaultFacts, NodeSelector } from "./fault.ts";

export interface KeepalivedKilled {
  readonly kind: "keepalived-killed";
  readonly node: NodeSelector;
}

export const keepalivedKilledFacts: FaultFacts = {
  needs: ["signal-process", "service-control"],
  healing: "starts-service",
  standsFor: "`pkill -9 keepalived`, or the OOM killer taking the whole service",
};
