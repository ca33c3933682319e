/** Pieces that most stories share: how a drill begins, how it ends, what is always expected. */
import {
  after,
  milliseconds,
  passes,
  seconds,
  when,
  type Expectation,
  type Step,
  type Trigger,
  type Us,
} from "../../harness/scenario/index.ts";
import type { Row } from "./row.ts";

/** Load before the first fault: enough writes to lose some. */
export const WARM_UP_US: Us = milliseconds(1000);

/** The fault falls anywhere in two seconds: every phase of a 1 s advert and of a 2 s check. */
export const ANY_PHASE: Trigger = after(milliseconds(100), seconds(2));

/** After a move: let clients work on the new holder before anything else happens. */
const SERVE_US = milliseconds(1000);

/** No failover here takes longer; past this it is not coming. */
const MOVE_BOUND_US = seconds(12);

export const moved: Step = {
  id: "moved",
  when: when("vip-moved", MOVE_BOUND_US),
};

export const served: Step = {
  id: "served",
  when: when("writes-resumed", seconds(5), SERVE_US),
};

/** Back to normal as an operator would: keepalived started on the first holder, and the wait for it. */
export function startKeepalivedAgain(node: string): Step {
  return {
    id: "start-keepalived",
    when: after(0),
    fault: { kind: "service-started", node: { name: node }, service: "keepalived" },
  };
}

export function home(row: Row): Step {
  return { id: "home", when: when("vip-home", milliseconds(row.returnMsMax)) };
}

export const servedAtHome: Step = {
  id: "served-at-home",
  when: when("writes-resumed", seconds(5), milliseconds(500)),
};

/** Data and clean-up: expected of every drill, whatever the VIP did. */
export const dataAndCleanUp: readonly Expectation[] = [
  passes("no-lost-write"),
  passes("replication-converged"),
  passes("nothing-leaked"),
];
