/**
 * What could be changed, and why: settings that cost seconds of this run, what the run itself showed, and what lint has
 * to say about it. The weightiest first.
 *
 * Nothing is advised that the formulas do not show to help in this very failure, and what it costs is said as well. What
 * the scenario broke on purpose is no fault of the configuration, and nobody is told to mend it. Left out: settings of
 * checks that are added up (several scripts of different intervals), IPv6, and anything that no configuration file says.
 */
import type { Us } from "../harness/core/time.ts";
import { contextOf } from "./advice-context.ts";
import { lintAdvice } from "./advice-lint.ts";
import { serverAdvice } from "./advice-servers-seen.ts";
import { seenAdvice } from "./advice-seen.ts";
import { timingAdvice } from "./advice-timing.ts";
import { oncePerRun, type ReportedRun } from "./reported.ts";
import { isJudged } from "./timing-runs.ts";

/** Where what is said of it comes from. */
export type Standing = "measured" | "predicted" | "simulated";

/** From the failure to the VIP elsewhere; `never` where it does not move. */
export type Interval = { readonly minUs: Us; readonly meanUs: Us; readonly maxUs: Us } | "never";

export interface AdviceSetting {
  readonly node: string;
  readonly file: string;
  readonly line: number;
  /** The line as it is written; of a setting that is not, the head of its block. */
  readonly text: string;
  readonly written: boolean;
}

export interface AdviceWhatIf {
  /** As `vipdrill predict --what-if` takes it, one for each setting. */
  readonly change: readonly string[];
  /** Of which event on the holder the intervals are. */
  readonly of: string;
  readonly before: Interval;
  readonly after: Interval;
  readonly basis: "formula" | "simulated";
  /** Runs, when simulated. */
  readonly n?: number;
}

export interface Advice {
  /** Stable within a run, such as `advert_int` or `split-brain`. */
  readonly id: string;
  readonly title: string;
  /** Its share of the time from the fault to the VIP on the other node, or of the clients' outage. */
  readonly costUs?: { readonly minUs: Us; readonly maxUs: Us; readonly ofUs: Us };
  readonly setting?: AdviceSetting;
  readonly because: {
    readonly words: string;
    /** Seq of events of this run. */
    readonly events: readonly number[];
    /** Id of the lint rule. */
    readonly rule?: string;
  };
  readonly suggestion?: string;
  /** What the suggestion costs. */
  readonly price?: string;
  readonly whatIf?: AdviceWhatIf;
  readonly standing: Standing;
}

/** With the weight that orders it: what endangers data first, then by time. */
export interface Weighed {
  readonly weight: number;
  readonly advice: Advice;
}

/** Nothing for a run without a verdict: it proves nothing. */
export const adviceOf: (run: ReportedRun) => readonly Advice[] = oncePerRun(advised);

function advised(run: ReportedRun): readonly Advice[] {
  if (!isJudged(run.result)) return [];
  const context = contextOf(run);
  if (context === undefined) return [];
  return [
    ...seenAdvice(context),
    ...serverAdvice(context),
    ...timingAdvice(context),
    ...lintAdvice(context),
  ]
    .toSorted((a, b) => b.weight - a.weight)
    .map(({ advice }) => advice);
}
