/** One picture of the lanes. Only what is in view is looked at, and marks on one pixel are one mark. */
import { tickStep, ticksWithin, tickWords } from "../timeline/format.ts";
import { markLook, spanLook, type MarkLook } from "../timeline/looks.ts";
import { lowerBound } from "../timeline/pick.ts";
import type { Range } from "../timeline/range.ts";
import type { LaneColumns, WireTimeline } from "../timeline/wire.ts";
import { AXIS_HEIGHT, heightOf, type Row } from "./layout.ts";
import { drawShape } from "./shapes.ts";
import type { Theme } from "./theme.ts";

export interface Picture {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly rows: readonly Row[];
  readonly range: Range;
  readonly data: WireTimeline;
  readonly theme: Theme;
}

export function xOf(tUs: number, { range, width }: Pick<Picture, "range" | "width">): number {
  return ((tUs - range.startUs) / (range.endUs - range.startUs)) * width;
}

export function draw(picture: Picture): void {
  const { context, width, rows } = picture;
  const height = heightOf(rows);
  context.clearRect(0, 0, width, height);
  drawPhases(picture, height);
  drawAxis(picture, height);
  for (const row of rows) {
    drawSpans(picture, row);
    drawMarks(picture, row);
  }
  if (picture.data.simulated) drawWatermark(picture, height);
}

function drawPhases({ context, theme, data, ...rest }: Picture, height: number): void {
  context.font = `11px ${theme.font}`;
  context.textBaseline = "middle";
  data.phases.forEach(([name, startUs, endUs], index) => {
    const left = Math.max(0, xOf(startUs, rest));
    const right = Math.min(rest.width, xOf(endUs, rest));
    if (right <= left) return;
    context.globalAlpha = index % 2 === 0 ? 0.05 : 0.11;
    context.fillStyle = theme.colour("dim");
    context.fillRect(left, 0, right - left, height);
    context.globalAlpha = 1;
    context.fillStyle = theme.colour("dim");
    clippedText(context, name, left + 4, 9, right - left - 6);
  });
}

/** Room for one label of the axis. */
const LABEL_WIDTH = 90;

function drawAxis(picture: Picture, height: number): void {
  const { context, theme, data, range, width, rows } = picture;
  const stepUs = tickStep(range.endUs - range.startUs, width / LABEL_WIDTH);
  const { zeroUs } = data;
  context.textBaseline = "middle";
  context.font = `12px ${theme.font}`;
  context.lineWidth = 1;
  for (const tick of ticksWithin(range.startUs - zeroUs, range.endUs - zeroUs, stepUs)) {
    const x = Math.round(xOf(tick + zeroUs, picture)) + 0.5;
    context.strokeStyle = theme.colour(tick === 0 ? "fault" : "line");
    context.beginPath();
    context.moveTo(x, AXIS_HEIGHT - 10);
    context.lineTo(x, height);
    context.stroke();
    context.fillStyle = theme.colour(tick === 0 ? "fault" : "fg");
    context.textAlign = "center";
    const text = tickWords(tick, stepUs);
    const half = context.measureText(text).width / 2;
    context.fillText(text, Math.min(width - half, Math.max(half, x)), AXIS_HEIGHT - 18);
    context.textAlign = "left";
  }
  context.strokeStyle = theme.colour("line");
  for (const { heading, top } of rows) {
    if (heading === undefined) continue;
    context.beginPath();
    context.moveTo(0, top - 0.5);
    context.lineTo(width, top - 0.5);
    context.stroke();
  }
}

function drawSpans(picture: Picture, { lane, top, height }: Row): void {
  const { startUs, endUs, word } = lane.spans;
  const { range, width } = picture;
  const until = lowerBound(startUs, range.endUs);
  const band =
    lane.size === "split"
      ? { top: top + 2, height: height / 2 }
      : { top: top + 3, height: height - 6 };
  for (let index = 0; index < until; index += 1) {
    const end = endUs[index] ?? 0;
    if (end < range.startUs) continue;
    const left = Math.max(-2, xOf(startUs[index] ?? 0, picture));
    const right = Math.min(width + 2, Math.max(left + 1.5, xOf(end, picture)));
    const [look, text] = lane.words[word[index] ?? 0] ?? ["", ""];
    drawSpan(picture, look, text, { left, right, ...band });
  }
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly height: number;
}

/** Narrower than this no word is legible. */
const TEXT_WIDTH_MIN = 26;

function drawSpan({ context, theme }: Picture, look: string, text: string, box: Box): void {
  const { colour, pattern } = spanLook(look);
  const { left, right, top, height } = box;
  const width = right - left;
  context.fillStyle = theme.colour("bg");
  context.fillRect(left, top, width, height);
  context.globalAlpha =
    pattern === "hollow" ? 0 : pattern === "outline" ? 0.08 : colour === "dim" ? 0.16 : 0.36;
  context.fillStyle = theme.colour(colour);
  context.fillRect(left, top, width, height);
  if (pattern === "hatch" || pattern === "dots") {
    context.globalAlpha = look === "violation" ? 0.85 : 0.45;
    context.fillStyle = theme[pattern](context, colour);
    context.fillRect(left, top, width, height);
  }
  context.globalAlpha = 1;
  context.strokeStyle = theme.colour(colour);
  context.lineWidth = 1;
  if (pattern === "hollow") context.setLineDash([3, 3]);
  if (width > 3) context.strokeRect(left + 0.5, top + 0.5, width - 1, height - 1);
  context.setLineDash([]);
  context.fillStyle = theme.colour(colour);
  context.fillRect(left, top, Math.min(3, width), height);
  if (width >= TEXT_WIDTH_MIN && height >= 12) spanText({ context, theme }, text, pattern, box);
}

/** As much of a pattern stays free of words that it is seen. */
const PATTERNED_SHARE = 0.7;

/** On a pattern the words get a ground of their own. */
function spanText(
  { context, theme }: Pick<Picture, "context" | "theme">,
  text: string,
  pattern: string,
  { left, right, top, height }: Box,
): void {
  context.font = `12px ${theme.font}`;
  context.textBaseline = "middle";
  const from = Math.max(left, 0) + 7;
  const patterned = pattern === "hatch" || pattern === "dots";
  const shown = fitted(context, text, (right - from - 4) * (patterned ? PATTERNED_SHARE : 1));
  if (shown === "") return;
  if (patterned) {
    context.globalAlpha = 0.85;
    context.fillStyle = theme.colour("bg");
    context.fillRect(from - 2, top + 2, context.measureText(shown).width + 4, height - 4);
    context.globalAlpha = 1;
  }
  context.fillStyle = theme.colour("fg");
  context.fillText(shown, from, top + height / 2 + 0.5);
}

/** Ticks may stand on neighbouring pixels; larger shapes need room to be told apart. */
const SHAPE_APART = 4;

function drawMarks(picture: Picture, row: Row): void {
  const { lane } = row;
  const { range } = picture;
  const first = lowerBound(lane.marks.tUs, range.startUs);
  const last = lowerBound(lane.marks.tUs, range.endUs + 1);
  if (first === last) return;
  const looks = lane.words.map(([look]) => markLook(look));
  for (const rank of ranksOf(lane, looks)) {
    drawRank(picture, row, { looks, rank, first, last });
  }
}

/** Low ranks first, so that what matters lies on top. */
function ranksOf({ words }: LaneColumns, looks: readonly MarkLook[]): number[] {
  const ranks = new Set(words.map((_word, index) => looks[index]?.rank ?? 0));
  return [...ranks].sort((a, b) => a - b);
}

interface Pass {
  readonly looks: readonly MarkLook[];
  readonly rank: number;
  readonly first: number;
  readonly last: number;
}

function drawRank(picture: Picture, row: Row, { looks, rank, first, last }: Pass): void {
  const { context, theme } = picture;
  const { tUs, word } = row.lane.marks;
  const half = row.lane.size === "split" ? row.height / 2 : 0;
  const box = { top: row.top + 3 + half, height: row.height - 6 - half };
  const lastX = new Map<string, number>();
  for (let index = first; index < last; index += 1) {
    const look = looks[word[index] ?? 0];
    if (look === undefined || look.rank !== rank) continue;
    const x = Math.round(xOf(tUs[index] ?? 0, picture));
    const apart = look.shape === "tick" || look.shape === "tall" ? 1 : SHAPE_APART;
    const before = lastX.get(look.colour);
    if (before !== undefined && x - before < apart) continue;
    lastX.set(look.colour, x);
    drawShape(context, look.shape, x, box, theme.colour(look.colour));
  }
}

function drawWatermark({ context, theme, width }: Picture, height: number): void {
  context.save();
  context.globalAlpha = 0.1;
  context.fillStyle = theme.colour("warn");
  context.font = `bold ${Math.round(Math.min(90, width / 7))}px ${theme.font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (let y = 160; y < height; y += 260) context.fillText("SIMULATED", width / 2, y);
  context.restore();
}

function clippedText(
  context: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  width: number,
): void {
  const shown = fitted(context, text, width);
  if (shown !== "") context.fillText(shown, x, y);
}

const LETTERS_SHOWN_MAX = 80;

/** As much as fits, with an ellipsis; nothing when not even three letters do. */
function fitted(context: CanvasRenderingContext2D, text: string, width: number): string {
  if (width < 12) return "";
  const short = text.length > LETTERS_SHOWN_MAX ? `${text.slice(0, LETTERS_SHOWN_MAX)}…` : text;
  const full = context.measureText(short).width;
  if (full <= width) return short;
  const letters = Math.floor((short.length * width) / full) - 1;
  return letters < 3 ? "" : `${short.slice(0, letters)}…`;
}
