/** A share of the VRRP packets is dropped by a packet filter on the node, each by its own chance. */
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

export interface AdvertsLost {
  readonly kind: "adverts-lost";
  readonly node: NodeSelector;
  readonly direction: Direction;
  /** Of the VRRP packets of each direction; below 1, which is what `vrrp-blocked` is for. */
  readonly share: number;
}

/** Below a hundredth the receipt would need more probes than are good for keepalived's own socket. */
const SHARE_MIN = 0.01;

export const advertsLost: FaultDefinition<AdvertsLost> = {
  kind: "adverts-lost",
  group: "vrrp",
  schema: z.strictObject({
    kind: z.literal("adverts-lost"),
    node: nodeSchema,
    direction: directionSchema,
    share: z.number().gte(SHARE_MIN).lt(1),
  }),
  needs: ["packet-filter"],
  standsFor:
    "a switch or hypervisor that limits multicast, or a host too busy to read every advert",
  does:
    "As `vrrp-blocked`, with a rule that drops a VRRP packet only when a random number of the kernel (`numgen random`) is " +
    "below `share` (0.01 up to, not including, 1), and a second rule that counts what passes. Everything else passes.",
  receipt:
    "Probe packets are sent through every rule, a millisecond apart: so many that without a single drop, or a single packet " +
    "that passed, the rule would be at fault with a probability of 1 - 10^-4. Every direction's counters have to show both.",
  healing: "Deletes that table and nothing else. Receipt: it is no longer listed.",
  healingWords: "no more adverts are dropped",
  simulated: "Rules of the segment drop adverts by chance on the way out of or into the node.",
  worthKnowing:
    "A backup waits for three adverts and its skew, so that it takes over when about three in a row are lost: with a share " +
    "p that is p cubed for each advert. The holder's next advert that arrives ends it again if that one has the higher " +
    "priority, so that the address goes to and fro.",
  words: ({ direction, share }, node) =>
    `lose ${Number((share * 100).toPrecision(6))} % of the VRRP packets ${directionWords(direction)} at ${node}`,
  examples: [
    { kind: "adverts-lost", node: HOLDER, direction: "out", share: 0.5 },
    { kind: "adverts-lost", node: HOLDER, direction: "in", share: 0.5 },
    { kind: "adverts-lost", node: HOLDER, direction: "both", share: 0.1 },
  ],
};

/** So rarely is a rule that works taken for one that does not. */
const MISS_PROBABILITY = 1e-4;

/** As many probe packets as it takes for both fates, one of which has that share, to be seen. */
export function probesFor(share: number): number {
  return Math.ceil(Math.log(MISS_PROBABILITY) / Math.log(1 - Math.min(share, 1 - share)));
}
