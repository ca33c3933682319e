/** Headings, sentences, lists and tables of the text reports, as markup. */
import type { Style } from "../../layout.ts";
import type { Block } from "../../timing-table.ts";
import { html, type Html } from "../html.ts";
import { wide } from "../marks.ts";

const TONES: Readonly<Record<Style, string>> = {
  good: "tone-good",
  bad: "tone-bad",
  warn: "tone-warn",
  dim: "dim",
  bold: "strong",
};

export function blockHtml(block: Block): Html {
  switch (block.kind) {
    case "heading":
      return html`<h3>${block.text}</h3>`;
    case "words":
      return html`<p>${block.text}</p>`;
    case "list":
      return html`<ul class="notes">
        ${block.items.map((item) => html`<li>${item}</li> `)}
      </ul>`;
    case "table":
      return wide(block.heads.join(", "), tableHtml(block));
  }
}

function tableHtml({ heads, right, rows }: Extract<Block, { kind: "table" }>): Html {
  const number = (index: number): string => (right.includes(index) ? "number" : "");
  return html`<table>
    <thead>
      <tr>
        ${heads.map((head, index) => html`<th scope="col" class="${number(index)}">${head}</th> `)}
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        (row) =>
          html`<tr>
            ${row.map((entry, index) => {
              const tone = entry.style === undefined ? "" : TONES[entry.style];
              return html`<td class="${`${number(index)} ${tone}`.trim()}">${entry.text}</td> `;
            })}
          </tr> `,
      )}
    </tbody>
  </table>`;
}

/** What is computed says so before anything else does. */
export function simulatedBand(simulated: number, all: number): Html | undefined {
  if (simulated === 0) return undefined;
  const which = simulated === all ? "" : ` These are ${simulated} of ${all} runs, each marked.`;
  return html`<p class="simulated-band">
    <strong>SIMULATED</strong>: computed, not measured.${which}
  </p>`;
}
