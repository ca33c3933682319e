import { inflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { movedRun } from "../../testing/runs.ts";
import { encodeEvents, encodeLane } from "./encode.ts";
import type { Lane, LaneMark, LaneSpan } from "./lane.ts";
import { markAt, spanAt } from "./pick.ts";
import { decodeLane, differences, summed } from "./wire.ts";

const time = fc.integer({ min: 0, max: 2 ** 40 });
const seq = fc.integer({ min: 1, max: 10_000_000 });
const text = fc.string({ maxLength: 20 });

const marks = fc
  .array(
    fc.record({
      tUs: time,
      seq,
      text,
      look: fc.constantFrom<LaneMark["look"][]>("ok", "failed", "unknown", "node-2"),
    }),
  )
  .map((list) => list.sort((a, b) => a.tUs - b.tUs));

const spans = fc
  .array(
    fc.record({
      startUs: time,
      endUs: time,
      seq,
      text,
      look: fc.constantFrom<LaneSpan["look"][]>("good", "violation", "says-node-1"),
    }),
  )
  .map((list) =>
    list
      .map((span) => ({ ...span, endUs: span.startUs + (span.endUs % 1_000_000) }))
      .sort((a, b) => a.startUs - b.startUs),
  );

describe("packing", () => {
  it("gives back every number of a column", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -(2 ** 45), max: 2 ** 45 })), (values) => {
        expect([...summed(differences(values))]).toEqual(values);
      }),
    );
  });

  it("gives back the lane", () => {
    fc.assert(
      fc.property(marks, spans, (someMarks, someSpans) => {
        const lane: Lane = {
          group: "g",
          label: "l",
          hint: "h",
          marks: someMarks,
          spans: someSpans,
        };
        // What goes through the page is JSON.
        const packed = JSON.parse(JSON.stringify(encodeLane(lane))) as ReturnType<
          typeof encodeLane
        >;
        const columns = decodeLane(packed);
        const wordOf = (index: number): readonly [string, string] => columns.words[index]!;
        const back = someMarks.map((_mark, index) => markAt(columns, index));
        expect(back.map((mark) => [mark?.startUs, mark?.look, mark?.text, mark?.seq])).toEqual(
          someMarks.map((mark) => [mark.tUs, mark.look, mark.text, mark.seq]),
        );
        const { startUs, endUs, word, seq: seqs } = columns.spans;
        expect(
          someSpans.map((_span, index) => ({
            startUs: startUs[index],
            endUs: endUs[index],
            seq: seqs[index],
            look: wordOf(word[index]!)[0],
            text: wordOf(word[index]!)[1],
          })),
        ).toEqual(
          someSpans.map(({ startUs, endUs, seq, look, text }) => ({
            startUs,
            endUs,
            seq,
            look,
            text,
          })),
        );
      }),
    );
  });

  it("names what lies on top, of spans that lie on one another", () => {
    const lane: Lane = {
      group: "g",
      label: "l",
      hint: "h",
      marks: [],
      spans: [
        { startUs: 0, endUs: 100, look: "good", text: "holds", seq: 1 },
        { startUs: 40, endUs: 60, look: "violation", text: "two", seq: 2 },
      ],
    };
    const columns = decodeLane(encodeLane(lane));
    expect([10, 50, 80, 101].map((tUs) => spanAt(columns, tUs)?.text)).toEqual([
      "holds",
      "two",
      "holds",
      undefined,
    ]);
  });

  it("keeps all events, word for word", () => {
    const { events } = movedRun();
    const lines = inflateSync(Buffer.from(encodeEvents(events), "base64"))
      .toString("utf8")
      .split("\n");
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(events);
  });
});
