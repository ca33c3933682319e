/** Faults of group `node`, simulated. */
import type { NodeFault } from "../../../fault/fault.ts";
import type { SimDrivers } from "./driver.ts";

export const NODE_FAULTS: SimDrivers<NodeFault> = {};
