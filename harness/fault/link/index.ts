/** Faults of the network, whatever it carries. */
import type { Definitions } from "../definition.ts";
import { bandwidthLimited, type BandwidthLimited } from "./bandwidth-limited.ts";
import { cut, type Cut } from "./cut.ts";
import { interfaceDown, type InterfaceDown } from "./interface-down.ts";
import { networkDisconnected, type NetworkDisconnected } from "./network-disconnected.ts";
import { packetsDelayed, type PacketsDelayed } from "./packets-delayed.ts";
import { packetsDuplicated, type PacketsDuplicated } from "./packets-duplicated.ts";
import { packetsLost, type PacketsLost } from "./packets-lost.ts";
import { packetsReordered, type PacketsReordered } from "./packets-reordered.ts";

export type LinkFault =
  | Cut
  | InterfaceDown
  | NetworkDisconnected
  | PacketsLost
  | PacketsDuplicated
  | PacketsDelayed
  | PacketsReordered
  | BandwidthLimited;

export const LINK_FAULTS: Definitions<LinkFault> = {
  cut,
  "interface-down": interfaceDown,
  "network-disconnected": networkDisconnected,
  "packets-lost": packetsLost,
  "packets-duplicated": packetsDuplicated,
  "packets-delayed": packetsDelayed,
  "packets-reordered": packetsReordered,
  "bandwidth-limited": bandwidthLimited,
};
