/** The page of a suite, opened from disk in a real browser. It has to do without a script. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { renderHtml } from "../../reports/html/page.ts";
import type { ReportedRun } from "../../reports/reported.ts";
import { pageAssets } from "../cli/page-assets.ts";
import { chromiumPath, launchChromium, openFile, pageFolder } from "./testing/chromium.ts";
import { inspectPage, tabThrough } from "./testing/inside.ts";
import { suiteOfRuns } from "./testing/runs.ts";

const PHONE = { width: 390, height: 844 };

describe.skipIf(chromiumPath === undefined)("the page of a suite", () => {
  const folder = pageFolder();
  let browser: Browser;
  let runs: ReportedRun[];
  let path: string;

  beforeAll(async () => {
    browser = await launchChromium();
    runs = await suiteOfRuns();
    path = folder.write("suite.html", renderHtml(runs, pageAssets()));
  });

  afterAll(async () => {
    await browser?.close();
    folder[Symbol.dispose]();
  });

  it("is made of runs of every outcome", () => {
    const outcomes = new Set(runs.map(({ result }) => result.outcome));
    expect([...outcomes].sort()).toEqual(["as-expected", "inconclusive", "skipped", "unexpected"]);
  });

  it.each(["light", "dark"] as const)(
    "opens %s without an error and asks for nothing",
    async (colorScheme) => {
      await using opened = await openFile(browser, path, { colorScheme });
      await opened.page.mouse.wheel(0, 20_000);
      await opened.page.waitForTimeout(200);
      expect(opened.errors).toEqual([]);
      expect(opened.requests).toEqual([]);
    },
  );

  it("names every scenario, and what is simulated, without a script", async () => {
    await using opened = await openFile(browser, path, { javaScriptEnabled: false });
    const text = await opened.page.locator("body").innerText();
    for (const { record } of runs) expect(text).toContain(record.scenario.name.split("/")[1]);
    expect(text).toContain("SIMULATED");
  });

  it("does not scroll sideways on a phone", async () => {
    await using opened = await openFile(browser, path, { viewport: PHONE, isMobile: true });
    expect((await inspectPage(opened.page)).scrollWidth).toBeLessThanOrEqual(PHONE.width);
  });

  it("can be read by who does not see it, and is reached by Tab in all its controls", async () => {
    await using opened = await openFile(browser, path);
    const { nameless, headings, skippedLevels, unlabelled, sameIds } = await inspectPage(
      opened.page,
    );
    expect({ nameless, skippedLevels, unlabelled, sameIds }).toEqual({
      nameless: [],
      skippedLevels: [],
      unlabelled: [],
      sameIds: [],
    });
    expect(headings[0]).toBe(1);
    expect((await tabThrough(opened.page)).missed).toEqual([]);
  });
});
