import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyTimedEvent } from "../testing/arbitraries.ts";
import { goodFailover } from "../testing/stories.ts";
import { decodeHistory, encodeHistory, sequence } from "./codec.ts";
import type { TimedEvent } from "./events.ts";

const anyFacts = fc.array(anyTimedEvent, { maxLength: 12 });
const ORIGIN = 1_795_244_414_262_325;

describe("sequence", () => {
  it("puts facts in order of time and numbers them from one", () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const events = sequence(facts);
        expect(events.map((event) => event.seq)).toEqual(facts.map((_, index) => index + 1));
        expect(events.map((event) => event.tUs)).toEqual(
          facts.map((fact) => fact.tUs).sort((a, b) => a - b),
        );
      }),
    );
  });

  it("keeps the order of arrival among facts of the same moment", () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const arrival = (event: TimedEvent): number =>
          facts.findIndex((fact) => JSON.stringify(fact) === JSON.stringify(event));
        // Equal facts cannot be told apart, so each stands for its first arrival.
        const order = sequence(facts).map(({ seq: _seq, ...fact }) => ({
          tUs: fact.tUs,
          arrival: arrival(fact),
        }));
        const wrong = order.filter((item, index) => {
          const before = order[index - 1];
          return before !== undefined && before.tUs === item.tUs && before.arrival > item.arrival;
        });
        const distinct = new Set(facts.map((fact) => JSON.stringify(fact))).size === facts.length;
        fc.pre(distinct);
        expect(wrong).toEqual([]);
      }),
    );
  });

  it("changes nothing in the facts it was given", () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const before = structuredClone(facts);
        sequence(facts);
        expect(facts).toEqual(before);
      }),
    );
  });
});

describe("a stored history", () => {
  it("is read back as it was written", () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const events = sequence(facts);
        expect(decodeHistory(encodeHistory(ORIGIN, events))).toEqual({
          header: { format: "vipdrill-history", version: 1, originEpochUs: ORIGIN },
          events,
          torn: false,
        });
      }),
    );
  });

  it("has one line an event, after a header", () => {
    const [first, second] = encodeHistory(0, goodFailover().events()).split("\n");
    expect([first, second]).toEqual([
      '{"format":"vipdrill-history","version":1,"originEpochUs":0}',
      '{"seq":1,"kind":"phase","phase":"settle","edge":"begin","tUs":0}',
    ]);
  });

  it("loses nothing but its last line, wherever that is torn", () => {
    const events = goodFailover().events();
    const text = encodeHistory(ORIGIN, events);
    const lastLine = text.lastIndexOf("\n", text.length - 2) + 1;
    for (let cut = lastLine + 1; cut < text.length; cut += 1) {
      const { events: read, torn } = decodeHistory(text.slice(0, cut));
      expect({ read, torn }).toEqual({ read: events.slice(0, -1), torn: true });
    }
  });

  it("is whole when it was cut exactly between two lines", () => {
    const events = goodFailover().events();
    const text = encodeHistory(ORIGIN, events.slice(0, -1));
    expect(decodeHistory(text)).toMatchObject({ events: events.slice(0, -1), torn: false });
  });

  it("is refused when a line in the middle is damaged, by its number", () => {
    const lines = encodeHistory(ORIGIN, goodFailover().events()).split("\n");
    const damaged = (line: string): string => lines.with(3, line).join("\n");
    for (const line of ["", '{"seq":3,"ki', "[]", "null", "7"]) {
      expect(() => decodeHistory(damaged(line))).toThrow("history.jsonl line 4 is not an event");
    }
  });

  it("of a version that is not known is refused, and says which", () => {
    const text = encodeHistory(ORIGIN, []).replace('"version":1', '"version":2');
    expect(() => decodeHistory(text)).toThrow(
      expect.objectContaining({
        code: "HISTORY_VERSION_UNKNOWN",
        message: "history.jsonl has format version 2; this vipdrill reads 1",
      }),
    );
  });

  it.each(["", "\n", "not json\n", '{"format":"other","version":1,"originEpochUs":0}\n', "{}\n"])(
    "is refused when it does not begin as one: %j",
    (text) => {
      expect(() => decodeHistory(text)).toThrow(
        expect.objectContaining({ code: "HISTORY_UNREADABLE" }),
      );
    },
  );
});
