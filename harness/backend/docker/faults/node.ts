/** Drivers of the faults of group `node`. */
import type { NodeFault } from "../../../fault/fault.ts";
import type { Drivers } from "./driver.ts";
import { diskFullDriver } from "./node-disk.ts";
import { cpuDriver, memoryDriver } from "./node-limits.ts";
import { pauseDriver } from "./node-paused.ts";
import { powerOffDriver, rebootDriver } from "./node-power.ts";

export const NODE_DRIVERS: Drivers<NodeFault> = {
  "node-powered-off": ({ boot }) => powerOffDriver(boot),
  "node-rebooted": ({ downUs, boot }) => rebootDriver(downUs, boot),
  "node-paused": ({ network }) => pauseDriver(network),
  "cpu-starved": ({ share }) => cpuDriver(share),
  "memory-exhausted": () => memoryDriver(),
  "disk-full": () => diskFullDriver(),
};
