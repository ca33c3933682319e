/** The node runs out of memory, and the kernel's OOM killer takes the process that has most of it. */
import { z } from "zod";
import { HOLDER, nodeSchema, type FaultDefinition, type NodeSelector } from "../definition.ts";

export interface MemoryExhausted {
  readonly kind: "memory-exhausted";
  readonly node: NodeSelector;
}

export const memoryExhausted: FaultDefinition<MemoryExhausted> = {
  kind: "memory-exhausted",
  group: "node",
  schema: z.strictObject({ kind: z.literal("memory-exhausted"), node: nodeSchema }),
  needs: ["memory-limit", "service-control"],
  standsFor:
    "memory is overcommitted, a query or a backup takes what is left, and the OOM killer ends mysqld",
  does:
    "The engine lowers the memory limit of the node's container to a little above what its processes use, without swap. Then a " +
    "process of ours on the node allocates the rest, and the kernel's OOM killer chooses whom to kill: whoever has most, " +
    "which is mysqld. The limit stays until healing. A node with a kernel of its own has a memory of its own, and that is filled until its own " +
    "OOM killer has killed (`docs/own-kernel.md`).",
  receipt:
    "The count of OOM kills of the cgroup, or of the node's own kernel, has grown, and the server's processes are gone. Whether keepalived was hit as well is in " +
    "the facts.",
  healing:
    "The limit is lifted and `service mysql start` is run. Receipt: the server's processes run.",
  healingWords: "there is memory again and mysqld is started",
  worthKnowing:
    "keepalived has a few megabytes and is not what the killer takes; our allocating process is often hit as well, because the " +
    "server's memory is given back a moment later (the counter then says 2). There is no supervisor in the lab that would " +
    "start mysqld again.",
  simulated:
    "mysqld is killed as by `mysqld-killed`; nothing else of a lack of memory is modelled.",
  words: (_fault, node) => `exhaust the memory of ${node}`,
  examples: [{ kind: "memory-exhausted", node: HOLDER }],
};
