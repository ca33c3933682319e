import { describe, expect, it } from "vitest";
import { definitions } from "../../fault/facts.ts";
import { CONFORMANCE } from "./conformance.ts";

describe("the conformance cases", () => {
  it("try every kind of fault", () => {
    const tried = new Set<string>(CONFORMANCE.flatMap((item) => item.covers));
    expect(
      definitions()
        .map(({ kind }) => kind)
        .filter((kind) => !tried.has(kind)),
    ).toEqual([]);
  });

  it("have a name each", () => {
    const names = CONFORMANCE.map((item) => item.name);
    expect(new Set(names).size).toBe(names.length);
  });
});
