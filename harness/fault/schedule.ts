/** When faults happen: an ordered list of steps, each at a time or on a condition. */
import type { Us } from "../core/time.ts";
import type { Fault } from "./fault.ts";

/**
 * A state of the cluster that can be waited for.
 *
 * - `vip-moved`: exactly one node holds the VIP and it is not the one that held it at `settle`.
 * - `vip-home`: exactly one node holds the VIP and it is the one that held it at `settle`.
 * - `two-holders`: at least two nodes hold the VIP.
 * - `writes-resumed`: a write on a fresh connection was acknowledged after the last VIP change.
 */
export type Condition = "vip-moved" | "vip-home" | "two-holders" | "writes-resumed";

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

/** Waiting as a step of its own: observe what a fault does before the next thing happens. */
export interface WatchStep {
  readonly id: string;
  readonly when: Trigger;
}

export type Step = FaultStep | WatchStep;

export function isFaultStep(step: Step): step is FaultStep {
  return "fault" in step;
}

export function after(delayUs: Us, jitterUs?: Us): Trigger {
  return jitterUs === undefined ? { kind: "after", delayUs } : { kind: "after", delayUs, jitterUs };
}

export function when(condition: Condition, boundUs: Us, thenUs?: Us): Trigger {
  const trigger = { kind: "when", condition, boundUs } as const;
  return thenUs === undefined ? trigger : { ...trigger, thenUs };
}
