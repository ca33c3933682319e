/**
 * The failover as a figure: each stage as a bar on one axis in seconds from the fault, what the timers allow as
 * a band on the same axis, how long clients were without writes, and when the old holder was last seen.
 */
import { formatSeconds, type Us } from "../../harness/core/time.ts";
import type { ReportedRun } from "../reported.ts";
import { signedSeconds } from "../units.ts";
import { oldHolderWords, waterfallOf, type Waterfall } from "../waterfall.ts";
import type { Section } from "./document.ts";
import { html, type Html } from "./html.ts";
import { wide } from "./marks.ts";
import {
  eventLink,
  figure,
  line,
  mark,
  path,
  px,
  rect,
  text,
  timeAxis,
  type Mark,
  type TimeAxis,
} from "./svg.ts";
import { predictedWords, stageTable } from "./waterfall-table.ts";

export const WATERFALL = {
  width: 1000,
  left: 216,
  right: 900,
  top: 62,
  row: 30,
} as const;

/** Absent when the VIP did not move. */
export function waterfallSection(run: ReportedRun): Section | undefined {
  const waterfall = waterfallOf(run);
  if (waterfall === undefined) return undefined;
  return {
    id: "waterfall",
    title: "The failover, stage by stage",
    body: html`<p>
        The VIP ${waterfall.vip} from ${waterfall.from} to ${waterfall.to}; fault:
        ${waterfall.fault}. Each bar begins where the stage before it ended.
      </p>
      ${waterfallFigure(waterfall, run.record.simulated)}
      ${wide("The stages as a table", stageTable(waterfall))} ${predictedWords(waterfall)}
      <ul class="notes">
        ${waterfall.notes.map((note) => html`<li>${note}</li> `)}
      </ul>`,
  };
}

/** From a little before the last write or the fault to a little after all that belongs to the move. */
export function waterfallSpan(waterfall: Waterfall): { startUs: Us; endUs: Us } {
  const { rows, predicted, outage } = waterfall;
  const firstUs = Math.min(0, outage?.lastOkUs ?? 0);
  const lastUs = Math.max(
    ...rows.map((row) => row.atUs ?? 0),
    predicted?.maxUs ?? 0,
    outage?.firstOkUs ?? 0,
    1000,
  );
  const spreadUs = lastUs - firstUs;
  return { startUs: firstUs - 0.02 * spreadUs, endUs: lastUs + 0.02 * spreadUs };
}

interface Drawing {
  readonly axis: TimeAxis;
  /** From top to bottom. */
  readonly lines: readonly Line[];
  readonly bottom: number;
}

interface Line {
  readonly label: string;
  readonly draw: (y: number) => Html;
}

export function waterfallFigure(waterfall: Waterfall, simulated: boolean): Html {
  const { left, right, top, row, width } = WATERFALL;
  const axis = timeAxis(waterfallSpan(waterfall), { from: left, to: right });
  const lines = linesOf(waterfall, axis);
  const bottom = top + lines.length * row;
  const drawing: Drawing = { axis, lines, bottom };
  return figure(
    {
      id: "waterfall-figure",
      title: `Failover of ${waterfall.vip} from ${waterfall.from} to ${waterfall.to}`,
      description: describe(waterfall),
      width,
      height: bottom + 34,
      simulated,
    },
    [axisLines(drawing), predictedBand(waterfall, drawing), drawn(drawing)],
  );
}

function describe({ rows, predicted, outage, fault }: Waterfall): string {
  const stages = rows.map((item) =>
    item.atUs === undefined
      ? `${item.label}: not seen`
      : `${item.label} at ${signedSeconds(item.atUs)}`,
  );
  return [
    `Fault: ${fault}`,
    ...stages,
    ...(predicted === undefined
      ? []
      : [
          `the timers allow ${formatSeconds(predicted.minUs)} to ${formatSeconds(predicted.maxUs)} until the VIP is added`,
        ]),
    ...(outage === undefined ? [] : [`pause at the move ${formatSeconds(outage.durationUs)}`]),
  ].join("; ");
}

function axisLines({ axis, bottom }: Drawing): Html {
  const { left, right, top } = WATERFALL;
  const ticks = axis.ticks.map(({ us, label }) => {
    const x = axis.x(us);
    return html`${line(x, top, x, bottom, us === 0 ? "zero" : "grid")}${text(
      x,
      bottom + 18,
      label,
      {
        anchor: "middle",
        style: "tick",
      },
    )}`;
  });
  return html`${ticks}${line(left, bottom, right, bottom, "axis")}${text(left - 12, bottom + 18, "from the fault", { anchor: "end", style: "tick" })}`;
}

/** A band through all rows, and above them a bracket that says what it is. */
function predictedBand({ predicted }: Waterfall, { axis, bottom }: Drawing): Html {
  if (predicted === undefined) return html``;
  const { top } = WATERFALL;
  const [from, to] = [axis.x(predicted.minUs), axis.x(predicted.maxUs)];
  const y = top - 12;
  const bracket = `M${px(from)} ${px(y + 6)}V${px(y)}H${px(to)}V${px(y + 6)}`;
  const words = `predicted: VIP added ${formatSeconds(predicted.minUs)} to ${formatSeconds(predicted.maxUs)} after the fault`;
  const middle = Math.min(Math.max((from + to) / 2, WATERFALL.left + 190), WATERFALL.right - 120);
  return html`${rect(from, top, to - from, bottom - top, "predicted")}${path(bracket, "bracket")}${text(middle, y - 8, words, { anchor: "middle", style: "predicted-words" })}`;
}

function drawn({ lines }: Drawing): Html {
  const { left, top, row } = WATERFALL;
  return html`${lines.map(({ label, draw }, index) => {
    const y = top + (index + 0.5) * row;
    return html`${text(left - 12, y + 4, label, { anchor: "end", style: "row-name" })}${draw(y)}`;
  })}`;
}

function linesOf(waterfall: Waterfall, axis: TimeAxis): Line[] {
  return [
    faultLine(waterfall, axis),
    ...stageLines(waterfall, axis),
    ...clientLine(waterfall, axis),
    ...oldHolderLines(waterfall, axis),
  ];
}

function faultLine({ fault, faultEvent }: Waterfall, { x }: TimeAxis): Line {
  return {
    label: "fault",
    draw: (y) =>
      eventLink(
        faultEvent,
        html`${mark("diamond", x(0), y, 7, "fault-mark")}${text(x(0) + 14, y + 4, fault, { style: "fault-words" })}`,
      ),
  };
}

function stageLines({ rows, predicted }: Waterfall, axis: TimeAxis): Line[] {
  let reachedUs = 0;
  return rows.map((item): Line => {
    const { label, atUs, event, stage } = item;
    if (atUs === undefined) {
      return {
        label,
        draw: (y) => text(axis.x(reachedUs) + 8, y + 4, "not seen", { style: "quiet" }),
      };
    }
    const fromUs = Math.min(reachedUs, atUs);
    reachedUs = Math.max(reachedUs, atUs);
    const outside = stage === "address" && predicted?.inside === false;
    return {
      label,
      draw: (y) => eventLink(event, stageBar(axis, { fromUs, atUs, stage, outside }, y)),
    };
  });
}

interface Bar {
  readonly fromUs: Us;
  readonly atUs: Us;
  readonly stage: string;
  readonly outside: boolean;
}

function stageBar({ x }: TimeAxis, { fromUs, atUs, stage, outside }: Bar, y: number): Html {
  const words = `${signedSeconds(atUs)}${outside ? ", OUTSIDE" : ""}`;
  return html`${rect(x(fromUs), y - 8, x(atUs) - x(fromUs), 16, `share-${stage}`)}${rect(x(atUs) - 1.5, y - 11, 3, 22, `share-${stage}`)}${text(x(atUs) + 8, y + 4, words, { style: outside ? "value bad" : "value" })}`;
}

function clientLine({ outage }: Waterfall, { x }: TimeAxis): Line[] {
  if (outage === undefined) return [];
  const { lastOkUs, firstOkUs, durationUs } = outage;
  const [from, to] = [x(lastOkUs), x(firstOkUs)];
  const ends = `M${px(from)} -9v18M${px(to)} -9v18`;
  return [
    {
      label: "pause at the move",
      draw: (y) =>
        html`${rect(from, y - 8, to - from, 16, "outage")}<g transform="translate(0 ${px(y)})">
            ${path(ends, "outage-end")}
          </g>
          ${text(to + 8, y + 4, formatSeconds(durationUs), { style: "value bad" })}`,
    },
  ];
}

const OLD_HOLDER_MARKS: readonly Mark[] = ["triangle", "circle", "square"];

/** What comes long after the move is not worth the room it would take: it is said at the edge. */
function oldHolderLines({ oldHolder, from }: Waterfall, { x }: TimeAxis): Line[] {
  const [firstUs = 0, lastUs = 0] = x.domain();
  return oldHolder.map((row, index): Line => {
    const label = `${from}: ${row.label}`;
    const words = oldHolderWords(row);
    const { atUs } = row;
    if (atUs === undefined) {
      return { label, draw: (y) => text(x(0) + 14, y + 4, words, { style: "quiet" }) };
    }
    if (atUs > lastUs || atUs < firstUs) {
      const late = atUs > lastUs;
      return {
        label,
        draw: (y) =>
          eventLink(
            row.event,
            text(
              late ? WATERFALL.right : WATERFALL.left + 4,
              y + 4,
              late ? `${words} →` : `← ${words}`,
              {
                anchor: late ? "end" : "start",
                style: "value",
              },
            ),
          ),
      };
    }
    const at = x(atUs);
    // Words that would leave the figure stand before the mark.
    const before = at > (WATERFALL.left + WATERFALL.right) / 2;
    return {
      label,
      draw: (y) =>
        eventLink(
          row.event,
          html`${mark(OLD_HOLDER_MARKS[index] ?? "circle", at, y, 5, "old-holder")}${text(before ? at - 12 : at + 12, y + 4, words, { anchor: before ? "end" : "start", style: "value" })}`,
        ),
    };
  });
}
