/** What exploration has found: a property, the kind of its violation, and the smallest plan that shows it. */
import { compareText } from "../core/text.ts";
import type { Seen } from "./judged.ts";
import { planText, stepCount, type Plan } from "./plan.ts";

export interface Found {
  readonly property: string;
  readonly kind: string;
  /** What was seen when the smallest plan was run, in one sentence. */
  readonly sentence: string;
  readonly expectation?: Seen["expectation"];
  /** The smallest plan. */
  readonly plan: Plan;
  /** As it was drawn, by which island, as which of its runs (from 1). */
  readonly first: { readonly island: number; readonly run: number; readonly plan: Plan };
  /** How many of the drawn plans showed it. */
  readonly hits: number;
}

/**
 * Two plans with the same key are one finding: the same property, the same kind, the same faults on the same
 * roles (`holder` is whom the VIP belongs to), whatever the times.
 */
export function keyOf(
  { property, kind, plan }: Pick<Found, "property" | "kind" | "plan">,
  home: string,
): string {
  return [property, kind, faultsKey(plan, home)].join(" | ");
}

export function faultsKey({ faults, changes = [] }: Plan, home: string): string {
  const roles = faults.map(({ key }) => roleKey(key, home)).sort(compareText);
  const configured = changes
    .map(({ keyword, value = "-" }) => `${keyword}=${value}`)
    .sort(compareText);
  return [...roles, ...configured].join(" + ");
}

/** Of a plan in which nothing happens, none. */
export function partsOf(plan: Plan, home: string): string[] {
  return faultsKey(plan, home)
    .split(" + ")
    .filter((part) => part !== "");
}

function roleKey(key: string, home: string): string {
  const [name = "", where = ""] = key.split("@");
  return `${name}@${where === home ? "holder" : where}`;
}

/** The one with fewer steps, then with the shorter and the earlier text; the same whichever comes first. */
export function simpler(a: Found, b: Found): number {
  const [first, second] = [planText(a.plan), planText(b.plan)];
  return (
    stepCount(a.plan) - stepCount(b.plan) ||
    first.length - second.length ||
    compareText(first, second)
  );
}

/** Findings of several islands, or shards, as one list: each once, in a fixed order. */
export function merged(lists: readonly (readonly Found[])[], home: string): Found[] {
  const byKey = new Map<string, Found>();
  for (const found of lists.flat()) {
    const key = keyOf(found, home);
    const known = byKey.get(key);
    byKey.set(key, known === undefined ? found : joined(known, found));
  }
  return [...byKey]
    .sort(
      ([keyA, a], [keyB, b]) =>
        compareText(a.property, b.property) ||
        compareText(a.kind, b.kind) ||
        simpler(a, b) ||
        compareText(keyA, keyB),
    )
    .map(([, found]) => found);
}

/**
 * Without those whose faults contain all faults of another finding of the same kind: what is added to them is
 * not what it takes. What is left of a whole search is left of what its shards have left, too.
 */
export function essential<F extends Found>(findings: readonly F[], home: string): F[] {
  const faultsOf = new Map(findings.map((found) => [found, partsOf(found.plan, home)]));
  const contains = (a: F, b: F): boolean => {
    const rest = [...(faultsOf.get(a) ?? [])];
    for (const one of faultsOf.get(b) ?? []) {
      const at = rest.indexOf(one);
      if (at === -1) return false;
      rest.splice(at, 1);
    }
    return rest.length > 0;
  };
  return findings.filter(
    (found) =>
      !findings.some(
        (other) =>
          other.property === found.property && other.kind === found.kind && contains(found, other),
      ),
  );
}

export function joined(a: Found, b: Found): Found {
  const best = simpler(a, b) <= 0 ? a : b;
  return { ...best, first: earlier(a.first, b.first), hits: a.hits + b.hits };
}

/** What was only stored (no island) comes after what this search has drawn itself. */
function earlier(a: Found["first"], b: Found["first"]): Found["first"] {
  if (a.island < 0 || b.island < 0) return a.island < 0 ? b : a;
  return (a.run - b.run || a.island - b.island) <= 0 ? a : b;
}
