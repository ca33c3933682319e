/** What every report is made from: a finished run, from memory or from disk, which are the same. */
import type { Event } from "../harness/history/events.ts";
import type { RunResult } from "../harness/run/judge.ts";
import type { RunRecord } from "../harness/run/record.ts";

export interface ReportedRun {
  readonly record: RunRecord;
  readonly events: readonly Event[];
  readonly result: RunResult;
  /** The run directory, as shown to people. */
  readonly path: string;
}

/** For what is asked in several places of one report, and takes long to find out. */
export function oncePerRun<T extends object>(
  find: (run: ReportedRun) => T,
): (run: ReportedRun) => T {
  const found = new WeakMap<ReportedRun, T>();
  return (run) => {
    const answer = found.get(run) ?? find(run);
    found.set(run, answer);
    return answer;
  };
}
