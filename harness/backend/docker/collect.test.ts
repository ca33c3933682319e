import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toCopies, toRanges } from "./collect.ts";

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

describe("the copies of all nodes", () => {
  const table = (node: string, ...lines: string[]) => ({ node, text: lines.join("\n") });

  it("give the keys of the rows that are not in all of them alike", () => {
    const same = "fresh\ta\t1\t11";
    expect(
      toCopies([table("db1", same, "fresh\ta\t2\t12"), table("db2", same, "at-db2\tb\t1\t12")]).map(
        ({ node, keys }) => ({ node, keys }),
      ),
    ).toEqual([
      { node: "db1", keys: [["fresh", 2, 12]] },
      { node: "db2", keys: [["at-db2", 1, 12]] },
    ]);
  });

  it("give none when all are equal, whoever could not be read", () => {
    const copies = toCopies([
      table("db1", "fresh\ta\t1\t11"),
      { node: "db2", unreadable: "down" },
      table("db3", "fresh\ta\t1\t11"),
    ]);
    expect(copies.map((copy) => copy.keys)).toEqual([undefined, undefined, undefined]);
    expect(copies[1]).toMatchObject({ rows: [], unreadable: "down" });
  });
});
