import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyVerdict } from "../testing/arbitraries.ts";
import { combine, worse } from "./verdict.ts";

const anyVerdicts = fc.array(anyVerdict, { minLength: 1, maxLength: 8 });

describe("worse", () => {
  it("is associative", () => {
    fc.assert(
      fc.property(anyVerdict, anyVerdict, anyVerdict, (a, b, c) => {
        expect(worse(worse(a, b), c)).toBe(worse(a, worse(b, c)));
      }),
    );
  });

  it("is commutative", () => {
    fc.assert(
      fc.property(anyVerdict, anyVerdict, (a, b) => {
        expect(worse(a, b)).toBe(worse(b, a));
      }),
    );
  });

  it("changes nothing when a verdict meets itself, or a pass", () => {
    fc.assert(
      fc.property(anyVerdict, (verdict) => {
        expect([worse(verdict, verdict), worse("pass", verdict)]).toEqual([verdict, verdict]);
      }),
    );
  });
});

describe("combine", () => {
  it("fails as soon as anything failed, however little else is known", () => {
    fc.assert(
      fc.property(anyVerdicts, anyVerdicts, (before, after) => {
        expect(combine([...before, "fail", ...after])).toBe("fail");
      }),
    );
  });

  it("withholds a pass for one gap in the evidence", () => {
    expect(combine(["pass", "inconclusive", "pass"])).toBe("inconclusive");
  });

  it("does not depend on the order or on how the verdicts are grouped", () => {
    fc.assert(
      fc.property(anyVerdicts, anyVerdicts, (a, b) => {
        expect(combine([...b, ...a])).toBe(worse(combine(a), combine(b)));
      }),
    );
  });

  it("is inconclusive when nothing was judged", () => {
    expect(combine([])).toBe("inconclusive");
  });
});
