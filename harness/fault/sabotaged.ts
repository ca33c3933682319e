/**
 * A fault that is announced and not carried out, for canaries: its receipt is then taken as for the
 * real one, and has to come back unconfirmed.
 */
import type { PlainFault } from "./fault.ts";

export interface Sabotaged {
  readonly kind: "sabotaged";
  readonly fault: PlainFault;
}
