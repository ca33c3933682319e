/** Lanes and events packed for the page. */
import { deflateSync } from "node:zlib";
import type { Event } from "../../../harness/history/events.ts";
import type { Lane } from "./lane.ts";
import { differences, type WireLane, type WireWord } from "./wire.ts";

export function encodeLane({ group, label, hint, spans, marks, size }: Lane): WireLane {
  const words = dictionary();
  return {
    group,
    label,
    hint,
    size: size ?? "plain",
    spans: [
      differences(spans.map(({ startUs }) => startUs)),
      spans.map(({ startUs, endUs }) => endUs - startUs),
      spans.map(({ look, text }) => words.indexOf(look, text)),
      differences(spans.map(({ seq }) => seq)),
    ],
    marks: [
      differences(marks.map(({ tUs }) => tUs)),
      marks.map(({ look, text }) => words.indexOf(look, text)),
      differences(marks.map(({ seq }) => seq)),
    ],
    words: words.list,
  };
}

/** Thousands of operations have a handful of texts. */
function dictionary(): {
  readonly list: WireWord[];
  readonly indexOf: (look: string, text: string) => number;
} {
  const list: WireWord[] = [];
  const places = new Map<string, number>();
  return {
    list,
    indexOf: (look, text) => {
      const key = `${look} ${text}`;
      const known = places.get(key);
      if (known !== undefined) return known;
      places.set(key, list.length);
      return list.push([look, text]) - 1;
    },
  };
}

/** One event a line, in the order of the history; texts as they are, newlines are escaped by JSON. */
export function encodeEvents(events: readonly Event[]): string {
  const text = events.map((event) => JSON.stringify(event)).join("\n");
  return deflateSync(Buffer.from(text, "utf8"), { level: 9 }).toString("base64");
}
