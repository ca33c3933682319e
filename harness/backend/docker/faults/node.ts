/** Drivers of the faults of group `node`. */
import type { NodeFault } from "../../../fault/fault.ts";
import type { Drivers } from "./driver.ts";

export const NODE_DRIVERS: Drivers<NodeFault> = {};
