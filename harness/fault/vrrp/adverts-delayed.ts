/** VRRP packets leave the node late; everything else leaves at once. */
import { z } from "zod";
import type { Us } from "../../core/time.ts";
import { HOLDER, nodeSchema, type FaultDefinition, type NodeSelector } from "../definition.ts";

export interface AdvertsDelayed {
  readonly kind: "adverts-delayed";
  readonly node: NodeSelector;
  readonly delayUs: Us;
}

/** A minute is longer than any master-down interval that is drilled here. */
const DELAY_US_MAX = 60_000_000;

export const advertsDelayed: FaultDefinition<AdvertsDelayed> = {
  kind: "adverts-delayed",
  group: "vrrp",
  schema: z.strictObject({
    kind: z.literal("adverts-delayed"),
    node: nodeSchema,
    delayUs: z.int().positive().max(DELAY_US_MAX),
  }),
  needs: ["packet-delay"],
  standsFor:
    "adverts wait in a queue that other traffic passes by, as in a switch that gives multicast the last place",
  does:
    "A `prio` queue at the root of the node's interface, with a `netem` queue of `delayUs` in a band of its own, into which " +
    "a filter puts IP protocol 112. Everything else goes through the other bands at once. Where the kernel has no netem, a " +
    "[link emulator](#the-link-emulator) takes that protocol and nothing else.",
  receipt:
    "Probe packets are sent, and the `netem` queue, or the emulator, has to have counted them as sent or still hold them.",
  healing:
    "Deletes the queues of our handle, with what was still waiting in them, or ends the emulator, which sends what it holds at " +
    "once and in order. Receipt: nothing of it is left, and the emulator had worked until then.",
  healingWords: "adverts leave at once again",
  simulated: "Rules of the segment let the node's adverts arrive `delayUs` later.",
  worthKnowing:
    "A delay that stays the same moves every advert by as much, so that after one late advert nobody notices: what a longer " +
    "delay than the master-down interval does is one take-over, ended by the adverts that then arrive. Goodbyes (priority 0) are late " +
    "as well.",
  words: ({ delayUs }, node) => `delay the adverts of ${node} by ${delayUs / 1000} ms`,
  examples: [
    { kind: "adverts-delayed", node: HOLDER, delayUs: 500_000 },
    { kind: "adverts-delayed", node: HOLDER, delayUs: 5_000_000 },
  ],
};
