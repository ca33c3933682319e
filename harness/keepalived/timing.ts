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
