/** What a lane says at a time. Marks are found by bisection, as lanes may have tens of thousands; spans are few. */
import type { LaneColumns } from "./wire.ts";

/** First index whose value is not less. */
export function lowerBound(values: Float64Array, value: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

export interface Picked {
  readonly look: string;
  readonly text: string;
  readonly seq: number;
  readonly startUs: number;
  /** Same as `startUs` for marks. */
  readonly endUs: number;
}

/** The mark nearest to a time, not further than `withinUs`. */
export function markNear(lane: LaneColumns, tUs: number, withinUs: number): Picked | undefined {
  const { tUs: times } = lane.marks;
  const right = lowerBound(times, tUs);
  const candidates = [right - 1, right].filter((index) => index >= 0 && index < times.length);
  let best: number | undefined;
  let bestUs = withinUs;
  for (const index of candidates) {
    const far = Math.abs((times[index] ?? 0) - tUs);
    if (far <= bestUs) {
      best = index;
      bestUs = far;
    }
  }
  return best === undefined ? undefined : markAt(lane, best);
}

export function markAt({ marks, words }: LaneColumns, index: number): Picked | undefined {
  const tUs = marks.tUs[index];
  if (tUs === undefined) return undefined;
  const [look, text] = words[marks.word[index] ?? 0] ?? ["", ""];
  return { look, text, seq: marks.seq[index] ?? 0, startUs: tUs, endUs: tUs };
}

/** The uppermost span that covers a time. */
export function spanAt(lane: LaneColumns, tUs: number): Picked | undefined {
  const { startUs, endUs, word, seq } = lane.spans;
  for (let index = startUs.length - 1; index >= 0; index -= 1) {
    const start = startUs[index] ?? 0;
    const end = endUs[index] ?? 0;
    if (start > tUs || end < tUs) continue;
    const [look, text] = lane.words[word[index] ?? 0] ?? ["", ""];
    return { look, text, seq: seq[index] ?? 0, startUs: start, endUs: end };
  }
  return undefined;
}

/** Marks are what one aims at; spans are large. */
export function pickAt(lane: LaneColumns, tUs: number, withinUs: number): Picked | undefined {
  return markNear(lane, tUs, withinUs) ?? spanAt(lane, tUs);
}

/** The next mark or begin of a span in a direction, strictly after or before. */
export function neighbourOf(lane: LaneColumns, tUs: number, direction: 1 | -1): Picked | undefined {
  const found = [lane.marks.tUs, lane.spans.startUs].flatMap((times) => {
    const index = direction === 1 ? lowerBound(times, tUs + 1) : lowerBound(times, tUs) - 1;
    const at = times[index];
    return at === undefined ? [] : [at];
  });
  if (found.length === 0) return undefined;
  const at = direction === 1 ? Math.min(...found) : Math.max(...found);
  return markNear(lane, at, 0) ?? spanAt(lane, at);
}
