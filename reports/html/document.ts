/** The frame of every page: one file, which may load nothing from anywhere. */
import type { JsonObject } from "../../harness/core/json.ts";
import { escapeText, html, trusted, type Html } from "./html.ts";

/** What is the same in every page; read and put together by whoever may touch files. */
export interface PageAssets {
  readonly css: string;
  /** The viewer as one script, for a `<script>` element of its own. */
  readonly script: string;
}

/** A part of a page with a heading, a place to link to, and what the viewer needs to know for it. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Html;
  /** Read by the viewer from `<script type="application/json" id="data-ID">`. */
  readonly data?: JsonObject;
}

export interface Page {
  readonly title: string;
  /** What stands above all sections. */
  readonly head: Html;
  readonly sections: readonly Section[];
  readonly foot?: Html;
}

/** The browser itself forbids every request that leaves the file. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** Ends with a new line. */
export function renderPage({ title, head, sections, foot }: Page, assets: PageAssets): string {
  const body = html`<header>${head}</header>
    <main>
      ${sections.map(
        ({ id, title: heading, body: inner }) =>
          html`<section id="${id}" aria-labelledby="${id}-title">
            <h2 id="${id}-title">${heading}</h2>
            ${inner}
          </section> `,
      )}
    </main>
    ${foot === undefined ? undefined : html`<footer>${foot}</footer>`}
    ${sections.map(({ id, data }) => (data === undefined ? undefined : dataElement(id, data)))}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeText(title)}</title>
<style>${assets.css}</style>
</head>
<body>
${body.markup}
<script>${scriptText(assets.script)}</script>
</body>
</html>
`;
}

/** JSON cannot end its element: every `<` is written as an escape. */
function dataElement(id: string, data: JsonObject): Html {
  const json = JSON.stringify(data).replaceAll("<", String.raw`\u003c`);
  return html`<script type="application/json" id="data-${id}">
    ${trusted(json)}
  </script> `;
}

/** A string in the script that ends the element would end the page. */
function scriptText(script: string): string {
  return script
    .replaceAll("</script", String.raw`<\/script`)
    .replaceAll("<!--", String.raw`\x3C!--`);
}
