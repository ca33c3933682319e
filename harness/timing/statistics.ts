/** Distributions over repeats: never a single figure without its n. */
import { rankOfQuantile } from "./ranks.ts";

export interface Distribution {
  readonly n: number;
  readonly min: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

/** Nearest-rank quantiles: every figure shown was really measured. Nothing for no values. */
export function distribution(values: readonly number[]): Distribution | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number | undefined =>
    sorted[rankOfQuantile(share, sorted.length) - 1];
  const [min, p50, p95, max] = [sorted[0], at(0.5), at(0.95), sorted.at(-1)];
  if (min === undefined || p50 === undefined || p95 === undefined || max === undefined) {
    return undefined;
  }
  return { n: sorted.length, min, p50, p95, max };
}
