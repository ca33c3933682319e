/**
 * Every process of the node stands still and then goes on as if nothing had been: the fault after which a
 * master wakes up and still believes to be one.
 */
import { z } from "zod";
import { HOLDER, nodeSchema, type FaultDefinition, type NodeSelector } from "../definition.ts";

export interface NodePaused {
  readonly kind: "node-paused";
  readonly node: NodeSelector;
  /** Whether the kernel goes on answering ARP, ping and TCP handshakes meanwhile. */
  readonly network: "answers" | "silent";
}

export const nodePaused: FaultDefinition<NodePaused> = {
  kind: "node-paused",
  group: "node",
  schema: z.strictObject({
    kind: z.literal("node-paused"),
    node: nodeSchema,
    network: z.enum(["answers", "silent"]),
  }),
  needs: ["freezer", "link-filter"],
  standsFor:
    "silent: a live migration, a snapshot or a hypervisor that stalls; answers: a swap storm, or a container that is paused",
  does:
    "The engine freezes all processes of the node's container (`docker pause`, the freezer of cgroups). With `network: " +
    '"answers"` the kernel goes on for them: ARP and ping are answered, and TCP handshakes are completed until the listen ' +
    'queue is full. With `network: "silent"` every frame is dropped as well, both ways, from just before the ' +
    "freeze to just before the thaw.",
  receipt:
    "The engine says that the container is paused, and no thread of its processes was scheduled within half a second " +
    "(their context switches do not count on). If silent: probe packets both ways are counted as dropped.",
  healing:
    "Removes the rules, and thaws the container right after that. Receipt: the engine says that it runs, and its threads are scheduled again.",
  healingWords: "the node goes on",
  simulated:
    "All processes of the model's process table stop and go on; scripts that were under way take longer by the " +
    "pause. If silent, rules of the segment drop every frame.",
  worthKnowing:
    "A holder that is paused keeps the VIP on its interface, and with `answers` its kernel goes on answering for it, while the " +
    "standby takes over and has it too: two holders until it wakes up, and clients of the old one wait. The clock does not " +
    "stand still, so every timer that ran out meanwhile expires at once. With the higher priority it is master again with its " +
    "first advert (measured on 2.3.4: the standby gave way 40 to 200 ms after the thaw).",
  words: ({ network }, node) =>
    network === "silent" ? `pause ${node} and its network` : `pause ${node}, its kernel answers`,
  examples: [
    { kind: "node-paused", node: HOLDER, network: "silent" },
    { kind: "node-paused", node: HOLDER, network: "answers" },
  ],
};
