/**
 * Repeats as dots: every run one dot, on an axis that all lines share, with the median, the p95 where there are
 * enough runs for one, and behind them what the timers allow. A mean or a bar would hide two humps.
 */
import { formatSeconds, type Us } from "../../../harness/core/time.ts";
import {
  boundedSeconds,
  boundsOf,
  type Bound,
  type Bounded,
} from "../../../harness/timing/bounds.ts";
import { quantileNeeds } from "../../../harness/timing/ranks.ts";
import { distribution, type Distribution } from "../../../harness/timing/statistics.ts";
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

const LAYOUT = { width: 1000, left: 330, right: 880, top: 30, row: 44, foot: 34 } as const;
const DOT = 5;
/** From so many lines on the axis is labelled at the top as well. */
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
  const { width, left, right, top, row, foot } = LAYOUT;
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
      simulated: isAllSimulated,
    },
    [grid, drawn.map((item, index) => lineOf(item, top + index * row, axis, isAllSimulated))],
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
  const { left, right, row } = LAYOUT;
  const found = distribution(item.values);
  const { predicted } = item;
  const words = item.simulated && !isMarked ? `SIMULATED  ${item.detail}` : item.detail;
  return html`${text(8, y + 19, shortened(item.label, 44), { style: "dist-label" })}${text(
    8,
    y + 34,
    shortened(words, 56),
    { style: "tick" },
  )}${
    predicted !== undefined &&
    axis.x(predicted.minUs) < right &&
    rect(
      axis.x(predicted.minUs),
      y + 4,
      Math.max(1, Math.min(right, axis.x(predicted.maxUs)) - axis.x(predicted.minUs)),
      row - 8,
      "dist-allowed",
    )
  }${line(left, y + row - 6, right, y + row - 6, "grid")}${
    found !== undefined && quantiles(found, wordsIn(item), axis, y)
  }${path(dots(sampleOf(item), axis, y + row - 11), "dist-dots")}`;
}

function sampleOf({ values, sample }: DistributionLine): readonly Bounded[] {
  return sample ?? values.map((us) => ({ us }));
}

function quantiles(
  found: Distribution,
  words: (us: Us) => string,
  axis: TimeAxis,
  y: number,
): Html {
  const { row, width } = LAYOUT;
  const at = (us: Us, style: string): Html =>
    line(axis.x(us), y + 5, axis.x(us), y + row - 6, style);
  const beside = (said: string, dy: number, style: string): Html =>
    text(width - 8, y + dy, said, { anchor: "end", style });
  return html`${found.n > 1 && at(found.p50, "dist-median")}${
    found.n >= quantileNeeds(0.95) && at(found.p95, "dist-p95")
  }${beside(words(found.p50), 19, "dist-value")}${beside(`n = ${found.n}`, 34, "tick")}`;
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
