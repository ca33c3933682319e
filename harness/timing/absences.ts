/** Behind directors a failover is something else: a real server leaves the table, and comes back. */
import { compareText } from "../core/text.ts";
import type { Us } from "../core/time.ts";
import { only, type Event } from "../history/events.ts";
import { holdersAt, holdings } from "../history/queries.ts";
import { vipAddresses, type ResolvedTopology } from "../topology/resolve.ts";
import { directedServices } from "../topology/virtual-servers.ts";
import { presences, type PresenceChange } from "./ipvs.ts";

/** A real server that got no new connections of one director for a while. */
export interface Absence {
  readonly director: string;
  /** Node, or the address of a host that is none of the topology's. */
  readonly server: string;
  readonly out: PresenceChange;
  readonly outUs: Us;
  /** Absent: it did not come back. */
  readonly back?: PresenceChange;
  readonly backUs?: Us;
  /** The director had the VIP when the server left. */
  readonly serving: boolean;
}

/** Those of the directors that serve no client themselves; the holder's first, then by time. */
export function absencesIn(
  events: readonly Event[],
  topology: ResolvedTopology,
  fromUs: Us,
): Absence[] {
  if (only(events, "ipvs").length === 0) return [];
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
        return changes.flatMap((out, index): Absence[] => {
          const wasIn = changes[index - 1]?.presence === "in";
          if (!wasIn || out.presence !== "out" || out.tUs < fromUs) return [];
          const back = changes.slice(index + 1).find(({ presence }) => presence === "in");
          return [
            {
              director: service.director,
              server: server.node ?? server.address,
              out,
              outUs: out.tUs,
              serving: holdersAt(held, out.tUs).includes(service.director),
              ...(back === undefined ? {} : { back, backUs: back.tUs }),
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
