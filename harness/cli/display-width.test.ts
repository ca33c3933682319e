import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { displayWidth, splitAt, truncated } from "./display-width.ts";

describe("the width of a text", () => {
  it.each([
    ["", 0],
    ["settle: steady", 14],
    ["Größe", 5],
    // e and a combining acute accent
    ["e\u0301", 1],
    ["主節點", 6],
    ["フェイル", 8],
    ["한국", 4],
    ["ＤＢ", 4],
    ["🔥", 2],
    // zero width space
    ["a\u200Bb", 2],
  ])("of %j is %i", (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });
});

describe("a text that is cut", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 30 });

  it("fits, and is the text where the text fits", () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 0, max: 40 }), (whole, columns) => {
        const cut = truncated(whole, columns);
        expect(displayWidth(cut)).toBeLessThanOrEqual(columns);
        if (displayWidth(whole) <= columns) expect(cut).toBe(whole);
      }),
    );
  });

  it("loses nothing when it is split", () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 0, max: 40 }), (whole, columns) => {
        expect(splitAt(whole, columns).join("")).toBe(whole);
      }),
    );
  });

  it("keeps a mark on its letter", () => {
    expect(splitAt("e\u0301e", 1)).toEqual(["e\u0301", "e"]);
    expect(truncated("節點節點", 4)).toBe("節…");
  });
});
