/** What a checker of consequences counts from. */
import type { Us } from "../core/time.ts";
import { only, type EventOf } from "../history/events.ts";
import { injections } from "../history/queries.ts";
import { named, type Subject } from "./checker.ts";

export interface Cause {
  readonly step: string;
  readonly tUs: Us;
  readonly event: number;
  /** Absent when the scenario names a step that injects nothing. */
  readonly fault?: EventOf<"fault">;
}

/** The step that the scenario names (setting `after`), or else the first fault; on that node, where one is given. */
export function causeOf(subject: Subject, on?: string): Cause | undefined {
  const { events } = subject;
  const after = named(subject, "after");
  const fault = injections(events).find(({ node, step }) =>
    after === undefined ? on === undefined || node === on : step === after,
  );
  if (fault !== undefined) return { step: fault.step, tUs: fault.tUs, event: fault.seq, fault };
  const step = only(events, "step").find((event) => event.step === after);
  return step === undefined ? undefined : { step: step.step, tUs: step.tUs, event: step.seq };
}
