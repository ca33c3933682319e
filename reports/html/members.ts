/**
 * Behind directors a failover is something else: a real server leaves the table, and comes back. When it did, in words,
 * counted from what all times of the first screen count from.
 */
import { compareText } from "../../harness/core/text.ts";
import type { Us } from "../../harness/core/time.ts";
import { only } from "../../harness/history/events.ts";
import { holdersAt, holdings } from "../../harness/history/queries.ts";
import { presences } from "../../harness/timing/ipvs.ts";
import { vipAddresses } from "../../harness/topology/resolve.ts";
import { directedServices } from "../../harness/topology/virtual-servers.ts";
import type { ReportedRun } from "../reported.ts";
import { signedSeconds } from "../units.ts";

/** A real server that got no new connections of one director for a while. */
export interface Absence {
  readonly director: string;
  readonly server: string;
  readonly outUs: Us;
  /** Absent: it did not come back. */
  readonly backUs?: Us;
  /** The director had the VIP when the server left. */
  readonly serving: boolean;
}

/** Those of the directors that serve no client themselves; the holder's first, then by time. */
export function absencesOf({ events, record }: ReportedRun, fromUs: Us): Absence[] {
  const { topology } = record;
  if (topology === undefined || only(events, "ipvs").length === 0) return [];
  const vips = new Set(vipAddresses(topology));
  const directs = new Set(
    topology.nodes.filter(({ mysql }) => mysql === undefined).map(({ name }) => name),
  );
  return directedServices(topology)
    .filter(({ director, address }) => directs.has(director) && vips.has(address))
    .flatMap((service) => {
      const held = holdings(events, service.address);
      return service.servers.flatMap((server): Absence[] => {
        const changes = presences(events, service.director, service, server);
        return changes.flatMap((change, index): Absence[] => {
          const wasIn = changes[index - 1]?.presence === "in";
          if (!wasIn || change.presence !== "out" || change.tUs < fromUs) return [];
          const back = changes.slice(index + 1).find(({ presence }) => presence === "in");
          return [
            {
              director: service.director,
              server: server.node ?? server.address,
              outUs: change.tUs,
              serving: holdersAt(held, change.tUs).includes(service.director),
              ...(back === undefined ? {} : { backUs: back.tUs }),
            },
          ];
        });
      });
    })
    .sort(
      (a, b) =>
        Number(b.serving) - Number(a.serving) ||
        a.outUs - b.outUs ||
        compareText(a.director, b.director),
    );
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
