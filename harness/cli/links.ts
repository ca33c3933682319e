/** Links from a page to the pages of run directories: relative, so that folder and page can go elsewhere together. */
import { existsSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import type { ReportedRun } from "../../reports/reported.ts";

/** From the file that is being written; nothing for a run whose directory has no page, or is on another drive. */
export function linksFrom(output: string): (run: ReportedRun) => string | undefined {
  const folder = dirname(resolve(output));
  return ({ path }) => {
    const page = join(resolve(path), "report.html");
    if (!existsSync(page)) return undefined;
    return relative(folder, page).split(sep).map(encodeURIComponent).join("/");
  };
}
