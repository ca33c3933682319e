/**
 * History as JSON Lines: one header line, then one event a line, in order.
 *
 * A torn last line (the harness was killed while writing) is tolerated and reported; anything else
 * that is not JSON is an error.
 */
import { HarnessError } from "../core/errors.ts";
import type { Event, TimedEvent } from "./events.ts";

export const HISTORY_FORMAT = "vipdrill-history";
export const HISTORY_VERSION = 1;

export interface HistoryHeader {
  readonly format: typeof HISTORY_FORMAT;
  readonly version: number;
  /** The zero of `tUs`, in microseconds since the epoch on the engine's clock. */
  readonly originEpochUs: number;
}

export interface History {
  readonly header: HistoryHeader;
  readonly events: readonly Event[];
  /** The last line was incomplete and left out. */
  readonly torn: boolean;
}

/** Puts facts in order of time, ties in order of arrival, and numbers them. */
export function sequence(events: readonly TimedEvent[]): Event[] {
  // Sorting is stable (ECMAScript 2019, 23.1.3.30), so ties stay in order of arrival.
  return events
    .toSorted((a, b) => a.tUs - b.tUs)
    .map((event, index) => {
      const numbered: Event = { seq: 0, ...event };
      return Object.assign(numbered, { seq: index + 1 });
    });
}

export function encodeHistory(originEpochUs: number, events: readonly Event[]): string {
  const header: HistoryHeader = {
    format: HISTORY_FORMAT,
    version: HISTORY_VERSION,
    originEpochUs,
  };
  return `${[header, ...events].map((line) => JSON.stringify(line)).join("\n")}\n`;
}

export function decodeHistory(text: string): History {
  const lines = text.split("\n");
  // A complete file ends in a newline, so the last piece is empty; otherwise it is a torn line.
  const tail = lines.pop() ?? "";
  const header = parseHeader(lines[0]);
  const events = lines.slice(1).map((line, index) => parseLine(line, index + 2));
  return { header, events, torn: tail !== "" };
}

function parseHeader(line: string | undefined): HistoryHeader {
  const value = line === undefined ? undefined : tryParse(line);
  if (!isHeader(value)) {
    throw new HarnessError(
      "HISTORY_UNREADABLE",
      "history.jsonl does not start with a vipdrill header",
    );
  }
  if (value.version !== HISTORY_VERSION) {
    throw new HarnessError(
      "HISTORY_VERSION_UNKNOWN",
      `history.jsonl has format version ${value.version}; this vipdrill reads ${HISTORY_VERSION}`,
    );
  }
  return value;
}

function parseLine(line: string, number: number): Event {
  const value = tryParse(line);
  if (typeof value === "object" && value !== null && "kind" in value) return value as Event;
  throw new HarnessError("HISTORY_UNREADABLE", `history.jsonl line ${number} is not an event`);
}

function tryParse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // the caller says which line it was
  }
}

function isHeader(value: unknown): value is HistoryHeader {
  return (
    typeof value === "object" &&
    value !== null &&
    "format" in value &&
    value.format === HISTORY_FORMAT &&
    "version" in value &&
    "originEpochUs" in value
  );
}
