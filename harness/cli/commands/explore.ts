/** `explore`: searches for the schedule that breaks it, makes it small, keeps it, and runs it on containers. */
import { randomInt } from "node:crypto";
import { existsSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { setImmediate } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { CATALOGUE } from "../../../scenarios/catalogue.ts";
import { isSimulatedImage, simBackend, SIMULATED_IMAGES } from "../../backend/sim/backend.ts";
import { InputError, messageOf } from "../../core/errors.ts";
import { formatSeconds } from "../../core/time.ts";
import { confirm } from "../../explore/confirm.ts";
import { explore, type Explored } from "../../explore/explore.ts";
import type { Found } from "../../explore/finding.ts";
import { describeFaults } from "../../explore/plan.ts";
import { homeOf, menuOf } from "../../explore/menu.ts";
import { chosenFaults, MODELS, type Model } from "../../explore/models.ts";
import { PROPERTIES, propertiesCalled } from "../../explore/properties.ts";
import type { Property } from "../../explore/property.ts";
import { idOfFinding, type ExploreRecord, type Reported } from "../../explore/record.ts";
import { confirmedWords, renderMarkdown, renderText } from "../../explore/report.ts";
import type { World } from "../../explore/runner.ts";
import {
  scenarioFile,
  scenarioOfFinding,
  type TopologySource,
} from "../../explore/scenario-file.ts";
import type { Progress as SearchProgress } from "../../explore/search.ts";
import {
  demandWritable,
  readCorpus,
  readStored,
  storeCorpus,
  storeFinding,
  writeRecord,
  writeText,
} from "../../explore/store.ts";
import { exploreTopology, settingFor } from "../../explore/target.ts";
import { timersOf } from "../../explore/timers.ts";
import { createRunDirectory } from "../../run/store.ts";
import type { Scenario } from "../../scenario/scenario.ts";
import type { ResolvedTopology } from "../../topology/resolve.ts";
import type { Topology } from "../../topology/topology.ts";
import { chooseBackend } from "../backends.ts";
import { selectScenarios } from "../catalogue.ts";
import { EXIT } from "../exit-codes.ts";
import { beforeLeaving, leaveOnSignals, unlessLeaving } from "../interrupt.ts";
import { startProgress } from "../progress.ts";

export interface ExploreCommandOptions {
  readonly seconds?: number;
  readonly runs?: number;
  readonly seed?: number;
  readonly properties: string;
  readonly faults: string;
  readonly model: string;
  readonly vary: boolean;
  readonly shard?: { readonly index: number; readonly count: number };
  readonly corpus?: string;
  readonly image: string;
  readonly out: string;
  readonly confirm?: number;
  readonly only: string;
}

const SECONDS = 60;
const SEED_MAX = 1_000_000;
/** Of the time, for searching; looking at what was found more closely takes the rest. */
const SEARCHING = 0.85;

export async function exploreCommand(
  wanted: string,
  options: ExploreCommandOptions,
): Promise<number> {
  const beganMs = performance.now();
  const job = await jobOf(wanted, options);
  leaveOnSignals();
  process.stderr.write(
    `vipdrill: SIMULATED, nothing is measured: exploring ${job.target.name}, seed ${job.world.seed}; ` +
      `by its timers one failover takes ${formatSeconds(timersOf(job.topology).boundUs)} at most\n`,
  );
  const explored = await searchFor(job, options, beganMs);
  const seconds = (performance.now() - beganMs) / 1000;
  for (const { stored } of explored.again.filter(({ there }) => !there)) {
    const { id, property, kind, seed } = stored;
    process.stdout.write(`no longer there: ${property}: ${kind} (${id}, seed ${seed})\n`);
  }
  keepFindings(explored.record, job.target, job.store);
  if (options.corpus !== undefined) storeCorpus(job.store, explored.corpus);
  const record =
    options.confirm === undefined
      ? explored.record
      : await confirmed(explored.record, job, { options, times: options.confirm });
  conclude(record, job, {
    out: options.out,
    seconds,
    schedules: explored.result.schedules,
    extra: extraOf(options),
    shard: options.shard,
  });
  return exitCodeFor(record);
}

/** What is explored, with what, and where it is kept. */
interface Job {
  readonly target: Target;
  readonly properties: readonly Property[];
  readonly model: Model;
  readonly topology: ResolvedTopology;
  readonly world: World;
  readonly store: string;
}

async function jobOf(wanted: string, options: ExploreCommandOptions): Promise<Job> {
  const target = await targetOf(wanted);
  const properties = await propertiesOf(words(options.properties));
  const model = modelOf(options.model);
  demandSimulated(options.image);
  const topology = exploreTopology(target.topology, options.image);
  chosenFaults(menuOf(topology), words(options.faults));
  const world: World = {
    setting: settingFor(target.name, target.topology, topology),
    backend: simBackend(),
    image: options.image,
    seed: options.seed ?? randomInt(SEED_MAX),
  };
  const store = options.corpus ?? join(".vipdrill", "explore", fileName(target.name));
  // Before a minute's work, not after it.
  for (const folder of [store, options.out]) demandWritable(folder);
  return { target, properties, model, topology, world, store };
}

async function searchFor(
  { target, properties, model, topology, world, store }: Job,
  options: ExploreCommandOptions,
  beganMs: number,
): Promise<Explored> {
  const limitS = options.seconds ?? (options.runs === undefined ? SECONDS : undefined);
  const show = shower(`explore ${target.name}`, beganMs, (found) => {
    keepHalfway(found, { store, home: homeOf(topology), world });
  });
  try {
    return await explore({
      asked: target.word,
      world,
      topology,
      properties,
      faults: words(options.faults),
      model,
      vary: options.vary,
      ...(options.runs === undefined ? {} : { runs: options.runs }),
      ...(options.shard === undefined ? {} : { shard: options.shard }),
      corpus: options.corpus === undefined ? [] : readCorpus(store),
      stored: readStored(store),
      scenarios: target.scenarios,
      stop: async () => {
        // A simulated run waits for nothing: signals are heard between two of them.
        await setImmediate();
        await unlessLeaving();
        return limitS !== undefined && performance.now() - beganMs >= limitS * 1000 * SEARCHING;
      },
      progress: show.update,
    });
  } finally {
    show.stop();
  }
}

interface Conclusion {
  readonly out: string;
  readonly seconds: number;
  readonly schedules: number;
  readonly extra: string;
  readonly shard: ExploreCommandOptions["shard"];
}

/** On the terminal, and as files that can be merged and read. */
function conclude(record: ExploreRecord, job: Job, conclusion: Conclusion): void {
  const { out, extra, shard, ...rest } = conclusion;
  const { seed, image } = job.world;
  const part = shard === undefined ? "" : ` --shard ${shard.index}/${shard.count}`;
  const told = {
    again: againWith({ store: job.store, target: job.target.word, seed, image, extra }),
    extra: `${part}${extra}`,
    ...rest,
  };
  const stamp = new Date().toISOString().slice(0, 19).replaceAll(":", "-");
  const folder = join(out, `explore-${fileName(job.target.name)}-${stamp}`);
  writeRecord(folder, record);
  writeText(folder, "explore.txt", renderText(record, told));
  writeText(folder, "explore.md", renderMarkdown(record, told));
  process.stdout.write(renderText(record, told));
  process.stdout.write(`Report with time lines: ${shortest(folder)}/explore.md\n`);
}

export function exitCodeFor({ findings, islands, voids, unsettled }: ExploreRecord): number {
  if (findings.length > 0 || unsettled !== undefined) return EXIT.unexpected;
  const runs = islands.reduce((sum, island) => sum + island.runs, 0);
  const proofless = Object.values(voids).reduce((sum, count) => sum + count, 0);
  return runs > 0 && proofless === runs ? EXIT.inconclusive : EXIT.asExpected;
}

export interface Target {
  readonly name: string;
  /** As it was typed. */
  readonly word: string;
  readonly topology: Topology;
  /** Of the same row: what somebody has thought of already. */
  readonly scenarios: readonly Scenario[];
}

/** A row of the catalogue, a scenario by its name, or a file with one: its topology is what is explored. */
export async function targetOf(word: string): Promise<Target> {
  const ofRow = CATALOGUE.filter(({ name }) => name.startsWith(`${word}/`));
  const [first] = ofRow;
  if (first !== undefined) {
    const plain = ofRow.find(({ topology }) => topology.name === word) ?? first;
    return { name: word, word, topology: plain.topology, scenarios: ofRow };
  }
  const [scenario] = await selectScenarios([word]);
  if (scenario === undefined) {
    throw new InputError("NOTHING_TO_EXPLORE", `${word}: there is no scenario in it`);
  }
  const row = scenario.name.split("/")[0] ?? "";
  const { name, topology } = scenario;
  return {
    name,
    word,
    topology,
    scenarios: [...CATALOGUE.filter((other) => other.name.startsWith(`${row}/`)), scenario],
  };
}

/** Names, and files that export `properties`. */
async function propertiesOf(named: readonly string[]): Promise<readonly Property[]> {
  const own: Property[] = [];
  for (const word of named.filter((one) => /\.(ts|mts|js|mjs)$/.test(one))) {
    const path = resolve(word);
    if (!existsSync(path)) {
      throw new InputError("PROPERTY_UNKNOWN", `--properties ${word}: there is no such file`);
    }
    own.push(...(await propertiesIn(path, word)));
  }
  const names = named.filter((one) => !/\.(ts|mts|js|mjs)$/.test(one));
  if (names.length === 0 && own.length > 0) return own;
  return [...propertiesCalled(names, PROPERTIES), ...own];
}

async function propertiesIn(path: string, shown: string): Promise<readonly Property[]> {
  let module: { readonly properties?: unknown };
  try {
    module = (await import(pathToFileURL(path).href)) as typeof module;
  } catch (error) {
    const why = messageOf(error);
    throw new InputError("PROPERTY_UNREADABLE", `--properties ${shown} cannot be read: ${why}`, {
      cause: error,
    });
  }
  const { properties } = module;
  if (!Array.isArray(properties) || properties.length === 0) {
    throw new InputError("PROPERTY_UNKNOWN", `--properties ${shown}: it exports no properties`);
  }
  if (properties.every(isProperty)) return properties;
  throw new InputError(
    "PROPERTY_UNREADABLE",
    `--properties ${shown}: each property needs a name, a promise and a function judge`,
  );
}

function isProperty(value: unknown): value is Property {
  const { name, promise, judge } = (value ?? {}) as Partial<Record<keyof Property, unknown>>;
  return typeof name === "string" && typeof promise === "string" && typeof judge === "function";
}

function modelOf(word: string): Model {
  if (Object.hasOwn(MODELS, word)) return word as Model;
  throw new InputError(
    "MODEL_UNKNOWN",
    `--model ${word}: there is no such model; there are ${Object.keys(MODELS).join(", ")}`,
  );
}

function demandSimulated(image: string): void {
  if (isSimulatedImage(image)) return;
  throw new InputError(
    "IMAGE_NOT_SIMULATED",
    `--image: the simulator knows ${SIMULATED_IMAGES.join(", ")}, not the image ${image}`,
  );
}

function words(text: string): string[] {
  return text
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
}

const SHOWN_EVERY_MS = 1000;
const SHOWN_EVERY_PLAIN_MS = 10_000;

/** How fast, how far, how much was found; on a terminal every second. */
function shower(
  label: string,
  beganMs: number,
  keep: (found: readonly Found[]) => void,
): { readonly update: (progress: SearchProgress) => void; readonly stop: () => void } {
  const progress = startProgress(label);
  let found: SearchProgress["findings"] = () => [];
  const takeBack = beforeLeaving(() => {
    const list = found();
    for (const { property, kind, plan } of list) {
      process.stderr.write(`\n${property}: ${kind}: ${describeFaults(plan)}`);
    }
    keep(list);
  });
  const everyMs = process.stderr.isTTY ? SHOWN_EVERY_MS : SHOWN_EVERY_PLAIN_MS;
  let shownMs = beganMs;
  return {
    stop: () => {
      progress.stop();
      takeBack();
    },
    update: ({ schedules, coverage, findings }) => {
      found = findings;
      const nowMs = performance.now();
      if (nowMs - shownMs < everyMs) return;
      shownMs = nowMs;
      const list = findings();
      const last = list.at(-1);
      progress.update(
        `${Math.round((schedules * 1000) / (nowMs - beganMs))} schedules/s, ${coverage()} states and steps, ` +
          `${list.length} findings${last === undefined ? "" : `, such as: ${last.kind}`}`,
      );
    },
  };
}

/** Rows whose topology is a function of a module, for scenario files inside the checkout. */
const SOURCES: Readonly<Record<string, TopologySource>> = {
  "dual-script": { module: "vipdrill/scenarios/shared/dual-script", name: "dualScript" },
  "dual-check": { module: "vipdrill/scenarios/shared/dual-check", name: "dualCheck" },
  "dual-kill9": { module: "vipdrill/scenarios/shared/dual-kill9", name: "dualKill9" },
  "lvs-dr": { module: "vipdrill/scenarios/shared/lvs-dr", name: "lvsDr" },
};

/** Elsewhere nobody would find the module, and the topology is written out. */
function sourceOf({ word, topology }: Target, store: string): TopologySource | undefined {
  const root = resolve(import.meta.dirname, "../../..");
  const inside = !relative(root, resolve(store)).startsWith("..");
  return inside && topology.name === word ? SOURCES[word] : undefined;
}

/** Each finding as data, to be run first the next time, and as a scenario file. */
export function keepFindings(record: ExploreRecord, target: Target, store: string): void {
  const { image } = record;
  const source = sourceOf(target, store);
  const setting = settingFor(target.name, target.topology, exploreTopology(target.topology, image));
  for (const found of record.findings) {
    const { id, property, kind, plan, seed = record.seed } = found;
    const text = scenarioFile({
      setting,
      found,
      id,
      seed,
      surface: "vipdrill",
      ...(source === undefined ? {} : { source }),
    });
    storeFinding(store, { id, property, kind, plan, image, seed }, text);
  }
}

/** Somebody leaves before they were looked at more closely: the next search of the target runs them first. */
export function keepHalfway(
  list: readonly Found[],
  { store, home, world }: { readonly store: string; readonly home: string; readonly world: World },
): void {
  const { image, seed } = world;
  for (const found of list) {
    const { property, kind, plan } = found;
    storeFinding(store, { id: idOfFinding(found, home), property, kind, plan, image, seed });
  }
  if (list.length > 0) {
    process.stderr.write(`\nThe next search runs these first: ${shortest(store)}/findings`);
  }
}

export interface AgainOptions {
  readonly store: string;
  readonly target: string;
  readonly seed: number;
  readonly image: string;
  /** Options of the search that its record does not know: ` --corpus DIR --properties NAMES`. */
  readonly extra?: string;
}

/** The very command; what no checker says is looked at by exploring no further. */
export function againWith(options: AgainOptions): (found: Reported) => string {
  const { store, target, image, extra = "" } = options;
  const where = image === "sid" ? "" : ` --image ${image}`;
  return ({ id, expectation, seed = options.seed }) =>
    expectation === undefined
      ? `./vipdrill explore ${target} --seed ${seed} --runs 0${where}${extra}`
      : `./vipdrill run ${shortest(join(store, "findings", `${id}.ts`))} --backend sim --seed ${seed}${where}`;
}

function extraOf({ corpus, properties }: ExploreCommandOptions): string {
  const folder = corpus === undefined ? "" : ` --corpus ${corpus}`;
  return `${folder}${properties === "" ? "" : ` --properties ${properties}`}`;
}

interface Confirming {
  readonly options: ExploreCommandOptions;
  readonly times: number;
}

/** One finding after the other, on containers, with its runs kept below `--out`. */
async function confirmed(
  record: ExploreRecord,
  { world, properties }: Job,
  { options, times }: Confirming,
): Promise<ExploreRecord> {
  const ids = words(options.only);
  const chosen = await chooseBackend({ choice: "docker", images: [world.image], keep: false });
  const findings: Reported[] = [];
  for (const found of record.findings) {
    const property = properties.find(({ name }) => name === found.property);
    if (property === undefined || (ids.length > 0 && !ids.includes(found.id))) {
      findings.push(found);
      continue;
    }
    const { setting, seed } = world;
    const progress = startProgress(`confirm ${found.id}`);
    const confirmation = await confirm({
      scenario: scenarioOfFinding({ setting, found, id: found.id, seed, surface: "vipdrill" }),
      property,
      kind: found.kind,
      simulated: world,
      backend: chosen.backend,
      times,
      progress: (text) => {
        progress.update(text);
      },
      directoryOf: (attempt) => {
        const startedAt = new Date().toISOString();
        const stamp = startedAt.slice(0, 19).replaceAll(":", "-");
        const runId = randomInt(0x10000000, 0xffffffff).toString(16);
        const directory = createRunDirectory(
          options.out,
          `${stamp}-confirm-${found.id}-${attempt}`,
        );
        return { directory, runId, startedAt };
      },
    });
    progress.stop();
    await unlessLeaving();
    process.stdout.write(`${found.id} ${found.kind}: ${confirmedWords(confirmation)}\n`);
    findings.push({ ...found, confirmed: confirmation });
  }
  await chosen.finish();
  return { ...record, findings };
}

function fileName(name: string): string {
  return name.replaceAll(/[^\w.-]+/g, "-");
}

/** Relative to here when it is below here. */
function shortest(path: string): string {
  const absolute = resolve(path);
  const fromHere = relative(process.cwd(), absolute);
  return fromHere === "" || fromHere.startsWith("..") ? absolute : fromHere;
}
