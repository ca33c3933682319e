/**
 * Closed formulas for VRRP timers as keepalived computes them.
 *
 * Sources: keepalived 2.2.7 `vrrp.h:VRRP_TIMER_SKEW_CALC` and `VRRP_MS_DOWN_TIMER`, in whole
 * microseconds, rounded down as there; RFC 3768 6.1 (version 2), RFC 5798 6.1 (version 3). In
 * version 2 the skew is in seconds and does not scale with the advert interval; in version 3 it does.
 */
import { MICROSECONDS_PER_SECOND, type Us } from "../core/time.ts";

/** Adverts that may be missed before the master counts as down (keepalived `down_timer_adverts`). */
export const DOWN_TIMER_ADVERTS = 3;

/** What the timers of a router depend on besides the priority and the advert interval. */
export interface TimerRules {
  readonly version: 2 | 3;
  readonly downTimerAdverts: number;
}

const COMMON_RULES: TimerRules = { version: 2, downTimerAdverts: DOWN_TIMER_ADVERTS };

/** The interval counts in version 3 only. */
export function skewUs(
  priority: number,
  advertIntUs: Us = MICROSECONDS_PER_SECOND,
  version: 2 | 3 = 2,
): Us {
  const unit = version === 3 ? advertIntUs : MICROSECONDS_PER_SECOND;
  return Math.floor(((256 - priority) * unit) / 256);
}

export function masterDownUs(
  priority: number,
  advertIntUs: Us,
  { version, downTimerAdverts }: TimerRules = COMMON_RULES,
): Us {
  return downTimerAdverts * advertIntUs + skewUs(priority, advertIntUs, version);
}

/** A predicted span: the earliest and latest that the timers allow, and how that was computed. */
export interface Prediction {
  readonly minUs: Us;
  readonly maxUs: Us;
  readonly formula: string;
  /** What the letters of the formula stand for, with their values. */
  readonly where?: readonly { readonly symbol: string; readonly text: string }[];
  /** What was added to the timers for the machine: process starts, scheduling. In both bounds. */
  readonly allowance?: { readonly beforeUs: Us; readonly afterUs: Us };
}

export interface PairTimers {
  readonly advertIntUs: Us;
  /** Effective priority of the node that takes over. */
  readonly standbyPriority: number;
}

/** The holder says goodbye (priority 0): the standby waits its skew only. */
export function afterGoodbye(timers: PairTimers): Prediction {
  const skew = skewUs(timers.standbyPriority);
  return { minUs: skew, maxUs: skew, formula: `skew(${timers.standbyPriority})` };
}

/** The holder falls silent: the standby waits for master-down, counted from the last advert. */
export function afterSilence(timers: PairTimers): Prediction {
  const down = masterDownUs(timers.standbyPriority, timers.advertIntUs);
  return {
    minUs: down - timers.advertIntUs,
    maxUs: down,
    formula: `MD(${timers.standbyPriority}) - age of the last advert`,
  };
}

/** The tracked script stops keepalived in its first failing run (fall and weight play no part). */
export function afterStoppingScript(
  timers: PairTimers,
  check: { readonly intervalUs: Us; readonly runUsMax: Us },
): Prediction {
  const skew = skewUs(timers.standbyPriority);
  return {
    minUs: skew,
    maxUs: check.intervalUs + check.runUsMax + skew,
    formula: `U(0, interval) + script run + skew(${timers.standbyPriority})`,
  };
}

/** One node returns and preempts: master-down of the returning node, counted from its start. */
export function afterReturn(timers: {
  readonly advertIntUs: Us;
  readonly priority: number;
}): Prediction {
  const down = masterDownUs(timers.priority, timers.advertIntUs);
  return { minUs: down, maxUs: down, formula: `MD(${timers.priority})` };
}

/** Adds what lies outside keepalived's timers: process start, scheduling, the probe's own step. */
export function widen(
  prediction: Prediction,
  allowance: { beforeUs: Us; afterUs: Us },
): Prediction {
  return {
    ...prediction,
    minUs: Math.max(0, prediction.minUs - allowance.beforeUs),
    maxUs: prediction.maxUs + allowance.afterUs,
    allowance,
  };
}
