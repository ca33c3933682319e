/**
 * A part of a search that depends on nothing but its seed and its number: its own random streams, its own
 * coverage, corpus and findings. Whether other islands are searched by the same process, by
 * another one or not at all changes nothing here, and neither does the clock.
 *
 * First its share of what is tried in any case: each fault alone, and on two nodes. Then plans drawn by swarm, or changed from the corpus.
 */
import { randomStream } from "../core/random.ts";
import { seconds, type Us } from "../core/time.ts";
import { twinsOf } from "./arbitraries.ts";
import { drawPlan, mutatedPlan, pick, type DrawOptions } from "./draw.ts";
import { faultsKey, joined, keyOf, partsOf, type Found } from "./finding.ts";
import type { Judge, Seen } from "./judged.ts";
import type { MenuItem } from "./menu.ts";
import type { Plan, PlannedFault } from "./plan.ts";
import { shrink, type ShrinkOptions } from "./shrink.ts";

/** As many as can be spread over machines; a search of fewer runs gives each a few. */
export const ISLANDS = 16;

export interface IslandOptions {
  readonly seed: number;
  readonly index: number;
  readonly draw: DrawOptions;
  readonly judge: Judge;
  readonly shrink: ShrinkOptions;
  /** Plans of earlier searches that had shown something new. */
  readonly corpus: readonly Plan[];
}

export interface Island {
  readonly index: number;
  /** One plan more. */
  step(): Promise<void>;
  state(): IslandState;
}

export interface IslandState {
  readonly index: number;
  readonly runs: number;
  /** Runs that proved nothing, by reason. */
  readonly voids: ReadonlyMap<string, number>;
  readonly coverage: ReadonlySet<number>;
  /** Plans that had shown something new, the latest last. */
  readonly corpus: readonly Plan[];
  readonly findings: readonly Found[];
  /** Plans that were only run to make others smaller. */
  readonly shrinking: number;
}

const CORPUS_MAX = 200;
/** Of one kind of violation so many plans are made smaller; what comes after counts as seen again. */
const SHRUNK_MAX = 12;
const SHARE_OF_MUTATION = 0.5;

interface Taught {
  uses: number;
  news: number;
}

export function createIsland(options: IslandOptions): Island {
  const { seed, index, judge } = options;
  const sweep = sweepOf(options.draw).filter((_, at) => at % ISLANDS === index);
  const coverage = new Set<number>();
  const voids = new Map<string, number>();
  const corpus: Plan[] = [...options.corpus];
  const taught = new Map<string, Taught>();
  const book = new FindingBook(options);
  let runs = 0;

  const next = (): Plan => {
    const alone = sweep[runs];
    if (alone !== undefined) return alone;
    const draw = randomStream(seed, `explore island ${index} run ${runs}`);
    const interest = (key: string): number => interestOf(taught.get(key));
    if (corpus.length === 0 || draw.next() >= SHARE_OF_MUTATION) {
      return drawPlan(options.draw, draw, interest);
    }
    const recent = draw.next() < 0.5 ? corpus.slice(-8) : corpus;
    return mutatedPlan(pick(draw, recent), options.draw, draw);
  };

  const learn = (plan: Plan, seen: ReadonlySet<number>): void => {
    let news = 0;
    for (const one of seen) {
      if (coverage.has(one)) continue;
      coverage.add(one);
      news += 1;
    }
    for (const { key } of plan.faults) {
      const known = taught.get(key) ?? { uses: 0, news: 0 };
      taught.set(key, { uses: known.uses + 1, news: known.news + news });
    }
    if (news === 0) return;
    corpus.push(plan);
    if (corpus.length > CORPUS_MAX) corpus.shift();
  };

  return {
    index,
    step: async () => {
      const plan = next();
      runs += 1;
      const judged = await judge.judge(plan);
      if (judged.void !== undefined) {
        const why = judged.void.split(":")[0] ?? "";
        voids.set(why, (voids.get(why) ?? 0) + 1);
        return;
      }
      learn(plan, judged.coverage);
      for (const seen of judged.seen) await book.add(plan, seen, runs);
    },
    state: () => ({
      index,
      runs,
      voids,
      coverage,
      corpus,
      findings: book.findings(),
      shrinking: book.shrinking(),
    }),
  };
}

/**
 * Each fault alone, and then each on two nodes, a second apart. Where there is something to fall back to while the VIP is away
 * from home, each on the other nodes once it is: the second failure meets a holder that nobody has looked at yet.
 */
export function sweepOf({ menu, timers, concurrency, away = [] }: DrawOptions): Plan[] {
  const planned = ({ key, fault }: MenuItem, atUs: Us): PlannedFault => ({ key, fault, atUs });
  const pairs = menu.flatMap((item, at) =>
    twinsOf(item, menu)
      .slice(0, 1)
      .filter((twin) => menu.indexOf(twin) > at)
      .map((twin) => [planned(item, FIRST_US), planned(twin, 2 * FIRST_US)]),
  );
  const goneUs = 2 * FIRST_US + Math.ceil(timers.downUs / FIRST_US) * FIRST_US;
  const later = away.flatMap((first) =>
    menu
      .filter((item) => !item.key.endsWith(whereOf(first)) && !item.key.endsWith("@stranger"))
      .map((item) => [planned(first, FIRST_US), planned(item, goneUs)]),
  );
  return [
    ...menu.map((item) => [planned(item, FIRST_US)]),
    ...(concurrency > 1 ? pairs : []),
    ...(concurrency > 1 ? later : []),
  ].map((faults) => ({ faults, watchUs: timers.restUs }));
}

const FIRST_US = seconds(1);

/** `@db1`. */
function whereOf({ key }: MenuItem): string {
  return key.slice(key.indexOf("@"));
}

/** Twice as likely for every new state that it brought on average; four times at most. */
function interestOf(taught: Taught | undefined): number {
  return taught === undefined ? 2 : Math.min(4, 1 + taught.news / taught.uses);
}

/** What was found so far, and whether what is seen now is one of these. */
class FindingBook {
  private readonly options: IslandOptions;
  private readonly byKey = new Map<string, Found>();
  /** Drawn faults of one kind of violation, and what they came down to. */
  private readonly reduced = new Map<string, string>();
  private readonly shrunk = new Map<string, number>();
  private tried = 0;

  constructor(options: IslandOptions) {
    this.options = options;
  }

  findings(): Found[] {
    return [...this.byKey.values()];
  }

  shrinking(): number {
    return this.tried;
  }

  async add(plan: Plan, seen: Seen, run: number): Promise<void> {
    const { home } = this.options.shrink;
    const signature = `${seen.property} | ${seen.kind}`;
    const drawn = `${signature} | ${faultsKey(plan, home)}`;
    const known = this.reduced.get(drawn) ?? this.contained(plan, signature);
    const count = this.shrunk.get(signature) ?? 0;
    if (known !== undefined || count >= SHRUNK_MAX) {
      this.again(known);
      return;
    }
    this.shrunk.set(signature, count + 1);
    const { plan: smallest, seen: last, tried } = await shrink(plan, seen, this.options.shrink);
    this.tried += tried;
    const { property, kind, sentence, expectation } = last;
    const found: Found = {
      property,
      kind,
      sentence,
      ...(expectation === undefined ? {} : { expectation }),
      plan: smallest,
      first: { island: this.options.index, run, plan },
      hits: 1,
    };
    const key = keyOf(found, home);
    this.reduced.set(drawn, key);
    const before = this.byKey.get(key);
    this.byKey.set(key, before === undefined ? found : joined(before, found));
  }

  /** A finding of the same kind, all of whose faults the plan has too. */
  private contained(plan: Plan, signature: string): string | undefined {
    const { home } = this.options.shrink;
    const own = partsOf(plan, home);
    for (const [key, found] of this.byKey) {
      if (`${found.property} | ${found.kind}` !== signature) continue;
      const needed = partsOf(found.plan, home);
      if (needed.every((one) => own.includes(one))) return key;
    }
    return undefined;
  }

  private again(key: string | undefined): void {
    const found = key === undefined ? undefined : this.byKey.get(key);
    if (key !== undefined && found !== undefined) {
      this.byKey.set(key, { ...found, hits: found.hits + 1 });
    }
  }
}
