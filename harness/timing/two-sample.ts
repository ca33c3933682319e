/**
 * Have durations changed? Many pairs of samples judged together, so that asking many questions does not
 * make an alarm out of chance.
 *
 * Each pair is asked: has the middle moved (rank test, shift of Hodges and Lehmann), and, from 20 values each on, is the
 * shape another (distance test), and has the tail moved (how many runs lie above the other's p95). Something is `slower` only if that is significant after
 * Holm's correction over all questions, and larger than what matters in practice. Questions that
 * no answer at these sizes could make significant are not counted (Tarone 1990) and say so: `too-few`.
 *
 * Does not see: durations that never came to be, such as a VIP that did not move. Whoever
 * compares runs has to compare how many there are as well.
 */
import { upperQuantile } from "./normal.ts";
import {
  differences,
  distanceTest,
  holm,
  quantileNeeds,
  quantileTest,
  rankTest,
  shiftInterval,
  shiftOf,
  type TestResult,
  type ShiftInterval,
} from "./ranks.ts";
import { distribution, type Distribution } from "./statistics.ts";

/** False alarms: of a hundred comparisons of the same with the same, at most one finds anything at all. */
export const ALPHA = 0.01;
const TAIL_SHARE = 0.95;
/** What a detectable shift is detected with. */
export const POWER = 0.9;

/** What matters in practice: so many microseconds, or such a share of the baseline's quantile. */
export type Limit =
  { readonly kind: "us"; readonly us: number } | { readonly kind: "share"; readonly share: number };

export interface Thresholds {
  /** For the shift of the middle. */
  readonly p50?: Limit;
  readonly p95?: Limit;
}

/** Unless said: the larger of 5 % and what can be measured at all. */
const DEFAULT_SHARE = 0.05;

export interface SamplePair {
  readonly base: readonly number[];
  readonly now: readonly number[];
  /** How exact each value is. */
  readonly resolutionUs: number;
}

/** `small`: a difference, but not one that matters. `same`: no difference shown, which is not proof of none. */
export type Change = "slower" | "faster" | "small" | "same" | "too-few";

export interface Answer {
  readonly change: Change;
  /** Now against base, in microseconds; positive is slower. */
  readonly differenceUs?: number;
  /** As it counts among all questions asked. */
  readonly p?: number;
  readonly thresholdUs?: number;
}

export interface Comparison {
  readonly base?: Distribution;
  readonly now?: Distribution;
  readonly middle: Answer & {
    /** Covers the shift in 99 % of cases (1 - alpha); absent at sizes too small for one. */
    readonly interval?: ShiftInterval;
    /**
     * A shift of this size would have been found nine times in ten; of a smaller one less can be said.
     * Absent: none, however large.
     */
    readonly detectableUs?: number;
  };
  /** Its difference is the shift of the middle: another shape with the same middle is no change in time. */
  readonly shape: Answer;
  readonly tail: Answer & {
    /** So many values each are needed for the quantile to lie inside the samples. */
    readonly needs: number;
  };
}

/** What all questions together come to: the worst of them. */
export function changeOf({ middle, shape, tail }: Comparison): Change {
  const changes = [middle, shape, tail].map(({ change }) => change);
  const worst = (["slower", "faster", "small", "same"] as const).find((change) =>
    changes.includes(change),
  );
  return worst ?? "too-few";
}

export interface Compared {
  readonly comparisons: readonly Comparison[];
  /** How many questions the correction counts. */
  readonly questions: number;
  readonly alpha: number;
}

type Part = "middle" | "shape" | "tail";

interface Question {
  readonly pair: number;
  readonly part: Part;
  readonly test: TestResult;
}

export function compareSamples(
  pairs: readonly SamplePair[],
  { alpha = ALPHA, thresholds = {} }: { alpha?: number; thresholds?: Thresholds } = {},
): Compared {
  const questions = pairs.flatMap(({ base, now }, pair): Question[] => {
    const many = Math.min(base.length, now.length) >= quantileNeeds(TAIL_SHARE);
    const tests: readonly (readonly [Part, TestResult | undefined])[] = [
      ["middle", rankTest(base, now)],
      ["shape", many ? distanceTest(base, now) : undefined],
      ["tail", quantileTest(base, now, TAIL_SHARE)],
    ];
    return tests.flatMap(([part, test]) =>
      test === undefined || test.leastP > alpha ? [] : [{ pair, part, test }],
    );
  });
  const adjusted = holm(questions.map(({ test }) => test.p));
  const found = new Map(
    questions.map(({ pair, part }, index) => [`${part} ${pair}`, adjusted[index]]),
  );
  const comparisons = pairs.map((pair, index) =>
    compareOne(pair, {
      alpha,
      thresholds,
      questions: questions.length,
      p: (part) => found.get(`${part} ${index}`),
    }),
  );
  return { comparisons, questions: questions.length, alpha };
}

interface Asked {
  readonly alpha: number;
  readonly thresholds: Thresholds;
  readonly questions: number;
  readonly p: (part: Part) => number | undefined;
}

function compareOne(pair: SamplePair, asked: Asked): Comparison {
  const { alpha, thresholds, p } = asked;
  const [base, now] = [distribution(pair.base), distribution(pair.now)];
  const sorted = differences(pair.base, pair.now);
  const sizes = { base: pair.base.length, now: pair.now.length };
  const interval = shiftInterval(sorted, sizes, alpha);
  const detectableUs = detectable(sorted, sizes, alpha / Math.max(1, asked.questions));
  const shift = {
    differenceUs: shiftOf(sorted),
    limitUs: limitOf(thresholds.p50, base?.p50, pair.resolutionUs),
    alpha,
  };
  return {
    ...(base === undefined ? {} : { base }),
    ...(now === undefined ? {} : { now }),
    middle: {
      ...answer({ ...shift, p: p("middle") }),
      ...(interval === undefined ? {} : { interval }),
      ...(detectableUs === undefined ? {} : { detectableUs }),
    },
    shape: answer({ ...shift, p: p("shape") }),
    tail: {
      ...answer({
        differenceUs: base === undefined || now === undefined ? undefined : now.p95 - base.p95,
        p: p("tail"),
        limitUs: limitOf(thresholds.p95, base?.p95, pair.resolutionUs),
        alpha,
      }),
      needs: quantileNeeds(TAIL_SHARE),
    },
  };
}

function answer(of: {
  readonly differenceUs: number | undefined;
  readonly p: number | undefined;
  readonly limitUs: number | undefined;
  readonly alpha: number;
}): Answer {
  const { differenceUs, p, limitUs, alpha } = of;
  const figures = {
    ...(differenceUs === undefined ? {} : { differenceUs }),
    ...(p === undefined ? {} : { p }),
    ...(limitUs === undefined ? {} : { thresholdUs: limitUs }),
  };
  if (differenceUs === undefined || p === undefined || limitUs === undefined) {
    return { change: "too-few", ...figures };
  }
  if (p > alpha) return { change: "same", ...figures };
  if (Math.abs(differenceUs) <= limitUs) return { change: "small", ...figures };
  return { change: differenceUs > 0 ? "slower" : "faster", ...figures };
}

function limitOf(
  limit: Limit | undefined,
  baseUs: number | undefined,
  resolutionUs: number,
): number | undefined {
  if (baseUs === undefined) return undefined;
  if (limit === undefined) return Math.max(DEFAULT_SHARE * Math.abs(baseUs), resolutionUs);
  return limit.kind === "us" ? limit.us : limit.share * Math.abs(baseUs);
}

/**
 * Half the interval at the level that counts is found every other time; the normal distribution says how much
 * more it takes for nine times in ten.
 */
function detectable(
  sorted: Float64Array,
  sizes: { readonly base: number; readonly now: number },
  level: number,
): number | undefined {
  const interval = shiftInterval(sorted, sizes, level);
  if (interval === undefined) return undefined;
  const more = 1 + upperQuantile(1 - POWER) / upperQuantile(level / 2);
  return ((interval.high - interval.low) / 2) * more;
}
