/** What part of the time is shown, and how that moves. Pure; shared with the viewer. */

export interface Range {
  readonly startUs: number;
  readonly endUs: number;
}

/** A few packets next to one another; less shows nothing more, as times are whole microseconds. */
export const SPAN_US_MIN = 200;

/** Inside the bounds, whole microseconds, and neither shorter than sense has nor longer than all. */
export function clampRange({ startUs, endUs }: Range, bounds: Range): Range {
  const all = bounds.endUs - bounds.startUs;
  const span = Math.min(all, Math.max(SPAN_US_MIN, Math.round(endUs - startUs)));
  const start = Math.min(Math.max(Math.round(startUs), bounds.startUs), bounds.endUs - span);
  return { startUs: start, endUs: start + span };
}

/** Times as long, with `atUs` staying where it is. */
export function zoomed({ startUs, endUs }: Range, factor: number, atUs: number): Range {
  return {
    startUs: atUs - (atUs - startUs) * factor,
    endUs: atUs + (endUs - atUs) * factor,
  };
}

/** Clamped without becoming narrower at an end of the bounds. */
export function moved({ startUs, endUs }: Range, byUs: number, bounds: Range): Range {
  const by = Math.max(bounds.startUs - startUs, Math.min(bounds.endUs - endUs, byUs));
  return { startUs: startUs + by, endUs: endUs + by };
}

export function centred({ startUs, endUs }: Range, atUs: number): Range {
  const half = (endUs - startUs) / 2;
  return { startUs: atUs - half, endUs: atUs + half };
}

/** Two fingers: the times under them stay under them. */
export function pinched(
  { startUs, endUs }: Range,
  width: number,
  before: readonly [number, number],
  after: readonly [number, number],
): Range {
  const usPerPixel = (endUs - startUs) / width;
  const times = before.map((x) => startUs + x * usPerPixel) as [number, number];
  const apart = after[1] - after[0];
  if (Math.abs(apart) < 1) return { startUs, endUs };
  const newUsPerPixel = Math.abs((times[1] - times[0]) / apart);
  const start = times[0] - after[0] * newUsPerPixel;
  return { startUs: start, endUs: start + newUsPerPixel * width };
}
