/** What the node sends has to pass a narrow link. */
import { z } from "zod";
import { HOLDER, nodeSchema, type FaultDefinition, type NodeSelector } from "../definition.ts";

export interface BandwidthLimited {
  readonly kind: "bandwidth-limited";
  readonly node: NodeSelector;
  readonly bitsPerSecond: number;
}

/** Below the lower one a full frame takes 0.2 s and more; above the upper one our own burst is too slow for a proof. */
const BITS_PER_SECOND_MIN = 64_000;
const BITS_PER_SECOND_MAX = 100_000_000;

export const bandwidthLimited: FaultDefinition<BandwidthLimited> = {
  kind: "bandwidth-limited",
  group: "link",
  schema: z.strictObject({
    kind: z.literal("bandwidth-limited"),
    node: nodeSchema,
    bitsPerSecond: z.int().min(BITS_PER_SECOND_MIN).max(BITS_PER_SECOND_MAX),
  }),
  needs: ["traffic-shaping"],
  standsFor:
    "a backup or a copy of a table fills the link, or a port has fallen back to a lower speed",
  does:
    "A token bucket (`tc` qdisc `tbf`) on the node's interface: what it sends leaves at `bitsPerSecond` (64,000 to " +
    "100,000,000), waits for up to 0.4 s, and is dropped beyond that. What comes in is not limited.",
  receipt:
    "A burst larger than the bucket is sent, and the counter of packets that had to wait (`overlimits`) or were dropped, in the queue of our " +
    "handle, has grown.",
  healing: "Deletes the queue of our handle and nothing else. Receipt: it is no longer listed.",
  healingWords: "the limit is lifted",
  simulated:
    "Not simulated: the model knows no sizes of packets, so nothing in it could be too slow.",
  worthKnowing:
    "Adverts wait in the same queue as everything else. A link that is full for longer than the master-down time looks " +
    "like a dead master, if the queue drops its adverts.",
  words: ({ bitsPerSecond }, node) => `limit what ${node} sends to ${bitsPerSecond / 1000} kbit/s`,
  examples: [{ kind: "bandwidth-limited", node: HOLDER, bitsPerSecond: 1_000_000 }],
};
