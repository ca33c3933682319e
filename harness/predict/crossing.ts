/** When several reactions together suffice: which of them, and how long that takes. */
import { boundsOf, earliest, gathered, latest, type Quantity, type Simple } from "./quantity.ts";

/** Something that happens once. What shares a clock happens in a fixed order on it. */
export interface Happening {
  readonly after: Simple;
  readonly clock: string;
}

export interface Weighty extends Happening {
  readonly weight: number;
}

function minUs({ after }: Happening): number {
  return boundsOf(after).minUs;
}

/** Of what shares a clock only the first, or the last, can decide. */
function perClock(
  items: readonly Happening[],
  better: (a: number, b: number) => boolean,
): Simple[] {
  const found = new Map<string, Happening>();
  for (const item of items) {
    const known = found.get(item.clock);
    if (known === undefined || better(minUs(item), minUs(known))) found.set(item.clock, item);
  }
  return [...found.values()].map(({ after }) => after);
}

export function first(items: readonly Happening[]): Quantity {
  return earliest(perClock(items, (a, b) => a < b));
}

export function last(items: readonly Happening[]): Quantity {
  return latest(perClock(items, (a, b) => a > b));
}

/** Until weights of `needed` have come together; nothing when they never do. */
export function until(needed: number, items: readonly Weighty[]): Quantity | undefined {
  const whole = items.reduce((so, { weight }) => so + weight, 0);
  if (needed <= 0 || whole < needed) return undefined;
  if (new Set(items.map(({ clock }) => clock)).size === 1) {
    let have = 0;
    return items
      .toSorted((a, b) => minUs(a) - minUs(b))
      .find(({ weight }) => (have += weight) >= needed)?.after;
  }
  const parts = items.map(({ after, weight }) => ({ quantity: after, weight }));
  if (items.every(({ weight }) => weight >= needed)) return first(items);
  // Every single one is needed: the last one decides.
  if (items.every(({ weight }) => whole - weight < needed)) return last(items);
  return gathered(parts, needed);
}
