/**
 * Service in part: operations through the VIP that were not acknowledged while others were, outside of the spells in
 * which nobody got a write through. With several servers behind one address that is what a failure looks like to clients.
 */
import { formatSeconds, type Interval } from "../../harness/core/time.ts";
import { only } from "../../harness/history/events.ts";
import { loadSpan } from "../../harness/timing/outages.ts";
import { isVipLane } from "../../harness/workload/workload.ts";
import { outagesOf } from "../clients.ts";
import type { ReportedRun } from "../reported.ts";
import { servedBy } from "../served-by.ts";
import { counted, signedSeconds } from "../units.ts";

export interface Refusals {
  /** Operations through the VIP that ended while the load was on. */
  readonly all: number;
  readonly refused: number;
  /** Those of them that fall into no spell without writes of their lane. */
  readonly outside: number;
  /** From the first to the last of those, and how many operations ended in that time. */
  readonly span?: Interval & { readonly all: number };
}

export function refusalsOf(run: ReportedRun): Refusals {
  const { events } = run;
  const load = loadSpan(events);
  if (load === undefined) return { all: 0, refused: 0, outside: 0 };
  const begun = new Map(only(events, "invoke").map(({ op, tUs }) => [op, tUs]));
  const spells = outagesOf(run);
  const mine = only(events, "complete").filter(
    ({ lane, tUs }) => isVipLane(lane) && tUs >= load.startUs && tUs <= load.endUs,
  );
  const refused = mine.filter(({ outcome }) => outcome !== "ok");
  const outside = refused.filter(({ lane, op, tUs }) => {
    const fromUs = begun.get(op) ?? tUs;
    return !spells.some(
      (spell) => spell.lane === lane && fromUs < spell.endUs && tUs > spell.startUs,
    );
  });
  const startUs = outside[0]?.tUs;
  const endUs = outside.at(-1)?.tUs;
  const counts = { all: mine.length, refused: refused.length, outside: outside.length };
  if (startUs === undefined || endUs === undefined) return counts;
  const within = mine.filter(({ tUs }) => tUs >= startUs && tUs <= endUs).length;
  return { ...counts, span: { startUs, endUs, all: within } };
}

/** At a glance. */
export function partBig({ all, outside }: Refusals): string {
  return `In part: ${outside} of ${counted(all, "operation")} failed`;
}

/** When, how densely, and whom it hit. */
export function partWords(
  run: ReportedRun,
  { outside, span }: Refusals,
  zero: { readonly tUs: number; readonly words: string },
): string[] {
  if (span === undefined) return [];
  const from = signedSeconds(span.startUs - zero.tUs);
  const to = signedSeconds(span.endUs - zero.tUs);
  const when =
    span.startUs === span.endUs
      ? `at ${from}`
      : `from ${from} to ${to} (${formatSeconds(span.endUs - span.startUs)}, ${share(outside, span.all)} of the operations in that time)`;
  const served = servedBy(run.events);
  const nobody =
    served === undefined || served.unanswered === 0
      ? []
      : [
          `${served.unanswered} of ${served.connections} new connections (${share(served.unanswered, served.connections)}) were answered by nobody.`,
        ];
  return [`This was ${when}, counted from ${zero.words}; others got through meanwhile.`, ...nobody];
}

function share(part: number, whole: number): string {
  return `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`;
}
