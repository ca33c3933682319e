/** Packets with the VIP as their source are dropped on the way out of the node; nothing else is. */
import { z } from "zod";
import { HOLDER, nodeSchema, type FaultDefinition, type NodeSelector } from "../definition.ts";

export interface VipTrafficBlocked {
  readonly kind: "vip-traffic-blocked";
  readonly node: NodeSelector;
}

export const vipTrafficBlocked: FaultDefinition<VipTrafficBlocked> = {
  kind: "vip-traffic-blocked",
  group: "vrrp",
  schema: z.strictObject({ kind: z.literal("vip-traffic-blocked"), node: nodeSchema }),
  needs: ["packet-filter"],
  standsFor:
    "a source address filter, a firewall or policy routing that knows the host's own address and not the VIP",
  does:
    "Loads an nftables table of its own (family `inet`, hook `output`) that drops IPv4 packets whose source is the VIP on the " +
    "node's interface. The node keeps the VIP, ARP is answered and adverts go out from the node's own address; requests to the " +
    "VIP arrive, and no answer leaves.",
  receipt:
    "Another node sends an echo request to the VIP, and the rule's counter has to show a dropped packet. On a node without the " +
    "VIP there is nothing to drop, and the receipt says so and is unconfirmed.",
  healing: "Deletes that table and nothing else. Receipt: it is no longer listed.",
  healingWords: "answers from the VIP leave again",
  simulated: "What the node would answer from the VIP does not leave its host.",
  worthKnowing:
    "Neither VRRP nor a check of the local port sees this: nothing moves, and clients wait until their own deadlines.",
  words: (_fault, node) => `drop what ${node} sends from the VIP`,
  examples: [{ kind: "vip-traffic-blocked", node: HOLDER }],
};
