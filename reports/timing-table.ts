/** Blocks of a report that is told the same way on a terminal and in Markdown: headings, sentences, lists, tables. */
import { columns, painter, wrap, COLUMNS, type Cell, type Style } from "./layout.ts";
import { inline, table } from "./markdown-text.ts";

export interface Entry {
  readonly text: string;
  readonly style?: Style;
}

export type Block =
  | { readonly kind: "heading"; readonly text: string }
  | { readonly kind: "words"; readonly text: string }
  | { readonly kind: "list"; readonly items: readonly string[] }
  | {
      readonly kind: "table";
      readonly heads: readonly string[];
      /** Columns with figures, from 0. */
      readonly right: readonly number[];
      readonly rows: readonly (readonly Entry[])[];
    };

/** Ends with a new line. */
export function consoleOf(
  blocks: readonly Block[],
  { colour }: { readonly colour: boolean },
): string {
  const paint = painter(colour);
  const lines = (block: Block): string[] => {
    switch (block.kind) {
      case "heading":
        return [paint("bold", block.text)];
      case "words":
        return wrap(block.text, COLUMNS);
      case "list":
        return columns(
          block.items.map((text) => [{ text: "-" }, { text }]),
          paint,
          { gap: 1 },
        );
      case "table": {
        const cell = (entry: Entry, index: number): Cell =>
          block.right.includes(index) ? { ...entry, align: "right" } : entry;
        const head = block.heads.map((text, index) => cell({ text, style: "dim" }, index));
        // The last column wraps to the left: an empty one keeps figures at their right edge.
        const rest: Cell[] = block.right.includes(block.heads.length - 1) ? [{ text: "" }] : [];
        return columns(
          [head, ...block.rows.map((row) => row.map(cell))].map((row) => [...row, ...rest]),
          paint,
        );
      }
    }
  };
  const text = blocks.flatMap((block, index) => [
    ...(index === 0 || isBelow(blocks[index - 1], block) ? [] : [""]),
    ...lines(block),
  ]);
  return `${text.join("\n")}\n`;
}

/** What follows a heading stands right below it. */
function isBelow(before: Block | undefined, block: Block): boolean {
  return before?.kind === "heading" && block.kind !== "heading";
}

/** Ends with a new line. */
export function markdownOf(title: string, blocks: readonly Block[]): string {
  const text = (block: Block): string => {
    switch (block.kind) {
      case "heading":
        return `### ${inline(block.text)}`;
      case "words":
        return inline(block.text);
      case "list":
        return block.items.map((item) => `- ${inline(item)}`).join("\n");
      case "table":
        return table(
          block.heads,
          block.rows.map((row) => row.map((entry) => entry.text)),
          block.right,
        );
    }
  };
  return `${[`## ${inline(title)}`, ...blocks.map(text)].join("\n\n")}\n`;
}
