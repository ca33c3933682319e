/**
 * How likely counts are that lie as far from their expected shares as these, if each connection fell on a server by
 * chance in proportion to the weights. Two servers: the exact binomial test, two-sided by the chances of all
 * outcomes that are no likelier than the one seen. More: Pearson's chi-square.
 */
import { assert } from "../core/assert.ts";

export interface Share {
  readonly count: number;
  readonly weight: number;
}

export interface ShareTest {
  readonly pValue: number;
  readonly method: "binomial" | "chi-square";
  /** Chi-square is good enough from five expected in each class on (Cochran 1954). */
  readonly valid: boolean;
}

const EXPECTED_MIN = 5;

export function shareTest(shares: readonly Share[]): ShareTest {
  assert(shares.length >= 2 && shares.every(({ weight }) => weight > 0), "shares of two or more");
  const n = shares.reduce((sum, { count }) => sum + count, 0);
  const whole = shares.reduce((sum, { weight }) => sum + weight, 0);
  const [first] = shares;
  if (shares.length === 2 && first !== undefined) {
    const pValue = binomial(first.count, n, first.weight / whole);
    return { pValue, method: "binomial", valid: true };
  }
  const expected = shares.map(({ weight }) => (n * weight) / whole);
  const statistic = shares.reduce(
    (sum, { count }, index) => sum + (count - (expected[index] ?? 0)) ** 2 / (expected[index] ?? 1),
    0,
  );
  return {
    pValue: n === 0 ? 1 : gammaTail((shares.length - 1) / 2, statistic / 2),
    method: "chi-square",
    valid: Math.min(...expected) >= EXPECTED_MIN,
  };
}

/** Outcomes whose chances differ by rounding only are equally likely. */
const TIE = 1 + 1e-7;

/** Chance of an outcome that is no likelier than k of n. */
function binomial(k: number, n: number, p: number): number {
  // Logarithm of each chance, from one to the next: n! of hundreds is beyond a double.
  const logs: number[] = [n * Math.log1p(-p)];
  const odds = Math.log(p) - Math.log1p(-p);
  for (let i = 1; i <= n; i += 1) {
    logs.push((logs[i - 1] ?? 0) + Math.log((n - i + 1) / i) + odds);
  }
  const seen = Math.exp(logs[k] ?? Number.NEGATIVE_INFINITY) * TIE;
  const sum = logs.map(Math.exp).reduce((so, chance) => (chance <= seen ? so + chance : so), 0);
  return Math.min(1, sum);
}

const STEPS_MAX = 10_000;
const PRECISE = 1e-14;

/** Regularised upper incomplete gamma Q(a, x): by its series below a + 1, by the continued fraction above (Lentz). */
function gammaTail(a: number, x: number): number {
  if (x <= 0) return 1;
  const scale = Math.exp(a * Math.log(x) - x - logGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let step = 1; step < STEPS_MAX && Math.abs(term) > sum * PRECISE; step += 1) {
      term *= x / (a + step);
      sum += term;
    }
    return Math.min(1, Math.max(0, 1 - sum * scale));
  }
  const tiny = 1e-300;
  let b = x + 1 - a;
  let c = 1 / tiny;
  let d = 1 / b;
  let h = d;
  for (let step = 1, change = 0; step < STEPS_MAX && Math.abs(change - 1) > PRECISE; step += 1) {
    const factor = -step * (step - a);
    b += 2;
    d = 1 / nonZero(factor * d + b, tiny);
    c = nonZero(b + factor / c, tiny);
    change = d * c;
    h *= change;
  }
  return Math.min(1, scale * h);
}

function nonZero(value: number, tiny: number): number {
  return Math.abs(value) < tiny ? tiny : value;
}

/** Of whole and half numbers, which are all that degrees of freedom need: by recurrence from 1/2 and 1. */
function logGamma(a: number): number {
  const isWhole = Number.isInteger(a);
  let value = isWhole ? 0 : Math.log(Math.PI) / 2;
  for (let at = isWhole ? 1 : 0.5; at < a; at += 1) value += Math.log(at);
  return value;
}
