import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { pageAssets } from "./page-assets.ts";

const PAGES = join(import.meta.dirname, "../../reports/html");

it("puts every style sheet of the pages into one, the whole design first", () => {
  const { css } = pageAssets();
  const sheets = readdirSync(PAGES, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith("style.css"))
    .map((path) => readFileSync(join(PAGES, path), "utf8"));
  expect(sheets.length).toBeGreaterThan(1);
  for (const sheet of sheets) expect(css).toContain(sheet);
  expect(css.startsWith(readFileSync(join(PAGES, "style.css"), "utf8"))).toBe(true);
});

it("bundles the viewer as one script that imports nothing", () => {
  const { script } = pageAssets();
  expect(script).toContain("data-timeline");
  expect(script).not.toMatch(/\b(import|require)\s*\(|https?:/);
});
