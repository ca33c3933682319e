/**
 * Promise: a read never shows less than what had been acknowledged before it was asked.
 *
 * A read carries the highest number of its lane that the server had, so it is stale when a write of that lane
 * with a higher number had been acknowledged, by whichever server, before the read was invoked. One
 * process stamps both, so their order is certain. Replication that does not wait for the replica makes
 * it fail after a failover: that is a finding about the set-up, not about this checker.
 *
 * Cannot see: a hole below the highest number. A server that is behind and takes writes of its own hides what it lacks
 * behind them, so what is told of such a server (`behind`, `staleUs`) is the least.
 */
import { formatSeconds, type Us } from "../core/time.ts";
import { only, type Event, type EventOf } from "../history/events.ts";
import { injections } from "../history/queries.ts";
import { serversOf } from "../timing/failover.ts";
import type { Lane } from "../workload/workload.ts";
import { fail, inconclusive, pass, type Checker, type Judgement } from "./checker.ts";

export const noStaleRead: Checker = {
  name: "no-stale-read",
  promise: "a read never shows less than what was acknowledged before it was asked",
  judge: ({ events }) => {
    const acknowledged = acknowledgedByLane(events);
    const invoked = new Map(only(events, "invoke").map((event) => [event.op, event]));
    const compared = only(events, "complete").flatMap((read) => {
      const seen = read.read;
      const askedUs = invoked.get(read.op)?.tUs;
      if (seen === undefined || askedUs === undefined || read.outcome !== "ok") return [];
      const list = acknowledged.get(read.lane) ?? [];
      const due = highestBefore(list, askedUs);
      return due === undefined ? [] : [{ read, seen, askedUs, due, list }];
    });
    if (compared.length === 0) {
      return inconclusive("no read followed an acknowledged write of its lane");
    }
    const stale = compared.filter(({ seen, due }) => seen < due.highest).map(missing);
    const first = injections(events)[0]?.tUs;
    const isAfter = ({ askedUs }: Compared): boolean => first === undefined || askedUs >= first;
    const facts = {
      reads: compared.length,
      stale: stale.length,
      ...(first === undefined
        ? {}
        : {
            afterFault: {
              reads: compared.filter(isAfter).length,
              stale: stale.filter(isAfter).length,
            },
          }),
    };
    if (stale.length === 0) {
      return pass(`${compared.length} reads, each with all that was acknowledged before`, [], {
        ...facts,
        behind: 0,
        staleUs: 0,
      });
    }
    const after = stale.filter(isAfter);
    return objection(events, { compared, stale, after, facts, hasFault: first !== undefined });
  },
};

interface Compared {
  readonly read: EventOf<"complete">;
  readonly seen: number;
  readonly askedUs: Us;
  readonly due: { readonly highest: number; readonly seq: number };
  readonly list: readonly Acknowledged[];
}

interface Stale extends Compared {
  readonly behind: number;
  /** How long ago the oldest write above what was seen had been acknowledged. */
  readonly ageUs: Us;
}

function missing(item: Compared): Stale {
  const oldest = firstAbove(item.list, item.seen);
  return {
    ...item,
    behind: item.due.highest - item.seen,
    ageUs: item.askedUs - (oldest?.tUs ?? item.askedUs),
  };
}

/** Told of those after the first fault, where there are any: what was late before that is no consequence of it. */
function objection(
  events: readonly Event[],
  {
    compared,
    stale,
    after,
    facts,
    hasFault,
  }: {
    readonly compared: readonly Compared[];
    readonly stale: readonly Stale[];
    readonly after: readonly Stale[];
    readonly facts: Judgement["facts"];
    readonly hasFault: boolean;
  },
): Judgement {
  const told = after.length === 0 ? stale : after;
  const worst = told.toSorted((a, b) => b.ageUs - a.ageUs || b.behind - a.behind)[0];
  if (worst === undefined) return inconclusive("no read was stale");
  const { lane } = worst.read;
  const ofLane = told.filter(({ read }) => read.lane === lane);
  const behind = Math.max(...ofLane.map((item) => item.behind));
  const servers = serversOf(events);
  const node = servers.get(worst.read.server ?? "") ?? "a server";
  const when = hasFault ? `, ${spread(stale.length, after.length)}` : "";
  const numbers = new Set(
    stale.filter(({ read }) => read.server === worst.read.server).map(({ seen }) => seen),
  );
  // The highest number that such a read showed was of a write that the server itself had taken.
  const own = worst.list.some(
    ({ write, server }) => server === worst.read.server && numbers.has(write),
  );
  return fail(
    `${stale.length} of ${compared.length} reads were stale${when}; on the lane ${lane} by up to ` +
      `${behind} acknowledged ${behind === 1 ? "write" : "writes"}: ${node} had up to ` +
      `#${worst.seen} at ${formatSeconds(worst.askedUs)}, #${worst.due.highest} had been acknowledged; ` +
      `the oldest that was missing ${formatSeconds(worst.ageUs)} before` +
      (own
        ? `. At least: a read shows the highest number only, and newer writes that ${node} took itself hide older ones that it lacked`
        : ""),
    [worst.due.seq, ...told.slice(0, CITED_MAX).map(({ read }) => read.seq)],
    { ...facts, behind, staleUs: worst.ageUs, node },
  );
}

function spread(all: number, after: number): string {
  if (after === all) return "none of them before the first fault";
  if (after === 0) return "all of them before the first fault";
  return `${all - after} of them before the first fault and ${after} after it`;
}

const CITED_MAX = 20;

interface Acknowledged {
  readonly tUs: Us;
  readonly write: number;
  readonly seq: number;
  /** Who took it. */
  readonly server: string | undefined;
  /** The highest number acknowledged up to here, and the event that did it. */
  readonly highest: number;
  readonly highestSeq: number;
}

function acknowledgedByLane(events: readonly Event[]): Map<Lane, Acknowledged[]> {
  const numbers = new Map(only(events, "invoke").map((event) => [event.op, event.write]));
  const lanes = new Map<Lane, Acknowledged[]>();
  for (const event of only(events, "complete")) {
    const write = numbers.get(event.op);
    if (event.action !== "write" || event.outcome !== "ok" || write === undefined) continue;
    const list = lanes.get(event.lane) ?? [];
    lanes.set(event.lane, list);
    list.push(entry(event, write, list.at(-1)));
  }
  return lanes;
}

function entry(
  { tUs, seq, server }: EventOf<"complete">,
  write: number,
  before: Acknowledged | undefined,
): Acknowledged {
  const higher = before !== undefined && before.highest > write;
  return {
    tUs,
    write,
    seq,
    server,
    highest: higher ? before.highest : write,
    highestSeq: higher ? before.highestSeq : seq,
  };
}

/** Of those acknowledged before that moment. */
function highestBefore(
  list: readonly Acknowledged[],
  tUs: Us,
): { readonly highest: number; readonly seq: number } | undefined {
  const last = list[firstOf(list, (item) => item.tUs >= tUs) - 1];
  return last === undefined ? undefined : { highest: last.highest, seq: last.highestSeq };
}

function firstAbove(list: readonly Acknowledged[], seen: number): Acknowledged | undefined {
  return list[firstOf(list, (item) => item.highest > seen)];
}

/** The place of the first that is so, by halving: the list is in order of time, and its highest numbers only rise. */
function firstOf(list: readonly Acknowledged[], isSo: (item: Acknowledged) => boolean): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const item = list[middle];
    if (item === undefined || isSo(item)) high = middle;
    else low = middle + 1;
  }
  return low;
}
