/**
 * Units of time. Internal time is whole microseconds; seconds appear at the edges.
 *
 * A `Us` counts from whatever origin its name says (usually the start of the run).
 */
export type Us = number;

export const MICROSECONDS_PER_SECOND = 1_000_000;

export function seconds(count: number): Us {
  return Math.round(count * MICROSECONDS_PER_SECOND);
}

export function milliseconds(count: number): Us {
  return Math.round(count * 1000);
}

/** Seconds with three decimals, as shown to people: `2.613 s`. */
export function formatSeconds(us: Us): string {
  return `${(us / MICROSECONDS_PER_SECOND).toFixed(3)} s`;
}

/** A point of a time line, `+12.431`, aligned for columns. */
export function formatOffset(us: Us): string {
  const sign = us < 0 ? "-" : "+";
  return `${sign}${(Math.abs(us) / MICROSECONDS_PER_SECOND).toFixed(3)}`.padStart(9);
}

/** A span of time; `endUs` absent means it had not ended when watching stopped. */
export interface Interval {
  readonly startUs: Us;
  readonly endUs: Us;
}

export function durationUs(interval: Interval): Us {
  return interval.endUs - interval.startUs;
}

/** Where two intervals overlap, or nothing. Touching ends do not overlap. */
export function intersect(a: Interval, b: Interval): Interval | undefined {
  const startUs = Math.max(a.startUs, b.startUs);
  const endUs = Math.min(a.endUs, b.endUs);
  return endUs > startUs ? { startUs, endUs } : undefined;
}
