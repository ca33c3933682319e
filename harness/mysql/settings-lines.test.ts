import { expect, it } from "vitest";
import { assignments, countOf } from "./settings-lines.ts";

it("reads lines as the server does: the last wins, dashes are underscores, a name alone is on", () => {
  const found = assignments(["back_log = 50", "loose-back-log=60 # more", "read-only", "# x = 1"]);
  expect([...found]).toEqual([
    ["back_log", "60"],
    ["read_only", "ON"],
  ]);
});

it.each([
  ["7", 7],
  ["0", undefined],
  ["-1", undefined],
  ["many", undefined],
])("takes %s for the count %s", (text, count) => {
  expect(countOf(assignments([`back_log = ${text}`]), "back_log")).toBe(count);
});
