/** Announcements by gratuitous ARP do not leave the node; ordinary ARP does, in both directions. */
import { z } from "zod";
import { nodeSchema, STANDBY, type FaultDefinition, type NodeSelector } from "../definition.ts";

export interface GarpBlocked {
  readonly kind: "garp-blocked";
  readonly node: NodeSelector;
}

export const garpBlocked: FaultDefinition<GarpBlocked> = {
  kind: "garp-blocked",
  group: "vrrp",
  schema: z.strictObject({ kind: z.literal("garp-blocked"), node: nodeSchema }),
  needs: ["arp-filter"],
  standsFor:
    "a switch with ARP inspection or broadcast limits swallows the new holder's announcements",
  does:
    "Loads an nftables table of its own (family `netdev`, hook `egress`) that drops ARP packets whose sender and target address " +
    "are the same: the VIPs' and the node's own. Requests for other addresses and answers pass. (Family `arp` would not do: " +
    "keepalived sends through a packet socket, which passes by that hook. The egress hook needs Linux 5.16.)",
  receipt:
    "The node announces its own address, which it has in any case, and the rule's counter has to show a dropped packet.",
  healing: "Deletes that table and nothing else. Receipt: it is no longer listed.",
  healingWords: "announcements leave again",
  simulated: "A rule of the segment drops announcements on the way out of the node.",
  worthKnowing:
    "Nothing is wrong until the node takes the VIP over: then neighbours go on sending to the old holder. A Linux neighbour gives " +
    "up 15 to 45 s (drawn for each interface) after the old holder last answered, and 8 s more; four runs took 30 to 44 s. A host that forwards packets " +
    "(`net.ipv4.ip_forward`) hides it: as the old holder it passes on what should not reach it.",
  words: (_fault, node) => `drop the announcements (gratuitous ARP) of ${node}`,
  examples: [{ kind: "garp-blocked", node: STANDBY }],
};
