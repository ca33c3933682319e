/** Pieces of GitHub's Markdown, from text that may hold anything: it means only itself. */
import { printable } from "./layout.ts";

/** No markup, no HTML, no end of a cell; new lines as `<br>`. */
export function inline(text: string): string {
  return escapeHtml(printable(text))
    .replaceAll(/[\\`*_[\]|~#]/g, String.raw`\$&`)
    .replaceAll("\n", "<br>");
}

/** The same at the begin of a line, where `-`, `+`, `=` and `1.` would make a list or a heading. */
export function paragraph(text: string): string {
  return inline(text.trimStart()).replace(/^(?:[-+=]|(\d+)(?=[.)]))/, (found, digits?: string) =>
    digits === undefined ? `\\${found}` : `${digits}\\`,
  );
}

/** For elements that Markdown leaves alone: there a backslash is a backslash. */
function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** A code span: longer ticks than any inside, as CommonMark 6.1 has it. */
export function code(text: string): string {
  const flat = printable(text).replaceAll("\n", " ");
  const ticks = "`".repeat(longestTicks(flat) + 1);
  return ticks.length === 1 ? `${ticks}${flat}${ticks}` : `${ticks} ${flat} ${ticks}`;
}

/** A fenced block that nothing inside can end (CommonMark 4.5). */
export function codeBlock(language: string, text: string): string {
  const fence = "`".repeat(Math.max(3, longestTicks(text) + 1));
  return [fence + language, printable(text), fence].join("\n");
}

function longestTicks(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((ticks) => ticks.length));
}

export function folded(summary: string, body: string): string {
  const title = escapeHtml(printable(summary).replaceAll("\n", " "));
  // Blank lines around the body: only then is it read as Markdown again.
  return [`<details><summary>${title}</summary>`, body, "</details>"].join("\n\n");
}

export function bullets(lines: readonly string[]): string {
  return lines.map((line) => `- ${paragraph(line)}`).join("\n");
}

export function tableLine(cells: readonly string[]): string {
  return `| ${cells.map(inline).join(" | ")} |`;
}

export function table(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): string {
  const rule = heads.map((_, index) => (right.includes(index) ? "---:" : "---")).join(" | ");
  return [tableLine(heads), `| ${rule} |`, ...rows.map(tableLine)].join("\n");
}
