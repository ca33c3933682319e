/**
 * A fault that is announced and not carried out, for canaries: its receipt is then taken as for the
 * real one, and has to come back unconfirmed.
 */
import type { Capability, PlainFault } from "./fault.ts";

export interface Sabotaged {
  readonly kind: "sabotaged";
  readonly fault: PlainFault;
}

/** Nothing is done, so nothing beyond what the receipt reads is needed. */
export const sabotagedNeeds: readonly Capability[] = [];
