/**
 * Two samples of durations against each other, without assuming a shape: failover times are uniform, or
 * have two humps, and ten of them share one tick of the client.
 *
 * Sources: Mann and Whitney 1947; Hollander, Wolfe and Chicken, Nonparametric Statistical Methods (3rd
 * edition), chapter 4: rank sum test with midranks and its large-sample form, the estimator of Hodges and
 * Lehmann, the interval of Moses. The exact distribution under ties is counted as Streitberg and Röhmel
 * (1986) do. Exceedances: Gumbel and von Schelling 1950; Gibbons and Chakraborti, Nonparametric
 * Statistical Inference, on control quantile tests.
 *
 * Values of the second sample ("now") against those of the first ("base"): a positive shift is slower.
 */
import { upperQuantile, upperTail } from "./normal.ts";

/** Up to so many values together the distribution is counted; above, the normal one is near enough. */
const EXACT_UP_TO = 50;

export interface TestResult {
  /** Two-sided. */
  readonly p: number;
  /** No outcome at these sizes could be less likely than this. */
  readonly leastP: number;
}

/** Absent when a sample is empty. */
export function rankTest(base: readonly number[], now: readonly number[]): TestResult | undefined {
  if (base.length === 0 || now.length === 0) return undefined;
  const leastP = Math.min(1, 2 / choose(base.length + now.length, base.length));
  const ranks = doubledMidranks([...base, ...now]);
  // The smaller sample has fewer subsets to count.
  const mine = base.length <= now.length ? ranks.slice(0, base.length) : ranks.slice(base.length);
  const p =
    ranks.length <= EXACT_UP_TO ? exactP(ranks, mine) : Math.max(leastP, normalP(ranks, mine));
  return { p: Math.min(1, p), leastP };
}

/** Twice the rank, ties sharing the mean of theirs: whole numbers. In the order of the values. */
function doubledMidranks(values: readonly number[]): number[] {
  const order = values.map((value, index) => ({ value, index })).sort((a, b) => a.value - b.value);
  const ranks = values.map(() => 0);
  let start = 0;
  while (start < order.length) {
    let end = start;
    while (end + 1 < order.length && order[end + 1]?.value === order[start]?.value) end++;
    for (const { index } of order.slice(start, end + 1)) ranks[index] = start + end + 2;
    start = end + 1;
  }
  return ranks;
}

/** The share of all subsets of that size whose rank sum is at least as far from the middle. */
function exactP(ranks: readonly number[], mine: readonly number[]): number {
  const counts = sumCounts(ranks, mine.length);
  const middle = mine.length * (ranks.length + 1);
  const off = Math.abs(sum(mine) - middle);
  let far = 0;
  let all = 0;
  counts.forEach((count, total) => {
    all += count;
    if (Math.abs(total - middle) >= off) far += count;
  });
  return far / all;
}

/** How many subsets of `size` ranks have each sum. Exact: C(50, 25) is below 2^53. */
function sumCounts(ranks: readonly number[], size: number): Float64Array {
  const most = sum([...ranks].sort((a, b) => b - a).slice(0, size));
  const table = Array.from({ length: size + 1 }, () => new Float64Array(most + 1));
  const [none] = table;
  if (none !== undefined) none[0] = 1;
  for (const rank of ranks) {
    for (let taken = size; taken >= 1; taken--) {
      const into = table[taken];
      const from = table[taken - 1];
      if (into === undefined || from === undefined) continue;
      for (let total = most; total >= rank; total--) {
        into[total] = (into[total] ?? 0) + (from[total - rank] ?? 0);
      }
    }
  }
  return table[size] ?? new Float64Array(0);
}

/**
 * Whether the distributions differ anywhere: Kolmogorov and Smirnov. It sees two humps that moved by less
 * than they are apart, which ranks see badly. Counted as in Hodges 1958: the share of all
 * orders of the values whose distance stays below the one seen. Ties make it less eager.
 */
export function distanceTest(
  base: readonly number[],
  now: readonly number[],
): TestResult | undefined {
  const [m, n] = [base.length, now.length];
  if (m === 0 || n === 0) return undefined;
  // In whole numbers, |i n - j m|: equal distances are equal.
  const far = distance(base, now);
  const inside = new Float64Array(n + 1);
  for (let i = 0; i <= m; i++) {
    for (let j = 0; j <= n; j++) {
      if (Math.abs(i * n - j * m) >= far) inside[j] = 0;
      else if (i + j === 0) inside[j] = 1;
      else {
        const up = i === 0 ? 0 : (inside[j] ?? 0) * (i / (i + j));
        const across = j === 0 ? 0 : (inside[j - 1] ?? 0) * (j / (i + j));
        inside[j] = up + across;
      }
    }
  }
  const p = far === 0 ? 1 : Math.max(0, 1 - (inside[n] ?? 0));
  return { p, leastP: Math.min(1, 2 / choose(m + n, m)) };
}

/** m n times the greatest distance between the two empirical distributions. */
function distance(base: readonly number[], now: readonly number[]): number {
  const marks = [...new Set([...base, ...now])];
  const upTo = (values: readonly number[], mark: number): number =>
    values.filter((value) => value <= mark).length;
  return Math.max(
    ...marks.map((mark) => Math.abs(upTo(base, mark) * now.length - upTo(now, mark) * base.length)),
  );
}

/** With the variance that ties leave, and half a rank for continuity. */
function normalP(ranks: readonly number[], mine: readonly number[]): number {
  const all = ranks.length;
  const [m, n] = [mine.length, all - mine.length];
  const ties = [...Map.groupBy(ranks, (rank) => rank).values()].map((group) => group.length);
  const tied = sum(ties.map((count) => count ** 3 - count));
  const variance = ((m * n) / 12) * (all + 1 - tied / (all * (all - 1)));
  if (variance <= 0) return 1;
  const off = Math.abs(sum(mine) / 2 - (m * (all + 1)) / 2);
  return 2 * upperTail(Math.max(0, off - 0.5) / Math.sqrt(variance));
}

/** All differences now - base, in order: what the shift and its interval are read from. */
export function differences(base: readonly number[], now: readonly number[]): Float64Array {
  const all = new Float64Array(base.length * now.length);
  now.forEach((value, row) => {
    base.forEach((other, column) => {
      all[row * base.length + column] = value - other;
    });
  });
  return all.sort();
}

/** The shift of Hodges and Lehmann: the median of all differences. */
export function shiftOf(sorted: Float64Array): number | undefined {
  const half = Math.floor(sorted.length / 2);
  const [before, at] = [sorted[half - 1], sorted[half]];
  if (at === undefined) return undefined;
  return sorted.length % 2 === 1 || before === undefined ? at : (before + at) / 2;
}

export interface ShiftInterval {
  readonly low: number;
  readonly high: number;
}

/**
 * That covers the shift in all but `alpha` of cases. Ties make it wider than need be, never narrower.
 * Absent when the samples are too small for such an interval to end anywhere.
 */
export function shiftInterval(
  sorted: Float64Array,
  sizes: { readonly base: number; readonly now: number },
  alpha: number,
): ShiftInterval | undefined {
  const rank = cutOff(Math.min(sizes.base, sizes.now), Math.max(sizes.base, sizes.now), alpha);
  const [low, high] = [sorted[rank - 1], sorted[sorted.length - rank]];
  return rank < 1 || low === undefined || high === undefined ? undefined : { low, high };
}

/** Largest c with P(U <= c - 1) at most alpha / 2, for samples without ties. */
function cutOff(m: number, n: number, alpha: number): number {
  if (m === 0) return 0;
  if (m + n > EXACT_UP_TO) {
    const spread = Math.sqrt((m * n * (m + n + 1)) / 12);
    return Math.floor((m * n) / 2 - upperQuantile(alpha / 2) * spread);
  }
  const ranks = Array.from({ length: m + n }, (_, index) => 2 * (index + 1));
  const counts = sumCounts(ranks, m);
  const allowed = (alpha / 2) * choose(m + n, m);
  const least = m * (m + 1);
  let below = 0;
  for (let u = 0; u <= m * n; u++) {
    below += counts[least + 2 * u] ?? 0;
    if (below > allowed) return u;
  }
  return 0;
}

/** Nearest rank, counted from 1. */
export function rankOfQuantile(share: number, n: number): number {
  return Math.max(1, Math.ceil(share * n));
}

/**
 * From how many values on a quantile lies inside the sample: below that its nearest rank is the maximum, which
 * says how long the worst run took and nothing of the share of runs beyond. For p95 that is 20.
 */
export function quantileNeeds(share: number): number {
  let n = 1;
  while (rankOfQuantile(share, n) >= n && n < 100_000) n++;
  return n;
}

/**
 * How many of `now` lie above the quantile of `base`, against how many would by chance; and the other way
 * round. Only what is strictly above counts, so ties make it less eager. Absent when the
 * quantile is not inside both samples.
 */
export function quantileTest(
  base: readonly number[],
  now: readonly number[],
  share: number,
): TestResult | undefined {
  const needs = quantileNeeds(share);
  if (base.length < needs || now.length < needs) return undefined;
  const slower = exceedanceP(base, now, share);
  const faster = exceedanceP(now, base, share);
  const least = (m: number, n: number): number =>
    exceedanceTail({ m, n, rank: rankOfQuantile(share, m), above: n });
  return {
    p: Math.min(1, 2 * Math.min(slower, faster)),
    leastP: Math.min(
      1,
      2 * Math.min(least(base.length, now.length), least(now.length, base.length)),
    ),
  };
}

function exceedanceP(from: readonly number[], against: readonly number[], share: number): number {
  const rank = rankOfQuantile(share, from.length);
  const mark = [...from].sort((a, b) => a - b)[rank - 1] ?? Number.POSITIVE_INFINITY;
  const above = against.filter((value) => value > mark).length;
  return exceedanceTail({ m: from.length, n: against.length, rank, above });
}

/** P(at least `above` of n lie above the `rank`-th of m), both from one distribution. */
function exceedanceTail(of: {
  readonly m: number;
  readonly n: number;
  readonly rank: number;
  readonly above: number;
}): number {
  const { m, n, rank, above } = of;
  const all = logChoose(m + n, m);
  let tail = 0;
  for (let j = above; j <= n; j++) {
    tail += Math.exp(
      logChoose(rank - 1 + n - j, rank - 1) + logChoose(m - rank + j, m - rank) - all,
    );
  }
  return Math.min(1, tail);
}

/**
 * Fisher's exact test of two shares, two-sided: the sum over all tables with these margins that are no more
 * likely than the one seen. R. A. Fisher, Statistical Methods for Research Workers, section 21.02.
 */
export function fisherTest(
  base: { readonly hits: number; readonly n: number },
  now: { readonly hits: number; readonly n: number },
): TestResult {
  const hits = base.hits + now.hits;
  const all = logChoose(base.n + now.n, hits);
  const tables = Array.from({ length: base.n + 1 }, (_, k) =>
    k > hits || hits - k > now.n
      ? 0
      : Math.exp(logChoose(base.n, k) + logChoose(now.n, hits - k) - all),
  );
  // Equal tables may differ in the last digits of their logarithms.
  const noLikelierThan = (limit: number): number =>
    Math.min(1, sum(tables.filter((chance) => chance <= limit * (1 + 1e-9))));
  const possible = tables.filter((chance) => chance > 0);
  return {
    p: noLikelierThan(tables[base.hits] ?? 0),
    leastP: noLikelierThan(Math.min(...possible)),
  };
}

/**
 * Holm 1979: p-values as they count when several questions were asked at once, in the order given. The chance
 * of even one false alarm among all stays below the level that they are held against.
 */
export function holm(values: readonly number[]): number[] {
  const order = values.map((p, index) => ({ p, index })).sort((a, b) => a.p - b.p);
  const adjusted = values.map(() => 1);
  let least = 0;
  order.forEach(({ p, index }, place) => {
    least = Math.min(1, Math.max(least, p * (values.length - place)));
    adjusted[index] = least;
  });
  return adjusted;
}

function choose(n: number, k: number): number {
  return Math.exp(logChoose(n, k));
}

function logChoose(n: number, k: number): number {
  return logFactorial(n) - logFactorial(k) - logFactorial(n - k);
}

const LOG_FACTORIALS: number[] = [0];

function logFactorial(n: number): number {
  for (let k = LOG_FACTORIALS.length; k <= n; k++) {
    LOG_FACTORIALS.push((LOG_FACTORIALS[k - 1] ?? 0) + Math.log(k));
  }
  return LOG_FACTORIALS[n] ?? 0;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
