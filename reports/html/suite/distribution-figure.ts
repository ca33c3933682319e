/**
 * Repeats as dots: every run one dot, on an axis that all lines share, with the median, the p95 where there are
 * enough runs for one, and behind them what the timers allow. A mean or a bar would hide two humps.
 */
import { formatSeconds, type Us } from "../../../harness/core/time.ts";
import {
  boundAt,
  boundedSeconds,
  boundsOf,
  type Bound,
  type Bounded,
} from "../../../harness/timing/bounds.ts";
import { quantileNeeds } from "../../../harness/timing/ranks.ts";
import { distribution, type Distribution } from "../../../harness/timing/statistics.ts";
import { boundsWords } from "../../timing.ts";
import { html, type Html } from "../html.ts";
import { figure, line, path, px, rect, text, timeAxis, type TimeAxis } from "../svg.ts";

export interface DistributionLine {
  readonly label: string;
  /** Below the label, smaller. */
  readonly detail: string;
  readonly values: readonly Us[];
  /** The same values with those that are bounds marked; absent: all are known. */
  readonly sample?: readonly Bounded[];
  readonly predicted?: { readonly minUs: Us; readonly maxUs: Us };
  readonly simulated: boolean;
}

export interface DistributionFigure {
  /** Unique on the page. */
  readonly id: string;
  readonly title: string;
  readonly lines: readonly DistributionLine[];
  /** As far as the axis goes at least: figures that are to be compared have the same. */
  readonly untilUs?: Us;
}

/** Words stand above their line, and begin at the left: of a figure that scrolls on a narrow screen they are what is seen first. */
const LAYOUT = {
  width: 1000,
  left: 20,
  right: 980,
  top: 30,
  row: 76,
  words: 41,
  foot: 34,
} as const;
/** Where the median is said, right of the label: within the half that a narrow screen shows. */
const VALUE_X = 300;
const DOT = 5;
/** From so many lines on the axis is labelled at the top as well, below the mark of a simulation. */
const LONG = 12;
/** Dots of one place on the axis stand on top of each other, up to so many. */
const STACK_MAX = 5;

/** Absent when there is nothing to draw. */
export function distributionFigure({
  id,
  title,
  lines,
  untilUs = 0,
}: DistributionFigure): Html | undefined {
  const drawn = lines.filter(({ values }) => values.length > 0);
  if (drawn.length === 0) return undefined;
  const { width, left, right, row, foot } = LAYOUT;
  const top = LAYOUT.top + (drawn.length > LONG ? 18 : 0);
  const bottom = top + drawn.length * row;
  const endUs = 1.02 * Math.max(endOf(drawn), untilUs, 1000);
  const axis = timeAxis({ startUs: 0, endUs }, { from: left, to: right });
  const isAllSimulated = drawn.every(({ simulated }) => simulated);
  const grid = axis.ticks.map(({ us, label: words }) => {
    const x = axis.x(us);
    const label = (y: number): Html => text(x, y, words, { anchor: "middle", style: "tick" });
    return html`${line(x, top, x, bottom, us === 0 ? "axis" : "grid")}${label(bottom + 16)}${
      drawn.length > LONG && label(top - 8)
    }`;
  });
  return figure(
    {
      id,
      title,
      description: drawn.map(describe).join("; "),
      width,
      height: bottom + foot,
      // Each line of the description says so, and the mark stands at the left, where it is seen.
      simulated: false,
    },
    [
      isAllSimulated && text(8, 16, "SIMULATED", { style: "simulated" }),
      grid,
      drawn.map((item, index) => lineOf(item, top + index * row, axis, isAllSimulated)),
    ],
  );
}

/** A band that goes further beyond the last dot than this is cut at the edge: its figures are in the table. */
const BAND_REACH = 2;

/** The latest of what is drawn. */
export function endOf(lines: readonly DistributionLine[]): Us {
  const latest = (times: readonly Us[]): Us => times.reduce((last, us) => Math.max(last, us), 0);
  const valuesUs = latest(lines.flatMap(({ values }) => values));
  const bandsUs = latest(lines.flatMap(({ predicted }) => predicted?.maxUs ?? 0));
  return Math.max(valuesUs, Math.min(bandsUs, BAND_REACH * valuesUs));
}

/** What the marks mean, in words below the figure. */
export function distributionLegend(lines: readonly DistributionLine[]): Html {
  const isBanded = lines.some(({ predicted }) => predicted !== undefined);
  const all = boundsOf(lines.flatMap(({ sample = [] }) => sample));
  return html`<p class="legend">
    Each dot is one run. Thick line: median. Thin line: p95, from ${quantileNeeds(0.95)} runs on.
    ${isBanded && "Band: what the timers allow."}
    ${all.atMost > 0 && "Dash to the left (<=): no longer than that, everyday jitter or nothing."}
    ${all.atLeast > 0 && "Dash to the right (>=): no end was seen, so it took that long or longer."}
  </p>`;
}

function describe(item: DistributionLine): string {
  const { label, detail, values, predicted, simulated } = item;
  const found = distribution(values);
  const words = wordsIn(item);
  const figures =
    found === undefined
      ? ""
      : `n = ${found.n}, ${words(found.min)} to ${words(found.max)}, median ${words(found.p50)}`;
  const allowed =
    predicted === undefined
      ? ""
      : `, timers allow ${formatSeconds(predicted.minUs)} to ${formatSeconds(predicted.maxUs)}`;
  return `${simulated ? "SIMULATED " : ""}${label}, ${detail}: ${figures}${allowed}`;
}

function wordsIn({ sample = [] }: DistributionLine): (us: Us) => string {
  const bounds = boundsOf(sample);
  return (us) => boundedSeconds(us, bounds);
}

function lineOf(item: DistributionLine, y: number, axis: TimeAxis, isMarked: boolean): Html {
  const { left, right, row, words: above } = LAYOUT;
  const found = distribution(item.values);
  const { predicted } = item;
  const mark = item.simulated && !isMarked ? "SIMULATED  " : "";
  const bounds = boundsWords(boundsOf(item.sample ?? []), item.values.length);
  const detail = `${mark}${item.detail}${bounds === undefined ? "" : `; ${bounds}`}`;
  return html`${
    predicted !== undefined &&
    axis.x(predicted.minUs) < right &&
    rect(
      axis.x(predicted.minUs),
      y + above,
      Math.max(1, Math.min(right, axis.x(predicted.maxUs)) - axis.x(predicted.minUs)),
      row - above - 2,
      "dist-allowed",
    )
  }${line(left, y + row - 6, right, y + row - 6, "grid")}${
    found !== undefined && quantiles(found, item, axis, y)
  }${text(8, y + 20, shortened(item.label, 36), {
    style: "dist-label",
  })}${text(8, y + 34, shortened(detail, 120), { style: "tick dist-detail" })}${marks(sampleOf(item), axis, y + row - 11)}`;
}

/** What is only "no longer than that" is drawn fainter than what was seen. */
function marks(sample: readonly Bounded[], axis: TimeAxis, base: number): Html {
  const drawn = (part: readonly Bounded[], style: string): Html | false =>
    part.length > 0 && path(dots(part, axis, base), style);
  return html`${drawn(
    sample.filter(({ bound }) => bound !== "at-most"),
    "dist-dots",
  )}${drawn(
    sample.filter(({ bound }) => bound === "at-most"),
    "dist-at-most",
  )}`;
}

function sampleOf({ values, sample }: DistributionLine): readonly Bounded[] {
  return sample ?? values.map((us) => ({ us }));
}

/** A quantile that says "no longer than that" is no time that anything took, and gets no line. */
function quantiles(found: Distribution, item: DistributionLine, axis: TimeAxis, y: number): Html {
  const { row, words: above } = LAYOUT;
  const words = wordsIn(item);
  const bounds = boundsOf(item.sample ?? []);
  const at = (us: Us, style: string): Html | false =>
    boundAt(us, bounds) !== "at-most" &&
    line(axis.x(us), y + above, axis.x(us), y + row - 6, style);
  const said = found.n > 1 ? `median ${words(found.p50)}` : words(found.p50);
  return html`${found.n > 1 && at(found.p50, "dist-median")}${
    found.n >= quantileNeeds(0.95) && at(found.p95, "dist-p95")
  }${text(VALUE_X, y + 20, `${said}, n = ${found.n}`, { style: "dist-value" })}`;
}

/** So far a dot is drawn out to the side on which the value may be; not beyond the beginning of time. */
const DASH = 9;

function dash(x: number, bound: Bound | undefined): number {
  if (bound === undefined) return 0;
  return bound === "at-least" ? DASH : -Math.min(DASH, x - LAYOUT.left);
}

/** One path with a round dot for each value: short, even for thousands. */
function dots(sample: readonly Bounded[], axis: TimeAxis, base: number): string {
  const heights = new Map<number, number>();
  return [...sample]
    .sort((a, b) => a.us - b.us)
    .map(({ us, bound }) => {
      const place = Math.round(axis.x(us) / DOT);
      const below = heights.get(place) ?? 0;
      heights.set(place, below + 1);
      const y = base - Math.min(below, STACK_MAX) * DOT;
      return `M${px(axis.x(us))} ${px(y)}h${px(dash(axis.x(us), bound))}`;
    })
    .join("");
}

/** By code point; the description has it in full. */
function shortened(words: string, letters: number): string {
  const all = Array.from(words);
  return all.length <= letters ? words : `${all.slice(0, letters - 1).join("")}…`;
}
