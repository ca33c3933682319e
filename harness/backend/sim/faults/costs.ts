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
/** `ip link set` and, up again, the routes; netlink showed the link 2.4 to 18 ms after the beginning. */
export const LINK_DOWN: CommandCost = { beforeUs: [2000, 8000], afterUs: [2500, 6500] };
export const LINK_UP: CommandCost = { beforeUs: [2700, 8000], afterUs: [5000, 14_000] };
/** `tc qdisc`: 2.5 to 28 ms to add, 4 to 31 ms to delete. */
export const ADD_QUEUE: CommandCost = { beforeUs: [1500, 9000], afterUs: [500, 5000] };
export const DELETE_QUEUE: CommandCost = { beforeUs: [2000, 12_000], afterUs: [1000, 5000] };
/** The engine: 0.25 to 1.2 s to disconnect, the link gone after 0.03 to 0.54 s; 0.2 to 1.4 s to reconnect, up after 0.1 to 0.54 s. */
export const DISCONNECT: CommandCost = { beforeUs: [30_000, 300_000], afterUs: [200_000, 600_000] };
export const RECONNECT: CommandCost = { beforeUs: [100_000, 500_000], afterUs: [100_000, 500_000] };
/** Of a foreign host, in four runs each: a program is put into the background in 2 to 22 ms, and ended in 2 to 17. */
export const BACKGROUND: CommandCost = { beforeUs: [1000, 10_000], afterUs: [1000, 8000] };
/** From there to its first packet, 20 to 60 ms. */
export const PERL_START_US: readonly [leastUs: Us, mostUs: Us] = [20_000, 50_000];
/** The address was there after 2 to 5 ms, the command waits 50 ms more for the first announcement. */
export const TAKE_ADDRESS: CommandCost = { beforeUs: [1500, 5000], afterUs: [50_000, 70_000] };
/** It left 4 to 42 ms after the beginning. */
export const ARPING_START_US: readonly [leastUs: Us, mostUs: Us] = [3000, 30_000];
/** 6.5 to 8.6 ms in all. */
export const LEAVE_ADDRESS: CommandCost = { beforeUs: [4000, 6000], afterUs: [2000, 3000] };
/** A `mysql` client that logs in as root and runs one statement: 40 to 54 ms in all, on a busy machine. */
export const SQL: CommandCost = { beforeUs: [15_000, 45_000], afterUs: [2000, 10_000] };
/** STOP, CHANGE and START in one client: 74 and 75 ms. */
export const DELAY: CommandCost = { beforeUs: [20_000, 50_000], afterUs: [10_000, 30_000] };
/** The client on the source, 43 ms; the one on the replica comes before it. */
export const BREAK: CommandCost = SQL;
/** The lock alone, by the server's clock: 2.3 ms with nothing to wait for, 8 ms at most of three times. */
export const LOCK: CommandCost = { beforeUs: [500, 3000], afterUs: [500, 2000] };
/** From the first lowering of max_connections to the third: 180 and 260 ms. */
export const EXHAUST: CommandCost = { beforeUs: [1000, 5000], afterUs: [180_000, 260_000] };
/** The sessions are killed and the setting restored: 61 ms. */
export const MAKE_ROOM: CommandCost = { beforeUs: [1000, 5000], afterUs: [30_000, 60_000] };
/** One run on a busy machine: frames dropped within some 10 ms, the addresses gone after 59 ms, the end at 92 ms. */
export const POWER_OFF: CommandCost = { beforeUs: [3000, 15_000], afterUs: [20_000, 80_000] };
/** The table is deleted; the services then take their own time. */
export const POWER_ON: CommandCost = { beforeUs: [3000, 8000], afterUs: [0, 0] };
/** `docker pause` and `docker unpause` took 49 and 54 ms on a machine with nothing else to do. */
export const PAUSE: CommandCost = { beforeUs: [10_000, 40_000], afterUs: [10_000, 20_000] };
/** Allocating to the limit and the kill took 178 ms on an idle machine and 723 ms on a busy one. */
export const OUT_OF_MEMORY: { readonly inject: CommandCost; readonly heal: CommandCost } = {
  inject: { beforeUs: [60_000, 150_000], afterUs: [20_000, 50_000] },
  heal: { beforeUs: [40_000, 80_000], afterUs: [0, 0] },
};
