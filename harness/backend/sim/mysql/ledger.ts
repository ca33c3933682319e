/**
 * The transactions that one server committed itself, in the order of its binary log; the n-th has GTID
 * number n. What a server has of another is always the first so many of these: replication here never
 * skips one. Regular stretches are kept as one entry, however long they are.
 */
import { assert, present } from "../../../core/assert.ts";
import type { Us } from "../../../core/time.ts";
import type { CopyRows } from "../../../history/events.ts";
import type { Lane } from "../../../workload/workload.ts";

export interface Row {
  readonly lane: Lane;
  readonly seq: number;
  /** Generated key. */
  readonly id: number;
  readonly committedUs: Us;
}

/** Ticks of which each wrote a `fresh` row, and every second one a `held` row as well. */
export interface Stretch {
  readonly ticks: number;
  readonly freshSeq: number;
  readonly heldSeq: number;
  /** The first tick is one with a held row. */
  readonly heldFirst: boolean;
  readonly startUs: Us;
  readonly cadenceUs: Us;
  readonly id: number;
  readonly idStep: number;
  /** In that tick, the held row was committed before the fresh one. */
  readonly heldLeads: (tick: number) => boolean;
}

type Entry = { readonly first: number; readonly count: number } & (
  { readonly row: Row } | { readonly stretch: Stretch }
);

export function rowsOf(stretch: Pick<Stretch, "ticks" | "heldFirst">): number {
  return stretch.ticks + heldTicks(stretch.ticks, stretch.heldFirst);
}

/** How many of so many ticks have a held row. */
export function heldTicks(ticks: number, heldFirst: boolean): number {
  return heldFirst ? Math.ceil(ticks / 2) : Math.floor(ticks / 2);
}

export class Ledger {
  /** Lanes with rows here. */
  readonly lanes: Set<Lane> = new Set();
  private readonly entries: Entry[] = [];
  private total = 0;

  count(): number {
    return this.total;
  }

  append(row: Row): number {
    this.lanes.add(row.lane);
    this.entries.push({ first: this.total + 1, count: 1, row });
    this.total += 1;
    return this.total;
  }

  appendStretch(stretch: Stretch): number {
    if (stretch.ticks === 0) return this.total;
    const count = rowsOf(stretch);
    this.lanes.add("fresh").add("held");
    this.entries.push({ first: this.total + 1, count, stretch });
    this.total += count;
    return this.total;
  }

  row(gno: number): Row {
    const entry = this.entryOf(gno);
    if ("row" in entry) return entry.row;
    return rowIn(entry.stretch, gno - entry.first);
  }

  /** Is the generated key in one of the first so many? Keys only grow. */
  hasId(id: number, upTo: number): boolean {
    let low = 1;
    let high = Math.min(upTo, this.total);
    while (low <= high) {
      const middle = (low + high) >> 1;
      const found = this.row(middle).id;
      if (found === id) return true;
      if (found < id) low = middle + 1;
      else high = middle - 1;
    }
    return false;
  }

  /** The highest number of a lane among the rows after `from` up to `upTo`, or 0. */
  highest(lane: Lane, from: number, upTo: number): number {
    if (upTo <= from) return 0;
    let best = 0;
    for (let index = this.indexOf(upTo); index >= 0; index -= 1) {
      const entry = present(this.entries[index], "entry");
      if (entry.first + entry.count - 1 <= from) break;
      const count = Math.min(entry.count, upTo - entry.first + 1);
      if ("row" in entry) {
        if (entry.row.lane === lane) best = Math.max(best, entry.row.seq);
        continue;
      }
      const held = heldAmong(entry.stretch, count);
      const { freshSeq, heldSeq } = entry.stretch;
      const some = lane === "held" ? held : lane === "fresh" ? count - held : 0;
      if (some > 0) best = Math.max(best, (lane === "held" ? heldSeq : freshSeq) + some - 1);
    }
    return best;
  }

  /** The first so many rows as runs by lane. */
  rows(upTo: number, server: string): CopyRows[] {
    const ranges = new Map([...this.lanes].map((lane) => [lane, [] as [number, number][]]));
    const of = (lane: Lane): [number, number][] => present(ranges.get(lane), lane);
    for (const entry of this.entries) {
      if (entry.first > upTo) break;
      const count = Math.min(entry.count, upTo - entry.first + 1);
      if ("row" in entry) extend(of(entry.row.lane), entry.row.seq, 1);
      else {
        const { freshSeq, heldSeq } = entry.stretch;
        const held = heldAmong(entry.stretch, count);
        extend(of("fresh"), freshSeq, count - held);
        extend(of("held"), heldSeq, held);
      }
    }
    return [...ranges]
      .filter(([, found]) => found.length > 0)
      .map(([lane, found]) => ({ lane, server, ranges: inOrder(found) }));
  }

  private entryOf(gno: number): Entry {
    assert(gno >= 1 && gno <= this.total, `transaction ${gno} of ${this.total}`);
    return present(this.entries[this.indexOf(gno)], `transaction ${gno}`);
  }

  private indexOf(gno: number): number {
    let low = 0;
    let high = this.entries.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.entries[middle]?.first ?? 0) <= gno) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** Two ticks have three rows. The tick of a row, and which of the tick's rows it is. */
function placeOf(stretch: Stretch, index: number): { tick: number; position: number } {
  const pair = Math.floor(index / 3);
  const rest = index % 3;
  const split = stretch.heldFirst ? 2 : 1;
  return rest < split
    ? { tick: 2 * pair, position: rest }
    : { tick: 2 * pair + 1, position: rest - split };
}

function hasHeld(stretch: Stretch, tick: number): boolean {
  return (tick % 2 === 0) === stretch.heldFirst;
}

function rowIn(stretch: Stretch, index: number): Row {
  const { tick, position } = placeOf(stretch, index);
  const leads = hasHeld(stretch, tick) && stretch.heldLeads(tick);
  const held = hasHeld(stretch, tick) && (position === 0) === leads;
  return {
    lane: held ? "held" : "fresh",
    seq: held ? stretch.heldSeq + heldTicks(tick, stretch.heldFirst) : stretch.freshSeq + tick,
    id: stretch.id + index * stretch.idStep,
    committedUs: stretch.startUs + tick * stretch.cadenceUs,
  };
}

/** How many of the first so many rows are of the held lane. */
function heldAmong(stretch: Stretch, count: number): number {
  const { tick, position } = placeOf(stretch, count);
  const before = heldTicks(tick, stretch.heldFirst);
  return position === 1 && hasHeld(stretch, tick) && stretch.heldLeads(tick) ? before + 1 : before;
}

function extend(ranges: [number, number][], seq: number, count: number): void {
  if (count === 0) return;
  const last = ranges.at(-1);
  if (last !== undefined && last[1] === seq - 1) last[1] = seq + count - 1;
  else ranges.push([seq, seq + count - 1]);
}

/** A write that was held up can be committed after a later one of its lane. */
function inOrder(ranges: readonly [number, number][]): [number, number][] {
  const merged: [number, number][] = [];
  for (const [first, last] of ranges.toSorted((a, b) => a[0] - b[0])) {
    extend(merged, first, last - first + 1);
  }
  return merged;
}
