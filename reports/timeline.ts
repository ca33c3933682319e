/**
 * The story of a run: the few events out of thousands that say what happened, merged where one act
 * left several traces, in order. Data only; how it is shown is the business of each report.
 */
import { milliseconds, type Us } from "../harness/core/time.ts";
import type { Event, Phase } from "../harness/history/events.ts";
import { only } from "../harness/history/events.ts";
import { injections, phaseSpan } from "../harness/history/queries.ts";
import type { ReportedRun } from "./reported.ts";
import { clientEntries } from "./timeline-clients.ts";
import type { Fact, Tone } from "./timeline-fact.ts";
import { ipvsEntries } from "./timeline-ipvs.ts";
import { keepalivedEntries } from "./timeline-keepalived.ts";
import { mysqlEntries } from "./timeline-mysql.ts";
import { runEntries } from "./timeline-run.ts";

export interface TimelineEntry {
  /** From the timeline's zero. */
  readonly tUs: Us;
  readonly phase: Phase;
  readonly lane: string;
  readonly text: string;
  /** Seq of the first event, then of those told with it. */
  readonly seq: number;
  readonly also: readonly number[];
  readonly tone: Tone;
}

export interface Timeline {
  /** What zero is: the first fault, the begin of `disturb`, or the start of the run. */
  readonly zero: "fault" | "disturb" | "start";
  readonly zeroUs: Us;
  readonly entries: readonly TimelineEntry[];
}

export function timelineOf(run: ReportedRun): Timeline {
  const { events } = run;
  const facts = [
    ...runEntries(events),
    ...keepalivedEntries(events, run.record.topology),
    ...ipvsEntries(events, run.record.topology),
    ...mysqlEntries(events),
    ...clientEntries(run),
  ].sort((a, b) => a.tUs - b.tUs || a.seq - b.seq || a.lane.localeCompare(b.lane));
  const { zero, zeroUs } = zeroOf(events);
  const begins = only(events, "phase").filter((event) => event.edge === "begin");
  return {
    zero,
    zeroUs,
    entries: merge(facts).map(({ facts: [first, ...rest] }) => ({
      tUs: first.tUs - zeroUs,
      phase: begins.findLast((event) => event.tUs <= first.tUs)?.phase ?? "prepare",
      lane: first.lane,
      text: joined([first, ...rest]),
      seq: first.seq,
      also: rest.map((fact) => fact.seq),
      tone: first.tone,
    })),
  };
}

function zeroOf(events: readonly Event[]): Pick<Timeline, "zero" | "zeroUs"> {
  const fault = injections(events)[0];
  if (fault !== undefined) return { zero: "fault", zeroUs: fault.tUs };
  const disturb = phaseSpan(events, "disturb");
  if (disturb !== undefined) return { zero: "disturb", zeroUs: disturb.startUs };
  return { zero: "start", zeroUs: 0 };
}

/** Traces on one node this close together are one act: log, packet, address, announcement. */
const ONE_ACT_US = milliseconds(10);

interface Act {
  readonly facts: [Fact, ...Fact[]];
}

function merge(facts: readonly Fact[]): Act[] {
  const acts: Act[] = [];
  const open = new Map<string, Act>();
  for (const fact of facts) {
    const act = open.get(fact.lane);
    if (
      fact.mergeable === true &&
      act !== undefined &&
      fact.tUs - act.facts[0].tUs <= ONE_ACT_US &&
      fact.tone === act.facts[0].tone
    ) {
      act.facts.push(fact);
      continue;
    }
    const begun: Act = { facts: [fact] };
    acts.push(begun);
    if (fact.mergeable === true) open.set(fact.lane, begun);
    else open.delete(fact.lane);
  }
  return acts;
}

/** Each thing once, in the order in which it was first seen. */
function joined(facts: readonly Fact[]): string {
  return [...new Set(facts.map((fact) => fact.text))].join("; ");
}
