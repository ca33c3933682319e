/** The first sign that something was not as it should be: where an engineer wants to look first. */
import { handOverUsMax } from "../../../harness/check/single-holder.ts";
import type { Us } from "../../../harness/core/time.ts";
import type { Event } from "../../../harness/history/events.ts";
import { holdings, injections, judgedSpan, overlaps } from "../../../harness/history/queries.ts";
import { findingRows } from "../../findings.ts";
import type { ReportedRun } from "../../reported.ts";

export interface Violation {
  readonly tUs: Us;
  readonly seq: number;
  readonly text: string;
}

/** Fails whether declared or not: what was meant to go wrong is still what one wants to see. */
export function firstViolation(run: ReportedRun): Violation | undefined {
  return [...fromFindings(run), ...fromOverlaps(run)].sort(
    (a, b) => Number(a.ownAct) - Number(b.ownAct) || a.tUs - b.tUs || a.seq - b.seq,
  )[0];
}

interface Candidate extends Violation {
  /** It is only the drill's own act: what went wrong is that nothing followed. */
  readonly ownAct: boolean;
}

const OWN_ACTS: ReadonlySet<Event["kind"]> = new Set(["phase", "step", "fault", "receipt"]);

function fromOverlaps({ events, record }: ReportedRun): Candidate[] {
  const judged = judgedSpan(events);
  if (judged === undefined) return [];
  return (record.topology?.routers ?? []).flatMap((router) =>
    router.vips.flatMap(({ address }) =>
      overlaps(holdings(events, address))
        .filter(({ startUs, endUs }) => endUs > judged.startUs && startUs < judged.endUs)
        .filter(({ startUs, endUs }) => endUs - startUs > handOverUsMax(router))
        .map(({ startUs, first, second }) => ({
          tUs: startUs,
          ownAct: false,
          seq: second.evidence[0] ?? 0,
          text: `${first.node} and ${second.node} both hold ${address}`,
        })),
    ),
  );
}

/**
 * Evidence often begins long before, with how things stood (who had the address): of each finding it is the
 * first event since the disturbance that counts, and not the disturbance itself, if there is one.
 */
function fromFindings(run: ReportedRun): Candidate[] {
  const { events } = run;
  const sinceUs = injections(events)[0]?.tUs ?? judgedSpan(events)?.startUs ?? 0;
  const bySeq = new Map(events.map((event) => [event.seq, event]));
  return findingRows(run)
    .filter(({ verdict, standing }) => verdict === "fail" || standing === "unexpected")
    .flatMap(({ checker, reason, evidence }) => {
      const cited = evidence.flatMap((seq): Event[] => {
        const event = bySeq.get(seq);
        return event === undefined ? [] : [event];
      });
      const ordered = cited.toSorted((a, b) => a.tUs - b.tUs || a.seq - b.seq);
      const first =
        ordered.find(({ tUs, kind }) => tUs >= sinceUs && !OWN_ACTS.has(kind)) ??
        ordered.find(({ tUs }) => tUs >= sinceUs) ??
        ordered[0];
      if (first === undefined) return [];
      const { tUs, seq, kind } = first;
      return [{ tUs, seq, ownAct: OWN_ACTS.has(kind), text: `${checker}: ${reason}` }];
    });
}
