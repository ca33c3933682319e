/**
 * The node's interface is taken down by its administrator. Unlike after a cut, the node itself sees it:
 * keepalived goes to FAULT, routes go, and a default route does not come back by itself.
 */
import { z } from "zod";
import { HOLDER, nodeSchema, type FaultDefinition, type NodeSelector } from "../definition.ts";

export interface InterfaceDown {
  readonly kind: "interface-down";
  readonly node: NodeSelector;
}

export const interfaceDown: FaultDefinition<InterfaceDown> = {
  kind: "interface-down",
  group: "link",
  schema: z.strictObject({ kind: z.literal("interface-down"), node: nodeSchema }),
  needs: ["link-control"],
  standsFor: "somebody runs `ip link set eth0 down`, or the cable is pulled at the node itself",
  does:
    "`ip link set dev IFACE down` in the node's network namespace. The kernel keeps IPv4 addresses, and forgets the " +
    "routes and neighbours of the interface; a default route or one that was set by hand is forgotten for good.",
  receipt: "The interface had the flags UP and LOWER_UP before, and has lost UP.",
  healing:
    "`ip link set dev IFACE up`, and the routes that were there before and are not put back by the kernel or by " +
    "keepalived are set again. Receipt: the interface is UP and LOWER_UP, and every one of these routes is listed.",
  healingWords: "the interface is taken up again",
  simulated:
    "The host's interface is down: it sends and hears nothing, its ARP table is emptied, keepalived gets the link " +
    "event, and the packet observer is blind as on containers. A program on the node that connects to another host meets silence, where " +
    "the kernel would say at once that the network is unreachable.",
  worthKnowing:
    "keepalived (2.2.7, 2.3.3 and 2.3.4 alike) goes to FAULT within some 5 ms and removes the VIP; its goodbye, the advert with " +
    "priority 0, cannot leave any more, so a peer takes over only when the master-down time is over. Back up, it is BACKUP " +
    "at once and preempts a master-down time later. A VIP that nobody removes, because keepalived is dead or frozen, " +
    "stays on the interface and answers again when that is up.",
  words: (_fault, node) => `take the interface of ${node} down`,
  examples: [{ kind: "interface-down", node: HOLDER }],
};
