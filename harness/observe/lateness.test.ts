import { describe, expect, it } from "vitest";
import { parseLatenessLine } from "./lateness.ts";

describe("lateness of a guest", () => {
  it("is when, how late, and within what span", () => {
    expect(parseLatenessLine("1795305854987133 84210 1003000")).toEqual({
      epochUs: 1_795_305_854_987_133,
      lateUs: 84_210,
      spanUs: 1_003_000,
    });
  });

  it("is nothing where the line is another one", () => {
    for (const line of ["", "Killed", "179530585498713 1 1", "1795305854987133 -1 5"]) {
      expect(parseLatenessLine(line)).toBeUndefined();
    }
  });
});
