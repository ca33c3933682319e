import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toRanges } from "./collect.ts";

describe("a copy of the workload table", () => {
  it("becomes runs of sequence numbers by lane and server", () => {
    const text = "fresh\ta\t1\nfresh\ta\t2\nfresh\ta\t4\nheld\ta\t1\nheld\tb\t2\n";
    expect(toRanges(text)).toEqual([
      {
        lane: "fresh",
        server: "a",
        ranges: [
          [1, 2],
          [4, 4],
        ],
      },
      { lane: "held", server: "a", ranges: [[1, 1]] },
      { lane: "held", server: "b", ranges: [[2, 2]] },
    ]);
  });

  it("is empty when the table is", () => {
    expect(toRanges("")).toEqual([]);
  });

  it("keeps every row and adds none", () => {
    const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 60 }));
    fc.assert(
      fc.property(numbers, (unsorted) => {
        const sorted = unsorted.toSorted((a, b) => a - b);
        const ranges = toRanges(sorted.map((n) => `fresh\ta\t${n}\n`).join(""))[0]?.ranges ?? [];
        const back = ranges.flatMap(([first, last]) =>
          Array.from({ length: last - first + 1 }, (_, index) => first + index),
        );
        expect(back).toEqual(sorted);
      }),
    );
  });
});
