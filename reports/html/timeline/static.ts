/**
 * The lanes as a drawing without script: for printing, and where scripts do not run. Marks that fall on one
 * unit of the drawing are one stroke, so the size does not grow with the number of events.
 */
import { html, trusted, type Html } from "../html.ts";
import type { Lane, LaneSpan } from "./lane.ts";
import { markLook, spanLook, type Shape } from "./looks.ts";
import { tickStep, ticksWithin, tickWords } from "./format.ts";
import type { WireTimeline } from "./wire.ts";

const WIDTH = 1000;
const LABELS = 190;
const ROW = 16;
const SIZES = { thin: 12, plain: ROW, split: 32 } as const;
const AXIS = 22;
/** Texts inside spans: about this many units a letter at the size of the style sheet. */
const LETTER = 5.4;

interface Frame {
  readonly startUs: number;
  readonly endUs: number;
}

export function staticTimeline(lanes: readonly Lane[], wire: WireTimeline): Html {
  const [startUs, endUs] = wire.view;
  const frame = { startUs, endUs };
  const rows = placed(lanes);
  const height = (rows.at(-1)?.bottom ?? AXIS) + 6;
  return html`<svg
    class="timeline-static"
    viewBox="0 0 ${LABELS + WIDTH} ${height}"
    role="img"
    aria-labelledby="timeline-static-title"
  >
    <title id="timeline-static-title">
      Time line of the drill${wire.simulated ? ", SIMULATED" : ""}; the table of the story says the
      same in words
    </title>
    ${patterns()} ${axis(frame, wire.zeroUs, height)}
    ${rows.map(({ lane, top, bottom, heading }) => laneGroup(lane, { top, bottom, heading }, frame))}
    ${wire.simulated ? watermark(height) : undefined}
  </svg>`;
}

interface Place {
  readonly top: number;
  readonly bottom: number;
  /** The first lane of a group carries its name. */
  readonly heading: boolean;
}

function placed(lanes: readonly Lane[]): (Place & { readonly lane: Lane })[] {
  let y = AXIS;
  return lanes.map((lane, index) => {
    const heading = lanes[index - 1]?.group !== lane.group;
    if (heading) y += ROW;
    const top = y;
    y += SIZES[lane.size ?? "plain"];
    return { lane, top, bottom: y, heading };
  });
}

function xOf(tUs: number, { startUs, endUs }: Frame): number {
  return LABELS + Math.round(((tUs - startUs) / Math.max(1, endUs - startUs)) * WIDTH);
}

function axis(frame: Frame, zeroUs: number, height: number): Html {
  const stepUs = tickStep(frame.endUs - frame.startUs, 10);
  const ticks = ticksWithin(frame.startUs - zeroUs, frame.endUs - zeroUs, stepUs);
  return html`${ticks.map((tick) => {
    const x = xOf(tick + zeroUs, frame);
    return html`<path class="grid" d="M${x} ${AXIS - 6}V${height}" /><text
        x="${x}"
        y="${AXIS - 9}"
        text-anchor="middle"
      >
        ${tickWords(tick, stepUs)}
      </text>`;
  })}`;
}

function laneGroup(lane: Lane, { top, bottom, heading }: Place, frame: Frame): Html {
  const { startUs, endUs } = frame;
  const spans = lane.spans.filter((span) => span.endUs > startUs && span.startUs < endUs);
  const middle = lane.size === "split" ? (top + bottom) / 2 : undefined;
  return html`${
      heading
        ? html`<text class="group" x="0" y="${top - 4}">${lane.group}</text>
            <path class="grid" d="M0 ${top}H${LABELS + WIDTH}" />`
        : undefined
    }<text x="4" y="${bottom - 4}">${lane.label}</text>
    ${spans.map((span) => spanBox(span, top, (middle ?? bottom - 1) + 1, frame))}${markPaths(lane, middle ?? top, bottom, frame)}`;
}

function spanBox(span: LaneSpan, top: number, bottom: number, frame: Frame): Html {
  const left = Math.max(LABELS, xOf(span.startUs, frame));
  const right = Math.min(LABELS + WIDTH, xOf(span.endUs, frame));
  const width = Math.max(1, right - left);
  const { colour, pattern } = spanLook(span.look);
  const letters = bottom - top < ROW - 1 ? 0 : Math.floor((width - 4) / LETTER);
  const words =
    letters < 3
      ? ""
      : span.text.length <= letters
        ? span.text
        : `${span.text.slice(0, letters - 1)}…`;
  // A ground first: what lies below does not shine through.
  const layers = [
    "ground",
    `span ${pattern} c-${colour}`,
    ...(pattern === "hatch" ? ["hatching"] : []),
  ];
  const y = top + 2;
  const height = bottom - top - 4;
  return html`${layers.map(
    (layer) =>
      html`<rect class="${layer}" x="${left}" y="${y}" width="${width}" height="${height}" />`,
  )}${words === "" ? undefined : html`<text class="inside" x="${left + 3}" y="${bottom - 5}">${words}</text>`} `;
}

/** One path for each look. */
function markPaths(lane: Lane, top: number, bottom: number, frame: Frame): Html {
  const columns = new Map<string, Set<number>>();
  for (const mark of lane.marks) {
    if (mark.tUs < frame.startUs || mark.tUs > frame.endUs) continue;
    const known = columns.get(mark.look);
    if (known === undefined) columns.set(mark.look, new Set([xOf(mark.tUs, frame)]));
    else known.add(xOf(mark.tUs, frame));
  }
  const looks = [...columns].sort(([a], [b]) => markLook(a).rank - markLook(b).rank);
  return html`${looks.map(([look, places]) => {
    const { colour, shape } = markLook(look);
    const path = [...places].map((x) => stroke(shape, x, top + 2, bottom - 2)).join("");
    return html`<path class="mark c-${colour}" d="${path}" />`;
  })}`;
}

function stroke(shape: Shape, x: number, top: number, bottom: number): string {
  const middle = (top + bottom) / 2;
  const half = (bottom - top) / 2;
  switch (shape) {
    case "tick":
      return `M${x} ${middle}V${bottom}`;
    case "tall":
      return `M${x} ${top}V${bottom}`;
    case "cross":
      return `M${x - 3} ${middle - 3}l6 6m0 -6l-6 6`;
    case "ring":
      return `M${x - 3} ${middle}a3 3 0 1 0 6 0a3 3 0 1 0 -6 0`;
    case "diamond":
      return `M${x} ${middle - half}l4 ${half}l-4 ${half}l-4 ${-half}z`;
    case "triangle":
      return `M${x - 4} ${top}h8l-4 ${half * 2}z`;
  }
}

/** Strokes that cross what they lie on. */
function patterns(): Html {
  return trusted(
    '<defs><pattern id="timeline-hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0V6" class="hatch-line"/></pattern></defs>',
  );
}

function watermark(height: number): Html {
  return html`<text
    class="watermark"
    x="${LABELS + WIDTH / 2}"
    y="${height / 2}"
    text-anchor="middle"
  >
    SIMULATED
  </text>`;
}
