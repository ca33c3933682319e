/** Faults of a whole node: its power, its processor, its memory, its disk. */
import type { Definitions } from "../definition.ts";

export type NodeFault = never;

export const NODE_FAULTS: Definitions<NodeFault> = {};
