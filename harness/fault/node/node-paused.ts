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
    'queue is full. With `network: "silent"` every frame is dropped as well, both ways, before the freeze and until after ' +
    "the thaw.",
  receipt:
    "The engine says that the container is paused, and no thread of its processes was scheduled within half a second " +
    "(their context switches do not count on). If silent: probe packets both ways are counted as dropped.",
  healing:
    "Thaws the container and then removes the rules. Receipt: the engine says that it runs, and its threads are scheduled again.",
  healingWords: "the node goes on",
  simulated:
    "All processes of the model's process table stop and go on; scripts that were under way take longer by the " +
    "pause. If silent, rules of the segment drop every frame.",
  worthKnowing:
    "A holder that wakes up is still master and still has the VIP. It goes on sending adverts until it has read one of " +
    "the new master with a higher priority, or it wins again with its own: for that time two hosts hold the address. " +
    "The clock does not stand still, so every timer that ran out meanwhile expires at once.",
  words: ({ network }, node) =>
    network === "silent" ? `pause ${node} and its network` : `pause ${node}, its kernel answers`,
  examples: [
    { kind: "node-paused", node: HOLDER, network: "silent" },
    { kind: "node-paused", node: HOLDER, network: "answers" },
  ],
};
