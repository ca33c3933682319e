/** The VIP is added to a node by hand, without keepalived knowing. */
import { z } from "zod";
import { nodeSchema, STANDBY, type FaultDefinition, type NodeSelector } from "../definition.ts";

export interface AddressAdded {
  readonly kind: "address-added";
  readonly node: NodeSelector;
}

export const addressAdded: FaultDefinition<AddressAdded> = {
  kind: "address-added",
  group: "vrrp",
  schema: z.strictObject({ kind: z.literal("address-added"), node: nodeSchema }),
  needs: ["address-control"],
  standsFor: "an operator or a leftover network script configures the VIP on the wrong host",
  does: "`ip address add VIP/24 dev INTERFACE` on the node. keepalived is not told, and nothing is announced by ARP.",
  receipt: "The address was not on the interface before, and is now.",
  healing: "`ip address del`. Receipt: the address is no longer there.",
  healingWords: "the address is removed again",
  simulated:
    "The model's kernel gets the address; netlink tells keepalived, as it does on a real host.",
  words: (_fault, node) => `add the VIP by hand on ${node}`,
  examples: [{ kind: "address-added", node: STANDBY }],
};
