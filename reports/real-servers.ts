/**
 * Times of a run behind directors: when the real server that failed was out of the table, and how long after it was well
 * it was in again.
 *
 * Taken out: from the fault on that server (the first fault, when none was on it) to the table of the director that had the
 * VIP without it. Put back: from the moment at which its fault was healed and its mysqld answered, whichever came last,
 * as `real-server-membership` has it; of a server without such a moment nothing is said. Of several servers it is the first that left.
 * Not counted: what a director that is itself under a fault takes out, such as all servers when it is cut off, for nobody.
 */
import type { Us } from "../harness/core/time.ts";
import type { Json } from "../harness/core/json.ts";
import { judgePlace } from "../harness/check/membership/judging.ts";
import { placesOf } from "../harness/check/membership/places.ts";
import type { Cause } from "../harness/check/cause.ts";
import type { EventOf } from "../harness/history/events.ts";
import { injections, judgedSpan } from "../harness/history/queries.ts";
import { absencesIn, type Absence } from "../harness/timing/absences.ts";
import type { PresenceChange } from "../harness/timing/ipvs.ts";
import type { ReportedRun } from "./reported.ts";

/** What the timers allow. */
export interface Allowed {
  readonly minUs: Us;
  readonly maxUs: Us;
  readonly formula: string;
}

export interface ServerTime {
  readonly us: Us;
  /** The table was last seen otherwise so long before. */
  readonly resolutionUs: Us;
  readonly allowed?: Allowed;
}

export interface ServerTimes {
  readonly out?: ServerTime;
  readonly back?: ServerTime;
}

export function serverTimesOf(run: ReportedRun): ServerTimes {
  const { events, record } = run;
  const faults = injections(events);
  const [zero] = faults;
  if (zero === undefined || record.topology === undefined) return {};
  const faultOn = (name: string, untilUs: Us): EventOf<"fault"> | undefined =>
    faults.findLast(({ node, tUs }) => node === name && tUs <= untilUs);
  const first = absencesIn(events, record.topology, zero.tUs).find(
    ({ serving, director, server, outUs }) =>
      serving && (faultOn(server, outUs) ?? !faultOn(director, outUs)),
  );
  if (first === undefined) return {};
  const own = faultOn(first.server, first.outUs);
  const fault = own ?? zero;
  const out = { us: first.outUs - fault.tUs, resolutionUs: resolutionOf(first.out) };
  if (own === undefined) return { out };
  const cause: Cause = { step: own.step, tUs: own.tUs, event: own.seq, fault: own };
  const judged = judgedBy(run, first, cause);
  const { back } = first;
  return {
    out: { ...out, ...allowed(judged["removalMs"]) },
    ...(back === undefined || typeof judged["returnedAfterMs"] !== "number"
      ? {}
      : {
          back: {
            // Put back between the end of its fault and our knowing of it.
            us: Math.max(0, inUs(judged["returnedAfterMs"])),
            resolutionUs: resolutionOf(back),
            ...allowed(judged["returnMs"]),
          },
        }),
  };
}

/** What the judge of real servers finds out about this one; nothing where it would not watch that director. */
function judgedBy(
  { events, record }: ReportedRun,
  { director, server, outUs }: Absence,
  cause: Cause,
): { readonly [name: string]: Json } {
  const span = judgedSpan(events);
  if (record.topology === undefined || span === undefined) return {};
  const subject = { topology: record.topology, events, settings: {} };
  const place = placesOf(subject, server, cause).watched.find(
    ({ service, changes }) =>
      service.director === director &&
      changes.find(({ tUs, presence }) => tUs > cause.tUs && presence !== "in")?.tUs === outUs,
  );
  return place === undefined
    ? {}
    : judgePlace(subject, place, { cause, wanted: "returns", span }).facts;
}

function resolutionOf({ tUs, notBeforeUs }: PresenceChange): Us {
  return Math.max(1, tUs - notBeforeUs);
}

/** As the judge writes intervals into its facts. */
function allowed(fact: Json | undefined): { readonly allowed?: Allowed } {
  if (typeof fact !== "object" || fact === null || Array.isArray(fact)) return {};
  const { min, max, formula } = fact as { readonly [name: string]: Json };
  if (typeof min !== "number" || typeof max !== "number" || typeof formula !== "string") return {};
  return { allowed: { minUs: inUs(min), maxUs: inUs(max), formula } };
}

function inUs(ms: number): Us {
  return Math.round(1000 * ms);
}
