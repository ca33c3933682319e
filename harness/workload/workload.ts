/**
 * Client activity through the VIP, as data.
 *
 * Lane `fresh` opens a new TCP and MySQL connection for every tick, reads, writes, closes: it sees
 * what a new client would. Lane `held` keeps one connection and alternates writes and reads: it sees
 * what a pool would, hanging included.
 */
import { milliseconds, seconds, type Us } from "../core/time.ts";

export type Lane = "fresh" | "held";
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
}

export const defaultWorkload: Workload = {
  cadenceUs: milliseconds(10),
  connectDeadlineUs: seconds(1),
  operationDeadlineUs: seconds(1),
  healthCadenceUs: milliseconds(100),
};
