/** `check` and `report`: what stored runs say, judged again from their evidence. */
import { renderConsole, renderSummary } from "../../../reports/console.ts";
import { renderHtml } from "../../../reports/html/page.ts";
import type { ReportedRun } from "../../../reports/reported.ts";
import { InputError } from "../../core/errors.ts";
import { renderAs, type FileFormat } from "../formats.ts";
import { demandFolder } from "../files.ts";
import { EXIT, exitCodeOf } from "../exit-codes.ts";
import { linksFrom } from "../links.ts";
import { pageAssets } from "../page-assets.ts";
import { loadRuns, writeOut } from "../stored-runs.ts";
import { compareCommand, type FailOn } from "./compare.ts";

export function checkCommand(paths: readonly string[]): number {
  const runs = loadRuns(paths);
  const colour = process.stdout.isTTY && process.env["NO_COLOR"] === undefined;
  const advice = runs.length === 1;
  for (const run of runs) process.stdout.write(renderConsole(run, { colour, advice }));
  if (runs.length > 1) process.stdout.write(renderSummary(runs, { colour }));
  return exitCodeOf(runs.map((run) => run.result.outcome));
}

export type Format = "console" | "html" | FileFormat;

export interface ReportOptions {
  readonly format: Format;
  readonly output?: string;
  readonly compare?: readonly string[];
  readonly failOn?: FailOn;
  readonly threshold?: string;
}

export function reportCommand(paths: readonly string[], options: ReportOptions): number {
  const { compare, failOn = "never", ...rest } = options;
  if (compare !== undefined) return compareCommand(paths, { ...rest, compare, failOn });
  if (options.failOn !== undefined || options.threshold !== undefined) {
    throw new InputError("NO_BASELINE", "--fail-on and --threshold need --compare BASELINE");
  }
  if (options.output !== undefined) demandFolder(options.output);
  const runs = loadRuns(paths);
  writeOut(render(runs, options), options.output);
  return EXIT.asExpected;
}

function render(runs: readonly ReportedRun[], { format, output }: ReportOptions): string {
  const linkTo = output === undefined ? undefined : linksFrom(output);
  if (format === "html") return renderHtml(runs, pageAssets(), { linkTo });
  if (format !== "console") return renderAs(format, runs);
  return [
    ...runs.map((run) => renderConsole(run, { colour: false, advice: runs.length === 1 })),
    ...(runs.length > 1 ? [renderSummary(runs, { colour: false })] : []),
  ].join("\n");
}
