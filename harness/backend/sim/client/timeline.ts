/**
 * When what happens in one tick, if all is well: the lanes take their figures from here one by one, and
 * a stretch of undisturbed ticks is written down from here in one go.
 *
 * Offsets count from the tick's nominal time. Those of the fresh lane are even and those of the held
 * lane odd, so that no two of them meet and the numbering of operations never hangs on a tie.
 */
import type { Us } from "../../../core/time.ts";
import type { Action } from "../../../workload/workload.ts";
import { chance, quantile, type Quantiles } from "./chance.ts";
import {
  ARRIVES_SHARE,
  CONNECT_US,
  EXECUTED_SHARE,
  FRESH_READ_US,
  FRESH_WRITE_US,
  HELD_BEHIND_US_MAX,
  HELD_READ_US,
  HELD_WRITE_US,
  NEXT_INVOKE_US,
  PREPARE_US,
  REFUSED_US,
  ROUND_TRIP_US,
  TIMER_LATE_US_MAX,
} from "./costs.ts";

/** Streams of chance, see `chance.ts`. */
const STREAM = {
  freshLate: 1,
  freshRead: 2,
  freshPrepare: 3,
  freshWrite: 4,
  freshRefused: 5,
  heldLate: 6,
  heldWrite: 7,
  heldRead: 8,
  heldPrepare: 9,
  heldConnect: 10,
  heldRefused: 11,
  heldBehind: 12,
} as const;

/** A question on an open connection: times from its invocation. */
export interface Answering {
  readonly arrivesUs: Us;
  readonly executedUs: Us;
  readonly doneUs: Us;
}

/** Opening a connection: times from the invocation. */
export interface Opening {
  readonly synUs: Us;
  readonly readyUs: Us;
  readonly refusedUs: Us;
}

export interface FreshTick {
  readonly invokedUs: Us;
  readonly opening: Opening;
  readonly read: Answering;
  readonly write: Answering;
}

export interface HeldTick {
  readonly invokedUs: Us;
  readonly answering: Answering;
}

/** Connecting takes this share of what a fresh read takes after its SYN: 835 of 1354 µs at the median. */
const CONNECT_SHARE = 0.62;

export function freshTick(seed: number, tick: number): FreshTick {
  const totalUs = drawn(seed, STREAM.freshRead, tick, FRESH_READ_US);
  const synUs = drawn(seed, STREAM.freshPrepare, tick, PREPARE_US);
  const readyUs = Math.max(synUs + ROUND_TRIP_US, synUs + even((totalUs - synUs) * CONNECT_SHARE));
  return {
    invokedUs: lateUs(seed, STREAM.freshLate, tick),
    opening: { synUs, readyUs, refusedUs: drawn(seed, STREAM.freshRefused, tick, REFUSED_US) },
    read: answering(totalUs - readyUs),
    write: answering(drawn(seed, STREAM.freshWrite, tick, FRESH_WRITE_US)),
  };
}

export function heldTick(seed: number, tick: number, action: Action): HeldTick {
  const behindUs = even(chance(seed, STREAM.heldBehind, 0) * HELD_BEHIND_US_MAX);
  const [stream, points] =
    action === "write" ? [STREAM.heldWrite, HELD_WRITE_US] : [STREAM.heldRead, HELD_READ_US];
  return {
    invokedUs: 1 + behindUs + lateUs(seed, STREAM.heldLate, tick),
    answering: answering(drawn(seed, stream, tick, points)),
  };
}

export function heldOpening(seed: number, tick: number): Opening {
  const synUs = drawn(seed, STREAM.heldPrepare, tick, PREPARE_US);
  return {
    synUs,
    readyUs: synUs + drawn(seed, STREAM.heldConnect, tick, CONNECT_US),
    refusedUs: drawn(seed, STREAM.heldRefused, tick, REFUSED_US),
  };
}

/** When the write of a fresh tick is invoked, from the tick's nominal time. */
export function freshWriteUs(times: FreshTick): Us {
  return times.invokedUs + times.opening.readyUs + times.read.doneUs + NEXT_INVOKE_US;
}

export function answering(totalUs: Us): Answering {
  return {
    arrivesUs: even(totalUs * ARRIVES_SHARE),
    executedUs: even(totalUs * EXECUTED_SHARE),
    doneUs: totalUs,
  };
}

function drawn(seed: number, stream: number, tick: number, points: Quantiles): Us {
  return quantile(points, chance(seed, stream, tick));
}

function lateUs(seed: number, stream: number, tick: number): Us {
  return even(chance(seed, stream, tick) * TIMER_LATE_US_MAX);
}

function even(value: number): Us {
  return 2 * Math.round(value / 2);
}
