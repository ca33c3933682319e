/**
 * What a noisy machine does to a verdict that rests on a time.
 *
 * One rule: a bound that is missed by no more than the machine was late, in the span that was measured, is
 * `inconclusive`. Any other verdict stays, and says that it was noisy. A pass stays a pass: lateness makes
 * times longer, and where a time has a lower bound as well, that is missed by being early.
 */
import type { Interval, Us } from "../core/time.ts";
import type { Event } from "../history/events.ts";
import { noiseIn, noiseWords } from "../timing/noise.ts";
import type { Judgement } from "./checker.ts";

export interface Measured {
  readonly events: readonly Event[];
  /** In which the time was measured: from what it counts, to what ended it. */
  readonly span: Interval;
  /** By how much it misses its bound; absent when it does not, or not by being late or early. */
  readonly missedByUs?: Us;
}

export function underNoise(
  judgement: Judgement,
  { events, span, missedByUs }: Measured,
): Judgement {
  const noise = noiseIn(events, span);
  if (noise === undefined) return judgement;
  const noisy = {
    ...judgement,
    evidence: [...judgement.evidence, noise.event],
    facts: { ...judgement.facts, lateUs: noise.lateUs },
  };
  const reason = `${judgement.reason}; ${noiseWords(noise)}`;
  const tooClose =
    judgement.verdict === "fail" && missedByUs !== undefined && missedByUs <= noise.lateUs;
  if (!tooClose) return { ...noisy, reason };
  return {
    ...noisy,
    verdict: "inconclusive",
    reason: `${reason}, and the bound is missed by ${Math.ceil(missedByUs / 1000)} ms only`,
  };
}
