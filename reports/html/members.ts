/**
 * Behind directors a failover is something else: a real server leaves the table, and comes back. When it did, in words,
 * counted from what all times of the first screen count from.
 */
import type { Us } from "../../harness/core/time.ts";
import { absencesIn, type Absence } from "../../harness/timing/absences.ts";
import type { ReportedRun } from "../reported.ts";
import { signedSeconds } from "../units.ts";

/** Of the directors that serve no client themselves; the holder's first, then by time. */
export function absencesOf({ events, record }: ReportedRun, fromUs: Us): Absence[] {
  return record.topology === undefined ? [] : absencesIn(events, record.topology, fromUs);
}

const TOLD_MAX = 4;

export function absenceWords(absences: readonly Absence[], zeroUs: Us, zero: string): string[] {
  if (absences.length === 0) return [];
  const told = absences.slice(0, TOLD_MAX).map(({ server, director, serving, outUs, backUs }) => {
    const out = signedSeconds(outUs - zeroUs);
    const back =
      backUs === undefined
        ? "and not put back"
        : `and put back at ${signedSeconds(backUs - zeroUs)}`;
    const role = serving ? "the director that had the VIP" : "a director that had not the VIP";
    return `${server} was taken out of the table of ${director}, ${role}, at ${out}, ${back}`;
  });
  const left = absences.length - told.length;
  const more = left > 0 ? `, and ${left} more times` : "";
  return [`${told.join("; ")}${more} (counted from ${zero}).`];
}
