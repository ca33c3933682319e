/**
 * Chance by name and number instead of by order of asking: the same operation draws the same figure
 * however many others were computed before it, so a stretch of operations need not be walked through.
 *
 * The mixing is that of MurmurHash3's finaliser (Appleby 2011); it is not for secrets.
 */

/** Uniform in [0, 1) for one draw of one stream. */
export function chance(seed: number, stream: number, index: number): number {
  let h = Math.imul(index ^ seed, 0x9e3779b1) ^ Math.imul(stream + 0x7f4a7c15, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13) ^ stream, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 16), 0x27d4eb2f);
  return ((h ^ (h >>> 15)) >>> 0) / 2 ** 32;
}

/** Points of a distribution: least, p10, p25, p50, p75, p90, greatest. */
export type Quantiles = readonly [number, number, number, number, number, number, number];

const STEPS = [0, 0.1, 0.25, 0.5, 0.75, 0.9, 1] as const;

/** The value at a share, straight lines between the points; an even number (see `timeline.ts`). */
export function quantile(points: Quantiles, share: number): number {
  let index = 0;
  while (index < 5 && share >= (STEPS[index + 1] ?? 1)) index += 1;
  const low = points[index] ?? 0;
  const high = points[index + 1] ?? low;
  const from = STEPS[index] ?? 0;
  const width = (STEPS[index + 1] ?? 1) - from;
  return 2 * Math.round((low + ((high - low) * (share - from)) / width) / 2);
}
