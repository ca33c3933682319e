/** Timing and comparison of more groups than anyone looks through. */
import { describe, expect, it } from "vitest";
import { compareRuns } from "../../compare.ts";
import { manyGroups } from "../../testing/timed.ts";
import { timingReport } from "../../timing.ts";
import { renderPage, type Page } from "../document.ts";
import { comparisonPage } from "./comparison-page.ts";
import { timingPage } from "./timing-page.ts";

function pageOf(page: Page): string {
  return renderPage(page, { css: "", script: "" });
}

function comparisonOf(groups: number): string {
  return pageOf(comparisonPage(compareRuns(manyGroups(groups), manyGroups(groups, 1.65))));
}

/** How often it is on the page outside of what is folded away, and how often in all. */
function counts(page: string, needle: string): { open: number; all: number } {
  const open = page.replaceAll(/<details[^]*?<\/details>/g, "");
  return { open: open.split(needle).length - 1, all: page.split(needle).length - 1 };
}

const LINE = 'class="dist-label"';
const FIGURE = '<svg\n      class="figure"';

describe("the timing page", () => {
  const page = (groups: number): string => pageOf(timingPage(timingReport(manyGroups(groups))));

  it("shows up to 30 groups as they are: each in two figures", () => {
    expect(counts(page(30), LINE)).toEqual({ open: 60, all: 60 });
  });

  it("folds away what comes after them, and leaves nothing out", () => {
    expect(counts(page(50), LINE)).toEqual({ open: 60, all: 100 });
  });

  it("says by which vipdrill it was made, and when the runs were", () => {
    expect(page(2).replaceAll(/\s+/g, " ")).toMatch(
      /<footer><p>Made by vipdrill \d+\.\d+\.\d+ of 40 runs, started 2026-11-21T06:30:01\.000Z\.<\/p>/,
    );
  });
});

describe("the comparison", () => {
  it("folds away each change after the first 25, by name", () => {
    expect(counts(comparisonOf(25), FIGURE)).toEqual({ open: 25, all: 25 });
    const page = comparisonOf(29);
    expect(counts(page, FIGURE)).toEqual({ open: 25, all: 29 });
    expect(page).toContain("4 more scenarios with a difference in times");
  });
});
