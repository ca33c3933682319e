/** The nodes' copies of the workload table, as the run collected them. */
import { only, type CopyRows, type Event } from "../history/events.ts";

export interface Copy {
  readonly rows: readonly CopyRows[];
}

/** By node; a copy that could not be read is not there. */
export function copies(events: readonly Event[]): Map<string, Copy> {
  return new Map(
    only(events, "copy")
      .filter((event) => event.unreadable === undefined)
      .map((event) => [event.node, { rows: event.rows }]),
  );
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
      for (let write = first; write <= last; write += 1) names.set(`${lane}#${write}`, server);
    }
  }
  return names;
}
