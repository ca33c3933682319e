/** `run` and `replay`: do it, print what happened, say it by the exit code. */
import { randomInt } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { renderConsole, renderRunLine, renderSummary } from "../../../reports/console.ts";
import type { CutShort } from "../../../reports/cut-short.ts";
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
import { linksFrom } from "../links.ts";
import { printBeside } from "../progress.ts";
import { doRuns, planRuns, writesPages, type DoneRun, type PlannedRun } from "../runs.ts";

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
  const writers = parseReporters(options.reporter);
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
  const writers = parseReporters(options.reporter);
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
  // Where a reporter has standard output, what is for people is not mixed into it.
  const output = writers.some((writer) => writer.toOutput) ? process.stderr : process.stdout;
  const colour = output.isTTY && process.env["NO_COLOR"] === undefined;
  const pages = writesPages(plan.length, chosen.backend.simulated);
  const settings = { ...options, backend: chosen.backend, out: resolve(options.out) };
  const ended: DoneRun[] = [];
  const conclude = (by: CutShort["by"]): void => {
    const runs = ended.toSorted((a, b) => a.number - b.number).map(({ run }) => run);
    if (plan.length > 1) {
      output.write(`\n${renderSummary(runs, { colour, told: true })}`);
      output.write(`\n${pagesWords(options.out, pages)}\n`);
    }
    const missing = plan.length - runs.length;
    const cutShort = missing === 0 ? undefined : { planned: plan.length, missing, by };
    for (const writer of writers) writer.write(runs, cutShort);
  };
  leaveOnSignals();
  const takeBack = beforeLeaving(() => {
    conclude("interrupt");
    const givenUp = ended.filter((done) => done.givenUp).length;
    process.stderr.write(
      `\nvipdrill: of ${plan.length} runs ${ended.length - givenUp} ended, ${givenUp} were given up, ` +
        `${plan.length - ended.length} were not started`,
    );
  });
  try {
    await doRuns(plan, settings, (done) => {
      ended.push(done);
      printBeside(endedText(done, { count: plan.length, colour }), output);
    });
  } finally {
    takeBack();
    // Also after an error that ended the command: what is known of the others is not lost.
    if (ended.length > 0) conclude("error");
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
  if (count === 1) {
    const page = `HTML report    ${join(run.path, "report.html")}\n`;
    return givenUp ? "" : renderConsole(run, { colour, advice: true }) + page + hint;
  }
  const line = renderRunLine(run, { colour, place: `[${number}/${count}] ` });
  const inFull = !givenUp && outcome !== "as-expected" && outcome !== "skipped";
  return line + (inFull ? `\n${renderConsole(run, { colour })}\n` : "") + hint;
}

/** Of many runs one line says where the pages are, or how to have one. */
function pagesWords(out: string, pages: boolean): string {
  return pages
    ? `HTML reports   ${join(out, "*", "report.html")}`
    : `HTML report    ./vipdrill report ${out} --format html --output report.html, or of one run directory`;
}

/** `sid,trixie`: each once, in this order. */
export function imagesOf(text: string): string[] {
  const images = text.split(",").map((image) => image.trim());
  if (images.includes("")) {
    throw new InputError("IMAGE_UNKNOWN", `--image ${text}: expected names, as in sid,trixie`);
  }
  return [...new Set(images)];
}

interface Writer {
  readonly toOutput: boolean;
  write(runs: readonly ReportedRun[], cutShort?: CutShort): void;
}

/** One at most can have standard output: it is for programs, and two of them cannot read it. */
export function parseReporters(texts: readonly string[]): Writer[] {
  const writers = texts.map(parseReporter);
  if (writers.filter(({ toOutput }) => toOutput).length < 2) return writers;
  throw new InputError(
    "REPORTERS_MIXED",
    `--reporter ${texts.join(", ")}: only one can go to standard output`,
  );
}

/** `junit=FILE` and so on; `-` is standard output. */
export function parseReporter(text: string): Writer {
  const at = text.indexOf("=");
  const [kind, file] = [text.slice(0, Math.max(0, at)), text.slice(at + 1)];
  if (!isFileFormat(kind) || file === "") {
    throw new InputError(
      "REPORTER_UNKNOWN",
      `--reporter ${text}: expected KIND=FILE with KIND one of ${FILE_FORMATS.join(", ")}`,
    );
  }
  if (file === "-") {
    return {
      toOutput: true,
      write: (runs, cutShort) => process.stdout.write(renderAs(kind, runs, { cutShort })),
    };
  }
  demandFolder(file);
  return {
    toOutput: false,
    write: (runs, cutShort) => {
      writeFileSync(file, renderAs(kind, runs, { cutShort, linkTo: linksFrom(file) }));
    },
  };
}
