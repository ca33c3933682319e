/** The nodes' copies of the workload table, as the run collected them. */
import { only, type CopyKey, type CopyRows, type Event } from "../history/events.ts";

export interface Copy {
  readonly rows: readonly CopyRows[];
  /** Generated keys by row, of rows that not every copy has alike. */
  readonly keys?: ReadonlyMap<string, number>;
}

/** By node; a copy that could not be read is not there. */
export function copies(events: readonly Event[]): Map<string, Copy> {
  return new Map(
    only(events, "copy")
      .filter((event) => event.unreadable === undefined)
      .map(({ node, rows, keys }) => [node, { rows, ...(keys === undefined ? {} : byRow(keys)) }]),
  );
}

function byRow(keys: readonly CopyKey[]): { keys: Map<string, number> } {
  return { keys: new Map(keys.map(([lane, seq, key]) => [rowName(lane, seq), key])) };
}

export function rowName(lane: string, write: number): string {
  return `${lane}#${write}`;
}

export function hasRow(copy: Copy, lane: string, write: number): boolean {
  return copy.rows.some(
    (rows) =>
      rows.lane === lane && rows.ranges.some(([first, last]) => first <= write && write <= last),
  );
}

/** Every row of a copy by name, with the server that committed it. */
export function rowNames(copy: Copy): Map<string, string> {
  const names = new Map<string, string>();
  for (const { lane, server, ranges } of copy.rows) {
    for (const [first, last] of ranges) {
      for (let write = first; write <= last; write += 1) names.set(rowName(lane, write), server);
    }
  }
  return names;
}

/** One generated key, given to different rows on different nodes. */
export interface Clash {
  readonly key: number;
  readonly rows: readonly { readonly node: string; readonly row: string }[];
}

/** In order of keys: the first is the one that replication stumbled over, or lies before it. */
export function clashes(tables: ReadonlyMap<string, Copy>): Clash[] {
  const holders = new Map<number, { node: string; row: string }[]>();
  for (const [node, { keys = [] }] of tables) {
    for (const [row, key] of keys) {
      const known = holders.get(key);
      if (known === undefined) holders.set(key, [{ node, row }]);
      else known.push({ node, row });
    }
  }
  return [...holders]
    .map(([key, rows]) => ({ key, rows }))
    .filter(({ rows }) => rows.some(({ row }) => row !== rows[0]?.row))
    .sort((a, b) => a.key - b.key);
}

/** `key 1 is held#1 on db1 and at-db2#1 on db2, and so with 13 more`; nothing if keys do not clash. */
export function clashWords(found: readonly Clash[]): string | undefined {
  const [first] = found;
  if (first === undefined) return undefined;
  const more = found.length - 1;
  const rows = first.rows.map(({ node, row }) => `${row} on ${node}`).join(" and ");
  return `key ${first.key} is ${rows}${more === 0 ? "" : `, and so with ${more} more`}`;
}

export function clashFact({ key, rows }: Clash): { key: number; rows: Record<string, string> } {
  return { key, rows: Object.fromEntries(rows.map(({ node, row }) => [node, row])) };
}
