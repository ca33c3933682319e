/**
 * What a failure of a real server did to clients, as far as the holder of the VIP sent them there: from the fault to the
 * removal from its table, and on to the return.
 *
 * Counted are new connections of the load, by the time at which they were begun. All of a drill's clients have one address.
 */
import { durationUs, milliseconds, seconds, type Interval, type Us } from "../harness/core/time.ts";
import { failing, type Failing } from "../harness/check/membership/server-failure.ts";
import { placesOf, type Place } from "../harness/check/membership/places.ts";
import { plainOf } from "../harness/fault/facts.ts";
import type { PlainFault } from "../harness/fault/fault.ts";
import { only, type EventOf } from "../harness/history/events.ts";
import { holdersAt, holdings, injections, judgedSpan } from "../harness/history/queries.ts";
import {
  freshConnections,
  presences,
  type FreshConnection,
  type PresenceChange,
} from "../harness/timing/ipvs.ts";
import type { DirectedServer } from "../harness/topology/virtual-servers.ts";
import { vipAddresses } from "../harness/topology/resolve.ts";
import type { AdviceContext } from "./advice-context.ts";

export interface Episode {
  /** Node of the real server. */
  readonly server: string;
  readonly place: Place;
  readonly injection: EventOf<"fault">;
  readonly fault: PlainFault;
  /** What its checks see of that fault; absent where they see nothing of it, or nothing is predicted. */
  readonly failing?: Failing;
  readonly left?: PresenceChange;
  readonly returned?: PresenceChange;
  /** When the fault was undone, if it was. */
  readonly healed?: EventOf<"fault">;
  /** Other servers that could have served from the fault to the removal, or for as long as the fault lasted. */
  readonly others: readonly DirectedServer[];
  /** From the fault to the removal, or to the healing or the end where there was none. */
  readonly meanwhile: Spell;
  /** From the removal to the return, or to the end. */
  readonly out?: Spell;
  /** From the healing to the return. */
  readonly healing?: Spell;
}

/** What became of new connections that were begun in a span. */
export interface Spell {
  readonly span: Interval;
  readonly begun: number;
  /** As this fault makes connections fail. */
  readonly failed: readonly FreshConnection[];
  /** From the first that failed to the last. */
  readonly failedUs: Us;
  /** Answered between those two. */
  readonly servedMeanwhile: number;
  /** How many would have failed at the rate before the first fault: a busy machine loses connections of its own. */
  readonly everyday: number;
}

/** One failed connection is nobody's outage, and a quick removal is what the checks are there for. */
export const HARM_US_MIN: Us = seconds(1);

export function harmed({ failed, failedUs, everyday }: Spell): boolean {
  return failed.length > Math.max(1, EVERYDAY_MAX * everyday) && failedUs >= HARM_US_MIN;
}

const EVERYDAY_MAX = 3;

/** Nobody was served from the first that failed to the last, but for a few whose fate was decided before. */
export function hopeless({ failed, servedMeanwhile }: Spell): boolean {
  return failed.length > 0 && servedMeanwhile <= SERVED_MAX * failed.length;
}

const SERVED_MAX = 0.05;

/**
 * More went to the failed server than its share by weight: half-way between that and all of them, because ports that are
 * used again still go by older entries.
 */
export function sticks({ failed, servedMeanwhile }: Spell, share: number): boolean {
  return failed.length >= ((1 + share) / 2) * (failed.length + servedMeanwhile);
}

/** What a client is told by a host whose mysqld is gone, or goes; other ends of a connection may be the machine's. */
const REFUSED: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ER_SERVER_SHUTDOWN",
  "PROTOCOL_CONNECTION_LOST",
]);

/** One for each fault on a real server, the one that cost clients most first. */
export function episodesOf(context: AdviceContext): readonly Episode[] {
  const known = found.get(context);
  if (known !== undefined) return known;
  const all = findEpisodes(context);
  found.set(context, all);
  return all;
}

/** Asked for by several kinds of advice. */
const found = new WeakMap<AdviceContext, readonly Episode[]>();

function findEpisodes(context: AdviceContext): Episode[] {
  const { run, topology } = context;
  const span = judgedSpan(run.events);
  if (span === undefined) return [];
  const connections = connectionsOf(context);
  const vips = vipAddresses(topology);
  return injections(run.events)
    .flatMap((injection) => {
      if (injection.node === undefined || injection.tUs > span.endUs) return [];
      const cause = { step: injection.step, tUs: injection.tUs, event: injection.seq };
      const subject = { topology, events: run.events, settings: {} };
      const place = placesOf(subject, injection.node, cause).watched.find(
        ({ service }) => vips.includes(service.address) && isHolder(context, service, injection),
      );
      return place === undefined
        ? []
        : [episodeOf(context, place, injection, { span, connections })];
    })
    .toSorted((a, b) => costOf(b) - costOf(a));
}

function costOf({ meanwhile, out }: Episode): Us {
  return meanwhile.failedUs + (out?.failedUs ?? 0);
}

/** A node that checks only itself moves the VIP instead (`advice-timing.ts`). */
function isHolder(
  { run }: AdviceContext,
  { director, address }: { readonly director: string; readonly address: string },
  { node, tUs }: EventOf<"fault">,
): boolean {
  return director !== node && holdersAt(holdings(run.events, address), tUs).includes(director);
}

interface Connection extends FreshConnection {
  readonly error?: string;
}

interface Watched {
  readonly span: Interval;
  readonly connections: readonly Connection[];
}

function connectionsOf({ run: { events } }: AdviceContext): Connection[] {
  const errors = new Map(only(events, "complete").map(({ seq, error }) => [seq, error]));
  return freshConnections(events).map((connection) => {
    const error = errors.get(connection.event);
    return error === undefined ? connection : { ...connection, error };
  });
}

function episodeOf(
  context: AdviceContext,
  place: Place,
  injection: EventOf<"fault">,
  { span, connections }: Watched,
): Episode {
  const { changes } = place;
  const { tUs } = injection;
  const left = changes.find(
    (change) => change.tUs > tUs && change.presence !== "in" && change.tUs <= span.endUs,
  );
  const returned =
    left === undefined
      ? undefined
      : changes.find(
          (change) => change.tUs > left.tUs && change.presence === "in" && change.tUs <= span.endUs,
        );
  const healed = healingOf(context, injection);
  const endUs = left?.tUs ?? healed?.tUs ?? span.endUs;
  const backUs = returned?.tUs ?? span.endUs;
  const wellUs = healed?.tUs;
  const fault = plainOf(injection.fault);
  const seen = failing(fault, false);
  const firstUs = injections(context.run.events)[0]?.tUs ?? tUs;
  const spell = (startUs: Us, untilUs: Us, refused: boolean): Spell =>
    spellOf(connections, { startUs, endUs: untilUs }, { refused, firstUs });
  const refused = seen?.failure.kind === "refused";
  return {
    server: injection.node,
    place,
    injection,
    fault,
    ...(seen === undefined ? {} : { failing: seen }),
    ...(left === undefined ? {} : { left }),
    ...(returned === undefined ? {} : { returned }),
    ...(healed === undefined ? {} : { healed }),
    others: othersUp(context, place, { startUs: tUs, endUs }),
    meanwhile: spell(tUs, endUs, refused),
    ...(left === undefined ? {} : { out: spell(left.tUs + UNDER_WAY_US, backUs, refused) }),
    ...(left === undefined || wellUs === undefined || wellUs > backUs
      ? {}
      : {
          // An empty table refuses at its own rate, and drops the rest (ICMP is limited): every end counts.
          healing: spell(Math.max(wellUs, left.tUs), backUs, false),
        }),
  };
}

/** Connections that were sent to the server before its removal (`real-server-membership`). */
const UNDER_WAY_US: Us = milliseconds(25);

function spellOf(
  connections: readonly Connection[],
  span: Interval,
  { refused, firstUs }: { readonly refused: boolean; readonly firstUs: Us },
): Spell {
  const isFailed = ({ server, error }: Connection): boolean =>
    server === undefined && (!refused || REFUSED.has(error ?? ""));
  const begun = connections.filter(
    ({ invokedUs }) => invokedUs >= span.startUs && invokedUs < span.endUs,
  );
  const failed = begun.filter(isFailed);
  const times = failed.map(({ invokedUs }) => invokedUs);
  const [least, most] = [Math.min(...times), Math.max(...times)];
  const before = connections.filter(({ invokedUs }) => invokedUs < firstUs);
  const rate = before.filter(isFailed).length / Math.max(1, before.length);
  return {
    span,
    begun: begun.length,
    failed,
    failedUs: times.length === 0 ? 0 : most - least,
    servedMeanwhile: begun.filter(
      ({ server, invokedUs }) => server !== undefined && invokedUs > least && invokedUs < most,
    ).length,
    everyday: rate * begun.length,
  };
}

function healingOf(
  { run }: AdviceContext,
  { step }: EventOf<"fault">,
): EventOf<"fault"> | undefined {
  return only(run.events, "fault").find(
    (event) => event.step === step && event.action === "heal" && event.edge === "end",
  );
}

/** In the table all the while, and under no fault of their own. */
function othersUp(
  context: AdviceContext,
  { service, server }: Place,
  span: Interval,
): DirectedServer[] {
  const { run } = context;
  return service.servers.filter((other) => {
    if (other.node === server.node || durationUs(span) <= 0) return false;
    const changes = presences(run.events, service.director, service, other);
    const before = changes.findLast(({ tUs }) => tUs <= span.startUs);
    const leaves = changes.some(
      ({ tUs, presence }) => tUs > span.startUs && tUs <= span.endUs && presence !== "in",
    );
    const struck = injections(run.events).some((event) => {
      const healed = healingOf(context, event);
      return (
        event.node === other.node &&
        event.tUs < span.endUs &&
        (healed === undefined || healed.tUs > span.startUs)
      );
    });
    return before?.presence === "in" && !leaves && !struck;
  });
}
