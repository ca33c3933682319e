/**
 * How long a search may go on, so that all of it fits into a limit of time: what was found has to be looked at more closely
 * afterwards. An estimate only cuts the drawing short; it has no say in what is drawn.
 */
import { SEEDS } from "../../explore/examine.ts";

/** Of the limit, at least so much is kept for what comes after the search, and at most so much. */
const KEPT = [0.1, 0.5] as const;
/** A run with the load of a drill takes about as long as so many of a search. */
const LOADED_RUNS = 4;

export interface SoFar {
  readonly elapsedMs: number;
  /** Runs, those of shrinking included. */
  readonly schedules: number;
  readonly findings: number;
}

export function isTimeUp(limitMs: number, { elapsedMs, schedules, findings }: SoFar): boolean {
  const runMs = elapsedMs / Math.max(1, schedules);
  const closerMs = findings * (SEEDS + LOADED_RUNS) * runMs;
  const keptMs = Math.min(KEPT[1] * limitMs, Math.max(KEPT[0] * limitMs, closerMs));
  return elapsedMs >= limitMs - keptMs;
}
