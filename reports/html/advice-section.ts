/** The part of a run's page that says what could be changed. */
import { adviceOf, type Advice, type AdviceWhatIf, type Interval } from "../advice.ts";
import { adviceDetails, intervalWords } from "../advice-words.ts";
import type { ReportedRun } from "../reported.ts";
import { formatSeconds, type Us } from "../../harness/core/time.ts";
import type { Section } from "./document.ts";
import { html, type Html } from "./html.ts";

/** Absent when there is nothing to advise. */
export function adviceSection(run: ReportedRun): Section | undefined {
  const advice = adviceOf(run);
  if (advice.length === 0) return undefined;
  return {
    id: "advice",
    title: "What could be changed",
    body: html`<p class="note">
        What was seen is marked as measured or simulated; what another setting would do is
        <strong>predicted</strong> by formulas, and a drill has to show it.
      </p>
      <ol class="advice">
        ${advice.map((each) => item(each, run.record.simulated))}
      </ol>`,
  };
}

function item(advice: Advice, simulated: boolean): Html {
  const { title, standing, because, costUs, whatIf } = advice;
  const details = adviceDetails(advice).filter(({ label }) => label !== "then");
  return html`<li class="advice-item" id="advice-${advice.id}">
    <h3>${title} <span class="standing">${standing.toUpperCase()}</span></h3>
    ${costUs === undefined ? undefined : bar(costUs, simulated)}
    <dl>
      ${details.map(
        ({ label, text }) =>
          html`<dt>${label}</dt>
            <dd>${text}${label === "why" ? evidence(because.events) : undefined}</dd> `,
      )}
    </dl>
    ${whatIf === undefined ? undefined : comparison(whatIf)}
  </li> `;
}

function evidence(events: readonly number[]): Html | undefined {
  if (events.length === 0) return undefined;
  return html` <span class="evidence"
    >${events.map((seq) => html` <a href="#event-${seq}">#${seq}</a>`)}</span
  >`;
}

const WIDTH = 300;
/** Room for the word that says that the run was no measurement. */
const MARK = 70;

/** The share of the whole, with its least and its greatest value. */
function bar({ minUs, maxUs, ofUs }: NonNullable<Advice["costUs"]>, simulated: boolean): Html {
  const scale = (us: Us): number =>
    Math.round((Math.max(0, Math.min(1, us / Math.max(1, ofUs))) * WIDTH * 10) / 10);
  const least = scale(minUs);
  const words =
    minUs === maxUs
      ? `${formatSeconds(minUs)} of ${formatSeconds(ofUs)}`
      : `${formatSeconds(minUs)} to ${formatSeconds(maxUs)} of ${formatSeconds(ofUs)}`;
  return html`<svg
    class="share"
    role="img"
    viewBox="0 0 ${WIDTH + MARK} 12"
    width="${WIDTH + MARK}"
    height="12"
  >
    <title>${words}</title>
    <rect class="share-whole" x="0" y="0" width="${WIDTH}" height="12"></rect>
    <rect class="share-least" x="0" y="0" width="${least}" height="12"></rect>
    <rect
      class="share-most"
      x="${least}"
      y="3"
      width="${Math.max(0, scale(maxUs) - least)}"
      height="6"
    ></rect>
    ${simulated && html`<text class="share-mark" x="${WIDTH + 6}" y="10">SIMULATED</text>`}
  </svg>`;
}

function comparison({ change, of, before, after, basis, n }: AdviceWhatIf): Html {
  const how = basis === "formula" ? "PREDICTED by the formulas" : `SIMULATED, n = ${n ?? 0}`;
  return html`<table class="what-if">
    <caption>
      ${of}, ${how}
    </caption>
    <thead>
      <tr>
        <th scope="col">setting</th>
        <th scope="col">interval</th>
        <th scope="col">mean</th>
      </tr>
    </thead>
    <tbody>
      <tr>
        <th scope="row">as it is</th>
        <td>${intervalWords(before)}</td>
        <td>${meanWords(before)}</td>
      </tr>
      <tr>
        <th scope="row">${change.map((text) => html`<code>${text}</code> `)}</th>
        <td>${intervalWords(after)}</td>
        <td>${meanWords(after)}</td>
      </tr>
    </tbody>
  </table>`;
}

function meanWords(interval: Interval): string {
  return interval === "never" ? "" : formatSeconds(interval.meanUs);
}
