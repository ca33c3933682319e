/** The time line's model: lanes of spans and marks, before they are packed for the page. */
import { compareText } from "../../../harness/core/text.ts";
import type { Interval, Us } from "../../../harness/core/time.ts";
import type { Event } from "../../../harness/history/events.ts";
import type { ResolvedTopology } from "../../../harness/topology/resolve.ts";
import { nodeLook, type MarkLookName, type SpanLookName } from "./looks.ts";
import type { LaneSize } from "./wire.ts";

export interface LaneSpan extends Interval {
  readonly look: SpanLookName;
  readonly text: string;
  /** Of the event it stands on. */
  readonly seq: number;
}

export interface LaneMark {
  readonly tUs: Us;
  readonly look: MarkLookName;
  readonly text: string;
  readonly seq: number;
}

export interface Lane {
  readonly group: string;
  readonly label: string;
  /** What the lane shows and how it is known, in a sentence. */
  readonly hint: string;
  /** In order of their begin; of two in one place the later one lies on top. */
  readonly spans: readonly LaneSpan[];
  readonly marks: readonly LaneMark[];
  /** Thin lanes are background to the others; in split ones spans lie above the marks. Plain when absent. */
  readonly size?: LaneSize;
}

/** What all lanes are made from. */
export interface Source {
  readonly events: readonly Event[];
  /** Absent when the cluster never came to be: then there are no VIPs and no nodes. */
  readonly topology: ResolvedTopology | undefined;
  readonly endUs: Us;
  /** Where the watching of the cluster ended. */
  readonly watchEndUs: Us;
}

export function nodeNames({ topology }: Source): string[] {
  return topology?.nodes.map((node) => node.name) ?? [];
}

/** A node's colour, or that of nobody known. */
export function lookOfNode(source: Source, name: string | undefined): `node-${number}` | undefined {
  const index = name === undefined ? -1 : nodeNames(source).indexOf(name);
  return index < 0 ? undefined : nodeLook(index);
}

/** Values that follow one another: each lasts until the next one. */
export function lasting(
  changes: readonly {
    readonly tUs: Us;
    readonly seq: number;
    /** Absent: nothing is shown until the next change. */
    readonly shown?: { readonly look: SpanLookName; readonly text: string } | undefined;
  }[],
  endUs: Us,
): LaneSpan[] {
  return changes.flatMap(({ tUs, seq, shown }, index) => {
    const untilUs = Math.max(tUs, changes[index + 1]?.tUs ?? endUs);
    return shown === undefined ? [] : [{ startUs: tUs, endUs: untilUs, seq, ...shown }];
  });
}

/** Groups in the order of the topology's nodes, what is none of them after. */
export function byName<T>(
  source: Source,
  items: readonly T[],
  nameOf: (item: T) => string,
): [string, T[]][] {
  const order = nodeNames(source);
  const place = (name: string): number =>
    order.includes(name) ? order.indexOf(name) : order.length;
  return [...Map.groupBy(items, nameOf)].sort(
    ([a], [b]) => place(a) - place(b) || compareText(a, b),
  );
}
