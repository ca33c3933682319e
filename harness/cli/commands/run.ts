/** `run` and `replay`: do it, print what happened, say it by the exit code. */
import { randomInt } from "node:crypto";
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { renderConsole, renderSummary } from "../../../reports/console.ts";
import type { ReportedRun } from "../../../reports/reported.ts";
import { InputError } from "../../core/errors.ts";
import { parseScenario } from "../../scenario/schema.ts";
import { readRun } from "../../run/store.ts";
import { chooseBackend, type BackendChoice } from "../backends.ts";
import { selectScenarios } from "../catalogue.ts";
import { FILE_FORMATS, isFileFormat, renderAs } from "../formats.ts";
import { demandFolder } from "../files.ts";
import { exitCodeOf } from "../exit-codes.ts";
import { doRuns, planRuns, type PlannedRun } from "../runs.ts";

export interface RunOptions {
  readonly backend: BackendChoice;
  readonly seed?: number;
  readonly repeat: number;
  readonly jobs: number;
  readonly shard?: { readonly index: number; readonly count: number };
  readonly image: string;
  readonly out: string;
  readonly keep: boolean;
  readonly reporter: readonly string[];
}

const SEED_MAX = 1_000_000;

export async function runCommand(wanted: readonly string[], options: RunOptions): Promise<number> {
  if (wanted.length === 0) {
    throw new InputError(
      "NOTHING_TO_RUN",
      "name a scenario, a pattern or a file, as in: vipdrill run dual-script/mysqld-killed (vipdrill list shows all)",
    );
  }
  const writers = options.reporter.map(parseReporter);
  const scenarios = await selectScenarios(wanted);
  const seed = options.seed ?? randomInt(SEED_MAX);
  const plan = planRuns(scenarios, { ...options, seed });
  return execute(plan, options, writers);
}

export async function replayCommand(path: string, options: RunOptions): Promise<number> {
  const { record } = readRun(path);
  const scenario = parseScenario(record.scenario, path);
  const { schedule } = record;
  // Another seed asks for another schedule; without one it is the stored one, to the microsecond.
  const plan =
    options.seed === undefined
      ? planRuns([scenario], { ...options, seed: record.seed }).map((run) => ({ ...run, schedule }))
      : planRuns([scenario], { ...options, seed: options.seed });
  const writers = options.reporter.map(parseReporter);
  // In the world it was run in, unless another one is asked for.
  const backend = options.backend === "auto" ? record.backend : options.backend;
  return execute(plan, { ...options, backend, image: record.image }, writers);
}

async function execute(
  plan: readonly PlannedRun[],
  options: RunOptions,
  writers: readonly Writer[],
): Promise<number> {
  if (plan.length === 0) {
    throw new InputError("NOTHING_TO_RUN", "this shard is empty: there are fewer runs than shards");
  }
  const chosen = await chooseBackend({ ...options, choice: options.backend });
  const colour = process.stdout.isTTY && process.env["NO_COLOR"] === undefined;
  const settings = { ...options, backend: chosen.backend, out: resolve(options.out) };
  const runs = await doRuns(plan, settings, (run, kept) => {
    process.stdout.write(renderConsole(run, { colour }));
    if (kept !== undefined) process.stdout.write(`${kept}\n`);
  });
  if (runs.length > 1) process.stdout.write(renderSummary(runs, { colour }));
  for (const write of writers) write(runs);
  await chosen.finish();
  return exitCodeOf(runs.map((run) => run.result.outcome));
}

type Writer = (runs: readonly ReportedRun[]) => void;

/** `junit=FILE`, `json=FILE`, `markdown=FILE`. */
export function parseReporter(text: string): Writer {
  const [kind = "", file = ""] = text.split("=", 2);
  if (!isFileFormat(kind) || file === "") {
    throw new InputError(
      "REPORTER_UNKNOWN",
      `--reporter ${text}: expected KIND=FILE with KIND one of ${FILE_FORMATS.join(", ")}`,
    );
  }
  demandFolder(file);
  return (runs) => {
    writeFileSync(file, renderAs(kind, runs));
  };
}
