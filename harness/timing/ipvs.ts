/**
 * What the nodes' IPVS tables say, over time. A table is known from its changes, each with the time at which
 * it was last found as before, so a change lies between two times.
 */
import type { Interval, Us } from "../core/time.ts";
import {
  only,
  type Event,
  type EventOf,
  type IpvsServer,
  type IpvsService,
} from "../history/events.ts";
import { tenures } from "../history/queries.ts";

export interface Socket {
  readonly address: string;
  readonly port: number;
}

/** `out` also means weight 0 (`inhibit_on_failure`): no new connections. `no-service`: nothing is directed at all. */
export type Presence = "in" | "out" | "no-service";

export interface PresenceChange {
  readonly presence: Presence;
  /** When it was seen, and when it was last seen to be otherwise. */
  readonly tUs: Us;
  readonly notBeforeUs: Us;
  /** Seq of the event. */
  readonly event: number;
}

/** How a server stood in one service of a director: its first state, then every change. */
export function presences(
  events: readonly Event[],
  director: string,
  service: Socket,
  server: Socket,
): PresenceChange[] {
  const found: PresenceChange[] = [];
  for (const event of only(events, "ipvs")) {
    if (event.node !== director) continue;
    const presence = presenceIn(event, service, server);
    if (found.at(-1)?.presence === presence) continue;
    const { tUs, notBeforeUs, seq } = event;
    found.push({ presence, tUs, notBeforeUs, event: seq });
  }
  return found;
}

function presenceIn({ services }: EventOf<"ipvs">, service: Socket, server: Socket): Presence {
  const own = services.find((item) => isSame(item, service));
  if (own === undefined) return "no-service";
  return own.servers.some((item) => item.weight > 0 && isSame(item, server)) ? "in" : "out";
}

export function isSame(a: Socket, b: Socket): boolean {
  return a.address === b.address && a.port === b.port;
}

/** A span in which the same node was the holder and its table stayed as it was. */
export interface TableSpan extends Interval {
  readonly holder: string;
  /** Absent: the holder has no such service. */
  readonly service?: IpvsService;
  /** Seq of the tables. */
  readonly evidence: readonly number[];
}

/** A span in which a node had the address. */
interface Holder extends Interval {
  readonly node: string;
}

/**
 * The holder's table of one address, in order of time, from the first moment at which both are known. While a table was
 * being found to have changed it is neither as before nor as after: such spans are left out.
 */
export function holderTables(
  events: readonly Event[],
  vip: string,
  port: number | undefined,
  held: readonly Holder[] = tenures(events, vip),
): TableSpan[] {
  return held.flatMap((tenure) => {
    const tables = only(events, "ipvs").filter(
      ({ node, tUs }) => node === tenure.node && tUs <= tenure.endUs,
    );
    return tables.flatMap((table, index): TableSpan[] => {
      const startUs = Math.max(table.tUs, tenure.startUs);
      const endUs = Math.min(tables[index + 1]?.notBeforeUs ?? tenure.endUs, tenure.endUs);
      if (endUs <= startUs) return [];
      const service = table.services.find(
        (item) => item.address === vip && (port === undefined || item.port === port),
      );
      const evidence = [table.seq];
      const about = { startUs, endUs, holder: tenure.node, evidence };
      return [service === undefined ? about : { ...about, service }];
    });
  });
}

/** Spans that follow each other on one holder with the same servers and weights, as one. */
export function unchangedTables(spans: readonly TableSpan[]): TableSpan[] {
  const found: TableSpan[] = [];
  for (const span of spans) {
    const last = found.at(-1);
    const goesOn = last !== undefined && last.holder === span.holder && keyOf(last) === keyOf(span);
    if (!goesOn) found.push(span);
    else {
      const evidence = [...new Set([...last.evidence, ...span.evidence])];
      found[found.length - 1] = { ...last, endUs: span.endUs, evidence };
    }
  }
  return found;
}

function keyOf({ service }: TableSpan): string {
  if (service === undefined) return "";
  const { scheduler, persistenceUs, servers } = service;
  return JSON.stringify([scheduler, persistenceUs ?? 0, inUse(servers).map(nameOf).sort()]);
}

/** Those that get new connections. */
export function inUse(servers: readonly IpvsServer[]): readonly IpvsServer[] {
  return servers.filter(({ weight }) => weight > 0);
}

function nameOf({ address, port, weight }: IpvsServer): string {
  return `${address}:${port} ${weight}`;
}

/** A new connection of the fresh lane: one a tick, and its read comes first. */
export interface FreshConnection {
  readonly invokedUs: Us;
  readonly endUs: Us;
  /** Identity of the server that answered; absent when none did. */
  readonly server?: string;
  /** Seq of the event that ended the read. */
  readonly event: number;
}

/** In the order in which they ended; one that never did is left out. */
export function freshConnections(events: readonly Event[]): FreshConnection[] {
  const invoked = new Map(only(events, "invoke").map((event) => [event.op, event.tUs]));
  return only(events, "complete").flatMap(({ lane, action, op, outcome, server, tUs, seq }) => {
    const invokedUs = invoked.get(op);
    if (lane !== "fresh" || action !== "read" || invokedUs === undefined) return [];
    const by = outcome === "ok" && server !== undefined ? { server } : {};
    return [{ invokedUs, endUs: tUs, ...by, event: seq }];
  });
}
