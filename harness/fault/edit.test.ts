import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyEdits, restored } from "./edit.ts";

const TEXT = "state MASTER\npriority 101\nadvert_int 1\n";

describe("applying edits", () => {
  it("replaces each, in order, on what the one before it made", () => {
    const edits = [
      { find: "101", replace: "90" },
      { find: "priority 90", replace: "priority 80" },
    ];
    expect(applyEdits(TEXT, edits)).toEqual({
      kind: "edited",
      text: "state MASTER\npriority 80\nadvert_int 1\n",
    });
  });

  it("takes the replacement as it is written", () => {
    expect(applyEdits("a", [{ find: "a", replace: "$&$1" }])).toEqual({
      kind: "edited",
      text: "$&$1",
    });
  });

  it.each([
    ["nopreempt", "`nopreempt` does not occur in it"],
    ["\n", "`` occurs 3 times in it, not once"],
    ["1", "`1` occurs 3 times in it, not once"],
  ])("refuses %j unless it occurs exactly once", (find, why) => {
    expect(applyEdits(TEXT, [{ find, replace: "x" }])).toEqual({ kind: "refused", why });
  });

  it("refuses what changes nothing", () => {
    const edits = [{ find: "101", replace: "101" }];
    expect(applyEdits(TEXT, edits)).toEqual({ kind: "refused", why: "the edits change nothing" });
  });
});

describe("taking an edit back", () => {
  const line = fc.stringMatching(/^[ab]{0,3}$/);
  const lines = fc.array(line, { maxLength: 4 }).map((all) => all.join("\n"));

  it("keeps what others changed elsewhere", () => {
    fc.assert(
      fc.property(lines, lines, lines, lines, (own, put, other, changed) => {
        fc.pre(own !== put);
        // The two changes are on either side of a line that is nobody's, in either order.
        const texts = [
          (first: string, second: string): string => `${first}\nX\n${second}`,
          (first: string, second: string): string => `${second}\nX\n${first}`,
        ];
        for (const text of texts) {
          const found = restored(text(put, changed), text(put, other), text(own, other));
          expect(found).toBe(text(own, changed));
        }
      }),
    );
  });

  it("puts the same text back when nobody else was there", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (earlier, written) => {
        expect(restored(written, written, earlier)).toBe(earlier);
      }),
    );
  });

  it("does it before and behind another's change", () => {
    const both = "state MASTER\npriority 90\nadvert_int 2\n";
    const first = "state MASTER\npriority 90\nadvert_int 1\n";
    const second = "state MASTER\npriority 101\nadvert_int 2\n";
    expect(restored(both, first, TEXT)).toBe(second);
    expect(restored(both, second, TEXT)).toBe(first);
  });

  it("says nothing when another has changed the same place", () => {
    const written = TEXT.replace("101", "90");
    expect(restored(TEXT.replace("101", "85"), written, TEXT)).toBeUndefined();
  });
});
