/** The events themselves, unpacked when one is looked at for the first time. */
import type { JsonObject } from "../../../harness/core/json.ts";

export interface RawEvents {
  readonly bySeq: (seq: number) => JsonObject | undefined;
  /** Log lines of the same node around an event: this many before and after. */
  readonly logAround: (event: JsonObject, count: number) => readonly JsonObject[];
  /** The other end of a client operation. */
  readonly partnerOf: (event: JsonObject) => JsonObject | undefined;
}

/**
 * The work is done once, whoever asks. Nothing comes of it in a browser without DecompressionStream: before
 * Chromium 80, Firefox 113 and Safari 16.4 (MDN).
 */
export function rawEvents(base64: string): () => Promise<RawEvents | undefined> {
  let unpacked: Promise<RawEvents> | undefined;
  return async () => {
    if (typeof DecompressionStream === "undefined") return undefined;
    unpacked ??= inflated(base64).then((text) => eventsOf(text.split("\n")));
    return unpacked;
  };
}

async function inflated(base64: string): Promise<string> {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.codePointAt(0) ?? 0);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).text();
}

/** Lines stay text until they are asked for; seqs rise from line to line. */
function eventsOf(lines: readonly string[]): RawEvents {
  const parsed = new Map<number, JsonObject>();
  const at = (index: number): JsonObject | undefined => {
    const line = lines[index];
    if (line === undefined || line === "") return undefined;
    const known = parsed.get(index);
    if (known !== undefined) return known;
    const event = JSON.parse(line) as JsonObject;
    parsed.set(index, event);
    return event;
  };
  const placeOf = (seq: number): number => {
    let low = 0;
    let high = lines.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (Number(at(middle)?.["seq"] ?? 0) < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const logs = memo(() =>
    lines.flatMap((line, index) => (line.includes('"kind":"log"') ? [at(index) ?? {}] : [])),
  );
  return {
    bySeq: (seq) => {
      const event = at(placeOf(seq));
      return event?.["seq"] === seq ? event : undefined;
    },
    logAround: (event, count) => {
      const node = event["node"] ?? event["sender"] ?? event["seenAt"];
      const own = logs().filter((line) => line["node"] === node);
      const here = own.findIndex((line) => Number(line["seq"]) >= Number(event["seq"]));
      const middle = here < 0 ? own.length : here;
      return own.slice(Math.max(0, middle - count), middle + count + 1);
    },
    partnerOf: (event) => {
      const { kind, op } = event;
      if ((kind !== "invoke" && kind !== "complete") || typeof op !== "number") return undefined;
      const wanted = kind === "invoke" ? '"kind":"complete"' : '"kind":"invoke"';
      const index = lines.findIndex(
        (line, place) =>
          line.includes(wanted) && line.includes(`"op":${op}`) && at(place)?.["op"] === op,
      );
      return at(index);
    },
  };
}

function memo<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
