/** What `--format html` writes: one run in full, or several as a suite. */
import type { ReportedRun } from "../reported.ts";
import { renderPage, type PageAssets } from "./document.ts";
import { runPage } from "./run-page.ts";
import { suitePage } from "./suite/page.ts";

/** Ends with a new line. */
export function renderHtml(runs: readonly ReportedRun[], assets: PageAssets): string {
  const [first, ...more] = runs;
  const page = first !== undefined && more.length === 0 ? runPage(first) : suitePage(runs);
  return renderPage(page, assets);
}
