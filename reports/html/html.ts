/** Markup as a value: what is put into a template is escaped, unless it is markup itself. */

export interface Html {
  readonly markup: string;
}

/** `undefined` and `false` leave nothing, so that a part can be left out in place. */
export type Piece = Html | string | number | undefined | false | readonly Piece[];

/** html`<p class="${name}">${words}</p>`: attributes are always quoted. */
export function html(strings: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  const parts = strings.map((text, index) =>
    index === 0 ? text : markupOf(pieces[index - 1]) + text,
  );
  return { markup: parts.join("") };
}

/** Markup that was made elsewhere, such as the script of the page; never anything from a run. */
export function trusted(markup: string): Html {
  return { markup };
}

export function escapeText(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

function markupOf(piece: Piece): string {
  if (piece === undefined || piece === false) return "";
  if (typeof piece === "string") return escapeText(piece);
  if (typeof piece === "number") return String(piece);
  if ("markup" in piece) return piece.markup;
  return piece.map(markupOf).join("");
}
