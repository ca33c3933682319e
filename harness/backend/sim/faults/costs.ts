/**
 * How long the commands take that inject and heal faults on containers, around their effect: a shell, the
 * tool, and what the kernel does for it. Measured as the spans between `begin` and `end` of 34 drawn drills
 * on two shared cores (least to median); the effect falls where packets and netlink showed it.
 */
import type { Us } from "../../../core/time.ts";

export interface CommandCost {
  readonly beforeUs: readonly [leastUs: Us, mostUs: Us];
  readonly afterUs: readonly [leastUs: Us, mostUs: Us];
}

export const NOTHING: CommandCost = { beforeUs: [0, 0], afterUs: [0, 0] };
/** 0.7 to 2.1 ms in all. */
export const KILL: CommandCost = { beforeUs: [300, 900], afterUs: [300, 1000] };
/** 4 to 10 ms to inject, 11 to 20 ms to heal. */
export const ADD_TABLE: CommandCost = { beforeUs: [3000, 8000], afterUs: [500, 1500] };
export const DELETE_TABLE: CommandCost = { beforeUs: [8000, 16_000], afterUs: [2000, 4000] };
/** Netlink showed the address 1.6 to 4 ms after the beginning. */
export const IP: CommandCost = { beforeUs: [1600, 3600], afterUs: [500, 1500] };
