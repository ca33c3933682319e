/** `fidelity`: random drills on containers, the same again in the simulator, and how far they agree. */
import { randomBytes, randomInt } from "node:crypto";
import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { pairLine, renderFidelity, renderFidelityMarkdown } from "../../../reports/fidelity.ts";
import { isSimulatedImage, simBackend, SIMULATED_IMAGES } from "../../backend/sim/backend.ts";
import { InputError } from "../../core/errors.ts";
import { drawScenarios } from "../../fidelity/draw.ts";
import { pairUp, type MeasuredRun } from "../../fidelity/pair.ts";
import { summarise, type FidelitySummary, type Pair } from "../../fidelity/summary.ts";
import { createRunDirectory, readRun, runsBelow } from "../../run/store.ts";
import { parseScenario } from "../../scenario/schema.ts";
import { chooseBackend } from "../backends.ts";
import { EXIT } from "../exit-codes.ts";
import { doRuns } from "../runs.ts";

export interface FidelityOptions {
  readonly count: number;
  readonly seed?: number;
  readonly image: string;
  readonly jobs: number;
  readonly out: string;
  /** Stored container runs, instead of new ones. */
  readonly from?: string;
}

const SEED_MAX = 1_000_000;

export async function fidelityCommand(options: FidelityOptions): Promise<number> {
  const stamp = new Date().toISOString().slice(0, 19).replaceAll(":", "-");
  const { from } = options;
  const seed = options.seed ?? randomInt(SEED_MAX);
  const folder = resolve(
    options.out,
    from === undefined ? `fidelity-${stamp}-seed-${seed}` : `fidelity-${stamp}`,
  );
  const runs = from === undefined ? await collect(options, seed, folder) : load(from);
  const pairs: Pair[] = [];
  for (const run of runs) {
    const pair = await compareOne(run, folder);
    process.stderr.write(`vipdrill: ${pairLine(pair)}\n`);
    pairs.push(pair);
  }
  const summary = summarise(pairs);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "fidelity.txt"), renderFidelity(summary, { colour: false }));
  writeFileSync(join(folder, "fidelity.md"), renderFidelityMarkdown(summary));
  const colour = process.stdout.isTTY && process.env["NO_COLOR"] === undefined;
  process.stdout.write(renderFidelity(summary, { colour }));
  process.stdout.write(`\n${shortest(folder)}/fidelity.md has this report\n`);
  return exitCodeOf(summary);
}

/** Agreement in everything, a disagreement, or nothing that could be compared. */
export function exitCodeOf({ disagree, compared, notSimulated }: FidelitySummary): number {
  if (disagree > 0) return EXIT.unexpected;
  return compared + notSimulated === 0 ? EXIT.inconclusive : EXIT.asExpected;
}

/** The containers first, so that simulating takes no processor from them. */
async function collect(
  options: FidelityOptions,
  seed: number,
  folder: string,
): Promise<MeasuredRun[]> {
  demandSimulated(options.image, "--image");
  const { image, jobs } = options;
  const chosen = await chooseBackend({ choice: "docker", images: [image], keep: false });
  process.stderr.write(`vipdrill: ${options.count} drills from seed ${seed}\n`);
  const plan = drawScenarios(seed, options.count).map((scenario, index) => ({
    scenario,
    image,
    seed: seed + index,
  }));
  const runs = await doRuns(
    plan,
    { backend: chosen.backend, out: folder, keep: false, jobs },
    ({ run }) => {
      const { outcome, reason } = run.result;
      process.stderr.write(`vipdrill: ${run.record.scenario.name}: ${outcome}: ${reason}\n`);
    },
  );
  await chosen.finish();
  return runs;
}

/** One run directory, or a folder of them; simulated runs in it are passed over. */
function load(from: string): MeasuredRun[] {
  if (!existsSync(from))
    throw new InputError("NOT_A_RUN", `--from ${from}: there is no such folder`);
  if (!statSync(from).isDirectory()) {
    throw new InputError("NOT_A_RUN", `--from ${from} is not a folder of runs`);
  }
  const paths = existsSync(join(from, "run.json")) ? [from] : runsBelow(from);
  const all = paths.map((path): MeasuredRun => {
    const { record, history } = readRun(path);
    return { path, record, events: history.events };
  });
  // A copy of a run, such as what a link to the latest one became, is no second run.
  const runs = all.filter(
    ({ record }, index) =>
      record.backend === "docker" &&
      all.findIndex((other) => other.record.runId === record.runId) === index,
  );
  if (runs.length === 0) {
    throw new InputError("NOT_A_RUN", `--from ${from}: there is no run on containers in it`);
  }
  const simulated = all.filter(({ record }) => record.backend !== "docker").length;
  if (simulated > 0) process.stderr.write(`vipdrill: ${simulated} simulated runs passed over\n`);
  for (const { path, record } of runs) {
    parseScenario(record.scenario, path);
    demandSimulated(record.image, path);
  }
  return runs;
}

function demandSimulated(image: string, where: string): void {
  if (isSimulatedImage(image)) return;
  throw new InputError(
    "IMAGE_NOT_SIMULATED",
    `${where}: the simulator knows ${SIMULATED_IMAGES.join(", ")}, not the image ${image}`,
  );
}

async function compareOne(run: MeasuredRun, folder: string): Promise<Pair> {
  const runId = randomBytes(4).toString("hex");
  const name = `${run.record.scenario.name.replaceAll("/", "-")}-${runId}`;
  const directory = createRunDirectory(join(folder, "simulated"), name);
  const path = shortest(run.path);
  const { pair, simulated } = await pairUp({
    run: { ...run, path },
    simulator: (keepalivedStartOffsetsUs) => simBackend({ keepalivedStartOffsetsUs }),
    own: {
      runId,
      startedAt: new Date().toISOString(),
      replay: `./vipdrill fidelity --from ${path}`,
    },
    evidence: directory.evidence,
    simulatedPath: shortest(directory.path),
  });
  if (simulated !== undefined) {
    directory.writeHistory(simulated.driven.originEpochUs, simulated.driven.events);
    directory.writeRecord(simulated.record);
  }
  return pair;
}

/** Relative to here when it is below here. */
function shortest(path: string): string {
  const absolute = resolve(path);
  const fromHere = relative(process.cwd(), absolute);
  return fromHere === "" || fromHere.startsWith("..") ? absolute : fromHere;
}
