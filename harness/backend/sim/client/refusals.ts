/**
 * A stretch of ticks in which the machine with the VIP refuses every connection, as after a mysqld has
 * gone: nothing that one tick does reaches into the next. Kept as what it began with, like a stretch of
 * answered ticks (`stretch.ts`), and written out when somebody reads it.
 */
import type { Us } from "../../../core/time.ts";
import type { TimedEvent } from "../../../history/events.ts";
import type { Action } from "../../../workload/workload.ts";
import { ROUND_TRIP_US } from "./costs.ts";
import { completed, invoked, type Operation } from "./operations.ts";
import { freshTick, heldOpening, heldTick, type Opening } from "./timeline.ts";

export interface RefusalsStart {
  readonly seed: number;
  readonly vip: string;
  /** Whose kernel refuses; absent: that of a host that is none of the topology's. */
  readonly node?: string;
  /** Nominal time of tick 0, and between two ticks. */
  readonly baseUs: Us;
  readonly cadenceUs: Us;
  readonly firstTick: number;
  /** Numbers given out before it. */
  readonly operations: number;
  readonly heldWrites: number;
  readonly turn: number;
}

export interface Refusals extends RefusalsStart {
  readonly ticks: number;
}

/** The fresh lane does not get to its write. */
export const REFUSALS_A_TICK = 2;

/** How many writes the held lane has begun before a tick. */
export function heldWritesBefore(start: RefusalsStart, tick: number): number {
  const ticks = tick - start.firstTick;
  return (
    start.heldWrites + (isWriteTurn(start.turn) ? Math.ceil(ticks / 2) : Math.floor(ticks / 2))
  );
}

/** In order of recording: the two lanes never meet in one microsecond (`timeline.ts`). */
export function* expandRefusals(stretch: Refusals): Generator<TimedEvent> {
  for (let tick = stretch.firstTick; tick < stretch.firstTick + stretch.ticks; tick += 1) {
    yield* tickEvents(stretch, tick);
  }
}

function tickEvents(start: RefusalsStart, tick: number): TimedEvent[] {
  const { seed, baseUs, cadenceUs, firstTick, operations, turn } = start;
  const atUs = baseUs + tick * cadenceUs;
  const fresh = freshTick(seed, tick);
  const held = heldTick(seed, tick, "read");
  const first = operations + (tick - firstTick) * REFUSALS_A_TICK + 1;
  const freshLeads = fresh.invokedUs < held.invokedUs;
  const isWrite = isWriteTurn(turn + tick - firstTick);
  const action: Action = isWrite ? "write" : "read";
  const write = isWrite ? heldWritesBefore(start, tick) + 1 : undefined;
  return [
    ...refused(start, atUs + fresh.invokedUs, fresh.opening, {
      id: freshLeads ? first : first + 1,
      lane: "fresh",
      action: "read",
      write: undefined,
    }),
    ...refused(start, atUs + held.invokedUs, heldOpening(seed, tick), {
      id: freshLeads ? first + 1 : first,
      lane: "held",
      action,
      write,
    }),
  ];
}

/** One attempt, as `wire.ts` makes it. */
function refused(
  { vip, node }: RefusalsStart,
  invokedUs: Us,
  { synUs, refusedUs }: Opening,
  operation: Operation,
): TimedEvent[] {
  const sentUs = invokedUs + synUs;
  return [
    { ...invoked(operation), tUs: invokedUs },
    { kind: "tcp", flag: "syn", vip, tUs: sentUs },
    {
      kind: "tcp",
      flag: "rst",
      vip,
      ...(node === undefined ? {} : { sender: node }),
      tUs: sentUs + ROUND_TRIP_US,
    },
    {
      ...completed(operation, { kind: "refused", code: "ECONNREFUSED" }),
      tUs: sentUs + Math.max(ROUND_TRIP_US, refusedUs - synUs),
    },
  ];
}

function isWriteTurn(turn: number): boolean {
  return turn % 2 === 0;
}
