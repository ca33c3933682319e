/** Pictures of the sample reports, and of a suite, for README and docs, light and dark: what the browser shows, cut to a part. */
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { launchChromium, openFile, pageFolder } from "../harness/browser/testing/chromium.ts";
import { renderSuiteSample } from "./suite-sample.ts";

interface Shot {
  readonly image: string;
  /** Folder below reports/samples/, or the suite, which is kept nowhere. */
  readonly sample: string;
  /** What is shown: the top of the page, or a section. */
  readonly part: "top" | "timeline" | "waterfall" | "sequence" | "matrix";
  readonly colorScheme: "light" | "dark";
}

const SUITE = "suite";

const SHOTS: readonly Shot[] = (["light", "dark"] as const).flatMap((colorScheme): Shot[] => [
  { image: "report-first-screen", sample: "as-expected", part: "top", colorScheme },
  { image: "report-split-brain", sample: "split-brain", part: "top", colorScheme },
  { image: "report-timeline", sample: "split-brain", part: "timeline", colorScheme },
  { image: "report-waterfall", sample: "as-expected", part: "waterfall", colorScheme },
  { image: "report-sequence", sample: "as-expected", part: "sequence", colorScheme },
  { image: "suite", sample: SUITE, part: "matrix", colorScheme },
]);

const VIEWPORT = { width: 1100, height: 760 };
/** A section can be longer than anyone wants in a README. */
const HEIGHT_MAX = 900;

/** Repositories keep every version of a picture for ever. */
export const IMAGE_BYTES_MAX = 150_000;

export async function takeScreenshots(samples: string, images: string): Promise<void> {
  mkdirSync(images, { recursive: true });
  using folder = pageFolder();
  const suite = folder.write("suite.html", await renderSuiteSample());
  const browser = await launchChromium();
  try {
    for (const { image, sample, part, colorScheme } of SHOTS) {
      const file = sample === SUITE ? suite : join(samples, sample, "report.html");
      await using opened = await openFile(browser, file, { colorScheme, viewport: VIEWPORT });
      const { page } = opened;
      if (sample !== SUITE) {
        await page.waitForSelector('figure[data-timeline][data-ready="true"]');
      }
      const path = join(images, `${image}-${colorScheme}.png`);
      const box =
        part === "top" ? { x: 0, y: 0, ...VIEWPORT } : await page.locator(`#${part}`).boundingBox();
      if (box === null) throw new Error(`${file} has no section ${part} that could be shown`);
      // As wide as the page, whose margins the section has on both sides.
      const clip = {
        x: 0,
        y: box.y,
        width: VIEWPORT.width,
        height: Math.min(box.height, HEIGHT_MAX),
      };
      await page.screenshot({ path, fullPage: true, clip });
      const bytes = statSync(path).size;
      if (bytes > IMAGE_BYTES_MAX) throw new Error(`${path} is too large: ${bytes} bytes`);
      console.log(`docs/images/${image}-${colorScheme}.png  ${Math.round(bytes / 1000)} kB`);
    }
  } finally {
    await browser.close();
  }
}
