/**
 * What stands at the foot of a terminal while runs go on: a lane for each cluster that is up, and what the
 * runs came to so far. Text in, lines out; none is wider than the terminal.
 */
import type { Phase } from "../history/events.ts";
import type { Outcome } from "../run/judge.ts";
import { OUTCOME_WORDS } from "../../reports/headline.ts";
import { painter, printable, type Style } from "../../reports/layout.ts";
import { OUTCOMES } from "../../reports/outcomes.ts";
import { OUTCOME_STYLES } from "../../reports/summary.ts";
import { displayWidth, splitAt, truncated } from "./display-width.ts";

/** A run that goes on. Times are those of one clock, whichever. */
export interface Lane {
  /** `[3/8]`; empty for a run on its own. */
  readonly place: string;
  readonly scenario: string;
  readonly image: string;
  readonly phase: Phase;
  readonly waitsFor: string;
  readonly waitsSinceMs: number;
  readonly startedMs: number;
}

export interface LiveState {
  readonly lanes: readonly Lane[];
  readonly simulated: boolean;
  readonly planned: number;
  readonly jobs: number;
  readonly ended: Readonly<Record<Outcome, number>>;
  /** What the runs took that were not skipped, all together. */
  readonly ranMs: number;
}

/** The terminal, and the moment. */
export interface Look {
  readonly columns: number;
  readonly rows?: number;
  readonly nowMs: number;
  readonly colour: boolean;
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

/** Lanes first, totals last. On a low terminal waits give way first, then lanes, and what is left out is said. */
export function renderLive(state: LiveState, look: Look): string[] {
  const totals = totalsLines(state, look);
  const full = state.lanes.flatMap((lane) => [
    headLine(lane, printable(lane.image), look),
    ...waitLines(lane, look),
  ]);
  // The cursor stands on a line of its own below.
  const room = Math.max(1, (look.rows ?? Infinity) - 1 - totals.length);
  if (full.length <= room) return [...full, ...totals];
  const heads = state.lanes.map((lane) => headLine(lane, lane.phase, look));
  if (heads.length <= room) return [...heads, ...totals];
  const left = heads.length - (room - 1);
  return [
    ...heads.slice(0, room - 1),
    truncated(`... and ${left} more at work`, look.columns),
    ...totals,
  ];
}

/** Something that is no run: `images  building sid  12 s`. */
export function renderActivity(
  { label, text, sinceMs }: { label: string; text: string; sinceMs: number },
  { columns, nowMs, colour }: Look,
): string[] {
  return painted(
    wrapped(
      [
        { text: printable(label), style: "bold" },
        ...words(text),
        { text: secondsWords(nowMs - sinceMs), style: "dim" },
      ],
      columns,
    ),
    colour,
  );
}

/** `[3/8] dual-script/mysqld-killed  sid  12 s`; the name gives way last. */
function headLine({ place, scenario, startedMs }: Lane, about: string, look: Look): string {
  const name = printable(scenario);
  const took = secondsWords(look.nowMs - startedMs);
  const before = place === "" ? "" : `${place} `;
  const forms = [
    { before, after: `  ${about}  ${took}` },
    { before, after: `  ${took}` },
    { before: "", after: `  ${took}` },
  ];
  const roomIn = (form: { before: string; after: string }): number =>
    look.columns - displayWidth(form.before) - displayWidth(form.after);
  const wanted = Math.min(displayWidth(name), NAME_COLUMNS);
  const form = forms.find((item) => roomIn(item) >= wanted) ?? { before: "", after: "" };
  const paint = painter(look.colour);
  return (
    paint("dim", form.before) +
    paint("bold", truncated(name, roomIn(form))) +
    paint("dim", form.after)
  );
}

/** So much of a name tells most scenarios apart. */
const NAME_COLUMNS = 24;
const INDENT = "  ";

/** `phase 3/7 disturb: moved: waiting for the VIP to be on another node (3 s)`, on as many lines as it needs. */
function waitLines({ phase, waitsFor, waitsSinceMs }: Lane, look: Look): string[] {
  const place = `${PHASES.indexOf(phase) + 1}/${PHASES.length}`;
  const pieces: Piece[] = [
    { text: "phase", style: "dim" },
    { text: place, style: "dim" },
    { text: waitsFor === "" ? phase : `${phase}:` },
    ...words(waitsFor),
    { text: `(${secondsWords(look.nowMs - waitsSinceMs)})`, style: "dim" },
  ];
  const indent = look.columns > NAME_COLUMNS ? INDENT : "";
  return painted(wrapped(pieces, look.columns - indent.length), look.colour).map(
    (line) => indent + line,
  );
}

/** Nothing for a run on its own. */
function totalsLines(state: LiveState, { columns, nowMs, colour }: Look): string[] {
  if (state.planned <= 1) return [];
  const done = endedIn(state);
  const counts = OUTCOMES.filter((outcome) => state.ended[outcome] > 0).map((outcome): Piece => ({
    text: `${state.ended[outcome]} ${OUTCOME_WORDS[outcome]}`,
    style: OUTCOME_STYLES[outcome],
  }));
  const left = remainingMs(state, nowMs);
  const parts: Piece[] = [
    ...counts,
    ...(left === undefined ? [] : [{ text: remainingWords(left), style: "dim" as const }]),
  ];
  return painted(
    wrapped(
      [
        ...(state.simulated ? [{ text: "SIMULATED", style: "warn" as const }] : []),
        { text: `${done} of ${state.planned} ended${parts.length === 0 ? "" : ":"}` },
        ...parts.map((part, index) =>
          index === parts.length - 1 ? part : { ...part, text: `${part.text},` },
        ),
      ],
      columns,
    ),
    colour,
  );
}

function endedIn({ ended }: LiveState): number {
  return OUTCOMES.reduce((sum, outcome) => sum + ended[outcome], 0);
}

/**
 * From the mean of the runs of this invocation that came to their end (one backend, so many at a time);
 * unknown before the first has. Skipped ones take no time, and as many of the rest are taken to be skipped.
 */
export function remainingMs(state: LiveState, nowMs: number): number | undefined {
  const ended = endedIn(state);
  const ran = ended - state.ended.skipped;
  if (ran <= 0) return undefined;
  const mean = state.ranMs / ran;
  const atWork = state.lanes.map(({ startedMs }) => Math.max(0, mean - (nowMs - startedMs)));
  const waiting = Math.max(0, state.planned - ended - state.lanes.length) * (ran / ended) * mean;
  const work = atWork.reduce((sum, left) => sum + left, waiting);
  return Math.max(0, work / Math.max(1, state.jobs), ...atWork);
}

const MINUTE_S = 60;
const HOUR_MIN = 60;

/** Rounded up, and coarsely: it is an estimate. */
export function remainingWords(ms: number): string {
  const seconds = Math.ceil(ms / 5000) * 5;
  if (seconds <= 5) return "a few seconds left";
  if (seconds < MINUTE_S) return `about ${seconds} s left`;
  const minutes = Math.ceil(seconds / MINUTE_S);
  if (minutes < HOUR_MIN) return `about ${minutes} min left`;
  const rest = minutes % HOUR_MIN;
  return `about ${Math.floor(minutes / HOUR_MIN)} h${rest === 0 ? "" : ` ${rest} min`} left`;
}

function secondsWords(ms: number): string {
  return `${Math.max(0, Math.floor(ms / 1000))} s`;
}

/** Words that are kept on one line where they fit on one. */
interface Piece {
  readonly text: string;
  readonly style?: Style;
}

/** Beyond this a text is no longer for reading while it is shown. */
const TEXT_MAX = 500;

function words(text: string): Piece[] {
  return truncated(printable(text).replaceAll("\n", " "), TEXT_MAX)
    .split(" ")
    .filter((word) => word !== "")
    .map((word) => ({ text: word }));
}

/** With a blank between two of a line; what is wider than a line is cut. */
function wrapped(pieces: readonly Piece[], columns: number): Piece[][] {
  const width = Math.max(1, columns);
  const lines: Piece[][] = [];
  let used = Infinity;
  for (const piece of pieces.flatMap((item) => fitting(item, width))) {
    const size = displayWidth(piece.text);
    const line = lines.at(-1);
    if (line === undefined || used + 1 + size > width) {
      lines.push([piece]);
      used = size;
    } else {
      line.push(piece);
      used += 1 + size;
    }
  }
  return lines;
}

/** The piece itself, or its words where it is too wide, or parts of them. */
function fitting(piece: Piece, width: number): Piece[] {
  if (displayWidth(piece.text) <= width) return [piece];
  return piece.text.split(" ").flatMap((word) => {
    const parts: Piece[] = [];
    let rest = word;
    while (displayWidth(rest) > width) {
      const [part, after] = splitAt(rest, width);
      // A letter of two columns where there is but one.
      if (part === "") return parts;
      parts.push({ ...piece, text: part });
      rest = after;
    }
    if (rest !== "") parts.push({ ...piece, text: rest });
    return parts;
  });
}

function painted(lines: readonly (readonly Piece[])[], colour: boolean): string[] {
  const paint = painter(colour);
  return lines.map((line) => line.map(({ text, style }) => paint(style, text)).join(" "));
}
