/** The standard normal distribution, as far as rank tests need it. */

/** From here on the continued fraction converges quickly; below, the series does. */
const SERIES_UP_TO = 3;
const TERMS_MAX = 200;

/** P(Z > z). Abramowitz and Stegun, Handbook of Mathematical Functions, 26.2.11 and 26.2.14. */
export function upperTail(z: number): number {
  if (z < 0) return 1 - upperTail(-z);
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  if (z >= SERIES_UP_TO) {
    let fraction = z;
    for (let k = TERMS_MAX; k >= 1; k--) fraction = z + k / fraction;
    return density / fraction;
  }
  let term = z;
  let sum = z;
  for (let k = 1; k < TERMS_MAX && term > Number.EPSILON * sum; k++) {
    term *= (z * z) / (2 * k + 1);
    sum += term;
  }
  return 0.5 - density * sum;
}

/** The z with P(Z > z) = `tail`, for tails up to one half. */
export function upperQuantile(tail: number): number {
  let low = 0;
  let high = 40;
  // Halving: 60 steps are more than a double can hold.
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (upperTail(middle) > tail) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
