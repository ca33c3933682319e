/** A share of all frames of the node's interface is dropped, each by its own chance. */
import { z } from "zod";
import {
  directionSchema,
  directionWords,
  HOLDER,
  nodeSchema,
  type Direction,
  type FaultDefinition,
  type NodeSelector,
} from "../definition.ts";
import { partSchema, percentWords } from "./quantities.ts";

export interface PacketsLost {
  readonly kind: "packets-lost";
  readonly node: NodeSelector;
  readonly direction: Direction;
  /** Of the frames of each direction; above 0 and below 1. */
  readonly share: number;
}

export const packetsLost: FaultDefinition<PacketsLost> = {
  kind: "packets-lost",
  group: "link",
  schema: z.strictObject({
    kind: z.literal("packets-lost"),
    node: nodeSchema,
    direction: directionSchema,
    share: partSchema,
  }),
  needs: ["link-filter"],
  standsFor: "a bad cable or transceiver, a duplex mismatch, or an overrun switch port",
  does:
    "As `cut`, with a rule that drops a frame when a random number of the kernel (`numgen random`) is below `share` " +
    "(above 0 and below 1, to a millionth), and a second rule that counts what passes. `direction` is `in`, `out` or " +
    "`both`; each direction draws for itself. Whatever the interface carries is hit alike, ARP and TCP included.",
  receipt:
    "A burst of probe packets goes through each direction: so many that without a single drop, or without a single " +
    "packet that passed, the rule would be at fault with a probability of 1 - 10^-6 (at most 20,000 packets; a share that " +
    "needs more may come out unconfirmed). Each direction's counters have to show dropped and passed packets.",
  healing: "Deletes our table and nothing else. Receipt: it is no longer listed.",
  healingWords: "no more packets are dropped",
  simulated:
    "Adverts, ARP and pings are dropped by chance. Of TCP nothing is lost: on a real network it is sent " +
    "again some 0.2 s later and operations take longer, and that is not modelled.",
  worthKnowing:
    "A backup takes over after about three adverts in a row are lost. With a share p of them lost that is p cubed for " +
    "each advert: once in 8,000 s at 5 % and an interval of one second, once in 8 s at 50 %.",
  words: ({ direction, share }, node) =>
    `lose ${percentWords(share)} of the packets ${directionWords(direction)} at ${node}`,
  examples: [
    { kind: "packets-lost", node: HOLDER, direction: "both", share: 0.05 },
    { kind: "packets-lost", node: HOLDER, direction: "out", share: 0.5 },
    { kind: "packets-lost", node: HOLDER, direction: "in", share: 0.5 },
  ],
};
