/** Timing report and comparison of 200 groups, opened from disk in a real browser. They have to do without a script. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compareRuns } from "../../reports/compare.ts";
import { renderPage } from "../../reports/html/document.ts";
import { comparisonPage } from "../../reports/html/suite/comparison-page.ts";
import { timingPage } from "../../reports/html/suite/timing-page.ts";
import { manyGroups } from "../../reports/testing/timed.ts";
import { timingReport } from "../../reports/timing.ts";
import { pageAssets } from "../cli/page-assets.ts";
import { chromiumPath, launchChromium, openFile, pageFolder } from "./testing/chromium.ts";
import { inspectPage, tabThrough } from "./testing/inside.ts";

const PHONE = { width: 390, height: 844 };
/** About thirty screens: what is folded away does not count. */
const HEIGHT_MAX = 25_000;

describe.skipIf(chromiumPath === undefined)("the page of 200 groups", () => {
  const folder = pageFolder();
  const paths = new Map<string, string>();
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchChromium();
    const [base, now] = [manyGroups(200), manyGroups(200, 2.65)];
    const pages = {
      timing: timingPage(timingReport(base)),
      comparison: comparisonPage(compareRuns(base, now)),
    };
    for (const [name, page] of Object.entries(pages)) {
      paths.set(name, folder.write(`${name}.html`, renderPage(page, pageAssets())));
    }
  });

  afterAll(async () => {
    await browser?.close();
    folder[Symbol.dispose]();
  });

  it.each(["timing", "comparison"])("of a %s is read and used as others are", async (name) => {
    await using opened = await openFile(browser, paths.get(name)!);
    const { page } = opened;
    const { nameless, headings, skippedLevels, unlabelled, sameIds } = await inspectPage(page);
    expect({ nameless, skippedLevels, unlabelled, sameIds }).toEqual({
      nameless: [],
      skippedLevels: [],
      unlabelled: [],
      sameIds: [],
    });
    expect(headings[0]).toBe(1);
    expect(await page.evaluate<number>("document.documentElement.scrollHeight")).toBeLessThan(
      HEIGHT_MAX,
    );
    expect((await tabThrough(page)).missed).toEqual([]);
    expect(opened.errors).toEqual([]);
    expect(opened.requests).toEqual([]);
  });

  it.each(["timing", "comparison"])("of a %s shows what was folded away", async (name) => {
    await using opened = await openFile(browser, paths.get(name)!, { viewport: PHONE });
    const { page } = opened;
    expect((await inspectPage(page)).scrollWidth).toBeLessThanOrEqual(PHONE.width);
    const folded = page
      .locator("details")
      .filter({ has: page.locator("svg") })
      .first();
    const figure = folded.locator("svg").first();
    expect(await figure.isVisible()).toBe(false);
    await folded.locator("summary").click();
    expect(await figure.isVisible()).toBe(true);
  });
});
