/** Plain text in columns: widths, wrapping, alignment. Colours come last, so they never count. */
import { styleText } from "node:util";

export const COLUMNS = 100;

export type Style = "good" | "bad" | "warn" | "dim" | "bold";

const FORMATS = {
  good: "green",
  bad: ["bold", "red"],
  warn: "yellow",
  dim: "dim",
  bold: "bold",
} as const;

export type Paint = (style: Style | undefined, text: string) => string;

/** `styleText` with its look at the terminal switched off: whoever calls has decided. */
export function painter(colour: boolean): Paint {
  return (style, text) => {
    if (!colour || style === undefined || text === "") return text;
    const format = FORMATS[style];
    return styleText(typeof format === "string" ? format : [...format], text, {
      validateStream: false,
    });
  };
}

export interface Cell {
  readonly text: string;
  readonly style?: Style;
  readonly align?: "left" | "right";
}

/** Control characters would move the cursor or change colours; new lines are kept. */
export function printable(text: string): string {
  return (
    text
      .replaceAll(/\r\n?/g, "\n")
      .replaceAll("\t", " ")
      // oxlint-disable-next-line no-control-regex -- control characters are what this is about
      .replaceAll(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F]/g, "")
  );
}

/** By code point: a terminal shows nearly all of them in one column. */
function lettersOf(text: string): string[] {
  return Array.from(text);
}

export function widthOf(text: string): number {
  return lettersOf(text).length;
}

/** Lines of at most `width`, broken at blanks; a longer word is cut. Never without a line. */
export function wrap(text: string, width: number): string[] {
  const room = Math.max(width, 10);
  return printable(text)
    .split("\n")
    .flatMap((paragraph) => wrapParagraph(paragraph, room));
}

/** Blanks at which a line may end: not between a number and its unit. */
const BREAK = / (?!(?:s|ms|µs)\b)|(?<!\d) /;

function wrapParagraph(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(BREAK).flatMap((item) => chunks(item, width))) {
    if (line === "") line = word;
    else if (widthOf(line) + 1 + widthOf(word) <= width) line += ` ${word}`;
    else {
      lines.push(line);
      line = word;
    }
  }
  lines.push(line);
  return lines;
}

function chunks(word: string, width: number): string[] {
  const letters = lettersOf(word);
  if (letters.length <= width) return [word];
  const count = Math.ceil(letters.length / width);
  return Array.from({ length: count }, (_, index) =>
    letters.slice(index * width, (index + 1) * width).join(""),
  );
}

/** A label, then text whose further lines stand under its first. */
export function hang(label: string, text: string, width: number = COLUMNS): string[] {
  const indent = " ".repeat(widthOf(label));
  return wrap(text, width - widthOf(label)).map((line, index) =>
    `${index === 0 ? label : indent}${line}`.trimEnd(),
  );
}

/** Columns as wide as they need to be; the last takes what is left and wraps. */
export function columns(
  rows: readonly (readonly Cell[])[],
  paint: Paint,
  { indent = 2, gap = 2, width = COLUMNS }: { indent?: number; gap?: number; width?: number } = {},
): string[] {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: Math.max(0, count - 1) }, (_, index) =>
    Math.max(0, ...rows.map((row) => widthOf(printable(row[index]?.text ?? "")))),
  );
  const left = indent + widths.reduce((sum, item) => sum + item + gap, 0);
  return rows.flatMap((row) => {
    const head = widths
      .map((size, index) => aligned(row[index], size, paint) + " ".repeat(gap))
      .join("");
    const last = row[count - 1];
    return wrap(last?.text ?? "", width - left).map((line, index) => {
      const start = index === 0 ? " ".repeat(indent) + head : " ".repeat(left);
      return `${start}${paint(last?.style, line)}`.trimEnd();
    });
  });
}

function aligned(cell: Cell | undefined, size: number, paint: Paint): string {
  const text = printable(cell?.text ?? "").replaceAll("\n", " ");
  const space = " ".repeat(Math.max(0, size - widthOf(text)));
  const painted = paint(cell?.style, text);
  return cell?.align === "right" ? space + painted : painted + space;
}
