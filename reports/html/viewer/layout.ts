/** Where each lane lies, from top to bottom. */
import type { LaneColumns } from "../timeline/wire.ts";

export interface Row {
  readonly lane: LaneColumns;
  readonly top: number;
  readonly height: number;
  /** The first lane of a group; its name stands above. */
  readonly heading: string | undefined;
}

export const AXIS_HEIGHT = 40;
export const HEADING_HEIGHT = 22;
const HEIGHTS = { thin: 16, plain: 24, split: 38 } as const;

export function rowsOf(lanes: readonly LaneColumns[]): readonly Row[] {
  let y = AXIS_HEIGHT;
  return lanes.map((lane, index) => {
    const heading = lanes[index - 1]?.group === lane.group ? undefined : lane.group;
    if (heading !== undefined) y += HEADING_HEIGHT;
    const height = HEIGHTS[lane.size];
    const row = { lane, top: y, height, heading };
    y += height;
    return row;
  });
}

export function heightOf(rows: readonly Row[]): number {
  const last = rows.at(-1);
  return last === undefined ? AXIS_HEIGHT : last.top + last.height + 4;
}

/** The lane at a height; the nearest one where there is none. */
export function rowAt(rows: readonly Row[], y: number): number {
  const index = rows.findIndex(({ top, height }) => y < top + height);
  return index < 0 ? rows.length - 1 : index;
}
