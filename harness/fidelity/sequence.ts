/**
 * Who held an address over time, as a short list: the sets of holders, one after the other.
 *
 * A hand-over has an overlap or a gap of about a millisecond, and which of the two is chance. Sets
 * that lasted less than `BRIEF_US` are therefore left out, and the next one counts from its own start.
 */
import { durationUs, milliseconds, type Interval, type Us } from "../core/time.ts";
import type { Event } from "../history/events.ts";
import { endOfWatch, holdersAt, holdings } from "../history/queries.ts";

export interface HolderSet {
  /** From when, on the clock of the history. */
  readonly startUs: Us;
  /** In name order; empty when nobody had the address. */
  readonly holders: readonly string[];
}

/** Ten times what a hand-over takes, a tenth of the shortest advert interval anyone uses. */
export const BRIEF_US: Us = milliseconds(50);

/** The first set is the one at `fromUs`, the last the one at the end, however short they are. */
export function holderSequence(events: readonly Event[], address: string, fromUs: Us): HolderSet[] {
  const endUs = Math.max(endOfWatch(events), fromUs);
  const held = holdings(events, address, endUs).filter((item) => item.startUs < endUs);
  const edges = held.flatMap((item) => [item.startUs, ...(item.open ? [] : [item.endUs])]);
  const starts = [...new Set([fromUs, ...edges])]
    .filter((tUs) => tUs >= fromUs && tUs < endUs)
    .sort((a, b) => a - b);
  const spans = starts.map((startUs, index) => ({
    startUs,
    endUs: starts[index + 1] ?? endUs,
    holders: holdersAt(held, startUs),
  }));
  const lasting = merged(spans).filter(
    (span, index, all) => index === 0 || index === all.length - 1 || durationUs(span) >= BRIEF_US,
  );
  return merged(lasting).map(({ startUs, holders }) => ({ startUs, holders }));
}

interface Span extends Interval, HolderSet {}

/** Neighbours that are the same set become one. */
function merged(spans: readonly Span[]): Span[] {
  const result: Span[] = [];
  for (const span of spans) {
    const before = result.at(-1);
    if (before !== undefined && sameHolders(before, span)) {
      result[result.length - 1] = { ...before, endUs: span.endUs };
    } else result.push(span);
  }
  return result;
}

export function sameHolders(a: HolderSet, b: HolderSet): boolean {
  return a.holders.join() === b.holders.join();
}

/** `db1 -> nobody -> db2`. */
export function describeSequence(sets: readonly HolderSet[]): string {
  return sets.map(({ holders }) => holders.join("+") || "nobody").join(" -> ");
}
