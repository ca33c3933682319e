/** A foreign host configures the VIP and announces it. */
import { z } from "zod";
import type { FaultDefinition } from "../definition.ts";

export interface VipTaken {
  readonly kind: "vip-taken";
}

export const vipTaken: FaultDefinition<VipTaken> = {
  kind: "vip-taken",
  group: "vrrp",
  schema: z.strictObject({ kind: z.literal("vip-taken") }),
  needs: ["foreign-host"],
  standsFor:
    "somebody gives the cluster's address to another machine, or an old server with it is switched on",
  does:
    "A host that is none of the cluster's joins the segment, adds the VIP to its interface and announces it by gratuitous ARP " +
    "(`arping -U`, three times). Nothing listens there, so that connections are refused. VRRP is not involved.",
  receipt:
    "The address is on its interface, and an ARP request for the VIP from a node that has not got it is answered with its MAC address.",
  healing:
    "The address is taken off again, and nothing is announced. Receipt: it is no longer on the interface.",
  healingWords: "the foreign host gives the address up",
  simulated:
    "A station of its own on the model's segment has the address, answers ARP for it and announces it.",
  worthKnowing:
    "keepalived does not notice: it neither looks for duplicates nor announces the VIP again, unless `garp_master_refresh` " +
    "is set. After healing, a neighbour sends to the foreign host until its own entry fails. An entry that was learned " +
    "from the announcement alone fails 8 s after it was first used; one that the foreign host has confirmed since, 15 to 45 s " +
    "(drawn for each interface) after that, and 8 s more. Measured: 8.3 s without service for an address that was taken for 5 s.",
  words: (_fault, node) => `the VIP is configured and announced by ${node}`,
  examples: [{ kind: "vip-taken" }],
};
