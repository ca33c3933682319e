/** The story as a table: it is what the time line says in words, works without a script and can be printed. */
import type { Us } from "../../../harness/core/time.ts";
import type { Timeline, TimelineEntry } from "../../timeline.ts";
import { html, type Html } from "../html.ts";
import { exactSeconds } from "./format.ts";

const ZERO_WORDS: Readonly<Record<Timeline["zero"], string>> = {
  fault: "the first fault",
  disturb: "the begin of the drill",
  start: "the start of the run",
};

export function zeroWords({ zero }: Timeline): string {
  return ZERO_WORDS[zero];
}

const TONE_WORDS: Readonly<Record<TimelineEntry["tone"], string>> = {
  plain: "",
  aside: "",
  fault: "fault",
  bad: "bad",
  good: "good",
};

export function storyTable(timeline: Timeline): Html {
  if (timeline.entries.length === 0) return html`<p>There are no events to tell of.</p>`;
  const places = new Set<number>();
  return html`<div class="timeline-story-box">
    <table class="timeline-story" id="timeline-story">
      <caption id="timeline-story-caption">
        What happened, in order. Zero is ${zeroWords(timeline)}.
      </caption>
      <thead>
        <tr>
          <th scope="col">Time</th>
          <th scope="col">Where</th>
          <th scope="col">What</th>
        </tr>
      </thead>
      <tbody>
        ${timeline.entries.map((entry) => row(entry, timeline.zeroUs, places))}
      </tbody>
    </table>
  </div>`;
}

/** Each event gets one place to link to, its first. */
function row(entry: TimelineEntry, zeroUs: Us, places: Set<number>): Html {
  const isNew = (seq: number): boolean => !places.has(seq) && places.add(seq).has(seq);
  const anchors = [entry.seq, ...entry.also].filter(isNew);
  return html`<tr
    class="tone-${entry.tone}"
    data-seq="${entry.seq}"
    data-at="${entry.tUs + zeroUs}"
  >
    <td class="timeline-at">
      ${anchors.map((seq) => html`<span id="event-${seq}"></span>`)}<a href="#event-${entry.seq}"
        >${exactSeconds(entry.tUs)}</a
      >
    </td>
    <td>${entry.lane}</td>
    <td>${toneMark(entry)}${entry.text}</td>
  </tr> `;
}

/** Colour never says it alone. */
function toneMark({ tone }: TimelineEntry): Html | undefined {
  const word = TONE_WORDS[tone];
  return word === "" ? undefined : html`<span class="timeline-tone">${word}</span> `;
}
