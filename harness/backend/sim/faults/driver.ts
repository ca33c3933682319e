/** How the simulator carries out a fault: look, act, prove, undo, as the container backend does. */
import type { JsonObject } from "../../../core/json.ts";
import type { Receipt } from "../../../fault/receipt.ts";
import type { SimHost } from "../host.ts";
import type { Segment } from "../network.ts";

export interface SimFaultContext {
  readonly host: SimHost;
  /** Another node, for probe packets. */
  readonly peer: SimHost;
  readonly segment: Segment;
  readonly vip: string;
  readonly prefixLength: number;
}

/** A command that an operator would type: when it has returned. */
export interface Command {
  done(): boolean;
}

export interface Proof extends Receipt {
  readonly undecided?: boolean;
}

/** Signals, rules and addresses take effect before the command has returned. */
export const AT_ONCE: Command = { done: () => true };

export interface SimFault {
  look(): JsonObject;
  act(): Command;
  /** `undecided`: nothing to be seen yet; it is asked again until the bound is over. */
  prove(before: JsonObject): Proof;
  heal?: { act(): Command; prove(): Proof };
}
