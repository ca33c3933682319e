/** The sequence drawn as UML does: a life line for each participant, time from top to bottom, not to scale. */
import type { Us } from "../../harness/core/time.ts";
import { overlaps } from "../../harness/history/queries.ts";
import type { ReportedRun } from "../reported.ts";
import type { Section } from "./document.ts";
import { html, type Html } from "./html.ts";
import { NETWORK } from "./sequence-messages.ts";
import { CLIENTS, type SequenceRow } from "./sequence-rows.ts";
import { sequenceOf, type Sequence } from "./sequence.ts";
import { exactSeconds } from "./timeline/format.ts";
import { eventLink, figure, line, mark, path, px, rect, text } from "./svg.ts";

const WIDTH = 1000;
const TIMES = 138;
const FIRST = 210;
const LAST = 930;
const TOP = 62;
const ROW = 30;

export function sequenceSection(run: ReportedRun): Section | undefined {
  const sequence = sequenceOf(run);
  if (sequence === undefined || sequence.rows.length === 0) return undefined;
  const moved = run.result.failover !== undefined;
  return {
    id: "sequence",
    title: `Who said what around the ${moved ? "hand-over" : "fault"}`,
    body: html`<p>
        Time runs downwards and is not to scale; the exact times, counted from the fault, are at the
        left. A thick bar on a line: that node has the VIP; red: two nodes have it. A dot: that
        participant's network card saw the packet. Each row leads to its event in the time line.
      </p>
      ${sequenceFigure(sequence, run.record.simulated)}
      <details>
        <summary>The same as a list</summary>
        <ol class="sequence-list">
          ${sequence.rows.map(
            (row) => html`<li>${exactSeconds(row.tUs - sequence.zeroUs)}: ${inWords(row)}</li> `,
          )}
        </ol>
      </details>`,
  };
}

function inWords({ from, to, words }: SequenceRow): string {
  if (from === undefined) return words;
  if (to === undefined || to.length === 0) return `${from}: ${words}`;
  return `${from} to ${to.join(", ")}: ${words}`;
}

interface Layout {
  readonly sequence: Sequence;
  readonly x: ReadonlyMap<string, number>;
  readonly bottom: number;
}

function sequenceFigure(sequence: Sequence, simulated: boolean): Html {
  const { participants, rows } = sequence;
  const step = participants.length < 2 ? 0 : (LAST - FIRST) / (participants.length - 1);
  const x = new Map(participants.map((name, index) => [name, FIRST + index * step]));
  const bottom = TOP + rows.length * ROW + 8;
  const layout: Layout = { sequence, x, bottom };
  return figure(
    {
      id: "sequence-figure",
      title: "Messages around the hand-over",
      description: `${rows.length} rows, told as a list below the figure`,
      width: WIDTH,
      height: bottom + 12,
      simulated,
    },
    [
      lifeLines(layout),
      holdingBars(layout),
      rows.map((row, index) => rowOf(layout, row, rowY(index))),
    ],
  );
}

function rowY(index: number): number {
  return TOP + (index + 0.5) * ROW + 4;
}

function lifeLines({ sequence, x, bottom }: Layout): Html {
  return html`${sequence.participants.map((name) => {
    const at = x.get(name) ?? 0;
    const node = name !== NETWORK && name !== CLIENTS;
    return html`${line(at, TOP - 8, at, bottom, "lifeline")}${rect(at - 54, TOP - 36, 108, 27, node ? "participant" : "participant aside")}${text(at, TOP - 18, name, { anchor: "middle", style: "participant-name" })}`;
  })}`;
}

/** While a node has the VIP its life line is thick: two thick lines side by side are split brain. */
function holdingBars({ sequence, x, bottom }: Layout): Html {
  const { rows, span, holdings } = sequence;
  const yAt = (tUs: Us): number => {
    const index = rows.findIndex((row) => row.tUs >= tUs);
    return index === -1 ? bottom : rowY(index);
  };
  return html`${holdings.map((item) => {
    const at = x.get(item.node);
    if (at === undefined) return undefined;
    const from = item.startUs <= span.startUs ? TOP - 8 : yAt(item.startUs);
    const to = item.open || item.endUs > span.endUs ? bottom : yAt(item.endUs);
    return rect(at - 4, from, 8, to - from, "holding");
  })}${overlaps(holdings).map((item) => {
    const from = item.startUs <= span.startUs ? TOP - 8 : yAt(item.startUs);
    const to =
      item.endUs > span.endUs || (item.first.open && item.second.open) ? bottom : yAt(item.endUs);
    return [item.first.node, item.second.node].map((node) => {
      const at = x.get(node);
      return at !== undefined && rect(at - 4, from, 8, to - from, "holding-both");
    });
  })}`;
}

function rowOf(layout: Layout, row: SequenceRow, y: number): Html {
  const { sequence } = layout;
  const at = exactSeconds(row.tUs - sequence.zeroUs);
  const time = text(TIMES, y + 4, at, { anchor: "end", style: "time" });
  if (row.look === "alarm") {
    const words = text(FIRST + 14, y + 4, row.words, { style: "alarm" });
    return eventLink(
      row.seq,
      html`${line(FIRST - 40, y + 10, LAST + 54, y + 10, "alarm-line")}${time}${words}`,
    );
  }
  if (row.look === "more" || row.from === undefined) {
    const x = layout.x.get(row.from ?? "") ?? FIRST;
    const left = isWrittenLeft(x, row.words);
    const words = text(left ? x - 14 : x + 14, y + 4, row.words, {
      anchor: left ? "end" : "start",
      style: "more",
    });
    return html`${time}${words}`;
  }
  const inner = row.to === undefined ? localRow(layout, row, y) : messageRow(layout, row, y);
  return eventLink(row.seq, html`${time}${inner}`);
}

const LOCAL_MARKS = {
  fault: "diamond",
  healed: "diamond",
  vip: "square",
  state: "circle",
  mysqld: "triangle",
} as const;

function isLocalLook(look: string): look is keyof typeof LOCAL_MARKS {
  return look in LOCAL_MARKS;
}

/** Characters of this size are about as wide; words that would leave the figure stand left of their line. */
const CHARACTER = 7.6;

function isWrittenLeft(x: number, words: string): boolean {
  return x > (FIRST + LAST) / 2 || x + 14 + words.length * CHARACTER > WIDTH;
}

function localRow({ x }: Layout, { from = "", look, words }: SequenceRow, y: number): Html {
  const at = x.get(from) ?? 0;
  const left = isWrittenLeft(at, words);
  const shape = isLocalLook(look) ? LOCAL_MARKS[look] : "circle";
  const label = text(left ? at - 14 : at + 14, y + 4, words, {
    anchor: left ? "end" : "start",
    style: `local local-${look}`,
  });
  return html`${mark(shape, at, y, 6, `mark-${look}`)}${label}`;
}

/** From the sender to the farthest place that saw it on either side, with a dot at each that did. */
function messageRow(
  { x }: Layout,
  { from = "", to = [], look, words }: SequenceRow,
  y: number,
): Html {
  const start = x.get(from) ?? 0;
  const ends = to.flatMap((name) => {
    const at = x.get(name);
    return at === undefined ? [] : [at];
  });
  const [least, most] = [Math.min(start, ...ends), Math.max(start, ...ends)];
  const lineY = y + 7;
  const heads = [
    ...(most > start ? [arrowHead(most, lineY, 1, look)] : []),
    ...(least < start ? [arrowHead(least, lineY, -1, look)] : []),
  ];
  const dots = ends
    .filter((at) => at !== least && at !== most)
    .map((at) => mark("circle", at, lineY, 3.5, `head-${look}`));
  const rightwards = most - start >= start - least;
  const label = text(rightwards ? start + 12 : start - 12, y, words, {
    anchor: rightwards ? "start" : "end",
    style: `message message-${look}`,
  });
  const none = ends.length === 0 ? mark("cross", start + 14, lineY, 5, `line-${look}`) : undefined;
  return html`${line(least, lineY, most, lineY, `line line-${look}`)}${mark("circle", start, lineY, 3.5, `head-${look}`)}${dots}${heads}${none}${label}`;
}

function arrowHead(at: number, y: number, direction: 1 | -1, look: string): Html {
  const back = at - direction * 10;
  return path(`M${px(at)} ${px(y)}L${px(back)} ${px(y - 5)}V${px(y + 5)}Z`, `head-${look}`);
}
