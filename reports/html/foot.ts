/**
 * The foot of a page: made by which vipdrill, and of runs from when. When the page was made it does not say: the
 * same runs make the same page.
 */
import manifest from "../../package.json" with { type: "json" };
import { compareText } from "../../harness/core/text.ts";
import { counted } from "../units.ts";
import { html, type Html, type Piece } from "./html.ts";

export function pageFoot(words: Piece): Html {
  return html`<p>Made by vipdrill ${manifest.version} ${words}</p>`;
}

export function runsFoot(runs: readonly { readonly startedAt: string }[]): Html {
  const times = runs.map(({ startedAt }) => startedAt).sort(compareText);
  const [first, last] = [times[0], times.at(-1)];
  const when =
    first === last ? first && `, started ${first}` : `, started from ${first} to ${last}`;
  return pageFoot(html`of ${counted(runs.length, "run")}${when}.`);
}
