/** `service NAME start`: what an operator does to bring a node back. An action, nothing to heal. */
import { z } from "zod";
import {
  daemonOf,
  nodeSchema,
  serviceSchema,
  type FaultDefinition,
  type NodeSelector,
  type Service,
} from "../definition.ts";

export interface ServiceStarted {
  readonly kind: "service-started";
  readonly node: NodeSelector;
  readonly service: Service;
}

export const serviceStarted: FaultDefinition<ServiceStarted> = {
  kind: "service-started",
  group: "operator",
  schema: z.strictObject({
    kind: z.literal("service-started"),
    node: nodeSchema,
    service: serviceSchema,
  }),
  needs: ["service-control"],
  standsFor: "the operator's part of a recovery",
  does:
    "`service NAME start` on the node (`service`: `mysql` or `keepalived`). It is the operator's part of a recovery " +
    "rather than a disturbance, and nothing has to be healed.",
  receipt:
    "Processes of the service run afterwards and did not before. A service that ran already was not started, and the " +
    "receipt says so.",
  simulated: "The same init script's timing.",
  words: ({ service }, node) => `start ${daemonOf(service)} on ${node}`,
  examples: [{ kind: "service-started", node: { name: "db1" }, service: "keepalived" }],
};
