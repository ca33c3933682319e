/**
 * A stretch of undisturbed ticks: kept as what it began with, written out when somebody reads it. The
 * events are those that the lanes would have recorded one by one (`traffic.test.ts` compares them).
 */
import type { Us } from "../../../core/time.ts";
import type { TimedEvent } from "../../../history/events.ts";
import type { Action, Lane } from "../../../workload/workload.ts";
import type { Edge } from "../mysql/edge.ts";
import { heldTicks } from "../mysql/ledger.ts";
import { ROUND_TRIP_US } from "./costs.ts";
import { completed, invoked, type Operation } from "./operations.ts";
import { freshTick, freshWriteUs, heldTick, type FreshTick } from "./timeline.ts";

export interface StretchStart {
  readonly seed: number;
  readonly vip: string;
  readonly node: string;
  readonly serverUuid: string;
  /** Nominal time of tick 0, and between two ticks. */
  readonly baseUs: Us;
  readonly cadenceUs: Us;
  readonly firstTick: number;
  /** Numbers given out before it. */
  readonly operations: number;
  readonly writes: Readonly<Record<Lane, number>>;
  readonly turn: number;
  /** What reads saw before the first write of it. */
  readonly seen: Readonly<Record<Lane, number>>;
  /** Edges that replicate meanwhile, and those among them that the client's answer waits for. */
  readonly live: readonly Edge[];
  readonly awaited: readonly Edge[];
}

export interface Stretch extends StretchStart {
  readonly ticks: number;
}

/** Three operations a tick: two of the fresh lane, one of the held one. */
export const OPERATIONS_A_TICK = 3;

export function heldIsWrite(start: StretchStart, tick: number): boolean {
  return (start.turn + tick - start.firstTick) % 2 === 0;
}

/** How many writes the lanes have begun before a tick. */
export function writesBefore(start: StretchStart, tick: number): Record<Lane, number> {
  const ticks = tick - start.firstTick;
  return {
    fresh: start.writes.fresh + ticks,
    held: start.writes.held + heldTicks(ticks, start.turn % 2 === 0),
  };
}

/** When the two writes of a tick are committed and answered, from the tick's nominal time. */
export interface WriteTimes {
  readonly committedUs: Us;
  readonly answeredUs: Us;
}

export interface TickWrites {
  readonly fresh: WriteTimes;
  readonly held: WriteTimes | undefined;
}

export function tickWrites(start: StretchStart, tick: number, fresh: FreshTick): TickWrites {
  const begunUs = freshWriteUs(fresh);
  const freshCommit = begunUs + fresh.write.executedUs;
  const freshRestUs = fresh.write.doneUs - fresh.write.executedUs;
  const before = writesBefore(start, tick);
  if (!heldIsWrite(start, tick)) {
    const ackUs = acknowledgedUs(start, [
      { lane: "fresh", seq: before.fresh + 1, tUs: freshCommit },
    ]);
    return {
      fresh: { committedUs: freshCommit, answeredUs: (ackUs[0] ?? freshCommit) + freshRestUs },
      held: undefined,
    };
  }
  const held = heldTick(start.seed, tick, "write");
  const heldCommit = held.invokedUs + held.answering.executedUs;
  const heldRestUs = held.answering.doneUs - held.answering.executedUs;
  const rows: Committed[] = [
    { lane: "fresh", seq: before.fresh + 1, tUs: freshCommit },
    { lane: "held", seq: before.held + 1, tUs: heldCommit },
  ];
  const heldLeads = heldCommit < freshCommit;
  const ackUs = acknowledgedUs(start, heldLeads ? rows.toReversed() : rows);
  const [freshAck, heldAck] = heldLeads ? [ackUs[1], ackUs[0]] : [ackUs[0], ackUs[1]];
  return {
    fresh: { committedUs: freshCommit, answeredUs: (freshAck ?? freshCommit) + freshRestUs },
    held: { committedUs: heldCommit, answeredUs: (heldAck ?? heldCommit) + heldRestUs },
  };
}

interface Committed {
  readonly lane: Lane;
  readonly seq: number;
  readonly tUs: Us;
}

/** When commits, in their order, may be answered: at once, or when the first replica has them. */
function acknowledgedUs(start: StretchStart, rows: readonly Committed[]): Us[] {
  if (start.awaited.length === 0) return rows.map((row) => row.tUs);
  const receivedUs = start.awaited.map((edge) => {
    let lastUs = Number.NEGATIVE_INFINITY;
    return rows.map((row) => {
      lastUs = Math.max(lastUs, row.tUs + edge.receiveDelayUs(row));
      return lastUs;
    });
  });
  return rows.map(
    (_row, index) =>
      Math.min(...receivedUs.map((times) => times[index] ?? Number.POSITIVE_INFINITY)) +
      ROUND_TRIP_US,
  );
}

/** Its events in order of ticks, those of one tick in order of time. */
export function* expandStretch(stretch: Stretch): Generator<TimedEvent> {
  for (let tick = stretch.firstTick; tick < stretch.firstTick + stretch.ticks; tick += 1) {
    const events: TimedEvent[] = tickEvents(stretch, tick);
    yield* events.sort((a, b) => a.tUs - b.tUs);
  }
}

export function tickEvents(start: StretchStart, tick: number): TimedEvent[] {
  const { seed, vip, node, serverUuid } = start;
  const atUs = start.baseUs + tick * start.cadenceUs;
  const fresh = freshTick(seed, tick);
  const action: Action = heldIsWrite(start, tick) ? "write" : "read";
  const held = heldTick(seed, tick, action);
  const writes = tickWrites(start, tick, fresh);
  const before = writesBefore(start, tick);
  const writeUs = freshWriteUs(fresh);
  const firstOp = start.operations + (tick - start.firstTick) * OPERATIONS_A_TICK + 1;
  // Numbers are given in order of invocation; the fresh read can only be last if the held lane leads.
  const order = [fresh.invokedUs, writeUs, held.invokedUs].map(
    (own, index, all) => firstOp + all.filter((other, i) => other < own && i !== index).length,
  );
  const [readOp = 0, writeOp = 0, heldOp = 0] = order;
  const read: Operation = { id: readOp, lane: "fresh", action: "read", write: undefined };
  const write: Operation = { id: writeOp, lane: "fresh", action: "write", write: before.fresh + 1 };
  const heldWrite = action === "write" ? before.held + 1 : undefined;
  const other: Operation = { id: heldOp, lane: "held", action, write: heldWrite };
  const synUs = fresh.invokedUs + fresh.opening.synUs;
  const readDoneUs = fresh.invokedUs + fresh.opening.readyUs + fresh.read.doneUs;
  const heldDoneUs = writes.held?.answeredUs ?? held.invokedUs + held.answering.doneUs;
  const seenFresh = tick === start.firstTick ? start.seen.fresh : before.fresh;
  const seenHeld = before.held === start.writes.held ? start.seen.held : before.held;
  const ok = (seen: number | undefined) =>
    ({ kind: "answered", server: serverUuid, read: seen }) as const;
  // The time comes last, as in what is recorded one by one: a history does not show what was passed over.
  return [
    { ...invoked(read), tUs: atUs + fresh.invokedUs },
    { kind: "tcp", flag: "syn", vip, tUs: atUs + synUs },
    { kind: "tcp", flag: "syn-ack", vip, sender: node, tUs: atUs + synUs + ROUND_TRIP_US },
    { ...completed(read, ok(seenFresh)), tUs: atUs + readDoneUs },
    { ...invoked(write), tUs: atUs + writeUs },
    { ...completed(write, ok(undefined)), tUs: atUs + writes.fresh.answeredUs },
    { ...invoked(other), tUs: atUs + held.invokedUs },
    {
      ...completed(other, ok(action === "read" ? seenHeld : undefined)),
      tUs: atUs + heldDoneUs,
    },
  ];
}
