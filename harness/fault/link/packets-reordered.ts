/** A share of what the node sends leaves later, and is overtaken by what follows. */
import { z } from "zod";
import type { Us } from "../../core/time.ts";
import { HOLDER, nodeSchema, type FaultDefinition, type NodeSelector } from "../definition.ts";
import { delaySchema, delayWords, partSchema, percentWords } from "./quantities.ts";

export interface PacketsReordered {
  readonly kind: "packets-reordered";
  readonly node: NodeSelector;
  /** Of the packets that it sends; above 0 and below 1. */
  readonly share: number;
  readonly byUs: Us;
}

export const packetsReordered: FaultDefinition<PacketsReordered> = {
  kind: "packets-reordered",
  group: "link",
  schema: z.strictObject({
    kind: z.literal("packets-reordered"),
    node: nodeSchema,
    share: partSchema,
    byUs: delaySchema,
  }),
  needs: ["packet-delay"],
  standsFor: "traffic spread over links of different speed, in a bond or by equal-cost routes",
  does:
    "A `netem` queue on the node's interface that holds back a `share` of the packets (above 0 and below 1) by `byUs` and sends " +
    "all others at once; or a [link emulator](#the-link-emulator) that does so.",
  receipt:
    "The node's round trip to another node is measured until both a quick and a late answer were seen, and the queue of our " +
    "handle is on the interface or the emulator has counted frames.",
  healing: "As of `packets-delayed`.",
  healingWords: "packets leave in order again",
  simulated:
    "Adverts and announcements are held back by chance. TCP is taken to be as fast as before.",
  worthKnowing:
    "A packet that is held back is overtaken by those that leave within `byUs` after it; where there are none, it is only late.",
  words: ({ share, byUs }, node) =>
    `hold back ${percentWords(share)} of what ${node} sends by ${delayWords(byUs)}`,
  examples: [{ kind: "packets-reordered", node: HOLDER, share: 0.25, byUs: 20_000 }],
};
