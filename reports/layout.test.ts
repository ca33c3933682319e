import fc from "fast-check";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { columns, hang, painter, printable, widthOf, wrap } from "./layout.ts";

const text = fc.string({ unit: "binary", maxLength: 300 });

describe("wrap", () => {
  it("never makes a line that is wider than asked", () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 10, max: 80 }), (value, width) => {
        for (const line of wrap(value, width)) expect(widthOf(line)).toBeLessThanOrEqual(width);
      }),
    );
  });

  it("loses no word", () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1 });
    fc.assert(
      fc.property(words, (list) => {
        expect(wrap(list.join(" "), 20).join(" ")).toBe(list.join(" "));
      }),
    );
  });

  it("keeps a number with its unit, and new lines", () => {
    expect(wrap("it took 2.631 s\nor so", 14)).toEqual(["it took", "2.631 s", "or so"]);
  });

  it("cuts a word that fits nowhere", () => {
    expect(wrap("abcdefghijklmnop", 10)).toEqual(["abcdefghij", "klmnop"]);
  });
});

it("hangs further lines under the first", () => {
  expect(hang("why: ", "one two three four", 15)).toEqual(["why: one two", "     three four"]);
});

it("strips what would move the cursor", () => {
  expect(printable("a\u001b[31mb\u0007\r\nc\td")).toBe("a[31mb\nc d");
});

it("colours only when asked, and without counting for the width", () => {
  const rows = [
    [{ text: "fail", style: "bad" as const }, { text: "x" }],
    [{ text: "inconclusive" }, { text: "y" }],
  ];
  const plain = columns(rows, painter(false));
  expect(plain).toEqual(["  fail          x", "  inconclusive  y"]);
  const coloured = columns(rows, painter(true));
  expect(coloured).not.toEqual(plain);
  expect(coloured.map((line) => stripVTControlCharacters(line))).toEqual(plain);
});
