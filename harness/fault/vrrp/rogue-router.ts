/** A foreign host sends adverts with the cluster's VRID. It has no interest in the VIP. */
import { z } from "zod";
import type { FaultDefinition } from "../definition.ts";

export interface RogueRouter {
  readonly kind: "rogue-router";
  readonly priority: number;
}

/** RFC 9568 5.2.4: 0 says goodbye, 255 is the owner's. */
const PRIORITY_MAX = 255;

export const rogueRouter: FaultDefinition<RogueRouter> = {
  kind: "rogue-router",
  group: "vrrp",
  schema: z.strictObject({
    kind: z.literal("rogue-router"),
    priority: z.int().min(1).max(PRIORITY_MAX),
  }),
  needs: ["foreign-host"],
  standsFor:
    "another cluster on the same VLAN uses the same VRID, a copied virtual machine comes up, or somebody attacks",
  does:
    "A host that is none of the cluster's joins the segment and sends adverts to 224.0.0.18, once in every advert interval: the " +
    "cluster's VRID, VRRP version, interval, VIPs and password, and `priority`. It does not configure the VIP and answers nothing.",
  receipt:
    "An advert from its address is captured at the holder, within two advert intervals and five seconds.",
  healing:
    "The program is ended. Receipt: its process is gone. The host stays on the segment, silent, until the run is over.",
  healingWords: "the foreign host falls silent",
  simulated: "A station of its own on the model's segment sends the same adverts.",
  worthKnowing:
    "A priority above the holder's makes it give the VIP up, and nobody has it until the cluster's own timers run out after " +
    "the last foreign advert. The password protects from none of this: it travels in every advert. Members that are told " +
    "their peers (`unicast_peer`) do not listen to the group.",
  words: ({ priority }, node) => `adverts of the same VRID with priority ${priority} from ${node}`,
  examples: [
    { kind: "rogue-router", priority: 255 },
    { kind: "rogue-router", priority: 1 },
  ],
};
