/**
 * Plan to violations, remembered: the same plan in the same world is run once, whoever asks. A result is a
 * pure function of its plan, so that it does not matter which island or which shrinking asked first.
 */
import type { Expectation } from "../scenario/scenario.ts";
import { coverageOf } from "./coverage.ts";
import { planText, type Plan } from "./plan.ts";
import type { Property } from "./property.ts";
import { isVoid, runPlan, type World } from "./runner.ts";

export interface Seen {
  readonly property: string;
  readonly kind: string;
  readonly sentence: string;
  readonly expectation?: Expectation;
}

export interface Judged {
  /** Why it proves nothing; there is nothing in the rest then. */
  readonly void?: string;
  readonly seen: readonly Seen[];
  readonly coverage: ReadonlySet<number>;
}

export interface Judge {
  judge(plan: Plan): Promise<Judged>;
  /** Plans that were really run. */
  readonly runs: number;
}

/** Results of shrinking repeat; those of a search hardly do. The oldest are forgotten first. */
const REMEMBERED_MAX = 5000;

export function judgeOf(world: World, properties: readonly Property[]): Judge {
  const known = new Map<string, Judged>();
  let runs = 0;
  return {
    get runs() {
      return runs;
    },
    judge: async (plan) => {
      const text = planText(plan);
      const before = known.get(text);
      if (before !== undefined) return before;
      runs += 1;
      const judged = await judgeOnce(world, properties, plan);
      if (known.size >= REMEMBERED_MAX) known.delete(known.keys().next().value ?? "");
      known.set(text, judged);
      return judged;
    },
  };
}

async function judgeOnce(
  world: World,
  properties: readonly Property[],
  plan: Plan,
): Promise<Judged> {
  const run = await runPlan(world, plan);
  if (isVoid(run)) return { void: run.why, seen: [], coverage: new Set() };
  const seen = properties.flatMap((property) =>
    property.judge(run).map(({ kind, sentence, expectation }): Seen => ({
      property: property.name,
      kind,
      sentence,
      ...(expectation === undefined ? {} : { expectation }),
    })),
  );
  return { seen, coverage: coverageOf(run) };
}

export function sees(judged: Judged, wanted: Pick<Seen, "property" | "kind">): Seen | undefined {
  return judged.seen.find(
    ({ property, kind }) => property === wanted.property && kind === wanted.kind,
  );
}
