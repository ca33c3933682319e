/**
 * SIGSTOP for every process of a service. The kernel goes on for it: a frozen mysqld's port still
 * accepts connections, a frozen keepalived's VIP stays where it is.
 */
import type { FaultFacts, NodeSelector } from "./fault.ts";

export interface ServiceFrozen {
  readonly kind: "service-frozen";
  readonly node: NodeSelector;
  readonly service: "mysql" | "keepalived";
}

export const serviceFrozenFacts: FaultFacts = {
  needs: ["signal-process"],
  healing: "thaws-processes",
  standsFor: "a process hangs on storage, swap or a lock, and the host answers as if all were well",
};
