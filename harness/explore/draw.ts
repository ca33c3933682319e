/**
 * New plans for a search. Swarm testing (Groce et al., ISSTA 2012): every plan first draws which faults it
 * may use at all, because a plan that may use everything rarely does one thing often enough. What has
 * shown something new lately is drawn more often. A plan of the corpus is changed in one place.
 */
import fc from "fast-check";
import type { RandomStream } from "../core/random.ts";
import { milliseconds, type Us } from "../core/time.ts";
import {
  gapArbitrary,
  placed,
  planArbitrary,
  twinsOf,
  type DrawnFault,
  type PlanOptions,
} from "./arbitraries.ts";
import type { MenuItem } from "./menu.ts";
import type { Plan } from "./plan.ts";

export interface DrawOptions extends Omit<PlanOptions, "menu"> {
  readonly menu: readonly MenuItem[];
  /** What takes the VIP away from home, and leaves something that can fail after that. */
  readonly away?: readonly MenuItem[];
}

/** How much a fault has taught: by its key, 1 where nothing is known. */
export type Interest = (key: string) => number;

const SHARE_OF_FAMILIES = 0.5;
const WEIGHTS = [1, 1, 2, 4] as const;

export function drawPlan(options: DrawOptions, draw: RandomStream, interest: Interest): Plan {
  const enabled = swarm(options.menu, draw);
  const menu = enabled.map((item) => ({
    item,
    weight: Math.max(1, Math.round(pick(draw, WEIGHTS) * interest(item.key))),
  }));
  return sampled(planArbitrary({ ...options, menu }), draw);
}

/** At least three entries: with fewer there is nothing to combine. */
function swarm(menu: readonly MenuItem[], draw: RandomStream): readonly MenuItem[] {
  const families = [...new Set(menu.map(({ family }) => family))];
  const on = new Set(families.filter(() => draw.next() < SHARE_OF_FAMILIES));
  const enabled = menu.filter(({ family }) => on.has(family) && draw.next() < 0.7);
  return enabled.length < 3 ? menu : enabled;
}

/** One value of an arbitrary, from the stream. */
function sampled<T>(arbitrary: fc.Arbitrary<T>, draw: RandomStream): T {
  const seed = draw.integer(-(2 ** 31), 2 ** 31 - 1);
  const [value] = fc.sample(arbitrary, { seed, numRuns: 1 });
  if (value === undefined) throw new Error("an arbitrary gave nothing");
  return value;
}

/** A plan beside a given one: a fault more, one less, another one, on the other node, or at another time. */
export function mutatedPlan(plan: Plan, options: DrawOptions, draw: RandomStream): Plan {
  const drawn = drawnOf(plan, options.menu);
  const at = draw.integer(0, Math.max(0, drawn.length - 1));
  const roll = draw.next();
  const gapUs = (): Us => sampled(gapArbitrary(options.timers), draw);
  const other = (): MenuItem => {
    const item = drawn[at]?.item;
    const twins = item === undefined ? [] : twinsOf(item, options.menu);
    return pick(draw, twins.length > 0 && draw.next() < 0.3 ? twins : options.menu);
  };
  const changed = ((): DrawnFault[] => {
    if (drawn.length === 0 || (roll < 0.3 && drawn.length < options.faultsMax)) {
      const lastsUs = draw.next() < 0.5 ? gapUs() : undefined;
      const added = { item: other(), gapUs: gapUs(), afterHealing: draw.next() < 0.5, lastsUs };
      return drawn.toSpliced(draw.integer(0, drawn.length), 0, added);
    }
    if (roll < 0.4 && drawn.length > 1) return drawn.toSpliced(at, 1);
    if (roll < 0.55) return replaced(drawn, at, { item: other() });
    if (roll < 0.75) return replaced(drawn, at, { gapUs: gapUs() });
    return replaced(drawn, at, { lastsUs: draw.next() < 0.7 ? gapUs() : undefined });
  })();
  const firstUs = plan.faults[0]?.atUs ?? milliseconds(500);
  return {
    ...plan,
    faults: placed(changed, firstUs, options.concurrency),
    watchUs: draw.next() < 0.2 ? gapUs() : plan.watchUs,
  };
}

function replaced(
  drawn: readonly DrawnFault[],
  at: number,
  part: Partial<DrawnFault>,
): DrawnFault[] {
  return drawn.map((one, index) => (index === at ? { ...one, ...part } : one));
}

/** Times as distances again; what is no longer on the menu is left out. */
function drawnOf({ faults }: Plan, menu: readonly MenuItem[]): DrawnFault[] {
  return faults.flatMap(({ key, atUs, healAtUs }, index) => {
    const item = menu.find((one) => one.key === key);
    if (item === undefined) return [];
    const before = faults[index - 1];
    return [
      {
        item,
        gapUs: Math.max(milliseconds(1), atUs - (before?.atUs ?? 0)),
        afterHealing: false,
        lastsUs: healAtUs === undefined ? undefined : healAtUs - atUs,
      },
    ];
  });
}

export function pick<T>(draw: RandomStream, from: readonly T[]): T {
  const found = from[draw.integer(0, from.length - 1)];
  if (found === undefined) throw new Error("nothing to pick from");
  return found;
}
