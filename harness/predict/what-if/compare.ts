/** Two tables of one cluster, event by event: of its routers, and of the servers behind its virtual servers. */
import { endpointName } from "../../keepalived/services.ts";
import type { FaultClass } from "../classes.ts";
import type { PredictedRouter } from "../predict.ts";
import { boundsOf, type Bounds } from "../quantity.ts";
import type {
  PredictedServers,
  PredictedService,
  ServerEvent,
  ServerOutcome,
  ServerRow,
} from "../real-servers.ts";
import type { Row } from "../row.ts";

/** What an event leads to, without the way there. */
export interface Course {
  readonly outcome: Row["outcome"];
  /** From the event to the VIP elsewhere; absent when nothing moves. */
  readonly total?: Bounds;
  readonly endsOn: readonly string[];
  readonly reasons: readonly string[];
}

export interface Difference {
  readonly event: FaultClass;
  readonly before: Course;
  readonly after: Course;
  readonly same: boolean;
}

export interface RouterDifference {
  readonly name: string;
  readonly vrid: number;
  readonly holder: { readonly before?: string; readonly after?: string };
  /** Why there is no table, before or after. */
  readonly problem: { readonly before?: string; readonly after?: string };
  readonly rows: readonly Difference[];
}

export function compareRouters(
  before: readonly PredictedRouter[],
  after: readonly PredictedRouter[],
): RouterDifference[] {
  return before.map((router) => {
    // The VRID is what makes it the same router.
    const other = after.find(({ vrid, name }) => vrid === router.vrid && name === router.name);
    return {
      name: router.name,
      vrid: router.vrid,
      holder: both(router.holder, other?.holder),
      problem: both(
        router.problem,
        other === undefined ? "there is no such router any more" : other.problem,
      ),
      rows: router.rows.flatMap((row) => {
        const now = other?.rows.find(({ event }) => event === row.event);
        return now === undefined ? [] : [difference(row, now)];
      }),
    };
  });
}

function both<T>(before: T | undefined, after: T | undefined): { before?: T; after?: T } {
  return {
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  };
}

function difference(before: Row, after: Row): Difference {
  const [one, other] = [courseOf(before), courseOf(after)];
  const plain = (course: Course): string => JSON.stringify({ ...course, reasons: [] });
  return { event: before.event, before: one, after: other, same: plain(one) === plain(other) };
}

function courseOf({ outcome, span, endsOn, reasons }: Row): Course {
  return {
    outcome,
    endsOn,
    reasons,
    ...(span === undefined ? {} : { total: boundsOf(span.total) }),
  };
}

/** What an event on a real server leads to. */
export interface ServerCourse {
  readonly outcome: ServerOutcome;
  readonly removed?: Bounds;
  readonly returned?: Bounds;
  readonly reasons: readonly string[];
}

export interface ServerDifference {
  readonly event: ServerEvent;
  readonly before: ServerCourse;
  readonly after: ServerCourse;
  readonly same: boolean;
}

export interface ServiceDifference {
  readonly service: string;
  /** Nodes and servers for which the same is true. */
  readonly directors: readonly string[];
  readonly servers: readonly string[];
  /** Until when a client is sent to the server that it was given; absent without persistence. */
  readonly tiedClients: {
    readonly before?: PredictedServers["tiedClients"];
    readonly after?: PredictedServers["tiedClients"];
  };
  readonly rows: readonly ServerDifference[];
}

interface Seat {
  readonly service: string;
  readonly director: string;
  readonly server: string;
  readonly of: PredictedServers;
}

/** No what-if adds or takes away a server, so each is found again by its name. */
export function compareServices(
  before: readonly PredictedService[],
  after: readonly PredictedService[],
): ServiceDifference[] {
  const now = new Map(seatsOf(after).map((seat) => [nameOf(seat), seat.of]));
  const all = seatsOf(before).flatMap((seat): ServiceDifference[] => {
    const then = now.get(nameOf(seat));
    if (then === undefined) return [];
    const { service, director, server, of } = seat;
    const tiedClients = both(of.tiedClients, then.tiedClients);
    const rows = of.rows.flatMap((row) => {
      const other = then.rows.find(({ event }) => event === row.event);
      return other === undefined ? [] : [serverDifference(row, other)];
    });
    return [{ service, directors: [director], servers: [server], tiedClients, rows }];
  });
  return together(together(all, "directors"), "servers");
}

function seatsOf(services: readonly PredictedService[]): Seat[] {
  return services.flatMap(({ service, directors, servers }) =>
    directors.flatMap((director) =>
      servers.flatMap((of) =>
        of.servers.map(({ address, port }) => ({
          service,
          director,
          server: endpointName({ address, port }),
          of,
        })),
      ),
    ),
  );
}

function nameOf({ service, director, server }: Seat): string {
  return `${service} ${director} ${server}`;
}

/** Those that differ in nothing but that list, as one. */
function together(
  all: readonly ServiceDifference[],
  list: "directors" | "servers",
): ServiceDifference[] {
  const groups = Map.groupBy(all, (item) => JSON.stringify({ ...item, [list]: [] }));
  return [...groups.values()].flatMap((items) => {
    const [first] = items;
    return first === undefined
      ? []
      : [{ ...first, [list]: [...new Set(items.flatMap((item) => item[list]))] }];
  });
}

function serverDifference(before: ServerRow, after: ServerRow): ServerDifference {
  const [one, other] = [serverCourse(before), serverCourse(after)];
  const plain = (course: ServerCourse): string => JSON.stringify({ ...course, reasons: [] });
  return { event: before.event, before: one, after: other, same: plain(one) === plain(other) };
}

function serverCourse({ outcome, removed, returned, reasons }: ServerRow): ServerCourse {
  return {
    outcome,
    reasons,
    ...(removed === undefined ? {} : { removed: boundsOf(removed) }),
    ...(returned === undefined ? {} : { returned: boundsOf(returned) }),
  };
}
