/**
 * One failover taken apart: when the fault struck, when it was noticed, when the other node was
 * elected, had the address, announced it, answered, was read from and written to.
 *
 * Every stage names the event that proves it. A stage without evidence is absent, not zero.
 */
import type { Us } from "../core/time.ts";
import type { PlainFault } from "../fault/fault.ts";
import { isVipLane, type Action, type Lane } from "../workload/workload.ts";
import { holdersAt, holdings, injections, type Holding } from "../history/queries.ts";
import { only, type Event, type EventOf } from "../history/events.ts";
import { onlyRouter, type ResolvedTopology } from "../topology/resolve.ts";
import { serversBehind } from "../topology/virtual-servers.ts";

export const STAGES = [
  "detect",
  "elect",
  "address",
  "garp",
  "tcp-answer",
  "first-read",
  "first-write",
] as const;
export type Stage = (typeof STAGES)[number];

export const STAGE_WORDS: Readonly<Record<Stage, string>> = {
  detect: "failure noticed",
  elect: "new master elected",
  address: "VIP added",
  garp: "first gratuitous ARP",
  "tcp-answer": "first TCP answer",
  "first-read": "first read answered",
  "first-write": "first write acknowledged",
};

export interface Mark {
  readonly tUs: Us;
  /** Seq of the event. */
  readonly event: number;
}

export interface Failover {
  readonly step: string;
  readonly fault: PlainFault;
  /** The node that the fault hit; predictions hold when it is the old holder. */
  readonly faultNode: string;
  readonly vip: string;
  readonly from: string;
  readonly to: string;
  readonly faultUs: Us;
  readonly faultEvent: number;
  readonly stages: Readonly<Partial<Record<Stage, Mark>>>;
  /** How the standby learned of it: the holder said goodbye, or it fell silent. */
  readonly noticedBy: "goodbye" | "silence";
  /** Between the address appearing (netlink) and its announcement (packets) on the new holder. */
  readonly witnessGapUs?: Us;
  readonly oldHolder: {
    readonly addressGone?: Mark;
    readonly lastAnswer?: Mark;
    readonly lastWrite?: Mark;
  };
  /** Last acknowledged write before and first one after, on fresh connections. */
  readonly outage?: { readonly lastOk: Mark; readonly firstOk: Mark };
}

/** The first move of the VIP away from its holder after the first fault; absent when none happened. */
export function failoverOf(
  events: readonly Event[],
  topology: ResolvedTopology,
): Failover | undefined {
  const router = onlyRouter(topology);
  const vip = router.vips[0]?.address ?? "";
  const held = holdings(events, vip);
  const injection = causeOf(events, held);
  if (injection === undefined || injection.fault.kind === "sabotaged") return undefined;
  const faultUs = injection.tUs;
  const from = holdersAt(held, faultUs)[0];
  const taken = held.find((item) => item.startUs > faultUs && item.node !== from);
  if (from === undefined || taken === undefined) return undefined;
  const to = taken.node;
  const adverts = only(events, "advert").filter(
    (event) => event.tUs >= faultUs && event.vrid === router.vrid,
  );
  const goodbye = adverts.find((event) => event.sender === from && event.priority === 0);
  const elected = adverts.find((event) => event.sender === to && event.priority > 0);
  const saidGoodbye = goodbye !== undefined && goodbye.tUs <= taken.startUs;
  const garp = only(events, "arp").find(
    (event) =>
      event.tUs >= faultUs &&
      event.gratuitous &&
      event.senderAddress === vip &&
      event.sender === to,
  );
  const servers = serversOf(events);
  const by = new Set(serversBehind(topology, to));
  // Real servers answer before the move as well, sent there by the old holder.
  const servedUs = by.has(to) ? faultUs : taken.startUs;
  const begun = new Map(only(events, "invoke").map((event) => [event.op, event.tUs]));
  const first = (action: Action): EventOf<"complete"> | undefined =>
    only(events, "complete").find(
      (event) =>
        event.tUs >= servedUs &&
        (by.has(to) || (begun.get(event.op) ?? 0) >= servedUs) &&
        isAcknowledged(event, action, "fresh") &&
        by.has(servers.get(event.server ?? "") ?? ""),
    );
  const deposedUntilUs = endOfDeposition(held, from, taken);
  const stages: Partial<Record<Stage, Mark | undefined>> = {
    detect: mark(saidGoodbye ? goodbye : elected),
    elect: mark(elected),
    address: { tUs: taken.startUs, event: taken.evidence[0] ?? 0 },
    garp: mark(garp),
    "tcp-answer": mark(
      only(events, "tcp").find(
        (event) => event.tUs >= servedUs && by.has(event.sender ?? "") && isAnswer(event, vip),
      ),
    ),
    "first-read": mark(first("read")),
    "first-write": mark(first("write")),
  };
  return {
    step: injection.step,
    fault: injection.fault,
    faultNode: injection.node,
    vip,
    from,
    to,
    faultUs,
    faultEvent: injection.seq,
    stages: dropAbsent(stages),
    noticedBy: saidGoodbye ? "goodbye" : "silence",
    ...(garp === undefined ? {} : { witnessGapUs: Math.abs(garp.tUs - taken.startUs) }),
    oldHolder: lastOf(events, { vip, from, faultUs, deposedUntilUs, servers }),
    ...outageAround(events, faultUs, taken.startUs),
  };
}

interface OldHolder {
  readonly vip: string;
  readonly from: string;
  readonly faultUs: Us;
  readonly deposedUntilUs: Us;
  readonly servers: ReadonlyMap<string, string>;
}

/** What was last seen of the node that had the VIP, before it counts as a holder again. */
function lastOf(
  events: readonly Event[],
  { vip, from, faultUs, deposedUntilUs, servers }: OldHolder,
): Failover["oldHolder"] {
  return dropAbsent({
    addressGone: mark(
      only(events, "address").find(
        (event) =>
          event.tUs >= faultUs &&
          event.node === from &&
          event.address === vip &&
          event.action === "removed",
      ),
    ),
    lastAnswer: mark(
      only(events, "tcp").findLast(
        (event) => event.tUs <= deposedUntilUs && event.sender === from && isAnswer(event, vip),
      ),
    ),
    lastWrite: mark(
      only(events, "complete").findLast(
        (event) =>
          event.tUs <= deposedUntilUs &&
          isVipLane(event.lane) &&
          isAcknowledged(event, "write") &&
          isBy(servers, from, event),
      ),
    ),
  });
}

/**
 * The fault that a move is put down to: the last one on the node that held the VIP before the first
 * move; the first fault of all when none was on it, or nothing moved.
 */
function causeOf(events: readonly Event[], held: readonly Holding[]): EventOf<"fault"> | undefined {
  const all = injections(events);
  const first = all[0];
  if (first === undefined) return undefined;
  const from = holdersAt(held, first.tUs)[0];
  const taken = held.find((item) => item.startUs > first.tUs && item.node !== from);
  const before = all.filter((event) => taken === undefined || event.tUs < taken.startUs);
  return before.findLast((event) => event.node === from) ?? first;
}

/**
 * Until when the old holder counts as old: it got the VIP again, or the new one gave it up. Answers
 * after that are no longer those of a deposed holder.
 */
function endOfDeposition(held: readonly Holding[], from: string, taken: Holding): Us {
  const back = held.find((item) => item.node === from && item.startUs > taken.startUs);
  return Math.min(
    back?.startUs ?? Number.POSITIVE_INFINITY,
    taken.open ? Number.POSITIVE_INFINITY : taken.endUs,
  );
}

/** Which node a server identity belongs to, as the health probe at each node's own address says. */
export function serversOf(events: readonly Event[]): Map<string, string> {
  return new Map(
    only(events, "mysqld").flatMap((event) =>
      event.server === undefined ? [] : [[event.server, event.node] as const],
    ),
  );
}

function isBy(
  servers: ReadonlyMap<string, string>,
  node: string,
  event: EventOf<"complete">,
): boolean {
  return servers.get(event.server ?? "") === node;
}

function isAcknowledged(event: EventOf<"complete">, action: Action, lane?: Lane): boolean {
  return (
    event.action === action && event.outcome === "ok" && (lane === undefined || event.lane === lane)
  );
}

function isAnswer(event: EventOf<"tcp">, vip: string): boolean {
  return event.flag === "syn-ack" && event.vip === vip;
}

function outageAround(
  events: readonly Event[],
  faultUs: Us,
  movedUs: Us,
): Pick<Failover, "outage"> {
  const completions = only(events, "complete");
  const fromUs = Math.max(faultUs, movedUs);
  const firstOk = mark(
    completions.find((event) => event.tUs >= fromUs && isAcknowledged(event, "write", "fresh")),
  );
  const untilUs = firstOk?.tUs ?? 0;
  const lastOk = mark(
    completions.findLast((event) => event.tUs < untilUs && isAcknowledged(event, "write", "fresh")),
  );
  return firstOk === undefined || lastOk === undefined ? {} : { outage: { lastOk, firstOk } };
}

function mark(event: Event | undefined): Mark | undefined {
  return event === undefined ? undefined : { tUs: event.tUs, event: event.seq };
}

function dropAbsent<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
