/** `report --compare`: stored runs against a baseline. */
import { compareRuns, comparesNothing, type RunComparison } from "../../../reports/compare.ts";
import { renderComparisonJson } from "../../../reports/compare-json.ts";
import {
  renderComparisonConsole,
  renderComparisonMarkdown,
} from "../../../reports/compare-text.ts";
import { nameOf } from "../../../reports/compare-words.ts";
import { renderPage } from "../../../reports/html/document.ts";
import { comparisonPage } from "../../../reports/html/suite/comparison-page.ts";
import { InputError } from "../../core/errors.ts";
import { EXIT } from "../exit-codes.ts";
import { demandFolder } from "../files.ts";
import { pageAssets } from "../page-assets.ts";
import { isColoured, loadTimed, writeOut } from "../stored-runs.ts";
import { parseThresholds } from "../thresholds.ts";

export type FailOn = "regression" | "never";

export interface CompareCommandOptions {
  readonly compare: readonly string[];
  readonly format: string;
  readonly output?: string;
  readonly failOn: FailOn;
  readonly threshold?: string;
}

export function compareCommand(paths: readonly string[], options: CompareCommandOptions): number {
  const { output, format, threshold } = options;
  const thresholds = threshold === undefined ? {} : parseThresholds(threshold);
  const render = rendererOf(format, isColoured(output));
  if (output !== undefined) demandFolder(output);
  const comparison = compareRuns(loadTimed(options.compare), loadTimed(paths), { thresholds });
  demandCommon(comparison);
  writeOut(render(comparison), output);
  if (options.failOn === "never") return EXIT.asExpected;
  if (comparison.regressed) return EXIT.unexpected;
  return comparesNothing(comparison) ? EXIT.inconclusive : EXIT.asExpected;
}

function rendererOf(format: string, colour: boolean): (comparison: RunComparison) => string {
  switch (format) {
    case "console":
      return (comparison) => renderComparisonConsole(comparison, { colour });
    case "markdown":
      return renderComparisonMarkdown;
    case "json":
      return renderComparisonJson;
    case "html":
      return (comparison) => renderPage(comparisonPage(comparison), pageAssets());
    default:
      throw new InputError(
        "FORMAT",
        `a comparison cannot be written as ${format}: choose console, markdown, json or html`,
      );
  }
}

/** Nothing in common is a mistake in what was given, and no good news. */
function demandCommon({ groups, added, gone, otherWorld }: RunComparison): void {
  if (groups.length > 0) return;
  const why =
    otherWorld.length > 0
      ? "one side is simulated and the other measured, which are never compared"
      : `here ${first(added)}, in the baseline ${first(gone)}`;
  throw new InputError(
    "NOTHING_IN_COMMON",
    `--compare: no scenario on the same image and backend is on both sides: ${why}`,
  );
}

function first(groups: RunComparison["added"]): string {
  const [one, ...rest] = groups;
  if (one === undefined) return "there is no run";
  return `${nameOf(one)}${rest.length === 0 ? "" : ` and ${rest.length} more`}`;
}
