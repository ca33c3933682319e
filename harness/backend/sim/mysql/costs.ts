/**
 * How long things take in the simulated server, and where each figure is from. Ranges are drawn from
 * evenly unless said otherwise.
 */
import type { Us } from "../../../core/time.ts";
import type { ServerFlavour } from "./server.ts";

export type Range = readonly [leastUs: Us, mostUs: Us];

export interface ServerCosts {
  /** From the start of the process to the open port, after a clean stop. */
  readonly startUs: Range;
  /** On top of it after a crash. */
  readonly recoveryUs: Range;
  /** From SIGTERM to the closed port; connections are closed with it. */
  readonly portCloseUs: Range;
  /** From SIGTERM to the end of the process. */
  readonly stopUs: Range;
  /** The same for a server that is both a source and a replica. */
  readonly stopAsPairUs: Range;
  /** From SIGKILL to the closing of its sockets by the kernel: its memory is given back first. */
  readonly teardownUs: Range;
}

/**
 * Starts and stops: `images/README.md`, "Measured" (first starts in fresh containers, overlay). Recovery:
 * the stored run `mysqld-killed` had 0.85 s from start to open port after a kill, 0.25 s more than a
 * first start; not measured for MariaDB, taken over. Tear-down of MySQL: 53 to 174 ms from the kill to the client that notices, median 61, in seven drawn
 * container runs on a busy machine.
 * Port: 18 ms, measured once for MySQL, taken over for MariaDB. MySQL as a member of a dual-source pair
 * takes longer (`images/README.md`); MariaDB was not seen to.
 */
export const SERVER_COSTS: Readonly<Record<ServerFlavour, ServerCosts>> = {
  "mysql-9.7": {
    startUs: [537_000, 661_000],
    recoveryUs: [200_000, 350_000],
    portCloseUs: [12_000, 24_000],
    stopUs: [1_481_000, 1_528_000],
    stopAsPairUs: [1_900_000, 4_500_000],
    teardownUs: [50_000, 100_000],
  },
  "mariadb-10.11": {
    startUs: [171_000, 178_000],
    recoveryUs: [200_000, 350_000],
    portCloseUs: [12_000, 24_000],
    stopUs: [89_000, 103_000],
    stopAsPairUs: [89_000, 103_000],
    teardownUs: [4_000, 25_000],
  },
  "mariadb-11.8": {
    startUs: [357_000, 1_060_000],
    recoveryUs: [200_000, 350_000],
    portCloseUs: [12_000, 24_000],
    stopUs: [236_000, 485_000],
    stopAsPairUs: [236_000, 485_000],
    teardownUs: [5_000, 30_000],
  },
};

/** A committed transaction reaches the replica after this; assumed, as the segment is one machine. */
export const RECEIVE_US: Range = [150, 800];
/** The applier has executed it after this; bounded by half a held write, which is the same work. */
export const APPLY_US: Range = [200, 1200];
/** A backlog: rows that one pass takes at most, and what each costs. Assumed. */
export const BATCH_ROWS = 200;
export const RECEIVE_ROW_US: Us = 20;
export const APPLY_ROW_US: Us = 150;
/**
 * Behind directors clients read from several servers, each of which executes what the others commit beside its own, and every second read
 * shows how far they are apart. `STALL_SHARE` of the transactions keep the applier busy for a time out of `STALL_US`, drawn evenly by its
 * logarithm. From 24 undisturbed stretches of 9 to 14 s on containers (lvs-dr without persistence, MySQL 9.7.4, two or three clusters at a
 * time on two cores): 12 to 20 ms after its acknowledgement a write was missing from the other server in 247 of 5764 cases, after 0.5 s in none. It is the
 * machine's doing: in the two quietest stretches in none of 744, with four clusters at a time in 303 of 1450.
 */
export const STALL_SHARE = 0.02;
export const STALL_US: Range = [8_000, 350_000];
/**
 * There too: from the connection of a server that has just been started to the first transaction that it executes of those it missed. Up to
 * 2.64 s after it a client's first read showed none of them (10 of 10), later all (28 of 32; the last that did not at 6.96 s, on a machine where mysqld took
 * 3.6 s to start). Servers' logs are silent in between, and why it takes that long is not known.
 */
export const CATCH_UP_US: Range = [2_000_000, 4_000_000];
/** Connecting and asking for what is missing: 118 and 88 ms in the servers' logs of one real run. */
export const RECONNECT_US: Range = [30_000, 120_000];
/** SOURCE_CONNECT_RETRY = 1 (`harness/mysql/dialect.ts`). */
export const RETRY_US: Us = 1_000_000;
/** replica_net_timeout, default 60 s: MySQL manual 19.1.6.3; slave_net_timeout in MariaDB, the same. */
export const NET_TIMEOUT_US: Us = 60_000_000;
/** rpl_semi_sync_source_timeout, default 10 s: MySQL manual 19.4.10.1. */
export const ACK_TIMEOUT_US: Us = 10_000_000;
