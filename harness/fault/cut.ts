/**
 * Every frame of the node's interface is dropped in both directions, ARP included. The interface
 * stays up, so keepalived sees no link event: a cable cut behind the first switch.
 */
import type { FaultFacts, NodeSelector } from "./fault.ts";

export interface Cut {
  readonly kind: "cut";
  readonly node: NodeSelector;
}

export const cutFacts: FaultFacts = {
  needs: ["link-filter"],
  healing: "removes-rules",
  standsFor: "a switch port, uplink or VLAN fails while the node's own link stays up",
};
