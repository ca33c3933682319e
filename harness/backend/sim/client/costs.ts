/**
 * How long things take in the simulated client, and where each figure is from.
 *
 * "Stored run" is `harness/testing/fixtures/run-mysqld-killed`: Debian sid, MySQL 9.7.4, two shared
 * cores; its answers between 14.5 s and 17.9 s, when nothing else started on the machine (fresh reads
 * n = 40, fresh writes 41, held 20 each). Cut at what fits into one tick of 10 ms; beyond that lie 6%
 * of the fresh reads and 5% of the fresh writes there, all of them the machine's scheduling.
 */
import type { Us } from "../../../core/time.ts";
import type { Quantiles } from "./chance.ts";

/** From the invocation of a fresh read to its answer, connecting included. */
export const FRESH_READ_US: Quantiles = [984, 1046, 1148, 1354, 2086, 3400, 4200];
/** From the invocation of a write on an open connection to its answer. */
export const FRESH_WRITE_US: Quantiles = [486, 534, 638, 778, 1186, 1826, 2500];
export const HELD_WRITE_US: Quantiles = [678, 706, 836, 1414, 2280, 2700, 3000];
export const HELD_READ_US: Quantiles = [170, 266, 358, 518, 1102, 1364, 1368];
/** Connecting alone: what a fresh read takes beyond a read on an open connection. */
export const CONNECT_US: Quantiles = [700, 760, 800, 840, 1100, 2000, 2800];
/** From invocation to ECONNREFUSED: stored run, 9.6 s to 12 s, n = 44; the last 7% cut. */
export const REFUSED_US: Quantiles = [228, 336, 410, 478, 712, 1252, 1500];
/** From invocation to the SYN on the wire: 0.13 to 0.4 ms in the stored run (21 of 22). */
export const PREPARE_US: Quantiles = [150, 180, 210, 260, 300, 350, 400];

/** There and back on the segment: SYN to SYN-ACK was 41 to 72 µs in a run with nothing disturbed. */
export const ROUND_TRIP_US: Us = 60;
/**
 * A server that gets n waiting connections at once, as a new holder does, shares its cores among them: each
 * takes 1 + n/4 times as long, for about n milliseconds. From 27 moves in drawn container runs on two
 * shared cores with n near 60: the first read came after 14 ms, the first write after 40 ms (medians).
 */
export const CROWD_SHARE = 0.25;
export const CROWD_US: Us = 1000;
/** Between the answer to a read and the invocation of the write after it: 2 to 11 µs in the stored run. */
export const NEXT_INVOKE_US: Us = 6;
/** A timer of the client runs this late at most: ticks of the stored run scatter by half a millisecond. */
export const TIMER_LATE_US_MAX: Us = 600;
/** The timers of the held lane run behind those of the fresh lane by up to this, drawn once a run. */
export const HELD_BEHIND_US_MAX: Us = 1000;
/** What a connection of the health probe needs, and what its question needs. */
export const HEALTH_CONNECT_US: Quantiles = CONNECT_US;
export const HEALTH_ASK_US: Quantiles = HELD_READ_US;

/** Shares of an operation's time at which the server has the request, and has executed it. */
export const ARRIVES_SHARE = 0.2;
export const EXECUTED_SHARE = 0.8;

/**
 * Nothing of a tick lasts longer than this when all is well, replication included: the timer, the read,
 * the write, the way to the replica and being applied there. A stretch of ticks can be computed in one
 * go only if the cadence is not shorter.
 */
export const TICK_US_MAX: Us = 9_800;

/** Linux: TCP_TIMEOUT_INIT 1 s; since 6.5 the first four go out a second apart (tcp_syn_linear_timeouts). */
export const SYN_AGAIN_US: readonly Us[] = [1, 1, 1, 1, 1, 2, 4, 8, 16, 32].map((s) => s * 1e6);
/** Linux TCP_RTO_MIN 200 ms on a path this short, doubled each time (RFC 6298 section 5). */
export const DATA_AGAIN_US: Us = 200_000;
/**
 * A single question is sent again by the tail loss probe first, 200 ms (TCP_RTO_MIN) and twice the round trip later, and from that on by the
 * retransmission timer, which is doubled each time: Linux `tcp_output.c:tcp_schedule_loss_probe`, `tcp_send_loss_probe`, RFC 8985 section 7.
 * So it goes out at 1, 2, 4, 8 and 16 times this. The kept connections of 153 container runs met the new holder 0.18 to 0.29 s (39, median 0.21) or 0.82 to
 * 0.91 s (114, median 0.85) after their question, none in between.
 */
export const QUESTION_AGAIN_US: Us = 210_000;

/** Client's clock report, `CLOCK_EVERY_MS` of the real client. */
export const CLOCK_EVERY_US: Us = 500_000;
/** `ANSWER_DEADLINE_MS` of the real client's health probe. */
export const HEALTH_DEADLINE_US: Us = 500_000;
