/**
 * The mean of a moment at which enough independent things have happened. Each is a sum of independent
 * uniform times, whose distribution function is piecewise polynomial (Irwin-Hall with own widths), so
 * Gauss-Legendre quadrature between the break points is exact up to its degree.
 */
import type { Us } from "../core/time.ts";

/** A fixed time plus independent uniform times from 0 to each width. */
export interface Distribution {
  readonly fromUs: Us;
  readonly widths: readonly Us[];
}

export interface Weighted {
  readonly distribution: Distribution;
  readonly weight: number;
}

/** Nodes and weights of eight points on [-1, 1]: exact to degree 15 (Abramowitz and Stegun, table 25.4). */
const HALF: readonly (readonly [number, number])[] = [
  [0.183434642495649, 0.362683783378362],
  [0.525532409916329, 0.313706645877887],
  [0.796666477413627, 0.222381034453374],
  [0.960289856497536, 0.101228536290376],
];
const GAUSS = HALF.flatMap(([x, w]) => [[x, w] as const, [-x, w] as const]);

/** Mean time at which the weights of what has happened reach `needed`. */
export function expectation(
  parts: readonly Weighted[],
  needed: number,
  minUs: Us,
  maxUs: Us,
): number {
  const inside = parts
    .flatMap(({ distribution }) => breakPoints(distribution))
    .filter((point) => point > minUs && point < maxUs);
  const points = [minUs, ...new Set(inside), maxUs].sort((a, b) => a - b);
  let mean = minUs;
  for (const [index, start] of points.slice(0, -1).entries()) {
    const half = ((points[index + 1] ?? start) - start) / 2;
    for (const [x, w] of GAUSS) {
      mean += w * half * (1 - reached(parts, needed, start + half * (1 + x)));
    }
  }
  return mean;
}

/** Chance that by `t` the weights have come to `needed`. */
function reached(parts: readonly Weighted[], needed: number, t: number): number {
  // chance[w]: exactly w so far; the last entry collects everything from `needed` on.
  let chance = [1, ...Array.from({ length: needed }, () => 0)];
  for (const { distribution, weight } of parts) {
    const happened = cumulative(distribution, t);
    const next = chance.map((value, have) => value * (have === needed ? 1 : 1 - happened));
    for (let have = 0; have < needed; have += 1) {
      const to = Math.min(needed, have + weight);
      next[to] = (next[to] ?? 0) + (chance[have] ?? 0) * happened;
    }
    chance = next;
  }
  return chance[needed] ?? 0;
}

/** Every value at which the distribution function changes its polynomial. */
function breakPoints({ fromUs, widths }: Distribution): number[] {
  return widths.reduce((points, width) => [...points, ...points.map((p) => p + width)], [fromUs]);
}

function cumulative({ fromUs, widths }: Distribution, t: number): number {
  if (widths.length === 0) return t >= fromUs ? 1 : 0;
  if (t <= fromUs) return 0;
  if (t >= widths.reduce((so, width) => so + width, fromUs)) return 1;
  // Volume of the corner of a box: inclusion and exclusion over the faces passed.
  const corners = widths.reduce<readonly { at: number; sign: number }[]>(
    (list, width) => [...list, ...list.map(({ at, sign }) => ({ at: at + width, sign: -sign }))],
    [{ at: fromUs, sign: 1 }],
  );
  const scale = widths.reduce((so, width, index) => so * width * (index + 1), 1);
  return corners.reduce(
    (so, { at, sign }) => so + (t > at ? (sign * (t - at) ** widths.length) / scale : 0),
    0,
  );
}
