/** What the parts of the time line hand in. */
import type { Us } from "../harness/core/time.ts";

export type Tone = "plain" | "aside" | "fault" | "bad" | "good";

/** One line of the story, before it has its zero. */
export interface Fact {
  readonly tUs: Us;
  /** A node, `run`, or a lane of clients. */
  readonly lane: string;
  readonly text: string;
  /** Seq of the event it stands on. */
  readonly seq: number;
  readonly tone: Tone;
  /** Traces of one act on one node may be told in one line. */
  readonly mergeable?: true;
}
