/** What clients of the VIP went through: spells without an acknowledged write, lane by lane. */
import {
  durationUs,
  formatSeconds,
  milliseconds,
  type Interval,
  type Us,
} from "../harness/core/time.ts";
import { only, type Event, type EventOf } from "../harness/history/events.ts";
import { injections } from "../harness/history/queries.ts";
import type { Bounded } from "../harness/timing/bounds.ts";
import { serversOf } from "../harness/timing/failover.ts";
import { loadSpan } from "../harness/timing/outages.ts";
import { isVipLane, type Lane, type VipLane } from "../harness/workload/workload.ts";
import { oncePerRun, type ReportedRun } from "./reported.ts";

export const LANE_WORDS: Readonly<Record<VipLane, string>> = {
  fresh: "new connections",
  held: "kept connection",
};

/** Shorter pauses than this, or than ten ticks of the load, are everyday jitter. */
const OUTAGE_US_MIN = milliseconds(200);
const OUTAGE_TICKS_MIN = 10;

function outageFloor(cadenceUs: Us): Us {
  return Math.max(OUTAGE_US_MIN, OUTAGE_TICKS_MIN * cadenceUs);
}

export interface Acknowledged {
  readonly tUs: Us;
  readonly seq: number;
  /** Node whose server answered, when it is known. */
  readonly node?: string;
}

export interface Outage extends Interval {
  readonly lane: VipLane;
  /** Absent: no write was acknowledged before. */
  readonly last?: Acknowledged;
  /** Absent: no write was acknowledged any more until the load ended. */
  readonly first?: Acknowledged;
  /** Operations in between that certainly had no effect. */
  readonly failed: number;
  /** Operations in between of which the client does not know whether they happened. */
  readonly unknown: number;
}

interface Operation {
  readonly lane: Lane;
  readonly action: "read" | "write";
  readonly startUs: Us;
  /** Absent: it never came back. */
  readonly end?: EventOf<"complete">;
}

function operations(events: readonly Event[]): Operation[] {
  const ends = new Map(only(events, "complete").map((event) => [event.op, event]));
  return only(events, "invoke").map((event) => {
    const end = ends.get(event.op);
    return {
      lane: event.lane,
      action: event.action,
      startUs: event.tUs,
      ...(end === undefined ? {} : { end }),
    };
  });
}

/** Lane by lane, in order of time. */
export const outagesOf: (run: ReportedRun) => readonly Outage[] = oncePerRun(({ events, record }) =>
  findOutages(events, record.scenario.workload.cadenceUs),
);

/** Of new connections: what becomes of a client that comes just then. */
export function freshOutages(run: ReportedRun): Outage[] {
  return outagesOf(run).filter(({ lane }) => lane === "fresh");
}

/** For `toSorted`. */
export function longestFirst(a: Interval, b: Interval): number {
  return durationUs(b) - durationUs(a);
}

export function lengthOf(outage: Outage | undefined): Us {
  return outage === undefined ? 0 : durationUs(outage);
}

/** `clients without writes`, by this name in every report; the pause at the move of the VIP may be a part of it. */
export interface WithoutWrites {
  readonly us: Us;
  /** No write was acknowledged any more until the load ended: it was at least so long. */
  readonly untilEnd: boolean;
}

/**
 * The longest spell of new connections after the first fault, whether or not the VIP moved. Absent when there was
 * none above everyday jitter.
 */
export function withoutWritesOf(run: ReportedRun): WithoutWrites | undefined {
  const fromUs = injections(run.events)[0]?.tUs ?? Number.NEGATIVE_INFINITY;
  const [longest] = freshOutages(run)
    .filter(({ endUs }) => endUs > fromUs)
    .toSorted(longestFirst);
  return longest === undefined
    ? undefined
    : { us: durationUs(longest), untilEnd: longest.first === undefined };
}

/**
 * The same as a figure that every run with a fault under load has: without a spell it is at most the floor, and one
 * until the end of the load is at least so long.
 */
export function withoutWritesFigure(run: ReportedRun): Bounded | undefined {
  const { events, record } = run;
  const [fault] = injections(events);
  const span = loadSpan(events);
  if (fault === undefined || span === undefined || fault.tUs >= span.endUs) return undefined;
  if (!only(events, "invoke").some(({ lane }) => lane === "fresh")) return undefined;
  const spell = withoutWritesOf(run);
  if (spell === undefined) {
    return { us: outageFloor(record.scenario.workload.cadenceUs), bound: "at-most" };
  }
  return { us: spell.us, ...(spell.untilEnd ? { bound: "at-least" } : {}) };
}

/** `4.020 s, until the end`. */
export function withoutWritesWords({ us, untilEnd }: WithoutWrites): string {
  return `${formatSeconds(us)}${untilEnd ? ", until the end" : ""}`;
}

/** Through the VIP, in the whole run. */
export function anyWrite({ events }: ReportedRun): boolean {
  return only(events, "complete").some(
    ({ lane, action, outcome }) => isVipLane(lane) && action === "write" && outcome === "ok",
  );
}

function findOutages(events: readonly Event[], cadenceUs: Us): Outage[] {
  const span = loadSpan(events);
  if (span === undefined) return [];
  const all = operations(events);
  const servers = serversOf(events);
  const limitUs = outageFloor(cadenceUs);
  const lanes = (["fresh", "held"] as const).filter((lane) => all.some((op) => op.lane === lane));
  return lanes.flatMap((lane) => {
    const mine = all.filter((op) => op.lane === lane);
    const writes = mine
      .flatMap((op) => (op.action === "write" && op.end?.outcome === "ok" ? [op.end] : []))
      .sort((a, b) => a.tUs - b.tUs || a.seq - b.seq)
      .map((event) => acknowledged(event, servers));
    const troubled = mine.filter((op) => op.end?.outcome !== "ok");
    const edges = [undefined, ...writes, undefined];
    return edges.slice(1).flatMap((first, index) => {
      const last = edges[index];
      const startUs = last?.tUs ?? span.startUs;
      const endUs = first?.tUs ?? span.endUs;
      if (endUs <= span.startUs || startUs >= span.endUs || endUs - startUs <= limitUs) return [];
      return [
        {
          lane,
          startUs,
          endUs,
          ...(last === undefined ? {} : { last }),
          ...(first === undefined ? {} : { first }),
          ...troubles(troubled, startUs, endUs),
        },
      ];
    });
  });
}

function acknowledged(
  event: EventOf<"complete">,
  servers: ReadonlyMap<string, string>,
): Acknowledged {
  const node = servers.get(event.server ?? "");
  return { tUs: event.tUs, seq: event.seq, ...(node === undefined ? {} : { node }) };
}

function troubles(
  troubled: readonly Operation[],
  startUs: Us,
  endUs: Us,
): Pick<Outage, "failed" | "unknown"> {
  const within = troubled.filter(
    (op) => op.startUs < endUs && (op.end?.tUs ?? Number.POSITIVE_INFINITY) > startUs,
  );
  return {
    failed: within.filter((op) => op.end?.outcome === "failed").length,
    unknown: within.filter((op) => isUnknown(op)).length,
  };
}

/** Sent, and no answer: nobody but the tables knows. */
function isUnknown(op: Operation): boolean {
  return op.end === undefined || op.end.outcome === "indeterminate";
}
