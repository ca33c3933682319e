/** Pieces that most stories share: how a drill begins, how it ends, what is always expected. */
import {
  after,
  defaultWorkload,
  defineScenario,
  milliseconds,
  passes,
  seconds,
  when,
  type Expectation,
  type Fault,
  type Scenario,
  type Step,
  type Trigger,
  type Us,
  type Workload,
} from "../../harness/scenario/index.ts";
import type { Row } from "./row.ts";

/** Load before the first fault: enough writes to lose some. */
export const WARM_UP_US: Us = milliseconds(1000);

/** The fault falls anywhere in two seconds: every phase of a 1 s advert and of a 2 s check. */
export const ANY_PHASE: Trigger = after(milliseconds(100), seconds(2));

/** Node that holds the VIP when a drill begins: the higher priority, started first. */
export const FIRST_HOLDER = "db1";
export const FIRST_STANDBY = "db2";

/** After a move: let clients work on the new holder before anything else happens. */
const SERVE_US = milliseconds(1000);

/** No failover here takes longer; past this it is not coming. */
const MOVE_BOUND_US = seconds(12);

/** Clients that connect seldom: their connections do not fill the queue of a server that takes none. */
export const QUIET: Workload = {
  ...defaultWorkload,
  cadenceUs: seconds(1),
  healthCadenceUs: seconds(1),
};

/** What a story adds to what every drill of a row has. */
export type Story = Omit<Scenario, "name" | "topology" | "workload" | "warmUpUs" | "recover"> &
  Partial<Pick<Scenario, "topology" | "workload" | "recover">> & {
    /** Second half of the scenario's name. */
    readonly story: string;
  };

export function drill(row: Row, { story, ...rest }: Story): Scenario {
  return defineScenario({
    topology: row.topology,
    workload: defaultWorkload,
    recover: [],
    ...rest,
    name: `${row.name}/${story}`,
    warmUpUs: WARM_UP_US,
  });
}

/** The step `fault`, at any phase of the timers. */
export function strike(fault: Fault): Step {
  return { id: "fault", when: ANY_PHASE, fault };
}

export const moved: Step = {
  id: "moved",
  when: when("vip-moved", MOVE_BOUND_US),
};

export const served: Step = {
  id: "served",
  when: when("writes-resumed", seconds(5), SERVE_US),
};

/**
 * Both nodes hold the VIP, and clients are at work meanwhile. Not for long: MySQL 9.7 gives an unanswered connection up about 7 s after a
 * cut (MY-013935), and its replica then waits out `replica_net_timeout`, 60 s, for a source that has gone (seen in container runs).
 */
export const both: Step = {
  id: "both",
  when: when("two-holders", MOVE_BOUND_US, milliseconds(1500)),
};

/** What a fault does in this time is watched; longer than any failover here would need. */
export function watch(durationSeconds: number): Step {
  return { id: "watch", when: after(seconds(durationSeconds)) };
}

/** Back to normal as an operator would: keepalived started on a node. */
export function startKeepalivedAgain(node: string): Step {
  return {
    id: "start-keepalived",
    when: after(0),
    fault: { kind: "service-started", node: { name: node }, service: "keepalived" },
  };
}

/** The end of a drill: the VIP comes home and is served there, or visibly stays where it is. */
export function homecoming(row: Row): readonly Step[] {
  if (row.preempts) return [home(row), servedAtHome];
  return [{ id: "stays", when: after(milliseconds(row.returnMsMax)) }];
}

export function home(row: Row): Step {
  return { id: "home", when: when("vip-home", milliseconds(row.returnMsMax)) };
}

/**
 * After a split brain. Which of the two is heard first decides what neighbours learn: the winner announces itself only when it
 * hears the loser's advert (`vrrp.c:vrrp_state_master_rx`), so that in about half of all cases nobody is told, and clients go on
 * asking the loser until their ARP entries expire. The drill does not wait for them.
 */
export function afterSplit(row: Row): readonly Step[] {
  return [home(row), { id: "rest", when: after(seconds(2)) }];
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

/** A failover without a second holder, and everything as it was afterwards. */
export function cleanFailover(
  row: Row,
  options: { readonly gapMsMax?: number; readonly silentMsMax?: number } = {},
): readonly Expectation[] {
  const { gapMsMax = row.goodbyeGapMsMax, silentMsMax = 0 } = options;
  return [
    passes("schedule-followed"),
    passes("single-holder"),
    passes("vip-available", { maxGapMs: gapMsMax }),
    passes("failover-within"),
    passes("holder-can-serve", { maxSpellMs: silentMsMax }),
    ...dataAndCleanUp,
  ];
}
