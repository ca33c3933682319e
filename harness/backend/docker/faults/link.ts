/** Drivers of the faults of the network. */
import type { LinkFault } from "../../../fault/fault.ts";
import type { Drivers } from "./driver.ts";
import { packetsDuplicatedDriver } from "./duplicate.ts";
import { cutDriver } from "./filter.ts";
import { interfaceDownDriver } from "./interface.ts";
import { packetsLostDriver } from "./loss.ts";
import { networkDisconnectedDriver } from "./network.ts";
import { shapeDriver } from "./shape.ts";

export const LINK_DRIVERS: Drivers<LinkFault> = {
  cut: ({ direction = "both" }) => cutDriver(direction),
  "interface-down": () => interfaceDownDriver(),
  "network-disconnected": () => networkDisconnectedDriver(),
  "packets-lost": ({ direction, share }) => packetsLostDriver(direction, share),
  "packets-duplicated": ({ share }) => packetsDuplicatedDriver(share),
  "packets-delayed": ({ delayUs, jitterUs }) => shapeDriver({ kind: "delay", delayUs, jitterUs }),
  "packets-reordered": ({ share, byUs }) => shapeDriver({ kind: "reorder", share, byUs }),
  "bandwidth-limited": ({ bitsPerSecond }) => shapeDriver({ kind: "rate", bitsPerSecond }),
};
