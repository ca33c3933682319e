/** What was not as expected, in full: what happened, what was demanded, how to see it again. */
import { findingRows } from "../../findings.ts";
import { headlineOf, OUTCOME_WORDS } from "../../headline.ts";
import type { ReportedRun } from "../../reported.ts";
import type { Section } from "../document.ts";
import { html, type Html } from "../html.ts";
import { OUTCOME_TONES, toneMark } from "../marks.ts";
import { runPath, type LinkTo } from "./run-path.ts";
import { counted } from "../../units.ts";

/** So many are open at once; more are folded away, or nobody reads any. */
const OPEN_MAX = 10;

/** Absent when there is none. */
export function worstSection(runs: readonly ReportedRun[], linkTo: LinkTo): Section | undefined {
  const order = ["unexpected", "error", "inconclusive"] as const;
  const found = order.flatMap((outcome) => runs.filter(({ result }) => result.outcome === outcome));
  if (found.length === 0) return undefined;
  const rest = found.slice(OPEN_MAX);
  return {
    id: "worst",
    title: "Not as expected, broken or void",
    body: html`${found.slice(0, OPEN_MAX).map((run) => inFull(run, linkTo))}
    ${
      rest.length > 0 &&
      html`<details>
        <summary>${counted(rest.length, "run")} more</summary>
        ${rest.map((run) => inFull(run, linkTo))}
      </details>`
    }`,
  };
}

function inFull(run: ReportedRun, linkTo: LinkTo): Html {
  const head = headlineOf(run);
  const tone = OUTCOME_TONES[head.outcome];
  const rows = findingRows(run).filter((row) => ["unexpected", "unclear"].includes(row.standing));
  const { image, backend, seed, replay } = run.record;
  return html`<article class="worst worst-${tone}">
    <h3>
      <span class="tone-${tone}">${toneMark(tone)} ${OUTCOME_WORDS[head.outcome]}</span>
      ${head.simulated && "SIMULATED "}${head.name}
    </h3>
    <p>${head.title}: ${head.story}.</p>
    ${head.why !== undefined && html`<p><b>Why:</b> ${head.why}</p>`}
    ${
      rows.length > 0 &&
      html`<ul class="notes">
        ${rows.map((row) => html`<li><b>${row.checker} ${row.words}</b>: ${row.reason}</li> `)}
      </ul>`
    }
    <p class="dim">${image}, ${backend}, seed ${seed}</p>
    <p class="again">
      <span class="dim">Run directory</span> ${runPath(run, linkTo)}<br />
      <span class="dim">Do it again</span> <code>${replay}</code>
    </p>
  </article> `;
}
