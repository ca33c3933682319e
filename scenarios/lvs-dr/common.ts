/** Pieces that the stories of the row `lvs-dr` share. */
import {
  after,
  defaultWorkload,
  passes,
  seconds,
  when,
  type Expectation,
  type Fault,
  type Scenario,
  type Step,
  type Topology,
} from "../../harness/scenario/index.ts";
import { lvsDr } from "../shared/lvs-dr.ts";
import { drill, type Story } from "../stories/common.ts";
import type { Row } from "../stories/row.ts";

export const lvsDrRow: Row = {
  name: "lvs-dr",
  topology: lvsDr(),
  preempts: true,
  checksMysql: true,
  goodbyeGapMsMax: 1000, // skew(90) is 648 ms
  noticeMsMax: 9000, // of a real server: delay_loop 6 and one retry of 3 s
  returnMsMax: 8000,
};

/** Every server gets its share: no client sticks to one. */
export const UNSTUCK: Topology = lvsDr({ persistent: false, variant: "no persistence" });

export function lvsDrill(story: Story): Scenario {
  return drill(lvsDrRow, story);
}

/** delay_loop of the document, and one phase of it. */
const LOOP_US = seconds(6);

/**
 * The step `fault`, at any phase of the checks and after the first one of each director, which is not repeated and comes up to
 * 1 s + delay_loop after its start.
 */
export function strikeServer(fault: Fault): Step {
  return { id: "fault", when: after(seconds(1) + LOOP_US, LOOP_US), fault };
}

/**
 * The active director has removed it; the other one's checks come up to delay_loop later. A refused port: delay_loop and one
 * retry, 9 s, and up to 0.75 s for a stop. A cut one: two attempts of 3 s more.
 */
export function removedWithin(boundSeconds: number, thenSeconds: number = 7): Step {
  return {
    id: "removed",
    when: when("real-server-removed", seconds(boundSeconds), seconds(thenSeconds)),
  };
}

/**
 * A removal comes at a tick of a check: whatever follows at a fixed distance would always meet the same moment between two
 * ticks, and times of returns over many runs would be one time. So healing waits for a part of delay_loop that is drawn.
 */
export const anyMoment: Step["when"] = after(0, LOOP_US);

export const REFUSED_SECONDS = 12;
export const DROPPED_SECONDS = 18;

/**
 * A server that answers again is found at its next check: delay_loop later at most, and as long as an attempt lasts if one was
 * under way. After that both directors have it.
 */
export const complete: Step = {
  id: "complete",
  when: when("real-servers-complete", seconds(16), seconds(7)),
};

/** Clients that wait: longer than any failover here, so that what they were told is not their own impatience. */
export const PATIENT: Scenario["workload"] = {
  ...defaultWorkload,
  operationDeadlineUs: seconds(10),
};

/** The directors had no part in it: the VIP stays where it is. */
export const directorUntouched: readonly Expectation[] = [
  passes("single-holder", {}, { overlaps: [] }),
  passes("vip-available"),
  passes("no-flapping", { maxMoves: 0 }),
];

/** Replication may have to notice first that its source was gone: `replica_net_timeout` is 60 s. */
export const caughtUp: Step = {
  id: "caught-up",
  when: when("replication-caught-up", seconds(90)),
};
