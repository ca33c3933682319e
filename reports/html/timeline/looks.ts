/**
 * How spans and marks look, by name. A colour never stands alone: each look has a pattern or a shape of its
 * own, and every span and mark has a word. Colours are names of the page's custom properties.
 */

export type Colour =
  "good" | "bad" | "warn" | "info" | "accent" | "fault" | "dim" | `node-${number}`;

/** `outline` is what somebody says, `solid` what is so; `hollow` is an absence. */
export type Pattern = "solid" | "outline" | "hatch" | "dots" | "hollow";

export interface SpanLook {
  readonly colour: Colour;
  readonly pattern: Pattern;
}

export type Shape = "tick" | "tall" | "cross" | "ring" | "diamond" | "triangle";

export interface MarkLook {
  readonly colour: Colour;
  readonly shape: Shape;
  /** Of several in one place the one with the highest rank is drawn. */
  readonly rank: number;
}

/** The page has colours for this many nodes; more share them. */
const NODE_COLOURS = 6;

export type SpanLookName =
  | "good"
  | "info"
  | "quiet"
  | "absent"
  | "warn"
  | "bad"
  | "violation"
  | "fault"
  | "unproven"
  | "says-calm"
  | `node-${number}`
  | `says-node-${number}`;

export type MarkLookName =
  | "tick"
  | "note"
  | "ok"
  | "event"
  | "proof"
  | "goodbye"
  | "warn"
  | "unknown"
  | "failed"
  | `node-${number}`;

type Named<Name extends string, Look> = Readonly<
  Record<Exclude<Name, `node-${number}` | `says-node-${number}`>, Look>
>;

const SPANS: Named<SpanLookName, SpanLook> = {
  good: { colour: "good", pattern: "solid" },
  info: { colour: "info", pattern: "solid" },
  quiet: { colour: "dim", pattern: "solid" },
  absent: { colour: "dim", pattern: "hollow" },
  warn: { colour: "warn", pattern: "dots" },
  bad: { colour: "bad", pattern: "hatch" },
  violation: { colour: "bad", pattern: "hatch" },
  fault: { colour: "fault", pattern: "solid" },
  unproven: { colour: "fault", pattern: "hollow" },
  "says-calm": { colour: "dim", pattern: "outline" },
};

const MARKS: Named<MarkLookName, MarkLook> = {
  tick: { colour: "dim", shape: "tick", rank: 1 },
  note: { colour: "info", shape: "tick", rank: 2 },
  ok: { colour: "good", shape: "tick", rank: 1 },
  event: { colour: "info", shape: "tall", rank: 3 },
  proof: { colour: "good", shape: "diamond", rank: 5 },
  goodbye: { colour: "warn", shape: "triangle", rank: 5 },
  warn: { colour: "warn", shape: "tall", rank: 4 },
  unknown: { colour: "warn", shape: "ring", rank: 6 },
  failed: { colour: "bad", shape: "cross", rank: 7 },
};

/** Unknown names do not occur in what this program wrote; from elsewhere they look like an absence. */
export function spanLook(name: string): SpanLook {
  if (isNode(name)) return { colour: name, pattern: "solid" };
  const claimed = name.replace("says-", "");
  if (claimed !== name && isNode(claimed)) return { colour: claimed, pattern: "outline" };
  return isKey(SPANS, name) ? SPANS[name] : SPANS.absent;
}

export function markLook(name: string): MarkLook {
  if (isNode(name)) return { colour: name, shape: "tick", rank: 2 };
  return isKey(MARKS, name) ? MARKS[name] : MARKS.tick;
}

export function nodeLook(index: number): `node-${number}` {
  return `node-${(Math.max(0, index) % NODE_COLOURS) + 1}`;
}

function isNode(name: string): name is `node-${number}` {
  return /^node-[1-6]$/.test(name);
}

function isKey<T extends object>(table: T, name: string): name is keyof T & string {
  return Object.hasOwn(table, name);
}
