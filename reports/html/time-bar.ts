/** The stacked bar of the first screen, and under it the same in words. */
import { formatSeconds } from "../../harness/core/time.ts";
import { html, type Html } from "./html.ts";
import type { Share, TimeWent } from "./time-went.ts";

/** Of the whole, in percent: narrower shares have no room for words of their own. */
const LABELLED_FROM = 14;

export function timeBar({ shares, totalUs, of, unseen }: TimeWent, simulated: boolean): Html {
  const words = shares.map((share) => `${share.label} ${formatSeconds(share.lastsUs)}`).join(", ");
  const name = `${simulated ? "SIMULATED. " : ""}Where the time went, ${of}: ${words}`;
  return html`<div class="time-bar" role="img" aria-label="${name}">
      ${shares.map((share) => segment(share, totalUs))}
    </div>
    <ol class="shares">
      ${shares.map(
        (share) =>
          html`<li>
            <span class="swatch share-${share.kind}" aria-hidden="true"></span>
            <span class="share-words"
              ><strong>${share.label} ${formatSeconds(share.lastsUs)}</strong>
              <span class="dim">${shareOf(share, totalUs)}${share.means}</span></span
            >
          </li> `,
      )}
    </ol>
    ${unseen.length > 0 && html`<p class="dim">Not seen in this run: ${unseen.join(", ")}.</p>`}`;
}

function segment(share: Share, totalUs: number): Html {
  const grow = `flex-grow:${share.lastsUs}`;
  const label = html`<b>${share.label}</b> <span>${formatSeconds(share.lastsUs)}</span>`;
  return html`<div class="share share-${share.kind}" style="${grow}">
    ${percent(share, totalUs) >= LABELLED_FROM && label}
  </div> `;
}

function percent({ lastsUs }: Share, totalUs: number): number {
  return totalUs === 0 ? 0 : (100 * lastsUs) / totalUs;
}

function shareOf(share: Share, totalUs: number): string {
  const value = percent(share, totalUs);
  return value < 0.5 ? "" : `${value.toFixed(0)} %, `;
}
