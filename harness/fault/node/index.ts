/** Faults of a whole node: its power, its processor, its memory, its disk. */
import type { Definitions } from "../definition.ts";
import { cpuStarved, type CpuStarved } from "./cpu-starved.ts";
import { diskFull, type DiskFull } from "./disk-full.ts";
import { memoryExhausted, type MemoryExhausted } from "./memory-exhausted.ts";
import { nodePaused, type NodePaused } from "./node-paused.ts";
import { nodePoweredOff, type NodePoweredOff } from "./node-powered-off.ts";
import { nodeRebooted, type NodeRebooted } from "./node-rebooted.ts";

export type { BootOrder } from "./boot.ts";
export { DEFAULT_BOOT } from "./boot.ts";

export type NodeFault =
  NodePoweredOff | NodeRebooted | NodePaused | CpuStarved | MemoryExhausted | DiskFull;

export const NODE_FAULTS: Definitions<NodeFault> = {
  "node-powered-off": nodePoweredOff,
  "node-rebooted": nodeRebooted,
  "node-paused": nodePaused,
  "cpu-starved": cpuStarved,
  "memory-exhausted": memoryExhausted,
  "disk-full": diskFull,
};
