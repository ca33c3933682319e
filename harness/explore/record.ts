/**
 * A search as a file: what it was asked, how far it came, what it found. Records of shards are merged to what
 * the whole search would have written.
 */
import { InputError } from "../core/errors.ts";
import { hash } from "./coverage.ts";
import type { Confirmation } from "./confirm.ts";
import type { Examined } from "./examine.ts";
import { essential, keyOf, merged } from "./finding.ts";

export const EXPLORE_FORMAT = "vipdrill-explore";
export const EXPLORE_VERSION = 1;

export interface ExploreRecord {
  readonly format: typeof EXPLORE_FORMAT;
  readonly version: typeof EXPLORE_VERSION;
  readonly target: string;
  /** What it was called on the command line: a row, a scenario, a file. */
  readonly asked: string;
  readonly image: string;
  readonly seed: number;
  readonly faults: readonly string[];
  readonly model: string;
  readonly properties: readonly string[];
  readonly vary: boolean;
  /** Whom the VIP belongs to when nothing is wrong. */
  readonly home: string;
  readonly restUs: number;
  /** Runs of each island that was searched. */
  readonly islands: readonly { readonly index: number; readonly runs: number }[];
  /** States and steps between states that were shown, as numbers. */
  readonly coverage: readonly number[];
  readonly voids: Readonly<Record<string, number>>;
  readonly findings: readonly Reported[];
  /** Why nothing was searched: with nothing done to it, the cluster does not come to rest, or proves nothing. */
  readonly unsettled?: string;
}

export interface Reported extends Examined {
  readonly id: string;
  /** Why it is to be known and not to be mended here. */
  readonly measured?: string;
  /** A scenario of the catalogue with the same faults. */
  readonly written?: string;
  /** What was stored by an earlier search, and is still there. */
  readonly stored?: true;
  /** Of the world in which it was stored, where that is not the one of this search. */
  readonly seed?: number;
  /** What became of it on containers. */
  readonly confirmed?: Confirmation;
}

/** Short, and the same for the same finding wherever it was found. */
export function idOfFinding(found: Parameters<typeof keyOf>[0], home: string): string {
  const key = keyOf(found, home);
  return [hash(key), hash(`${key}.`)]
    .map((part) => part.toString(16).padStart(8, "0"))
    .join("")
    .slice(0, 10);
}

export function mergedRecords(records: readonly ExploreRecord[]): ExploreRecord {
  const [first] = records;
  if (first === undefined) {
    throw new InputError("NOTHING_TO_MERGE", "name the folders of at least one search");
  }
  for (const other of records) demandAlike(first, other);
  const islands = records.flatMap((record) => record.islands).toSorted((a, b) => a.index - b.index);
  const twice = islands.find(({ index }, at) => islands[at - 1]?.index === index);
  if (twice !== undefined) {
    throw new InputError(
      "SHARDS_OVERLAP",
      `island ${twice.index} is in two of these searches: they are not shards of one, or one is named twice`,
    );
  }
  const voids: Record<string, number> = {};
  for (const record of records) {
    for (const [why, count] of Object.entries(record.voids)) voids[why] = (voids[why] ?? 0) + count;
  }
  const lists = records.map((record) => record.findings);
  // What is merged is what was put in: `merged` chooses among them, and adds up how often each was seen.
  const findings = essential(merged(lists, first.home) as Reported[], first.home);
  return {
    ...first,
    islands,
    coverage: [...new Set(records.flatMap((record) => record.coverage))].sort((a, b) => a - b),
    voids: Object.fromEntries(Object.entries(voids).sort(([a], [b]) => (a < b ? -1 : 1))),
    findings,
  };
}

function demandAlike(first: ExploreRecord, other: ExploreRecord): void {
  const asked = ({ target, image, seed, faults, model, properties, vary }: ExploreRecord): string =>
    JSON.stringify({ target, image, seed, faults, model, properties, vary });
  if (asked(first) === asked(other)) return;
  throw new InputError(
    "SHARDS_DIFFER",
    `these are not shards of one search: ${asked(first)} and ${asked(other)}`,
  );
}
