/** Doing runs: one after the other or a few at a time, each with its directory and its reports. */
import { randomBytes } from "node:crypto";
import { lstatSync, symlinkSync, unlinkSync } from "node:fs";
import { join, relative } from "node:path";
import { setImmediate } from "node:timers/promises";
import { renderConsole } from "../../reports/console.ts";
import { renderHtml } from "../../reports/html/page.ts";
import { renderJson } from "../../reports/json.ts";
import { renderJunit } from "../../reports/junit.ts";
import { renderMarkdown } from "../../reports/markdown.ts";
import type { ReportedRun } from "../../reports/reported.ts";
import type { Backend } from "../backend/backend.ts";
import { judgeRun } from "../run/judge.ts";
import { runScenario } from "../run/run.ts";
import { createRunDirectory, readRun, type RunDirectory } from "../run/store.ts";
import type { RunRecord } from "../run/record.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { beforeLeaving, unlessLeaving } from "./interrupt.ts";
import { pageAssets } from "./page-assets.ts";
import { startBoard, type Board } from "./progress.ts";
import { drillsAtOnce, makeTurns, type Turns } from "./turns.ts";

export interface PlannedRun {
  readonly scenario: Scenario;
  readonly image: string;
  readonly seed: number;
  /** The very schedule of a stored run. */
  readonly schedule?: RunRecord["schedule"];
}

export interface RunSettings {
  readonly backend: Backend;
  readonly out: string;
  readonly keep: boolean;
  readonly jobs: number;
}

/** A run that came to its end, or was given up because the whole process has to leave. */
export interface DoneRun {
  readonly run: ReportedRun;
  /** Counts from 1, in the order of the plan. */
  readonly number: number;
  readonly kept: string | undefined;
  readonly givenUp: boolean;
}

export interface PlanOptions {
  readonly images: readonly string[];
  readonly seed: number;
  readonly repeat: number;
  readonly shard?: { readonly index: number; readonly count: number };
}

/**
 * Scenario by scenario, image by image, `repeat` times each with consecutive seeds, the same on every
 * image; a shard takes every n-th of the whole.
 */
export function planRuns(
  scenarios: readonly Scenario[],
  { images, seed, repeat, shard }: PlanOptions,
): PlannedRun[] {
  const all = scenarios.flatMap((scenario) =>
    images.flatMap((image) =>
      Array.from({ length: repeat }, (_, index) => ({ scenario, image, seed: seed + index })),
    ),
  );
  if (shard === undefined) return all;
  return all.filter((_, index) => index % shard.count === shard.index - 1);
}

/**
 * A page takes 40 ms of processor time and 250 kB, which is nothing beside a drill on containers, and nearly
 * as much as a simulated one takes altogether (50 ms; dual-script/mysqld-killed, median of 6): a suite of
 * simulated runs goes without, and `report --format html` makes the page of any of them.
 */
const SIMULATED_PAGES_MAX = 20;

/** Whether each run directory gets a `report.html`. */
export function writesPages(planned: number, simulated: boolean): boolean {
  return !simulated || planned <= SIMULATED_PAGES_MAX;
}

/** Runs the plan; `onDone` sees each run as it ends. Results are in the order of the plan. */
export async function doRuns(
  plan: readonly PlannedRun[],
  settings: RunSettings,
  onDone: (done: DoneRun) => void,
): Promise<ReportedRun[]> {
  const results: ReportedRun[] = [];
  const queue = plan.map((run, index) => ({ run, index }));
  const side = Math.min(settings.jobs, plan.length);
  const turns = makeTurns(drillsAtOnce(side));
  const pages = writesPages(plan.length, settings.backend.simulated);
  const board = startBoard({
    planned: plan.length,
    jobs: side,
    simulated: settings.backend.simulated,
    severalImages: new Set(plan.map(({ image }) => image)).size > 1,
  });
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { run, index } = next;
      const done = await doOne(run, { settings, number: index + 1, board, turns, pages, onDone });
      results[index] = done.run;
      onDone(done);
      // A simulated run waits for nothing: signals are heard between two of them.
      await setImmediate();
      await unlessLeaving();
    }
  };
  try {
    await Promise.all(Array.from({ length: side }, worker));
  } finally {
    board.close();
  }
  return results;
}

interface Surroundings {
  readonly settings: RunSettings;
  readonly number: number;
  readonly board: Board;
  readonly turns: Turns;
  readonly pages: boolean;
  readonly onDone: (done: DoneRun) => void;
}

async function doOne(
  { scenario, image, seed, schedule }: PlannedRun,
  { settings, number, board, turns, pages, onDone }: Surroundings,
): Promise<DoneRun> {
  const progress = board.lane({ number, scenario: scenario.name, image });
  const startedAt = new Date().toISOString();
  const runId = randomBytes(4).toString("hex");
  const stamp = startedAt.slice(0, 19).replaceAll(":", "-");
  const name = `${stamp}-${scenario.name.replaceAll("/", "-")}-${runId}`;
  const directory = createRunDirectory(settings.out, name);
  const shownPath = shortest(directory.path);
  let givenUp = false;
  const takeBack = beforeLeaving((reason) => {
    board.close();
    givenUp = true;
    const run = markUnfinished(directory, shownPath, reason);
    process.stderr.write(`\nvipdrill: what there is of the run is in ${shownPath}`);
    onDone({ run, number, kept: undefined, givenUp: true });
  });
  const seat = turns.seat(() => {
    progress.update("settle", "steady; other drills come first");
  });
  try {
    const finished = await runScenario({
      scenario,
      backend: settings.backend,
      seed,
      ...(schedule === undefined ? {} : { schedule }),
      image,
      runId,
      startedAt,
      directory: {
        ...directory,
        // What fails because its cluster is being removed is no news.
        writeRecord: (record) => {
          if (!givenUp) directory.writeRecord(record);
        },
      },
      keep: settings.keep,
      replay: `./vipdrill replay ${shownPath}`,
      progress: (phase, text) => {
        progress.update(phase, text);
      },
      turn: (stage) => seat.move(stage),
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
    writeReports(directory, run, pages);
    pointLatest(settings.out, name);
    progress.stop(run.result.outcome);
    return { run, number, kept: finished.kept, givenUp: false };
  } finally {
    seat.leave();
    progress.stop();
    takeBack();
  }
}

function writeReports(directory: RunDirectory, run: ReportedRun, pages: boolean): void {
  directory.writeReport("report.txt", renderConsole(run, { colour: false, advice: pages }));
  directory.writeReport("report.md", renderMarkdown([run]));
  directory.writeReport("report.json", renderJson([run]));
  directory.writeReport("junit.xml", renderJunit([run]));
  if (pages) directory.writeReport("report.html", renderHtml([run], pageAssets()));
}

/** A run that is given up says so in its record, and not that its cluster never came to be. */
function markUnfinished(directory: RunDirectory, path: string, reason: string): ReportedRun {
  const stored = readRun(directory.path);
  const message = `the run was given up: ${reason.split(":")[0] ?? reason}`;
  const record = { ...stored.record, error: { code: "GIVEN_UP", message, facts: {} } };
  directory.writeRecord(record);
  const { events } = stored.history;
  return { record, events, result: judgeRun(record, events), path };
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
