/** Runs from where they are stored: run directories, folders of them, timing reports that stand for runs. */
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ReportedRun } from "../../reports/reported.ts";
import { parseTimingJson } from "../../reports/timing-json.ts";
import { isJudged, timedRunOf, type TimedRun } from "../../reports/timing-runs.ts";
import { InputError, messageOf } from "../core/errors.ts";
import { judgeRun } from "../run/judge.ts";
import { readRun, runsBelow, type StoredRun } from "../run/store.ts";

/** Run directories, or folders of run directories. */
export function loadRuns(paths: readonly string[]): ReportedRun[] {
  return paths.flatMap(runPaths).map(loadOne);
}

/** A torn history explains what the judge finds missing in it. */
function loadTimedOne(path: string): TimedRun {
  const stored = readOne(path);
  const run = timedRunOf(reported(stored, path));
  return stored.history.torn && !isJudged(run)
    ? { ...run, reason: `history is torn (${run.reason})` }
    : run;
}

/** The same, or files that `timing --format json` wrote. Histories are let go one by one: there may be thousands. */
export function loadTimed(paths: readonly string[]): TimedRun[] {
  return paths.flatMap((path) =>
    isFile(path)
      ? parseTimingJson(readFileSync(path, "utf8"), path)
      : runPaths(path).map(loadTimedOne),
  );
}

export function writeOut(text: string, output: string | undefined): void {
  if (output === undefined) process.stdout.write(text);
  else writeFileSync(output, text);
}

/** Whether to paint what is written there. */
export function isColoured(output: string | undefined): boolean {
  return output === undefined && process.stdout.isTTY && process.env["NO_COLOR"] === undefined;
}

function loadOne(path: string): ReportedRun {
  return reported(readOne(path), path);
}

function reported({ record, history }: StoredRun, path: string): ReportedRun {
  if (history.torn) {
    process.stderr.write(`vipdrill: the last line of ${path}/history.jsonl is torn; left out\n`);
  }
  const { events } = history;
  return { record, events, result: judgeRun(record, events), path };
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

function runPaths(path: string): string[] {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  if (!isFolder || existsSync(join(path, "run.json"))) return [path];
  const found = runsBelow(path);
  if (found.length > 0) return found;
  throw new InputError("NOT_A_RUN", `${path} is not a run directory and holds none`);
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
