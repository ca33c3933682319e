/** Faults of the network, simulated. */
import type { LinkFault } from "../../../fault/fault.ts";
import { ADD_TABLE, DELETE_TABLE } from "./costs.ts";
import type { SimDrivers } from "./driver.ts";
import { filtered, lossy } from "./filter.ts";
import { interfaceDown, networkDisconnected } from "./interface.ts";
import { delayed, notSimulated, shaped } from "./shape.ts";

const TABLE = { inject: ADD_TABLE, heal: DELETE_TABLE };

export const LINK_FAULTS: SimDrivers<LinkFault> = {
  cut: ({ direction = "both" }, context) => filtered(context, direction, undefined),
  "interface-down": (_fault, context) => interfaceDown(context),
  "network-disconnected": (_fault, context) => networkDisconnected(context),
  "packets-lost": ({ direction, share }, context) => lossy(context, direction, share),
  "packets-duplicated": ({ share }, context) =>
    shaped(context, { kind: "duplicate", share }, TABLE),
  "packets-delayed": ({ delayUs, jitterUs }, context) =>
    shaped(context, delayed(delayUs, jitterUs)),
  "packets-reordered": ({ share, byUs }, context) =>
    shaped(context, { kind: "reorder", share, byUs }),
  "bandwidth-limited": () => notSimulated("a limit of bandwidth"),
};
