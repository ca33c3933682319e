/**
 * SIGSTOP for every process of a service. The kernel goes on for it: a frozen mysqld's port still
 * accepts connections, a frozen keepalived's VIP stays where it is.
 */
import { z } from "zod";
import {
  daemonOf,
  HOLDER,
  nodeSchema,
  serviceSchema,
  type FaultDefinition,
  type NodeSelector,
  type Service,
} from "../definition.ts";

export interface ServiceFrozen {
  readonly kind: "service-frozen";
  readonly node: NodeSelector;
  readonly service: Service;
}

export const serviceFrozen: FaultDefinition<ServiceFrozen> = {
  kind: "service-frozen",
  group: "process",
  schema: z.strictObject({
    kind: z.literal("service-frozen"),
    node: nodeSchema,
    service: serviceSchema,
  }),
  needs: ["signal-process"],
  standsFor: "a process hangs on storage, swap or a lock, and the host answers as if all were well",
  does:
    "SIGSTOP for every process of the service (`service`: `mysql` or `keepalived`). The kernel goes on for it: the " +
    "port of a frozen mysqld still accepts connections, and the VIP of a frozen keepalived stays where it is.",
  receipt: "All processes of the service are in state T (stopped).",
  healing: "SIGCONT. Receipt: none of them is stopped any more.",
  healingWords: "the processes go on",
  simulated: "The processes of the model's process table get the same signals.",
  worthKnowing:
    "A check script that looks whether something listens on the port finds a frozen mysqld in order. The prediction " +
    "then is that nothing moves.",
  words: ({ service }, node) => `freeze ${daemonOf(service)} on ${node}`,
  examples: [
    { kind: "service-frozen", node: HOLDER, service: "mysql" },
    { kind: "service-frozen", node: HOLDER, service: "keepalived" },
  ],
};
