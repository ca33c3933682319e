/** What the other tests look for is found where it is: a page in which everything is wrong. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromiumPath, launchChromium, openFile, pageFolder } from "./testing/chromium.ts";
import { inspectPage, tabThrough } from "./testing/inside.ts";

const BAD_PAGE = `<!doctype html>
<html lang="en"><title>bad</title>
<link rel="stylesheet" href="https://example.com/style.css">
<h1>One</h1><h3 id="twice">Three</h3><p id="twice">again</p>
<svg width="10" height="10"></svg>
<canvas role="img" aria-label=" "></canvas>
<svg role="img"><title>named</title></svg>
<div role="img" aria-label="a whole"><svg></svg></div>
<div style="width: 3000px">wide</div>
<button></button>
<table><tr><td>1</td></tr></table>
<script>
  console.error("said in the console");
  fetch("data.json").catch(() => {});
  setTimeout(() => { throw new Error("thrown and not caught"); });
</script>`;

describe.skipIf(chromiumPath === undefined)("a page in which everything is wrong", () => {
  const folder = pageFolder();
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser?.close();
    folder[Symbol.dispose]();
  });

  it("is caught at its errors, and at whatever it asks for", async () => {
    await using opened = await openFile(browser, folder.write("bad.html", BAD_PAGE));
    await expect.poll(() => opened.errors.join("\n")).toContain("thrown and not caught");
    expect(opened.errors.join("\n")).toContain("said in the console");
    expect(opened.requests).toContain("https://example.com/style.css");
  });

  it("is caught at what people would stumble over", async () => {
    await using opened = await openFile(browser, folder.write("bad.html", BAD_PAGE), {
      viewport: { width: 390, height: 800 },
    });
    const found = await inspectPage(opened.page);
    expect(found.scrollWidth).toBeGreaterThan(2000);
    expect(found.nameless.map((text) => text.slice(0, 7))).toEqual(["<svg wi", "<canvas"]);
    expect(found.headings).toEqual([1, 3]);
    expect(found.skippedLevels).toEqual(["1 to 3: Three"]);
    expect(found.unlabelled.map((text) => text.slice(0, 7))).toEqual(["<button", "<table>"]);
    expect(found.sameIds).toEqual(["twice"]);
  });

  it("is caught at controls that Tab does not reach", async () => {
    const text = `<!doctype html><title>t</title><button>first</button>
      <a href="#a" onkeydown="event.preventDefault(); document.activeElement.blur()">last</a>
      <button>never</button>`;
    await using opened = await openFile(browser, folder.write("tab.html", text));
    const { controls, missed } = await tabThrough(opened.page);
    expect({ controls, missed }).toEqual({ controls: 3, missed: ["<button>never</button>"] });
  });
});
