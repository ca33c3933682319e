/**
 * What the HTML report of a large run costs: milliseconds to make it, bytes of the file, and how long a
 * browser takes to show it and to draw again.
 *
 * `node bench/report.ts [EVENTS] [FILE]`: writes the page to FILE if one is given, so that it can be opened.
 * With CHROMIUM=/usr/bin/chromium in the environment it is opened there as well.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { pageAssets } from "../harness/cli/page-assets.ts";
import { renderPage } from "../reports/html/document.ts";
import { html } from "../reports/html/html.ts";
import { timelineSection } from "../reports/html/timeline/section.ts";
import { largeRun } from "../reports/testing/large-run.ts";

const BYTES_MAX = 3_000_000;
const OPEN_MS_MAX = 2000;

const count = Number(process.argv[2] ?? 50_000);
const directory = mkdtempSync(join(tmpdir(), "vipdrill-bench-"));
const file = process.argv[3] ?? join(directory, "report.html");

/** Text, as it runs in the page. Every frame in which the figure was drawn is kept. */
const WATCH = `
  globalThis.drawn = [];
  const original = requestAnimationFrame;
  globalThis.requestAnimationFrame = (work) =>
    original((at) => {
      const count = () => document.querySelector("figure")?.dataset.drawn;
      const before = count();
      const beganMs = performance.now();
      work(at);
      const endMs = performance.now();
      if (count() !== before) globalThis.drawn.push({ endMs, tookMs: endMs - beganMs });
    });
`;

const DETAILS = `new Promise((done) => {
  const beganMs = performance.now();
  const look = () =>
    document.querySelector(".timeline-details").hidden
      ? setTimeout(look, 1)
      : done(performance.now() - beganMs);
  look();
})`;

const run = largeRun(count);
pageAssets();
const began = performance.now();
const section = timelineSection(run);
const page = renderPage(
  { title: "bench", head: html`<h1>bench</h1>`, sections: [section] },
  pageAssets(),
);
const renderMs = performance.now() - began;
writeFileSync(file, page);
const bytes = Buffer.byteLength(page);
console.log(
  `${run.events.length} events: made in ${renderMs.toFixed(0)} ms, ${bytes} bytes (goal: under ${BYTES_MAX})`,
);
const browser = process.env["CHROMIUM"];
if (browser !== undefined) await inBrowser(browser);
rmSync(directory, { recursive: true, force: true });

/** Times are taken inside the page: what starting a browser costs is not the report's. */
async function inBrowser(executablePath: string): Promise<void> {
  const chromiumProcess = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  try {
    const tab = await chromiumProcess.newPage({ viewport: { width: 1280, height: 900 } });
    await tab.addInitScript(WATCH);
    await tab.goto(`file://${file}`);
    await tab.waitForSelector("figure[data-drawn]", { state: "attached" });
    const openMs = Number(await tab.evaluate("globalThis.drawn[0].endMs"));
    console.log(
      `first drawn ${openMs.toFixed(0)} ms after it was asked for (goal: under ${OPEN_MS_MAX})`,
    );
    for (const key of ["0", ...Array<string>(10).fill("+"), ...Array<string>(10).fill("-")]) {
      await tab.evaluate(press(key));
      await tab.evaluate("new Promise((done) => requestAnimationFrame(() => done(0)))");
    }
    const times = (await tab.evaluate("globalThis.drawn.map(({ tookMs }) => tookMs)")) as number[];
    const sorted = times.toSorted((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
    console.log(
      `a redraw takes ${median.toFixed(1)} ms, at worst ${(sorted.at(-1) ?? Number.NaN).toFixed(1)} ms`,
    );
    const detailsMs = Number(await tab.evaluate(`${press("n")}; ${press("Enter")}; ${DETAILS}`));
    console.log(`first details after ${detailsMs.toFixed(0)} ms`);
  } finally {
    await chromiumProcess.close();
  }
}

function press(key: string): string {
  const init = JSON.stringify({ key, bubbles: true });
  return `document.querySelector(".timeline-lanes").dispatchEvent(new KeyboardEvent("keydown", ${init}))`;
}
