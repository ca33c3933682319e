/** `check` and `report`: what stored runs say, judged again from their evidence. */
import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderConsole, renderSummary } from "../../../reports/console.ts";
import type { ReportedRun } from "../../../reports/reported.ts";
import { InputError, messageOf } from "../../core/errors.ts";
import { judgeRun } from "../../run/judge.ts";
import { readRun, runsBelow, type StoredRun } from "../../run/store.ts";
import { renderAs, type FileFormat } from "../formats.ts";
import { demandFolder } from "../files.ts";
import { exitCodeOf } from "../exit-codes.ts";

export function checkCommand(paths: readonly string[]): number {
  const runs = loadRuns(paths);
  const colour = process.stdout.isTTY && process.env["NO_COLOR"] === undefined;
  for (const run of runs) process.stdout.write(renderConsole(run, { colour }));
  if (runs.length > 1) process.stdout.write(renderSummary(runs, { colour }));
  return exitCodeOf(runs.map((run) => run.result.outcome));
}

export type Format = "console" | FileFormat;

export function reportCommand(
  paths: readonly string[],
  options: { readonly format: Format; readonly output?: string },
): number {
  if (options.output !== undefined) demandFolder(options.output);
  const runs = loadRuns(paths);
  const text = render(runs, options.format);
  if (options.output === undefined) process.stdout.write(text);
  else writeFileSync(options.output, text);
  return 0;
}

function render(runs: readonly ReportedRun[], format: Format): string {
  if (format !== "console") return renderAs(format, runs);
  return [
    ...runs.map((run) => renderConsole(run, { colour: false })),
    ...(runs.length > 1 ? [renderSummary(runs, { colour: false })] : []),
  ].join("\n");
}

/** Run directories, or folders of run directories. */
function loadRuns(paths: readonly string[]): ReportedRun[] {
  const found = paths.flatMap((path) => (isFolderOfRuns(path) ? runsIn(path) : [path]));
  return found.map((path) => {
    const { record, history } = readOne(path);
    if (history.torn) {
      process.stderr.write(`vipdrill: the last line of ${path}/history.jsonl is torn; left out\n`);
    }
    const { events } = history;
    return { record, events, result: judgeRun(record, events), path };
  });
}

/** Errors name the directory: the user may have given a folder of many. */
function readOne(path: string): StoredRun {
  try {
    return readRun(path);
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError("RUN_UNREADABLE", `${path}: ${messageOf(error)}`, { cause: error });
  }
}

function isFolderOfRuns(path: string): boolean {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  return isFolder && !existsSync(join(path, "run.json"));
}

function runsIn(folder: string): string[] {
  const found = runsBelow(folder);
  if (found.length > 0) return found;
  throw new InputError("NOT_A_RUN", `${folder} is not a run directory and holds none`);
}
