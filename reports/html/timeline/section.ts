/** The time line of a run: figure, story, and what the viewer needs to make it move. */
import { phaseSpan } from "../../../harness/history/queries.ts";
import { only, type Phase } from "../../../harness/history/events.ts";
import type { ReportedRun } from "../../reported.ts";
import { timelineOf, type Timeline } from "../../timeline.ts";
import type { Section } from "../document.ts";
import { html, type Html } from "../html.ts";
import { encodeEvents, encodeLane } from "./encode.ts";
import { lanesOf, sourceOf } from "./lanes.ts";
import type { Lane } from "./lane.ts";
import { staticTimeline } from "./static.ts";
import { storyTable, zeroWords } from "./story.ts";
import { firstViolation } from "./violation.ts";
import type { WirePhase, WireTimeline } from "./wire.ts";

export function timelineSection(run: ReportedRun): Section {
  const timeline = timelineOf(run);
  const base = { id: "timeline", title: "Time line" };
  if (run.events.length === 0) {
    return { ...base, body: html`<p>Nothing was recorded: there is no time line.</p>` };
  }
  const lanes = lanesOf(run);
  const data = wireOf(run, timeline, lanes);
  return { ...base, body: html`${figure(data, lanes)} ${storyTable(timeline)}`, data };
}

export function wireOf(run: ReportedRun, timeline: Timeline, lanes: readonly Lane[]): WireTimeline {
  const { endUs } = sourceOf(run);
  const violation = firstViolation(run);
  return {
    simulated: run.record.simulated,
    zero: zeroWords(timeline),
    zeroUs: timeline.zeroUs,
    startUs: 0,
    endUs: Math.max(1, endUs),
    view: firstView(run, endUs),
    phases: phasesOf(run),
    lanes: lanes.map(encodeLane),
    story: timeline.entries.map(({ tUs, seq, lane, text }) => [
      tUs + timeline.zeroUs,
      seq,
      `${lane}: ${text}`,
    ]),
    violation: violation === undefined ? null : [violation.tUs, violation.seq, violation.text],
    raw: encodeEvents(run.events),
  };
}

const PHASES: readonly Phase[] = [
  "prepare",
  "settle",
  "disturb",
  "heal",
  "quiesce",
  "collect",
  "dismantle",
];

function phasesOf({ events }: ReportedRun): WirePhase[] {
  return PHASES.filter((phase) => only(events, "phase").some((event) => event.phase === phase))
    .flatMap((phase): WirePhase[] => {
      const span = phaseSpan(events, phase);
      return span === undefined ? [] : [[phase, span.startUs, span.endUs]];
    })
    .sort((a, b) => a[1] - b[1]);
}

/** Space at both sides, as a share of what is shown. */
const MARGIN = 0.02;

/** The drill: from its begin to the end of healing, or as far as it came. */
function firstView({ events }: ReportedRun, endUs: number): [number, number] {
  const disturb = phaseSpan(events, "disturb");
  if (disturb === undefined) return [0, Math.max(1, endUs)];
  const heal = phaseSpan(events, "heal");
  const until = Math.max(disturb.endUs, heal?.endUs ?? 0);
  const margin = Math.round((until - disturb.startUs) * MARGIN);
  return [
    Math.max(0, disturb.startUs - margin),
    Math.max(1, disturb.startUs + 1, Math.min(endUs, until + margin)),
  ];
}

/** The viewer fills it; without one the drawing stands alone. */
function figure(data: WireTimeline, lanes: readonly Lane[]): Html {
  return html`<figure class="timeline" data-timeline="timeline">
    ${
      data.simulated
        ? html`<p class="timeline-simulated">SIMULATED: computed, not measured</p>`
        : undefined
    }
    <div class="timeline-live" hidden>
      <div class="timeline-bar" role="toolbar" aria-label="Time line">${buttons(data)}</div>
      <output class="timeline-readout" aria-live="off"></output>
      <div
        class="timeline-lanes"
        tabindex="0"
        role="application"
        aria-roledescription="time line"
        aria-label="Time line of the run, ${lanes.length} lanes. Arrow keys move, plus and minus zoom; the story below says the same in words."
        aria-describedby="timeline-story-caption timeline-keys"
        aria-details="timeline-story"
      >
        <div class="timeline-labels" aria-hidden="true"></div>
        <div class="timeline-stage">
          <canvas></canvas>
          <div class="timeline-cross" hidden></div>
          <div class="timeline-chosen" hidden></div>
        </div>
      </div>
      <div class="timeline-spoken" aria-live="polite"></div>
      ${keyList()}
      <div class="timeline-details" role="region" aria-label="Details" tabindex="-1" hidden></div>
    </div>
    ${staticTimeline(lanes, data)}
    <figcaption>
      <p>
        Zero is ${data.zero}; times are exact to the microsecond. In outline: what a node says of
        itself. Filled: what was seen. Hatched in red: trouble, and with TWO HOLD IT two nodes that
        hold the VIP at once.
      </p>
      <p>${SIGNS.map(([sign, meaning]) => html`<span>${sign} ${meaning}</span> `)}</p>
    </figcaption>
  </figure>`;
}

function buttons(data: WireTimeline): Html {
  const button = (act: string, text: string, title: string): Html =>
    html`<button type="button" data-act="${act}" title="${title}">${text}</button> `;
  return html`${button("in", "Zoom in", "key +")}${button("out", "Zoom out", "key -")}${button(
    "left",
    "Earlier",
    "key ArrowLeft",
  )}${button("right", "Later", "key ArrowRight")}${button("drill", "The drill", "key d")}${button(
    "all",
    "Whole run",
    "key 0",
  )}${button("previous", "Previous event", "key p")}${button("next", "Next event", "key n")}
  ${
    data.violation === null
      ? html`<span class="timeline-no-violation">no check failed</span>`
      : html`<button
          type="button"
          class="timeline-jump"
          data-act="violation"
          title="${data.violation[2]} (key v)"
        >
          Jump to the first violation
        </button>`
  }`;
}

/** The shapes of `looks.ts`, as letters. */
const SIGNS: readonly (readonly [sign: string, meaning: string])[] = [
  ["\u2581", "low tick: a packet, a log line, an operation that went well"],
  ["\u2715", "cross: failed, refused"],
  ["\u25cb", "ring: outcome unknown (sent, no answer)"],
  ["\u25c6", "diamond: receipt of a fault"],
  ["\u25bc", "triangle: goodbye of a master (priority 0)"],
  ["\u2503", "tall bar: a change, a warning"],
];

const KEYS: readonly (readonly [keys: readonly string[], what: string])[] = [
  [["←", "→"], "earlier, later"],
  [["+", "-"], "zoom"],
  [["0"], "whole run"],
  [["d"], "the drill"],
  [["n", "p"], "next, previous of the story"],
  [["v"], "first violation"],
  [["↑", "↓"], "choose a lane"],
  [["Shift ←", "Shift →"], "next event of the lane"],
  [["Enter"], "details"],
  [["Esc"], "close"],
];

function keyList(): Html {
  return html`<p class="timeline-keys" id="timeline-keys">
    Keys:
    ${KEYS.map(
      ([keys, what]) => html`<span>${keys.map((key) => html`<kbd>${key}</kbd> `)}${what}</span> `,
    )}<span>Wheel or two fingers zoom, drag moves, click shows details.</span>
  </p>`;
}
