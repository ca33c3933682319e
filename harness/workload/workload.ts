/**
 * Client activity, as data.
 *
 * Through the VIP: lane `fresh` opens a new TCP and MySQL connection for every tick, reads, writes,
 * closes: it sees what a new client would. Lane `held` keeps one connection and alternates writes and
 * reads: it sees what a pool would, hanging included. Behind the VIP's back, if asked for: a lane
 * `at-NODE` for every node does what `held` does, at the node's own address, as a forgotten
 * configuration would, or an application that writes to both sources on purpose.
 */
import { milliseconds, seconds, type Us } from "../core/time.ts";

export type VipLane = "fresh" | "held";
export type Lane = VipLane | `at-${string}`;
export type Action = "read" | "write";

/**
 * `ok`: the server said so. `failed`: certainly without effect. `indeterminate`: sent, no answer; it
 * may have happened, and only the tables can tell.
 */
export type Outcome = "ok" | "failed" | "indeterminate";

export interface Workload {
  /** One tick of each lane starts this often, whether or not earlier ticks have finished. */
  readonly cadenceUs: Us;
  readonly connectDeadlineUs: Us;
  readonly operationDeadlineUs: Us;
  /** How often every node's own address is asked whether its mysqld answers and accepts writes. */
  readonly healthCadenceUs: Us;
  /** Every node gets a lane `at-NODE` as well. */
  readonly direct?: boolean;
}

export function laneAt(node: string): Lane {
  return `at-${node}`;
}

/** What happens to clients of the VIP is told by these lanes alone. */
export function isVipLane(lane: Lane): lane is VipLane {
  return lane === "fresh" || lane === "held";
}

/**
 * 20 ms: against failovers of 0.6 s and more it is fine enough, and every report prints it beside its figures.
 * At 10 ms clients and servers of one drill used 0.9 of a processor (sid), which is a disturbance of
 * what is measured, and leaves no room for a second drill.
 */
export const defaultWorkload: Workload = {
  cadenceUs: milliseconds(20),
  connectDeadlineUs: seconds(1),
  operationDeadlineUs: seconds(1),
  healthCadenceUs: milliseconds(100),
};
