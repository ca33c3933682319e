/**
 * VRRP packets (IP protocol 112) are dropped by a packet filter on the node: incoming, outgoing or
 * both. Everything else passes: MySQL, ARP, ssh.
 */
import type { FaultFacts, NodeSelector } from "./fault.ts";

export type Direction = "in" | "out" | "both";

export interface VrrpBlocked {
  readonly kind: "vrrp-blocked";
  readonly node: NodeSelector;
  readonly direction: Direction;
}

export const vrrpBlockedFacts: FaultFacts = {
  needs: ["packet-filter"],
  healing: "removes-rules",
  standsFor: "a firewall reload forgets the VRRP rule, or a switch stops passing 224.0.0.18",
};
