/**
 * Exploration from end to end, without files: what was stored is run first, then the islands; every finding is
 * looked at more closely, and all of it becomes one record.
 */
import type { Scenario } from "../scenario/scenario.ts";
import { examine } from "./examine.ts";
import { essential, merged, type Found } from "./finding.ts";
import { judgeOf, sees } from "./judged.ts";
import { homeOf } from "./menu.ts";
import { planText, type Plan } from "./plan.ts";
import {
  EXPLORE_FORMAT,
  EXPLORE_VERSION,
  idOfFinding,
  type ExploreRecord,
  type Reported,
} from "./record.ts";
import { restless } from "./restless.ts";
import { search, type SearchOptions, type SearchResult } from "./search.ts";
import type { StoredFinding } from "./store.ts";
import { writtenAs } from "./written.ts";

export interface ExploreOptions extends SearchOptions {
  /** What was asked for, in the user's words. */
  readonly asked: string;
  readonly stored: readonly StoredFinding[];
  /** Of the same topology: who has written what already. */
  readonly scenarios: readonly Scenario[];
}

export interface Explored {
  readonly record: ExploreRecord;
  readonly result: SearchResult;
  /** Stored ones that were run again: still there, or not any more. */
  readonly again: readonly { readonly stored: StoredFinding; readonly there: boolean }[];
  /** Plans that had shown something new. */
  readonly corpus: readonly Plan[];
}

export async function explore(options: ExploreOptions): Promise<Explored> {
  const { world, topology, properties } = options;
  const home = homeOf(topology);
  const nothing: Plan = { faults: [], watchUs: world.setting.restUs };
  const atRest = await judgeOf(world, properties).judge(nothing);
  const unsettled = atRest.void;
  const again = unsettled === undefined ? await runStored(options) : [];
  const result = await search(unsettled === undefined ? options : { ...options, runs: 0 });
  const stored = again.flatMap(({ found }) => found ?? []);
  const findings: Reported[] = [];
  // Of all shards one says it.
  const byItself =
    (options.shard?.index ?? 1) > 1
      ? []
      : atRest.seen.map((seen): Found => ({ ...seen, ...foundBefore(nothing), hits: 1 }));
  for (const found of essential(merged([byItself, stored, result.findings], home), home)) {
    const seed = seedOf(found, again, result.findings) ?? world.seed;
    const examined = await examine(found, { ...world, seed }, properties);
    const property = properties.find(({ name }) => name === found.property);
    const measured = property?.measuredOnly?.(topology);
    const written = writtenAs(found.plan, options.scenarios);
    findings.push({
      id: idOfFinding(found, home),
      ...examined,
      ...(measured === undefined ? {} : { measured }),
      ...(written === undefined ? {} : { written }),
      ...(stored.some(({ plan }) => planText(plan) === planText(found.plan))
        ? { stored: true as const }
        : {}),
      ...(seed === world.seed ? {} : { seed }),
    });
  }
  if (unsettled !== undefined && (options.shard?.index ?? 1) === 1) {
    const found = await restless(world, topology);
    if (found !== undefined) findings.push({ id: idOfFinding(found, home), ...found });
  }
  const record: ExploreRecord = {
    format: EXPLORE_FORMAT,
    version: EXPLORE_VERSION,
    target: world.setting.target,
    asked: options.asked,
    image: world.image,
    seed: world.seed,
    faults: options.faults,
    model: options.model,
    properties: properties.map(({ name }) => name),
    vary: options.vary ?? false,
    home,
    restUs: world.setting.restUs,
    islands: result.islands.map(({ index, runs }) => ({ index, runs })),
    coverage: [...new Set(result.islands.flatMap((one) => [...one.coverage]))].sort(
      (a, b) => a - b,
    ),
    voids: Object.fromEntries([...result.voids].sort(([a], [b]) => (a < b ? -1 : 1))),
    findings,
    ...(unsettled === undefined ? {} : { unsettled }),
  };
  return {
    record,
    result,
    again: again.map(({ stored: one, found }) => ({ stored: one, there: found !== undefined })),
    corpus: result.islands.flatMap((one) => one.corpus),
  };
}

/** What only an earlier search has found is looked at in its world: in another one it may not be there. */
function seedOf(
  found: Found,
  again: readonly Again[],
  fresh: readonly Found[],
): number | undefined {
  const same = (other: Found): boolean =>
    other.property === found.property &&
    other.kind === found.kind &&
    planText(other.plan) === planText(found.plan);
  if (fresh.some(same)) return undefined;
  return again.find((one) => one.found !== undefined && same(one.found))?.stored.seed;
}

/** By no island. */
function foundBefore(plan: Plan): Pick<Found, "plan" | "first"> {
  return { plan, first: { island: -1, run: 0, plan } };
}

interface Again {
  readonly stored: StoredFinding;
  readonly found?: Found;
}

/** In the world in which they were found: with their seed. A shard takes its part of them. */
async function runStored({ world, properties, stored, shard }: ExploreOptions): Promise<Again[]> {
  const again: Again[] = [];
  const own = stored.filter(
    (one, index) =>
      one.image === world.image &&
      properties.some(({ name }) => name === one.property) &&
      (shard === undefined || index % shard.count === shard.index - 1),
  );
  for (const one of own) {
    const judge = judgeOf({ ...world, seed: one.seed }, properties);
    const seen = sees(await judge.judge(one.plan), one);
    const { property, kind, plan } = one;
    again.push({
      stored: one,
      ...(seen === undefined
        ? {}
        : {
            found: { ...seen, property, kind, ...foundBefore(plan), hits: 0 },
          }),
    });
  }
  return again;
}
