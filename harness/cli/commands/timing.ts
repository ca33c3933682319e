/** `timing`: the failover times of many stored runs, for people and for statistics programs. */
import { renderTimingCsv } from "../../../reports/timing-csv.ts";
import { renderTimingJson } from "../../../reports/timing-json.ts";
import { renderTimingConsole, renderTimingMarkdown } from "../../../reports/timing-text.ts";
import { timingPage } from "../../../reports/html/suite/timing-page.ts";
import { renderPage } from "../../../reports/html/document.ts";
import { timingReport } from "../../../reports/timing.ts";
import type { TimedRun } from "../../../reports/timing-runs.ts";
import { unreachable } from "../../core/assert.ts";
import { demandFolder } from "../files.ts";
import { pageAssets } from "../page-assets.ts";
import { isColoured, loadTimed, writeOut } from "../stored-runs.ts";

export type TimingFormat = "console" | "markdown" | "csv" | "json" | "html";

export interface TimingOptions {
  readonly format: TimingFormat;
  readonly output?: string;
}

export function timingCommand(paths: readonly string[], options: TimingOptions): number {
  if (options.output !== undefined) demandFolder(options.output);
  writeOut(render(loadTimed(paths), options), options.output);
  return 0;
}

function render(runs: readonly TimedRun[], { format, output }: TimingOptions): string {
  const colour = isColoured(output);
  switch (format) {
    case "console":
      return renderTimingConsole(timingReport(runs), { colour });
    case "markdown":
      return renderTimingMarkdown(timingReport(runs));
    case "csv":
      return renderTimingCsv(runs);
    case "json":
      return renderTimingJson(runs);
    case "html":
      return renderPage(timingPage(timingReport(runs)), pageAssets());
    default:
      return unreachable(format);
  }
}
