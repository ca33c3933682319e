/**
 * Every frame of the node's interface is dropped, ARP included, in both directions or in one. The
 * interface stays up, so keepalived sees no link event: a cable cut behind the first switch.
 */
import { z } from "zod";
import {
  directionSchema,
  HOLDER,
  nodeSchema,
  type Direction,
  type FaultDefinition,
  type NodeSelector,
} from "../definition.ts";

export interface Cut {
  readonly kind: "cut";
  readonly node: NodeSelector;
  /** Absent: both. */
  readonly direction?: Direction;
}

export const cut: FaultDefinition<Cut> = {
  kind: "cut",
  group: "link",
  schema: z.strictObject({
    kind: z.literal("cut"),
    node: nodeSchema,
    direction: directionSchema.exactOptional(),
  }),
  needs: ["link-filter"],
  standsFor:
    "a switch port, uplink or VLAN fails while the node's own link stays up; one way: a broken fibre or a faulty port",
  does:
    "As `vrrp-blocked`, but in family `netdev`, hooks `ingress`, `egress` or both, with a rule that drops every frame, ARP " +
    "included. `direction` is `in`, `out` or `both`, as seen from the node; without it, both. The interface stays up, so " +
    "keepalived sees no link event. (The egress hook needs Linux 5.16.)",
  receipt:
    "A probe packet is sent through every rule, and each rule's counter shows a dropped packet.",
  healing: "Deletes our table and nothing else. Receipt: it is no longer listed.",
  healingWords: "the block is lifted",
  simulated: "Rules of the segment drop every frame on the way out of the node, into it, or both.",
  worthKnowing:
    "The harness reaches the node through the engine, not through its network, so what happens on a node that is cut " +
    "off is still recorded. Clients and the health probe cannot reach it, and its mysqld counts as unresponsive meanwhile. " +
    "A holder that is deaf (`in`) goes on as master and is not noticed by its peers; one that is mute (`out`) keeps the " +
    "address, while a peer that hears no adverts takes it as well.",
  words: ({ direction = "both" }, node) =>
    direction === "both"
      ? `cut ${node} off`
      : direction === "in"
        ? `cut what comes in at ${node}`
        : `cut what goes out of ${node}`,
  examples: [
    { kind: "cut", node: HOLDER },
    { kind: "cut", node: HOLDER, direction: "in" },
    { kind: "cut", node: HOLDER, direction: "out" },
  ],
};
