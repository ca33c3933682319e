/**
 * How late the machine under the cluster was, and what that does to a measured time.
 *
 * A thread in the observer sleeps 10 ms at a time and reports how much longer it took: whoever else on
 * that machine waited for a processor, keepalived's timers among them, may have been as late. A node with a kernel
 * of its own reports the same of itself, 20 ms at a time. A simulated run has no such reports, and is exact.
 *
 * Cannot see: other processors than the one the thread slept on, and spans shorter than its sleep.
 */
import { milliseconds, type Interval, type Us } from "../core/time.ts";
import { only, type Event } from "../history/events.ts";

/**
 * Lateness that does not count as noise. It is what predictions allow before their interval
 * (`predict/move.ts`, SCHEDULING), and what the thread reports second by second from.
 */
export const QUIET_US_MAX: Us = milliseconds(20);

/** Reports of longer spans are the summary of a whole run; what it was late by is in one of its seconds. */
const SECOND_US_MAX: Us = milliseconds(1500);

export interface Noise {
  /** The worst lateness in the span. */
  readonly lateUs: Us;
  /** Seq of the report. */
  readonly event: number;
}

/** Absent: quiet, or nobody listened (see `isListenedTo`). */
export function noiseIn(events: readonly Event[], span: Interval): Noise | undefined {
  const [worst] = only(events, "jitter")
    .filter(
      (event) =>
        event.lateUs > QUIET_US_MAX &&
        event.spanUs <= SECOND_US_MAX &&
        event.tUs >= span.startUs &&
        event.tUs - event.spanUs <= span.endUs,
    )
    .toSorted((a, b) => b.lateUs - a.lateUs);
  return worst === undefined ? undefined : { lateUs: worst.lateUs, event: worst.seq };
}

export function isListenedTo(events: readonly Event[]): boolean {
  return only(events, "jitter").length > 0;
}

/** The worst of the run, however small. */
export function worstLateness(events: readonly Event[]): Noise | undefined {
  const [worst] = only(events, "jitter").toSorted((a, b) => b.lateUs - a.lateUs);
  return worst === undefined ? undefined : { lateUs: worst.lateUs, event: worst.seq };
}

/** `noisy: the machine was late by up to 84 ms`. */
export function noiseWords({ lateUs }: Noise): string {
  return `noisy: the machine was late by up to ${Math.ceil(lateUs / 1000)} ms`;
}
