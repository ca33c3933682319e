/** What `--format html` writes: one run in full, or several as a suite. */
import type { ReportedRun } from "../reported.ts";
import { renderPage, type PageAssets } from "./document.ts";
import { runPage } from "./run-page.ts";
import { suitePage, type SuiteOptions } from "./suite/page.ts";

/** Ends with a new line. */
export function renderHtml(
  runs: readonly ReportedRun[],
  assets: PageAssets,
  options: SuiteOptions = {},
): string {
  const [first, ...more] = runs;
  const page =
    first !== undefined && more.length === 0 && options.cutShort === undefined
      ? runPage(first)
      : suitePage(runs, options);
  return renderPage(page, assets);
}
