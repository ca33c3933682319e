/**
 * Every frame of the node's interface is dropped in both directions, ARP included. The interface
 * stays up, so keepalived sees no link event: a cable cut behind the first switch.
 */
import { z } from "zod";
import { HOLDER, nodeSchema, type FaultDefinition, type NodeSelector } from "../definition.ts";

export interface Cut {
  readonly kind: "cut";
  readonly node: NodeSelector;
}

export const cut: FaultDefinition<Cut> = {
  kind: "cut",
  group: "link",
  schema: z.strictObject({ kind: z.literal("cut"), node: nodeSchema }),
  needs: ["link-filter"],
  standsFor: "a switch port, uplink or VLAN fails while the node's own link stays up",
  does:
    "As `vrrp-blocked`, but in family `netdev`, hooks `ingress` and `egress`, with a rule that drops every frame, ARP " +
    "included. The interface stays up, so keepalived sees no link event. (The egress hook needs Linux 5.16.)",
  receipt:
    "A probe packet is sent through both rules, and each rule's counter shows a dropped packet.",
  healing: "Deletes our table and nothing else. Receipt: it is no longer listed.",
  healingWords: "the block is lifted",
  simulated: "Rules of the segment drop every frame on the way out of and into the node.",
  worthKnowing:
    "The harness reaches the node through the engine, not through its network, so what happens on a node that is cut " +
    "off is still recorded. Clients and the health probe cannot reach it, and its mysqld counts as unresponsive meanwhile.",
  words: (_fault, node) => `cut ${node} off`,
  examples: [{ kind: "cut", node: HOLDER }],
};
