/** `run` and `replay`: do it, print what happened, say it by the exit code. */
import { randomInt } from "node:crypto";
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { renderConsole, renderRunLine, renderSummary } from "../../../reports/console.ts";
import type { ReportedRun } from "../../../reports/reported.ts";
import { InputError } from "../../core/errors.ts";
import { parseScenario } from "../../scenario/schema.ts";
import { readRun } from "../../run/store.ts";
import { chooseBackend, type BackendChoice } from "../backends.ts";
import { selectScenarios } from "../catalogue.ts";
import { FILE_FORMATS, isFileFormat, renderAs } from "../formats.ts";
import { demandFolder } from "../files.ts";
import { exitCodeOf } from "../exit-codes.ts";
import { beforeLeaving, leaveOnSignals } from "../interrupt.ts";
import { printBeside } from "../progress.ts";
import { doRuns, planRuns, type DoneRun, type PlannedRun } from "../runs.ts";

export interface RunOptions {
  readonly backend: BackendChoice;
  readonly seed?: number;
  readonly repeat: number;
  readonly jobs: number;
  readonly shard?: { readonly index: number; readonly count: number };
  /** One, or several with commas. */
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
  const plan = planRuns(scenarios, { ...options, images: imagesOf(options.image), seed });
  return execute(plan, options, writers);
}

export async function replayCommand(path: string, options: RunOptions): Promise<number> {
  const { record } = readRun(path);
  const scenario = parseScenario(record.scenario, path);
  const { schedule, image } = record;
  const images = [image];
  // Another seed asks for another schedule; without one it is the stored one, to the microsecond.
  const plan =
    options.seed === undefined
      ? planRuns([scenario], { ...options, images, seed: record.seed }).map((run) => ({
          ...run,
          schedule,
        }))
      : planRuns([scenario], { ...options, images, seed: options.seed });
  const writers = options.reporter.map(parseReporter);
  // In the world it was run in, unless another one is asked for.
  const backend = options.backend === "auto" ? record.backend : options.backend;
  return execute(plan, { ...options, backend }, writers);
}

async function execute(
  plan: readonly PlannedRun[],
  options: Omit<RunOptions, "image">,
  writers: readonly Writer[],
): Promise<number> {
  if (plan.length === 0) {
    throw new InputError("NOTHING_TO_RUN", "this shard is empty: there are fewer runs than shards");
  }
  const images = [...new Set(plan.map(({ image }) => image))];
  const chosen = await chooseBackend({ ...options, images, choice: options.backend });
  const colour = process.stdout.isTTY && process.env["NO_COLOR"] === undefined;
  const settings = { ...options, backend: chosen.backend, out: resolve(options.out) };
  const ended: DoneRun[] = [];
  const conclude = (): void => {
    const runs = ended.toSorted((a, b) => a.number - b.number).map(({ run }) => run);
    if (plan.length > 1) process.stdout.write(`\n${renderSummary(runs, { colour, told: true })}`);
    for (const write of writers) write(runs);
  };
  leaveOnSignals();
  const takeBack = beforeLeaving(() => {
    conclude();
    const givenUp = ended.filter((done) => done.givenUp).length;
    process.stderr.write(
      `\nvipdrill: of ${plan.length} runs ${ended.length - givenUp} ended, ${givenUp} were given up`,
    );
  });
  try {
    await doRuns(plan, settings, (done) => {
      ended.push(done);
      printBeside(endedText(done, { count: plan.length, colour }));
    });
  } finally {
    takeBack();
    // Also after an error that ended the command: what is known of the others is not lost.
    if (ended.length > 0) conclude();
  }
  await chosen.finish();
  return exitCodeOf(ended.map(({ run }) => run.result.outcome));
}

/** A run on its own in full; one of many in a line, and in full when it is not what it should be. */
function endedText(
  { run, number, kept, givenUp }: DoneRun,
  { count, colour }: { readonly count: number; readonly colour: boolean },
): string {
  const { outcome } = run.result;
  const hint = kept === undefined ? "" : `${kept}\n`;
  if (count === 1) return givenUp ? "" : renderConsole(run, { colour }) + hint;
  const line = renderRunLine(run, { colour, place: `[${number}/${count}] ` });
  const inFull = !givenUp && outcome !== "as-expected" && outcome !== "skipped";
  return line + (inFull ? `\n${renderConsole(run, { colour })}\n` : "") + hint;
}

/** `sid,trixie`: each once, in this order. */
export function imagesOf(text: string): string[] {
  const images = text.split(",").map((image) => image.trim());
  if (images.includes("")) {
    throw new InputError("IMAGE_UNKNOWN", `--image ${text}: expected names, as in sid,trixie`);
  }
  return [...new Set(images)];
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
