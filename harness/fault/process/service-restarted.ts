/** `service NAME restart`, as an operator types it. */
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

export interface ServiceRestarted {
  readonly kind: "service-restarted";
  readonly node: NodeSelector;
  readonly service: Service;
}

export const serviceRestarted: FaultDefinition<ServiceRestarted> = {
  kind: "service-restarted",
  group: "process",
  schema: z.strictObject({
    kind: z.literal("service-restarted"),
    node: nodeSchema,
    service: serviceSchema,
  }),
  needs: ["service-control"],
  standsFor: "an operator or an upgrade restarts a service",
  does: "`service NAME restart` on the node (`service`: `mysql` or `keepalived`), and waits for it to return.",
  receipt:
    "The service's processes existed before, and all of them are gone within 5 s of the command's return. The receipt " +
    "says which ones run instead, or that none does: a restart may leave a service down.",
  healing:
    "Only where the restart left the service down: `service NAME start`. Otherwise nothing is left to undo. Receipt: the " +
    "service's processes run.",
  healingWords: "the service is started if the restart left it down",
  simulated: "The same init script's timing: stop, wait until it is gone, start.",
  worthKnowing:
    "A restarted holder says goodbye first, so the standby takes over after its skew time; if it preempts, the VIP moves twice. " +
    "Debian's packaged init script waits 1 s for keepalived, which takes slightly longer to end: keepalived then stays down. " +
    "The images here have that repaired.",
  words: ({ service }, node) => `restart ${daemonOf(service)} on ${node}`,
  examples: [
    { kind: "service-restarted", node: HOLDER, service: "keepalived" },
    { kind: "service-restarted", node: HOLDER, service: "mysql" },
  ],
};
