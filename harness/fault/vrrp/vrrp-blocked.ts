/**
 * VRRP packets (IP protocol 112) are dropped by a packet filter on the node: incoming, outgoing or
 * both. Everything else passes: MySQL, ARP, ssh.
 */
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

export interface VrrpBlocked {
  readonly kind: "vrrp-blocked";
  readonly node: NodeSelector;
  readonly direction: Direction;
}

export const vrrpBlocked: FaultDefinition<VrrpBlocked> = {
  kind: "vrrp-blocked",
  group: "vrrp",
  schema: z.strictObject({
    kind: z.literal("vrrp-blocked"),
    node: nodeSchema,
    direction: directionSchema,
  }),
  needs: ["packet-filter"],
  standsFor: "a firewall reload forgets the VRRP rule, or a switch stops passing 224.0.0.18",
  does:
    "Loads an nftables table of its own (family `inet`, named `vipdrill_` and the id of the step) into the node's " +
    "network namespace. It drops IP protocol 112 on the node's interface in the hooks `input`, `output` or both " +
    "(`direction`: `in`, `out` or `both`, as seen from the node). Everything else passes: MySQL, ARP, ICMP.",
  receipt:
    "A probe packet is sent through every rule, from the other node for `in` and from the node itself for `out`. Every " +
    "rule's counter has to show at least one dropped packet.",
  healing: "Deletes that table and nothing else. Receipt: it is no longer listed.",
  healingWords: "the block is lifted",
  simulated: "Rules of the segment drop adverts on the way out of or into the node.",
  worthKnowing:
    "A packet capture at the node sees incoming packets before the filter does, so adverts that were dropped on the way " +
    "in still appear in `evidence/pcap`.",
  words: ({ direction }, node) => `block VRRP ${directionWords(direction)} on ${node}`,
  examples: [
    { kind: "vrrp-blocked", node: HOLDER, direction: "both" },
    { kind: "vrrp-blocked", node: HOLDER, direction: "out" },
    { kind: "vrrp-blocked", node: HOLDER, direction: "in" },
  ],
};
