/**
 * Spans of time that are not one number: sums of fixed times and of independent evenly spread ones,
 * with their least, mean and greatest value and the formula as people write it.
 *
 * Every uniform term is a variable of its own: the same one written twice stands for two independent
 * draws. What two alternatives share has to be taken out of them first (`max(a + x, b + x)` is
 * `max(a, b) + x`). Means of `earliest`, `latest` and `gathered` are integrals of the distribution,
 * exact but for floating point; all results are rounded to microseconds.
 */
import { assert, unreachable } from "../core/assert.ts";
import { MICROSECONDS_PER_SECOND, type Us } from "../core/time.ts";
import { expectation, type Distribution } from "./distribution.ts";

/** What a letter in a formula stands for. */
export interface Meaning {
  readonly symbol: string;
  readonly text: string;
  /** The setting that it comes from, when it is one. */
  readonly setting?: SettingName;
}

export interface SettingName {
  readonly keyword: string;
  /** Name of the instance or script, or the kind of checker. */
  readonly owner: string;
}

interface Written {
  /** As in the formula; the sign is not part of it. */
  readonly symbol: string;
  readonly meanings: readonly Meaning[];
}

interface Constant extends Written {
  readonly kind: "constant";
  readonly us: Us;
}

/** Evenly spread over the range; with `minus` it is taken away. */
interface Uniform extends Written {
  readonly kind: "uniform";
  readonly fromUs: Us;
  readonly toUs: Us;
  readonly minus: boolean;
}

/** From a moment without plan until the next tick of a clock whose gaps repeat in this order. */
interface Tick extends Written {
  readonly kind: "tick";
  readonly gapsUs: readonly Us[];
}

/** When enough weight has come together: parts happen independently, each adds its weight. */
interface Gathered extends Written {
  readonly kind: "gathered";
  readonly parts: readonly Part[];
  readonly needed: number;
}

export interface Part {
  readonly quantity: Simple;
  readonly weight: number;
}

/** Terms that may stand in a `gathered`: their distributions are known in closed form. */
export interface Simple {
  readonly terms: readonly (Constant | Uniform)[];
}

export type Term = Constant | Uniform | Tick | Gathered;

export interface Quantity {
  readonly terms: readonly Term[];
}

export const ZERO: Simple = { terms: [] };

export function constant(
  us: Us,
  symbol: string = literal(us),
  text?: string,
  setting?: SettingName,
): Simple {
  return { terms: [{ kind: "constant", us, symbol, meanings: meaningsOf(symbol, text, setting) }] };
}

/** `U(0, I)`, `U(I, 2I)`: the symbol is written as given, its letters are explained by `meanings`. */
export function uniform(
  fromUs: Us,
  toUs: Us,
  symbol: string,
  meanings: readonly Meaning[] = [],
): Simple {
  assert(toUs >= fromUs, `uniform from ${fromUs} to ${toUs}`);
  return { terms: [{ kind: "uniform", fromUs, toUs, minus: false, symbol, meanings }] };
}

/** Time that has passed already when counting begins: it is taken away. */
export function elapsed(toUs: Us, symbol: string, text: string, setting?: SettingName): Simple {
  const meanings = meaningsOf(symbol, text, setting);
  return { terms: [{ kind: "uniform", fromUs: 0, toUs, minus: true, symbol, meanings }] };
}

export function tick(
  gapsUs: readonly Us[],
  symbol: string,
  meanings: readonly Meaning[] = [],
): Quantity {
  assert(gapsUs.length > 0 && gapsUs.every((gap) => gap > 0), "gaps of a tick");
  return { terms: [{ kind: "tick", gapsUs, symbol, meanings }] };
}

export function sum(...items: readonly Simple[]): Simple;
export function sum(...items: readonly Quantity[]): Quantity;
export function sum(...items: readonly Quantity[]): Quantity {
  return { terms: items.flatMap((item) => item.terms) };
}

export function earliest(items: readonly Simple[]): Quantity {
  return combined(items, 1, "min");
}

export function latest(items: readonly Simple[]): Quantity {
  return combined(items, items.length, "max");
}

function combined(items: readonly Simple[], needed: number, word: string): Quantity {
  const [only] = items;
  assert(only !== undefined, `${word} of nothing`);
  if (items.length === 1) return only;
  return gathered(
    items.map((quantity) => ({ quantity, weight: 1 })),
    needed,
    `${word}(${items.map(formula).join(", ")})`,
  );
}

/** The first time at which the weights of what has happened reach `needed`. */
export function gathered(parts: readonly Part[], needed: number, symbol?: string): Quantity {
  const whole = parts.reduce((total, part) => total + part.weight, 0);
  assert(needed > 0 && needed <= whole, `gathered: ${needed} of ${whole}`);
  assert(
    parts.every(({ weight }) => Number.isInteger(weight) && weight > 0),
    "gathered: whole positive weights",
  );
  const list = parts.map((part) => `${part.weight} at ${formula(part.quantity)}`).join(", ");
  const meanings = parts.flatMap((part) => part.quantity.terms.flatMap((term) => term.meanings));
  return {
    terms: [
      {
        kind: "gathered",
        parts,
        needed,
        symbol: symbol ?? `first ${needed} of (${list})`,
        meanings,
      },
    ],
  };
}

export interface Bounds {
  readonly minUs: Us;
  readonly meanUs: Us;
  readonly maxUs: Us;
}

export function boundsOf(quantity: Quantity): Bounds {
  const all = quantity.terms.map(termBounds);
  const total = (pick: (bounds: Bounds) => number): Us =>
    Math.round(all.reduce((so, bounds) => so + pick(bounds), 0));
  return {
    minUs: total((bounds) => bounds.minUs),
    meanUs: total((bounds) => bounds.meanUs),
    maxUs: total((bounds) => bounds.maxUs),
  };
}

function termBounds(term: Term): Bounds {
  switch (term.kind) {
    case "constant":
      return { minUs: term.us, meanUs: term.us, maxUs: term.us };
    case "uniform": {
      const meanUs = (term.fromUs + term.toUs) / 2;
      return term.minus
        ? { minUs: -term.toUs, meanUs: -meanUs, maxUs: -term.fromUs }
        : { minUs: term.fromUs, meanUs, maxUs: term.toUs };
    }
    case "tick": {
      const cycle = term.gapsUs.reduce((so, gap) => so + gap, 0);
      // A moment falls into a gap with a chance as its length, and waits half of it on average.
      const meanUs = term.gapsUs.reduce((so, gap) => so + gap * gap, 0) / (2 * cycle);
      return { minUs: 0, meanUs, maxUs: Math.max(...term.gapsUs) };
    }
    case "gathered":
      return gatheredBounds(term);
    default:
      return unreachable(term);
  }
}

function gatheredBounds({ parts, needed }: Gathered): Bounds {
  const bounds = parts.map(({ quantity, weight }) => ({ ...boundsOf(quantity), weight }));
  const reached = (pick: (bounds: Bounds) => Us): Us => {
    let weight = 0;
    for (const part of bounds.toSorted((a, b) => pick(a) - pick(b))) {
      weight += part.weight;
      if (weight >= needed) return pick(part);
    }
    throw new Error(`assertion failed: ${needed} is never reached`);
  };
  const minUs = reached((item) => item.minUs);
  const maxUs = reached((item) => item.maxUs);
  const weighted = parts.map(({ quantity, weight }) => ({
    weight,
    distribution: distributionOf(quantity),
  }));
  return { minUs, meanUs: expectation(weighted, needed, minUs, maxUs), maxUs };
}

function distributionOf({ terms }: Simple): Distribution {
  const widths = terms
    .map((term) => (term.kind === "uniform" ? term.toUs - term.fromUs : 0))
    .filter((width) => width > 0);
  return { fromUs: terms.reduce((so, term) => so + termBounds(term).minUs, 0), widths };
}

/** `U(I, 2I) + d + MD(99) - x`; an empty sum is `0`. */
export function formula({ terms }: Quantity): string {
  const text = terms
    .map((term) => `${term.kind === "uniform" && term.minus ? "-" : "+"} ${term.symbol}`)
    .join(" ");
  return text === "" ? "0" : text.replace(/^\+ /, "");
}

/** What the letters stand for, each once, in the order of the formula. */
export function meanings({ terms }: Quantity): Meaning[] {
  const found = new Map<string, Meaning>();
  for (const meaning of terms.flatMap((term) => term.meanings)) {
    if (!found.has(meaning.symbol)) found.set(meaning.symbol, meaning);
  }
  return [...found.values()];
}

function meaningsOf(symbol: string, text: string | undefined, setting?: SettingName): Meaning[] {
  if (text === undefined) return [];
  return [{ symbol, text, ...(setting === undefined ? {} : { setting }) }];
}

/** How much of the whole each setting accounts for; `gathered` terms have several, and are left out. */
export function shares({
  terms,
}: Quantity): { readonly setting: SettingName; readonly of: Quantity }[] {
  const found = new Map<string, { setting: SettingName; terms: Term[] }>();
  for (const term of terms) {
    const setting = term.kind === "gathered" ? undefined : term.meanings[0]?.setting;
    if (setting === undefined) continue;
    const key = `${setting.keyword} ${setting.owner}`;
    const known = found.get(key);
    if (known === undefined) found.set(key, { setting, terms: [term] });
    else known.terms.push(term);
  }
  return [...found.values()].map(({ setting, terms: own }) => ({ setting, of: { terms: own } }));
}

function literal(us: Us): string {
  return `${us / MICROSECONDS_PER_SECOND} s`;
}
