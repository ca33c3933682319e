import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { lvsDrScenarios } from "./scenarios.ts";

it("docs/lvs.md says of each story what comes out, and of no other", () => {
  const page = readFileSync("docs/lvs.md", "utf8");
  const section = page.split("## The stories")[1]?.split("\n## ")[0] ?? "";
  const told = [...section.matchAll(/^\| `([^`]+)`/gm)].map(([, story]) => story);
  expect(told).toEqual(lvsDrScenarios.map(({ name }) => name.replace("lvs-dr/", "")));
});
