/** Drivers of the faults of the network. */
import type { LinkFault } from "../../../fault/fault.ts";
import type { Drivers } from "./driver.ts";
import { cutDriver } from "./filter.ts";

export const LINK_DRIVERS: Drivers<LinkFault> = {
  cut: () => cutDriver(),
};
