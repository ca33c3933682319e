/**
 * Files of exploration, and the one part of it that touches them: the report of a search, and beside it,
 * for each target, the failing schedules that are run first the next time.
 */
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { HarnessError, InputError, messageOf } from "../core/errors.ts";
import type { Plan } from "./plan.ts";
import { planText } from "./plan.ts";
import { EXPLORE_FORMAT, EXPLORE_VERSION, type ExploreRecord } from "./record.ts";
import { hash } from "./coverage.ts";

export const RECORD_FILE = "explore.json";

export interface StoredFinding {
  readonly id: string;
  readonly property: string;
  readonly kind: string;
  readonly plan: Plan;
  readonly image: string;
  readonly seed: number;
}

/** Makes it, where it is not there yet. */
export function demandWritable(folder: string): void {
  let there = resolve(folder);
  while (!existsSync(there) && dirname(there) !== there) there = dirname(there);
  try {
    if (!statSync(there).isDirectory()) throw new Error(`${there} is not a folder`);
    makeFolders(folder);
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new InputError(
      "EXPLORE_UNWRITABLE",
      `${folder} cannot be written: ${messageOf(error)}. Choose another folder`,
      { cause: error },
    );
  }
}

/** One level after the other: Node's recursive mkdir never returns where the system says ENOENT. */
function makeFolders(path: string): void {
  if (existsSync(path)) return;
  makeFolders(dirname(path));
  mkdirSync(path);
}

export function writeText(folder: string, name: string, text: string): void {
  try {
    makeFolders(folder);
    writeFileSync(join(folder, name), text);
  } catch (error) {
    throw new HarnessError(
      "EXPLORE_UNWRITABLE",
      `${join(folder, name)} cannot be written: ${messageOf(error)}. Choose another folder`,
      { cause: error },
    );
  }
}

export function writeRecord(folder: string, record: ExploreRecord): void {
  writeText(folder, RECORD_FILE, `${JSON.stringify(record, null, 1)}\n`);
}

export function readRecord(folder: string): ExploreRecord {
  const file = join(folder, RECORD_FILE);
  if (!existsSync(file)) {
    throw new InputError(
      "NOT_A_SEARCH",
      `${folder} is no folder of a search: there is no ${RECORD_FILE} in it`,
    );
  }
  const value = readJson(file) as Partial<ExploreRecord>;
  if (value.format !== EXPLORE_FORMAT || value.version !== EXPLORE_VERSION) {
    throw new InputError(
      "SEARCH_UNREADABLE",
      `${file} has format ${String(value.format)} version ${String(value.version)}; this vipdrill reads ${EXPLORE_FORMAT} ${EXPLORE_VERSION}`,
    );
  }
  if (!Array.isArray(value.islands) || !Array.isArray(value.findings)) {
    throw new InputError("SEARCH_UNREADABLE", `${file} is not a whole record of a search`);
  }
  return value as ExploreRecord;
}

/** In order of their names, which say nothing of when they were found. */
export function readStored(store: string): StoredFinding[] {
  return jsonBelow(join(store, "findings")).map((value) => value as StoredFinding);
}

/** Without a scenario, as data only: enough to be run first the next time. */
export function storeFinding(store: string, finding: StoredFinding, scenario?: string): void {
  const folder = join(store, "findings");
  writeText(folder, `${finding.id}.json`, `${JSON.stringify(finding, null, 1)}\n`);
  if (scenario !== undefined) writeText(folder, `${finding.id}.ts`, scenario);
}

export function readCorpus(store: string): Plan[] {
  return jsonBelow(join(store, "corpus")).map((value) => value as Plan);
}

export function storeCorpus(store: string, plans: readonly Plan[]): void {
  for (const plan of plans) {
    const name = hash(planText(plan)).toString(16).padStart(8, "0");
    writeText(join(store, "corpus"), `${name}.json`, `${JSON.stringify(plan)}\n`);
  }
}

function jsonBelow(folder: string): unknown[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => readJson(join(folder, name)));
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new InputError("SEARCH_UNREADABLE", `${file} is not JSON`, { cause: error });
  }
}
