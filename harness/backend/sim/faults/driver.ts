/** How the simulator carries out a fault: look, act, prove, undo, as the container backend does. */
import type { JsonObject } from "../../../core/json.ts";
import type { Receipt } from "../../../fault/receipt.ts";
import type { SimHost } from "../host.ts";
import type { World } from "../world.ts";
import type { Segment } from "../network.ts";
import type { CommandCost } from "./costs.ts";

export interface SimFaultContext {
  /** The node that is hit; of a fault that comes from a foreign host, the holder. */
  readonly host: SimHost;
  /** Another node, for probe packets. */
  readonly peer: SimHost;
  readonly segment: Segment;
  readonly world: World;
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
  /** How long the commands take around their effect. Services have their costs in `services.ts`. */
  readonly costs?: { readonly inject: CommandCost; readonly heal: CommandCost };
}

/** One driver for each kind of a union. */
export type SimDrivers<F extends { readonly kind: string }> = {
  readonly [K in F["kind"]]: (
    fault: Extract<F, { readonly kind: K }>,
    context: SimFaultContext,
  ) => SimFault;
};
