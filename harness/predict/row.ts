/** One line of a table: what one event leads to. */
import type { FaultClass } from "./classes.ts";
import type { Span } from "./election.ts";

/**
 * `moves`: another node has the address. `returns`: it goes away and comes back to the same node.
 * `duplicate`: two nodes have it until someone ends that. `never`: nothing happens. `unknown`: not
 * computed, for the reason given.
 */
export type Outcome = "moves" | "returns" | "duplicate" | "never" | "unknown";

export interface Row {
  readonly event: FaultClass;
  readonly outcome: Outcome;
  /** Absent when nothing moves. */
  readonly span?: Span;
  /** Who has the address when all timers have run out. */
  readonly endsOn: readonly string[];
  /** Why nothing happens, or is not known. */
  readonly reasons: readonly string[];
  readonly notes: readonly string[];
}

export type Told = Omit<Row, "event">;

export function moves(span: Span, endsOn: string, notes: readonly string[] = []): Told {
  return { outcome: "moves", span, endsOn: [endsOn], reasons: [], notes };
}

export function duplicate(span: Span, endsOn: readonly string[], notes: readonly string[]): Told {
  return { outcome: "duplicate", span, endsOn, reasons: [], notes };
}

export function never(
  endsOn: readonly string[],
  reasons: readonly string[],
  notes: readonly string[] = [],
): Told {
  return { outcome: "never", endsOn, reasons, notes };
}

/** Who has the address at the end is not known either. */
export function notComputed(reasons: readonly string[], notes: readonly string[]): Told {
  return { outcome: "unknown", endsOn: [], reasons, notes };
}
