/** The planned hand-over with the least outage: the holder's priority goes below the standby's. */
import { z } from "zod";
import { HOLDER, nodeSchema, type FaultDefinition, type NodeSelector } from "../definition.ts";

export interface Switchover {
  readonly kind: "switchover";
  readonly node: NodeSelector;
}

export const switchover: FaultDefinition<Switchover> = {
  kind: "switchover",
  group: "operator",
  schema: z.strictObject({ kind: z.literal("switchover"), node: nodeSchema }),
  needs: ["file-control", "service-control"],
  standsFor: "a planned hand-over: the operator lowers the holder's priority and reloads",
  does:
    "The value of `priority` in the node's `vrrp_instance` (of the first virtual router) becomes one less than the " +
    "highest `priority` of the other nodes, and `service keepalived reload` is given. What tracked scripts add or " +
    "subtract is not looked at. `keepalived-stopped` is the other way to hand over.",
  receipt:
    "The file has the new text, and the VRRP process logged `Reloading` once more. Whether the VIP moved is not part of " +
    "it: that is what a drill finds out. A priority that is low enough already, or not written in the file, changes nothing, " +
    "and the receipt says so.",
  healing:
    "The earlier text is put back and reloaded; a keepalived that has ended is started. If the node preempts, the VIP " +
    "comes back to it. Receipt: the file's text and the log line.",
  healingWords: "the earlier priority is put back and reloaded",
  simulated: "The file of the simulated host is replaced, and the model's daemon gets SIGHUP.",
  worthKnowing:
    "The holder keeps the VIP until another node takes it, so there is next to no gap; the other node takes over when its " +
    "down timer has run out after the last advert that was not below its own priority. A standby with `nopreempt` " +
    "accepts the lower adverts for ever: nothing moves.",
  words: (_fault, node) => `lower the priority of ${node} below the others' and reload`,
  examples: [{ kind: "switchover", node: HOLDER }],
};
