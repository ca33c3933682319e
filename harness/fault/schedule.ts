/** When faults happen: an ordered list of steps, each at a time or on a condition. */
import type { Us } from "../core/time.ts";
import type { Fault } from "./fault.ts";

/**
 * A state of the cluster that can be waited for.
 *
 * - `vip-moved`: exactly one node holds the VIP and it is not the one that held it at `settle`.
 * - `vip-home`: exactly one node holds the VIP and it is the one that held it at `settle`.
 * - `two-holders`: at least two nodes hold the VIP.
 * - `one-holder`: exactly one node holds the VIP, whichever it is.
 * - `no-holder`: no node holds the VIP.
 * - `writes-resumed`: a write on a fresh connection was acknowledged after the last VIP change, and after the
 *   wait began.
 * - `replication-caught-up`: every replica has what its source had when the wait began.
 */
export const CONDITIONS = [
  "vip-moved",
  "vip-home",
  "two-holders",
  "one-holder",
  "no-holder",
  "writes-resumed",
  "real-server-removed",
  "real-servers-complete",
  "replication-caught-up",
] as const;

export type Condition = (typeof CONDITIONS)[number];

/**
 * `after`: that long after the step before (or the start). The jitter is drawn from the seed, so
 * that over repeats the fault falls on every phase of the advert and check timers.
 * `when`: once the condition holds. If it does not within the bound the run goes on, and says so.
 */
export type Trigger =
  | { readonly kind: "after"; readonly delayUs: Us; readonly jitterUs?: Us }
  | {
      readonly kind: "when";
      readonly condition: Condition;
      readonly boundUs: Us;
      readonly thenUs?: Us;
    };

export interface FaultStep {
  readonly id: string;
  readonly when: Trigger;
  readonly fault: Fault;
}

/** Undoes an earlier step's fault now, instead of at the end of its phase. */
export interface HealStep {
  readonly id: string;
  readonly when: Trigger;
  /** Id of the step whose fault is healed. */
  readonly heal: string;
}

/** Waiting as a step of its own: observe what a fault does before the next thing happens. */
export interface WatchStep {
  readonly id: string;
  readonly when: Trigger;
}

export type Step = FaultStep | HealStep | WatchStep;

export function isFaultStep(step: Step): step is FaultStep {
  return "fault" in step;
}

export function isHealStep(step: Step): step is HealStep {
  return "heal" in step;
}

export function after(delayUs: Us, jitterUs?: Us): Trigger {
  return jitterUs === undefined ? { kind: "after", delayUs } : { kind: "after", delayUs, jitterUs };
}

export function when(condition: Condition, boundUs: Us, thenUs?: Us): Trigger {
  const trigger = { kind: "when", condition, boundUs } as const;
  return thenUs === undefined ? trigger : { ...trigger, thenUs };
}
