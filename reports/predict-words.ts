/** Figures, formulas and notes as the tables of predictions write them. */
import { MICROSECONDS_PER_SECOND, type Us } from "../harness/core/time.ts";
import {
  boundsOf,
  formula,
  meanings,
  type Bounds,
  type Meaning,
  type Quantity,
} from "../harness/predict/quantity.ts";
import { columns, painter } from "./layout.ts";

/** At most five characters, so that a line keeps its width; JSON has every microsecond. */
export function figure(us: Us): string {
  const seconds = us / MICROSECONDS_PER_SECOND;
  if (seconds >= 99_999) return seconds.toExponential(1).replace("+", "");
  const decimals = [10, 100, 1000].filter((limit) => seconds < limit - 0.0005).length;
  return seconds.toFixed(decimals);
}

export function range(quantity: Quantity): string {
  const { minUs, maxUs } = boundsOf(quantity);
  return minUs === maxUs ? figure(minUs) : `${figure(minUs)}-${figure(maxUs)}`;
}

export function triple(quantity: Quantity): string {
  return tripleOf(boundsOf(quantity));
}

export function tripleOf({ minUs, meanUs, maxUs }: Bounds): string {
  if (minUs === maxUs) return figure(minUs);
  return [minUs, meanUs, maxUs].map(figure).join(" / ");
}

/** Notes are numbered once per table, however many rows they stand in. */
export class Notes {
  readonly list: string[] = [];

  numbersOf(notes: readonly string[]): string {
    return notes
      .map((note) => {
        if (!this.list.includes(note)) this.list.push(note);
        return this.list.indexOf(note) + 1;
      })
      .join(" ");
  }
}

/** A span of a table with the name of its row. */
export interface Named {
  readonly name: string;
  readonly quantity: Quantity;
}

/** Events with one formula stand together; every letter is explained once, below. */
export function formulaText(all: readonly Named[]): string[] {
  const legend = legendOf(all);
  const plain = painter(false);
  return [
    ...columns(
      grouped(all).map(([text, names]) => [{ text }, { text: names.join(", ") }]),
      plain,
      { indent: 4 },
    ),
    ...(legend.length === 0 ? [] : ["", "  where"]),
    ...columns(
      legend.map(({ symbol, text }) => [{ text: symbol }, { text }]),
      plain,
      { indent: 4 },
    ),
  ];
}

function grouped(all: readonly Named[]): [string, string[]][] {
  const found = Map.groupBy(all, ({ quantity }) => formula(quantity));
  return [...found].map(([text, list]) => [text, list.map(({ name }) => name)]);
}

export function legendOf(all: readonly Named[]): Meaning[] {
  const found = new Map<string, Meaning>();
  for (const meaning of all.flatMap(({ quantity }) => meanings(quantity))) {
    found.set(`${meaning.symbol} ${meaning.text}`, meaning);
  }
  return [...found.values()];
}

export function tableLine(texts: readonly (string | undefined)[]): string {
  return `| ${texts.map((text) => escaped(text ?? "")).join(" | ")} |`;
}

/** The titles of a Markdown table, and the line below them. */
export function tableHead(titles: readonly string[]): string[] {
  return [tableLine(titles), tableLine(titles.map(() => "---"))];
}

export function escaped(text: string): string {
  return text.replaceAll(/[|<>]/g, (character) => `\\${character}`);
}

export function quantityJson(quantity: Quantity): object {
  const where = meanings(quantity).map(({ symbol, text }) => ({ symbol, text }));
  return { ...boundsOf(quantity), formula: formula(quantity), where };
}
