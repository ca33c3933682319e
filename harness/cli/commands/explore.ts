/** `explore`: searches for the schedule that breaks it, makes it small, keeps it, and runs it on containers. */
import { randomInt } from "node:crypto";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { simBackend } from "../../backend/sim/backend.ts";
import { InputError } from "../../core/errors.ts";
import { formatSeconds } from "../../core/time.ts";
import { explore, type Explored } from "../../explore/explore.ts";
import { homeOf, menuOf } from "../../explore/menu.ts";
import { chosenFaults, type Model } from "../../explore/models.ts";
import type { Property } from "../../explore/property.ts";
import type { ExploreRecord } from "../../explore/record.ts";
import { renderMarkdown, renderText } from "../../explore/report.ts";
import type { World } from "../../explore/runner.ts";
import type { Progress } from "../../explore/search.ts";
import {
  demandWritable,
  readCorpus,
  readStored,
  storeCorpus,
  writeRecord,
  writeText,
} from "../../explore/store.ts";
import { exploreTopology, settingFor } from "../../explore/target.ts";
import { timersOf } from "../../explore/timers.ts";
import type { ResolvedTopology } from "../../topology/resolve.ts";
import { EXIT } from "../exit-codes.ts";
import { leaveOnSignals, unlessLeaving } from "../interrupt.ts";
import { confirmed, demandFound } from "./explore-confirm.ts";
import { againWith, fileName, keepFindings, keepHalfway, shortest } from "./explore-keep.ts";
import { isTimeUp } from "./explore-limit.ts";
import { shower } from "./explore-progress.ts";
import {
  demandSimulated,
  modelOf,
  propertiesOf,
  targetOf,
  words,
  type Target,
} from "./explore-target.ts";

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
  const only = words(options.only);
  demandFound(only, explored.record);
  const { out, confirm: times, shard } = options;
  const record =
    times === undefined
      ? explored.record
      : await confirmed(explored.record, { ...job, times, only, out });
  const { schedules } = explored.result;
  conclude(record, job, { out, seconds, schedules, extra: extraOf(options), shard });
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
  if (options.only !== "" && options.confirm === undefined) {
    throw new InputError("NOTHING_TO_CONFIRM", "--only names what --confirm runs: add --confirm");
  }
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
  let latest: Pick<Progress, "schedules" | "findings"> = { schedules: 0, findings: () => [] };
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
        if (limitS === undefined) return false;
        const { schedules, findings } = latest;
        return isTimeUp(limitS * 1000, {
          elapsedMs: performance.now() - beganMs,
          schedules,
          findings: findings().length,
        });
      },
      progress: (progress) => {
        latest = progress;
        show.update(progress);
      },
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

function extraOf({ corpus, properties }: ExploreCommandOptions): string {
  const folder = corpus === undefined ? "" : ` --corpus ${corpus}`;
  return `${folder}${properties === "" ? "" : ` --properties ${properties}`}`;
}
