/** How things stand, as a shape, a word and a colour, never by one of them alone. */
import type { Outcome } from "../../harness/run/judge.ts";
import { html, type Html } from "./html.ts";

export type Tone = "good" | "bad" | "warn" | "info" | "unknown";

const SHAPES: Readonly<Record<Tone, string>> = {
  good: "✓",
  bad: "✗",
  warn: "!",
  info: "i",
  unknown: "?",
};

/** The word beside it says the same, so that a screen reader passes over the shape. */
export function toneMark(tone: Tone): Html {
  return html`<span class="mark mark-${tone}" aria-hidden="true">${SHAPES[tone]}</span>`;
}

export const OUTCOME_TONES: Readonly<Record<Outcome, Tone>> = {
  "as-expected": "good",
  unexpected: "bad",
  inconclusive: "unknown",
  skipped: "info",
  error: "bad",
};

/** In full, for people who have not seen the tool. */
export const OUTCOME_LABELS: Readonly<Record<Outcome, string>> = {
  "as-expected": "As expected",
  unexpected: "Not as expected",
  inconclusive: "Void: proves nothing",
  skipped: "Skipped: not run",
  error: "Error: no result",
};

export function badge(outcome: Outcome): Html {
  const tone = OUTCOME_TONES[outcome];
  return html`<span class="badge badge-${tone}"
    >${toneMark(tone)} ${OUTCOME_LABELS[outcome]}</span
  >`;
}

/** Links to events in the time line; the first few of many. */
export function evidenceLinks(events: readonly number[], most = 8): Html {
  if (events.length === 0) return html`<span class="dim">none</span>`;
  const shown = events
    .slice(0, most)
    .map((seq) => html`<a class="event" href="#event-${seq}">#${seq}</a> `);
  const left = events.length - most;
  return html`${shown}${left > 0 && html`<span class="dim">and ${left} more</span>`}`;
}

/** A table that scrolls in a box of its own when the screen is narrow. */
export function wide(label: string, inner: Html): Html {
  return html`<div class="wide" tabindex="0" role="group" aria-label="${label}">${inner}</div>`;
}
