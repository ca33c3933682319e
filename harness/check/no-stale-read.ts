/**
 * Promise: a read never shows less than what had been acknowledged before it was asked.
 *
 * A read carries the highest number of its lane that the server had, so it is stale when a write of that lane
 * with a higher number had been acknowledged, by whichever server, before the read was invoked. One
 * process stamps both, so their order is certain. Replication that does not wait for the replica makes
 * it fail after a failover: that is a finding about the set-up, not about this checker.
 *
 * Cannot see: a hole below the highest number.
 */
import { formatSeconds, type Us } from "../core/time.ts";
import { only, type Event, type EventOf } from "../history/events.ts";
import { serversOf } from "../timing/failover.ts";
import type { Lane } from "../workload/workload.ts";
import { fail, inconclusive, pass, type Checker } from "./checker.ts";

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
      const due = highestBefore(acknowledged.get(read.lane) ?? [], askedUs);
      return due === undefined ? [] : [{ read, seen, askedUs, due }];
    });
    if (compared.length === 0) {
      return inconclusive("no read followed an acknowledged write of its lane");
    }
    const stale = compared
      .filter(({ seen, due }) => seen < due.highest)
      .map((item) => ({ ...item, behind: item.due.highest - item.seen }));
    const worst = stale.toSorted((a, b) => b.behind - a.behind)[0];
    const facts = { reads: compared.length, stale: stale.length };
    if (worst === undefined) {
      return pass(`${compared.length} reads, each with all that was acknowledged before`, [], {
        ...facts,
        behind: 0,
        staleUs: 0,
      });
    }
    const list = acknowledged.get(worst.read.lane) ?? [];
    const oldest = list.find((item) => item.write > worst.seen);
    const staleUs = worst.askedUs - (oldest?.tUs ?? worst.askedUs);
    const node = serversOf(events).get(worst.read.server ?? "") ?? "a server";
    return fail(
      `${stale.length} of ${compared.length} reads were stale, on the lane ${worst.read.lane} by up to ` +
        `${worst.behind} acknowledged ${worst.behind === 1 ? "write" : "writes"}: ${node} had up to ` +
        `#${worst.seen} at ${formatSeconds(worst.askedUs)}, #${worst.due.highest} had been acknowledged; ` +
        `the oldest that was missing ${formatSeconds(staleUs)} before`,
      [worst.due.seq, ...stale.slice(0, CITED_MAX).map(({ read }) => read.seq)],
      { ...facts, behind: worst.behind, staleUs, node },
    );
  },
};

const CITED_MAX = 20;

interface Acknowledged {
  readonly tUs: Us;
  readonly write: number;
  readonly seq: number;
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
  { tUs, seq }: EventOf<"complete">,
  write: number,
  before: Acknowledged | undefined,
): Acknowledged {
  const higher = before !== undefined && before.highest > write;
  return {
    tUs,
    write,
    seq,
    highest: higher ? before.highest : write,
    highestSeq: higher ? before.highestSeq : seq,
  };
}

/** Of those acknowledged before that moment, by halving: the list is in order of time. */
function highestBefore(
  list: readonly Acknowledged[],
  tUs: Us,
): { readonly highest: number; readonly seq: number } | undefined {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle]?.tUs ?? tUs) < tUs) low = middle + 1;
    else high = middle;
  }
  const last = list[low - 1];
  return last === undefined ? undefined : { highest: last.highest, seq: last.highestSeq };
}
