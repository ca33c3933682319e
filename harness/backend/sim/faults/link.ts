/** Faults of the network, simulated. */
import type { LinkFault } from "../../../fault/fault.ts";
import type { SimDrivers } from "./driver.ts";
import { filtered } from "./filter.ts";

export const LINK_FAULTS: SimDrivers<LinkFault> = {
  cut: (_fault, context) => filtered(context, "both", undefined),
};
