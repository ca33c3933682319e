/** The longest time that clients of a lane went without an acknowledged write. */
import type { Interval, Us } from "../core/time.ts";
import { only, type Event } from "../history/events.ts";
import { endOfHistory, phaseSpan } from "../history/queries.ts";
import type { Lane } from "../workload/workload.ts";

/** While the load was on and something could be disturbed: `disturb` begins, `quiesce` begins. */
export function loadSpan(events: readonly Event[]): Interval | undefined {
  const disturb = phaseSpan(events, "disturb");
  if (disturb === undefined) return undefined;
  const ended = phaseSpan(events, "quiesce") ?? phaseSpan(events, "collect");
  return { startUs: disturb.startUs, endUs: ended?.startUs ?? endOfHistory(events) };
}

/** From the last acknowledged write to the next one. */
export interface WriteGap extends Interval {
  /** Seq of the writes at its ends, as far as there are such writes. */
  readonly evidence: readonly number[];
  /** No write was acknowledged any more until the load ended. */
  readonly open: boolean;
}

/**
 * Absent when the lane had no write acknowledged at all. A gap that begins before the span counts whole: it
 * is one outage.
 */
export function longestWriteGap(
  events: readonly Event[],
  lane: Lane,
  span: Interval,
): WriteGap | undefined {
  const writes = only(events, "complete").filter(
    (event) => event.lane === lane && event.action === "write" && event.outcome === "ok",
  );
  if (writes.length === 0) return undefined;
  let longest: WriteGap | undefined;
  const consider = (from: Edge, to: Edge): void => {
    if (to.tUs <= span.startUs || from.tUs >= span.endUs) return;
    if (longest !== undefined && to.tUs - from.tUs <= longest.endUs - longest.startUs) return;
    const evidence = [from.seq, to.seq].filter((seq) => seq !== undefined);
    longest = { startUs: from.tUs, endUs: to.tUs, evidence, open: to.seq === undefined };
  };
  let before: Edge = { tUs: span.startUs };
  for (const write of writes) {
    consider(before, write);
    before = write;
  }
  consider(before, { tUs: span.endUs });
  return longest;
}

/** A write, or an end of the span. */
interface Edge {
  readonly tUs: Us;
  readonly seq?: number;
}
