/** What a story needs to know of the row it is told of. */
import type { Topology } from "../../harness/scenario/index.ts";

export interface Row {
  /** First half of the scenario's name. */
  readonly name: string;
  readonly topology: Topology;
  /** The first holder takes the VIP back once it is healthy again. */
  readonly preempts: boolean;
  /** keepalived notices a dead MySQL, because something checks it. */
  readonly checksMysql: boolean;
  /** Longest time without a VIP when the holder says goodbye: the standby's skew, and a margin. */
  readonly goodbyeGapMsMax: number;
  /** Longest time the check needs to act on a dead mysqld. */
  readonly noticeMsMax: number;
  /** Longest wait for the preferred holder to take the VIP back: its master-down time and a margin. */
  readonly returnMsMax: number;
}
