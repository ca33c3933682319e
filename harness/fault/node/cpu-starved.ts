/** The node gets a small share of one processor, and everything on it takes longer. */
import { z } from "zod";
import { HOLDER, nodeSchema, type FaultDefinition, type NodeSelector } from "../definition.ts";

export interface CpuStarved {
  readonly kind: "cpu-starved";
  readonly node: NodeSelector;
  /** Of one processor, above 0 and below 1. */
  readonly share: number;
}

/** The kernel's least quota is 1 ms of a period of 100 ms (Documentation/scheduler/sched-bwc.rst). */
const SHARE_MIN = 0.01;

export const cpuStarved: FaultDefinition<CpuStarved> = {
  kind: "cpu-starved",
  group: "node",
  schema: z.strictObject({
    kind: z.literal("cpu-starved"),
    node: nodeSchema,
    share: z.number().min(SHARE_MIN).lt(1),
  }),
  needs: ["cpu-quota"],
  standsFor: "a noisy neighbour, CPU credits that are used up, or a runaway process on the host",
  does:
    "The engine limits the node's container to `share` of one processor (at least 0.01, below 1): a quota of the scheduler's for each " +
    "period of 100 ms. When it is used up, all threads of the node wait for the next period.",
  receipt:
    "Within 10 s the kernel has counted a period in which the node was held back (`nr_throttled`).",
  healing: "The quota is lifted. Receipt: the engine says that there is none.",
  healingWords: "the node gets its processor time back",
  simulated:
    "Cannot be simulated: the model has no processor that could be short. Scenarios that use it are skipped there.",
  worthKnowing:
    "keepalived asks for no real-time scheduling by default, and waits like everything else. Measured on 2.3.4 with a check " +
    "every 2 s that runs netstat and grep: at 5 % of a processor the check overlapped its next turn, clients were without " +
    "writes for 9.5 s, and the VIP stayed; at 2 % the check timed out after 7 s, its weight lowered the priority, the backup took over, and " +
    "the starved master needed 0.9 s to notice, with the VIP on both nodes.",
  words: ({ share }, node) =>
    `leave ${node} ${Number((share * 100).toPrecision(6))} % of a processor`,
  examples: [{ kind: "cpu-starved", node: HOLDER, share: 0.05 }],
};
