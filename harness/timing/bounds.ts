/**
 * Durations of which only one side is known: shorter than can be told from everyday jitter, or still going on when
 * nobody looked any more. They count as the bound itself, and whatever is read from them says that it is one.
 */
import { formatSeconds, type Us } from "../core/time.ts";

/** `at-most`: it was so long, or shorter, or there was nothing at all. `at-least`: its end was not seen. */
export type Bound = "at-most" | "at-least";

export interface Bounded {
  readonly us: Us;
  readonly bound?: Bound;
}

/** How much of a sample is bounds, and which of its quantiles are. */
export interface Bounds {
  readonly atMost: number;
  readonly atLeast: number;
  /** A quantile up to here says "at most". */
  readonly floorUs?: Us;
  /** A quantile from here on says "at least": every true value is as long as what was seen of it, or longer. */
  readonly openUs?: Us;
}

export function boundsOf(sample: readonly Bounded[]): Bounds {
  const of = (wanted: Bound): Us[] =>
    sample.flatMap(({ us, bound }) => (bound === wanted ? [us] : []));
  const [floors, open] = [of("at-most"), of("at-least")];
  return {
    atMost: floors.length,
    atLeast: open.length,
    ...(floors.length === 0 ? {} : { floorUs: longest(floors) }),
    ...(open.length === 0 ? {} : { openUs: open.reduce((least, us) => Math.min(least, us)) }),
  };
}

/** Of a quantile, or of a value: absent when it is what it says. */
export function boundAt(us: Us, { floorUs, openUs }: Bounds): Bound | undefined {
  if (openUs !== undefined && us >= openUs) return "at-least";
  return floorUs !== undefined && us <= floorUs ? "at-most" : undefined;
}

const SIGNS: Readonly<Record<Bound, string>> = { "at-most": "<= ", "at-least": ">= " };

/** `4.020 s`, `<= 0.200 s`, `>= 8.010 s`. */
export function boundedSeconds(us: Us, bounds: Bounds): string {
  const bound = boundAt(us, bounds);
  return `${bound === undefined ? "" : SIGNS[bound]}${formatSeconds(us)}`;
}

/**
 * Two samples as ranks can take them. What lies below the coarser of their floors ties there. What has no end counts as the
 * longest that was seen, in the way of worst-rank scores (Lachin 1999, Controlled Clinical Trials 20): how much longer it was
 * is not known, and two of it are not told apart.
 */
export function forRanks(
  base: readonly Bounded[],
  now: readonly Bounded[],
): { readonly base: readonly Us[]; readonly now: readonly Us[] } {
  const all = [...base, ...now];
  const { floorUs = Number.NEGATIVE_INFINITY } = boundsOf(all);
  const topUs = longest(all.map(({ us }) => us));
  const valueOf = ({ us, bound }: Bounded): Us =>
    bound === "at-least" ? topUs : Math.max(us, floorUs);
  return { base: base.map(valueOf), now: now.map(valueOf) };
}

/** None of nothing. */
function longest(values: readonly Us[]): Us {
  return values.reduce((most, us) => Math.max(most, us), 0);
}
