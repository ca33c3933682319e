/** Doing runs: one after the other or a few at a time, each with its directory and its reports. */
import { randomBytes } from "node:crypto";
import { lstatSync, symlinkSync, unlinkSync } from "node:fs";
import { join, relative } from "node:path";
import { renderConsole } from "../../reports/console.ts";
import { renderJson } from "../../reports/json.ts";
import { renderJunit } from "../../reports/junit.ts";
import { renderMarkdown } from "../../reports/markdown.ts";
import type { ReportedRun } from "../../reports/reported.ts";
import type { Backend } from "../backend/backend.ts";
import { runScenario } from "../run/run.ts";
import { createRunDirectory, readRun, type RunDirectory } from "../run/store.ts";
import type { RunRecord } from "../run/record.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { beforeLeaving, unlessLeaving } from "./interrupt.ts";
import { startProgress } from "./progress.ts";

export interface PlannedRun {
  readonly scenario: Scenario;
  readonly seed: number;
  /** The very schedule of a stored run. */
  readonly schedule?: RunRecord["schedule"];
}

export interface RunSettings {
  readonly backend: Backend;
  readonly image: string;
  readonly out: string;
  readonly keep: boolean;
  readonly jobs: number;
}

/** Scenario by scenario, `repeat` times each with consecutive seeds; a shard takes every n-th. */
export function planRuns(
  scenarios: readonly Scenario[],
  options: { seed: number; repeat: number; shard?: { index: number; count: number } },
): PlannedRun[] {
  const all = scenarios.flatMap((scenario) =>
    Array.from({ length: options.repeat }, (_, index) => ({
      scenario,
      seed: options.seed + index,
    })),
  );
  const { shard } = options;
  if (shard === undefined) return all;
  return all.filter((_, index) => index % shard.count === shard.index - 1);
}

/** Runs the plan; `onFinished` sees each run as it ends. Results are in the order of the plan. */
export async function doRuns(
  plan: readonly PlannedRun[],
  settings: RunSettings,
  onFinished: (run: ReportedRun, kept: string | undefined) => void,
): Promise<ReportedRun[]> {
  const results: ReportedRun[] = [];
  const queue = plan.map((run, index) => ({ run, index }));
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const label =
        plan.length === 1
          ? next.run.scenario.name
          : `[${next.index + 1}/${plan.length}] ${next.run.scenario.name}`;
      const done = await doOne(next.run, settings, label);
      results[next.index] = done.run;
      onFinished(done.run, done.kept);
    }
  };
  await Promise.all(Array.from({ length: Math.min(settings.jobs, plan.length) }, worker));
  return results;
}

async function doOne(
  { scenario, seed, schedule }: PlannedRun,
  settings: RunSettings,
  label: string,
): Promise<{ run: ReportedRun; kept: string | undefined }> {
  const startedAt = new Date().toISOString();
  const runId = randomBytes(4).toString("hex");
  const stamp = startedAt.slice(0, 19).replaceAll(":", "-");
  const name = `${stamp}-${scenario.name.replaceAll("/", "-")}-${runId}`;
  const directory = createRunDirectory(settings.out, name);
  const shownPath = shortest(directory.path);
  const progress = startProgress(label, settings.jobs === 1);
  const takeBack = beforeLeaving((reason) => {
    progress.stop();
    markUnfinished(directory, reason);
    process.stderr.write(`\nvipdrill: what there is of the run is in ${shownPath}`);
  });
  try {
    const finished = await runScenario({
      scenario,
      backend: settings.backend,
      seed,
      ...(schedule === undefined ? {} : { schedule }),
      image: settings.image,
      runId,
      startedAt,
      directory,
      keep: settings.keep,
      replay: `./vipdrill replay ${shownPath}`,
      progress: (phase, text) => {
        progress.update(`${phase}: ${text}`);
      },
    });
    await unlessLeaving();
    // Reports are made from what is on disk, so that they can be made again at any time.
    const stored = readRun(directory.path);
    const run = {
      record: stored.record,
      events: stored.history.events,
      result: finished.result,
      path: shownPath,
    };
    directory.writeReport("report.txt", renderConsole(run, { colour: false }));
    directory.writeReport("report.md", renderMarkdown([run]));
    directory.writeReport("report.json", renderJson([run]));
    directory.writeReport("junit.xml", renderJunit([run]));
    pointLatest(settings.out, name);
    return { run, kept: finished.kept };
  } finally {
    progress.stop();
    takeBack();
  }
}

/** A run that is given up says so in its record, and not that its cluster never came to be. */
function markUnfinished(directory: RunDirectory, reason: string): void {
  const { record } = readRun(directory.path);
  const message = `the run was given up: ${reason.split(":")[0] ?? reason}`;
  directory.writeRecord({ ...record, error: { code: "GIVEN_UP", message, facts: {} } });
}

/** Relative to here when it is below here. */
function shortest(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere === "" || fromHere.startsWith("..") ? path : fromHere;
}

/** `latest` in the folder of runs leads to the newest one. */
function pointLatest(out: string, name: string): void {
  const link = join(out, "latest");
  try {
    if (lstatSync(link, { throwIfNoEntry: false }) !== undefined) unlinkSync(link);
    symlinkSync(name, link);
  } catch {
    // a file system without symbolic links: the path is printed anyway
  }
}
