/** Faults of group `node`, simulated. */
import type { NodeFault } from "../../../fault/fault.ts";
import type { SimDrivers } from "./driver.ts";
import { diskFull, outOfMemory, starved } from "./node-limits.ts";
import { paused } from "./node-paused.ts";
import { poweredOff, rebooted } from "./node-power.ts";

export const NODE_FAULTS: SimDrivers<NodeFault> = {
  "node-powered-off": ({ boot }, context) => poweredOff(context, boot),
  "node-rebooted": ({ downUs, boot }, context) => rebooted(context, downUs, boot),
  "node-paused": ({ network }, context) => paused(context, network),
  "cpu-starved": (_fault, context) => starved(context),
  "memory-exhausted": (_fault, context) => outOfMemory(context),
  "disk-full": (_fault, context) => diskFull(context),
};
