/** `service keepalived stop`: SIGTERM; a master says goodbye (priority 0) and drops the VIP. */
import { z } from "zod";
import { HOLDER, nodeSchema, type FaultDefinition, type NodeSelector } from "../definition.ts";

export interface KeepalivedStopped {
  readonly kind: "keepalived-stopped";
  readonly node: NodeSelector;
}

export const keepalivedStopped: FaultDefinition<KeepalivedStopped> = {
  kind: "keepalived-stopped",
  group: "process",
  schema: z.strictObject({ kind: z.literal("keepalived-stopped"), node: nodeSchema }),
  needs: ["service-control"],
  standsFor: "an operator or a check script stops keepalived",
  does:
    "`service keepalived stop`, which sends SIGTERM. A master says goodbye (priority 0), takes the VIP off and ends; " +
    "the standby waits its skew only.",
  receipt: "keepalived's processes existed before, and are gone within 5 s.",
  healing:
    "`service keepalived start`. If the node has the higher priority and preempts, the VIP comes back to it. " +
    "Receipt: its processes run.",
  healingWords: "the service is started again",
  simulated: "The same signal to the model's parent process.",
  words: (_fault, node) => `stop keepalived on ${node}`,
  examples: [{ kind: "keepalived-stopped", node: HOLDER }],
};
