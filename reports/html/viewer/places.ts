/** Where an event is, as far as lanes and story say it: without the events themselves. */
import type { WireTimeline } from "../timeline/wire.ts";
import type { Row } from "./layout.ts";

/** -1: in none. */
export function rowOfEvent(rows: readonly Row[], seq: number): number {
  return rows.findIndex(({ lane }) => lane.marks.seq.includes(seq) || lane.spans.seq.includes(seq));
}

export function timeInLanes(
  rows: readonly Row[],
  story: WireTimeline["story"],
  seq: number,
): number | undefined {
  for (const { lane } of rows) {
    const { marks, spans } = lane;
    const tUs = marks.tUs[marks.seq.indexOf(seq)] ?? spans.startUs[spans.seq.indexOf(seq)];
    if (tUs !== undefined) return tUs;
  }
  return story.find(([, own]) => own === seq)?.[0];
}

export function storyOf(story: WireTimeline["story"], seq: number): string {
  return story.find(([, own]) => own === seq)?.[2] ?? `event ${seq}`;
}

/** From the entry that is chosen, or else from a time; nothing at either end. */
export function storyBeside(
  story: WireTimeline["story"],
  from: { readonly seq: number | undefined; readonly tUs: number },
  direction: 1 | -1,
): WireTimeline["story"][number] | undefined {
  const here = story.findIndex(([, seq]) => seq === from.seq);
  if (here >= 0) return story[here + direction];
  return direction === 1
    ? story.find(([tUs]) => tUs > from.tUs)
    : story.findLast(([tUs]) => tUs < from.tUs);
}
