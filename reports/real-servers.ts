/**
 * Times of a run behind directors: when the real server that failed was out of the table, and how long after it was well
 * it was in again.
 *
 * Where the scenario declares `real-server-membership`, it is the server that it names, from the fault that the judge counts
 * from and against what the judge allows: an earlier fault is a preparation. Elsewhere it is the first server that left.
 *
 * Taken out: from the fault on that server (the first fault, when none was on it) to the table of the director that had the
 * VIP without it. Put back: from the moment at which its fault was healed and its mysqld answered, whichever came last,
 * as `real-server-membership` has it; of a server without such a moment nothing is said.
 * Not counted: what a director that is itself under a fault takes out, such as all servers when it is cut off, for nobody.
 */
import type { Us } from "../harness/core/time.ts";
import type { Json, JsonObject } from "../harness/core/json.ts";
import { judgePlace } from "../harness/check/membership/judging.ts";
import { placesOf } from "../harness/check/membership/places.ts";
import { causeOf, type Cause } from "../harness/check/cause.ts";
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

/** Which server is timed, and from when. */
interface Timed {
  readonly absence: Absence;
  readonly cause: Cause;
  /** As the scenario declares them for the judge. */
  readonly settings: JsonObject;
}

export function serverTimesOf(run: ReportedRun): ServerTimes {
  const declared = declaredIn(run);
  const found = declared === undefined ? firstThatLeft(run) : declared[0];
  if (found === undefined) return {};
  const { absence, cause } = found;
  const out = { us: absence.outUs - cause.tUs, resolutionUs: resolutionOf(absence.out) };
  // Counted from something else than a fault on that server, of which no check is predicted to know.
  if (cause.fault === undefined) return { out };
  const judged = judgedBy(run, found);
  const { back } = absence;
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

/** What the judge of real servers is asked about: other servers are not what the drill is about. */
function declaredIn({ result, record, events }: ReportedRun): readonly Timed[] | undefined {
  const { topology } = record;
  const declared = result.expectations.flatMap(({ expectation }) => {
    const settings = expectation.with ?? {};
    const { server } = settings;
    return expectation.checker === CHECKER && typeof server === "string"
      ? [{ settings, server }]
      : [];
  });
  if (topology === undefined || declared.length === 0) return undefined;
  return declared.flatMap(({ settings, server }): Timed[] => {
    const cause = causeOf({ topology, events, settings }, server);
    if (cause === undefined) return [];
    const absence = absencesIn(events, topology, cause.tUs).find(
      (item) => item.serving && item.server === server && item.outUs > cause.tUs,
    );
    return absence === undefined ? [] : [{ absence, cause, settings }];
  });
}

const CHECKER = "real-server-membership";

function firstThatLeft({ record, events }: ReportedRun): Timed | undefined {
  const faults = injections(events);
  const [zero] = faults;
  if (zero === undefined || record.topology === undefined) return undefined;
  const faultOn = (name: string, untilUs: Us): EventOf<"fault"> | undefined =>
    faults.findLast(({ node, tUs }) => node === name && tUs <= untilUs);
  const absence = absencesIn(events, record.topology, zero.tUs).find(
    ({ serving, director, server, outUs }) =>
      serving && (faultOn(server, outUs) ?? !faultOn(director, outUs)),
  );
  if (absence === undefined) return undefined;
  const own = faultOn(absence.server, absence.outUs);
  const { step, tUs, seq } = own ?? zero;
  const cause = { step, tUs, event: seq, ...(own === undefined ? {} : { fault: own }) };
  return { absence, cause, settings: {} };
}

/** What the judge of real servers finds out about this one; nothing where it would not watch that director. */
function judgedBy(
  { events, record }: ReportedRun,
  { absence: { director, server, outUs }, cause, settings }: Timed,
): { readonly [name: string]: Json } {
  const span = judgedSpan(events);
  if (record.topology === undefined || span === undefined) return {};
  const subject = { topology: record.topology, events, settings };
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
