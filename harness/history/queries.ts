/** Questions that a history answers. Pure; used by checkers, timing, the runner and reports alike. */
import { compareText } from "../core/text.ts";
import { durationUs, intersect, type Interval, type Us } from "../core/time.ts";
import type { AddressEvent, Event, EventOf, Phase } from "./events.ts";
import { only } from "./events.ts";

/** A span in which a node had an address on an interface, and the events that say so. */
export interface Holding extends Interval {
  readonly node: string;
  readonly address: string;
  /** Seq of the event that began it and, when it ended, of the one that ended it. */
  readonly evidence: readonly number[];
  /** The address was still there when watching stopped. */
  readonly open: boolean;
}

/** Where the watching of addresses ended: the last event of any kind, or the dump at `collect`. */
export function endOfHistory(events: readonly Event[]): Us {
  let latestUs = 0;
  for (const { tUs } of events) if (tUs > latestUs) latestUs = tUs;
  return latestUs;
}

export function holdings(
  events: readonly Event[],
  address: string,
  endUs: Us = endOfWatch(events),
): Holding[] {
  const open = new Map<string, EventOf<"address">>();
  const done: Holding[] = [];
  for (const event of only(events, "address")) {
    if (event.address !== address) continue;
    const began = open.get(event.node);
    if (event.action === "added" && began === undefined) open.set(event.node, event);
    if (event.action === "removed" && began !== undefined) {
      done.push(holding(began, event.tUs, [began.seq, event.seq], false));
      open.delete(event.node);
    }
  }
  for (const began of open.values()) done.push(holding(began, endUs, [began.seq], true));
  return done.sort((a, b) => a.startUs - b.startUs || compareText(a.node, b.node));
}

function holding(
  began: EventOf<"address">,
  endUs: Us,
  evidence: readonly number[],
  open: boolean,
): Holding {
  return {
    node: began.node,
    address: began.address,
    startUs: began.tUs,
    endUs: Math.max(endUs, began.tUs),
    evidence,
    open,
  };
}

/** Holdings end when the nodes are taken down: what dismantling does is no fact about the cluster. */
export function endOfWatch(events: readonly Event[]): Us {
  const collected = phaseSpan(events, "collect");
  return collected?.startUs ?? endOfHistory(events);
}

/** Nodes that hold the address at the end of what is known so far, in name order. */
export function holdersNow(events: readonly Event[], address: string): string[] {
  return holdersAfter(only(events, "address"), address);
}

/** The same from address changes alone, in the order in which they happened. */
export function holdersAfter(changes: readonly AddressEvent[], address: string): string[] {
  const held = new Set<string>();
  for (const change of changes) {
    if (change.address !== address) continue;
    if (change.action === "added") held.add(change.node);
    else held.delete(change.node);
  }
  return [...held].sort();
}

export function holdersAt(holdingList: readonly Holding[], tUs: Us): string[] {
  return holdingList
    .filter(
      (item) => item.startUs <= tUs && (tUs < item.endUs || (item.open && tUs === item.endUs)),
    )
    .map((item) => item.node)
    .sort();
}

/**
 * A span in which a node was the holder. Of several that have the address it is the one that took it
 * last: that is the one which announced it last, and which the neighbours go to.
 */
export interface Tenure extends Interval {
  readonly node: string;
  /** Seq of the event that began it. */
  readonly event: number;
}

/** In order of time; gaps between them are times in which nobody had the address. */
export function tenures(
  events: readonly Event[],
  address: string,
  endUs: Us = endOfWatch(events),
): Tenure[] {
  const found: Tenure[] = [];
  let having: readonly string[] = [];
  let since: EventOf<"address"> | undefined;
  for (const event of only(events, "address")) {
    if (event.address !== address || event.tUs > endUs) continue;
    const before = having.at(-1);
    const others = having.filter((node) => node !== event.node);
    if (event.action === "removed") having = others;
    else if (!having.includes(event.node)) having = [...having, event.node];
    const now = having.at(-1);
    if (now === before) continue;
    if (since !== undefined && before !== undefined) {
      found.push({ node: before, startUs: since.tUs, endUs: event.tUs, event: since.seq });
    }
    since = event;
  }
  const last = having.at(-1);
  if (since !== undefined && last !== undefined) {
    found.push({ node: last, startUs: since.tUs, endUs, event: since.seq });
  }
  return found;
}

/** A change of the holder, from one node to another; the address may have been nowhere in between. */
export interface Move {
  readonly tUs: Us;
  readonly from: string;
  readonly to: string;
  readonly event: number;
}

export function moves(list: readonly Tenure[]): Move[] {
  return list.flatMap((tenure, index) => {
    const before = list[index - 1];
    if (before === undefined || before.node === tenure.node) return [];
    return [{ tUs: tenure.startUs, from: before.node, to: tenure.node, event: tenure.event }];
  });
}

/** Spans in which two nodes held the address at once. */
export interface Overlap extends Interval {
  readonly first: Holding;
  readonly second: Holding;
}

export function overlaps(list: readonly Holding[]): Overlap[] {
  const found: Overlap[] = [];
  list.forEach((first, index) => {
    for (const second of list.slice(index + 1)) {
      if (first.node === second.node) continue;
      const shared = intersect(first, second);
      if (shared !== undefined) found.push({ ...shared, first, second });
    }
  });
  return found.sort((a, b) => a.startUs - b.startUs);
}

/** Spans inside `within` in which none of the intervals holds. */
export function gaps(intervals: readonly Interval[], within: Interval): Interval[] {
  const found: Interval[] = [];
  let cursor = within.startUs;
  for (const item of [...intervals].sort((a, b) => a.startUs - b.startUs)) {
    if (item.startUs > cursor) {
      found.push({ startUs: cursor, endUs: Math.min(item.startUs, within.endUs) });
    }
    cursor = Math.max(cursor, item.endUs);
  }
  if (cursor < within.endUs) found.push({ startUs: cursor, endUs: within.endUs });
  return found.filter((gap) => durationUs(gap) > 0);
}

export function phaseSpan(events: readonly Event[], phase: Phase): Interval | undefined {
  const edges = only(events, "phase").filter((event) => event.phase === phase);
  const begin = edges.find((event) => event.edge === "begin");
  if (begin === undefined) return undefined;
  const end = edges.find((event) => event.edge === "end");
  return { startUs: begin.tUs, endUs: end?.tUs ?? endOfHistory(events) };
}

/** The span that is judged for safety: from the end of `settle` to the start of `collect`. */
export function judgedSpan(events: readonly Event[]): Interval | undefined {
  const disturb = phaseSpan(events, "disturb");
  if (disturb === undefined) return undefined;
  const collect = phaseSpan(events, "collect");
  return { startUs: disturb.startUs, endUs: collect?.startUs ?? endOfHistory(events) };
}

/** The moment a fault began to act: just before its injection, on the node's clock. */
export function injections(events: readonly Event[]): EventOf<"fault">[] {
  return only(events, "fault").filter(
    (event) => event.action === "inject" && event.edge === "begin",
  );
}
