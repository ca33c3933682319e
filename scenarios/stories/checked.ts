/**
 * MySQL is checked by a `virtual_server` whose `notify_down` ends keepalived: what rows with that recipe have in common.
 * Times of TCP_CHECK: delay_loop D, R retries Dr apart, attempts of at most C (keepalived `check_tcp.c:tcp_epilog`).
 */
import {
  after,
  defaultWorkload,
  fails,
  milliseconds,
  passes,
  seconds,
  when,
  type Fault,
  type PromiseTried,
  type Scenario,
  type Step,
  type Topology,
  type Workload,
} from "../../harness/scenario/index.ts";
import { baseline } from "./baseline.ts";
import {
  cleanFailover,
  dataAndCleanUp,
  drill,
  homecoming,
  QUIET,
  served,
  servedAtHome,
  type Story,
} from "./common.ts";
import { withShortQueue } from "../shared/back-log.ts";
import type { Row } from "./row.ts";

/** A way of checking MySQL, and how long it takes. */
export interface Recipe {
  /** Begins the stories' names. */
  readonly name: string;
  readonly row: Row;
  readonly topology: Topology;
  readonly delayLoopSeconds: number;
  /** Retries that keepalived makes, whatever the text asks for. */
  readonly retries: number;
}

/** delay_before_retry and connect_timeout of all three documents. */
const RETRY_SECONDS = 3;
const ATTEMPT_SECONDS = 3;

/** From the removal to the VIP on the other node: notify_down, a goodbye and skew(90), 0.65 s. Machines are late. */
const HAND_OVER_SECONDS = 2;

/** Where the servers run under kernels of their own, ten ticks a second are what they serve beside everything else. */
const IN_GUESTS: Workload = { ...defaultWorkload, cadenceUs: milliseconds(100) };

/** A refused port: a whole D, then the retries. */
function refusedSeconds({ delayLoopSeconds, retries }: Recipe): number {
  return delayLoopSeconds + retries * RETRY_SECONDS;
}

/** SYNs that are dropped: every attempt lasts. */
function droppedSeconds(recipe: Recipe): number {
  return refusedSeconds(recipe) + (recipe.retries + 1) * ATTEMPT_SECONDS;
}

export function recipeDrill(recipe: Recipe, story: Story): Scenario {
  return drill(recipe.row, {
    topology: recipe.topology,
    workload: IN_GUESTS,
    ...story,
    story: `${recipe.name}-${story.story}`,
  });
}

/**
 * The step `fault`, at any phase of the check and of the adverts, and after the first check: that one is not repeated
 * and comes up to 1 s + delay_loop after keepalived's start.
 */
export function strikeChecked({ delayLoopSeconds }: Recipe, fault: Fault): Step {
  const when = after(seconds(1 + delayLoopSeconds), seconds(Math.max(2, delayLoopSeconds)));
  return { id: "fault", when, fault };
}

export function movedWithin(boundSeconds: number): Step {
  return { id: "moved", when: when("vip-moved", seconds(boundSeconds)) };
}

const HOLDER = { role: "holder" } as const;
/** After a move: the node that had the VIP before. With nopreempt that is whichever came up first, not always the preferred one. */
const STANDBY = { role: "standby" } as const;

/**
 * A parent that misses the end of a child waits 5 s for it and ends then ("checker process failed to die - forcing termination", seen once
 * with 2.2.7, whose checker had said that it stopped); started before that, keepalived finds itself running.
 */
const PARENT_WAITS_US = seconds(5);

export const startOnOldHolder: Step = {
  id: "start-keepalived",
  when: after(PARENT_WAITS_US),
  fault: { kind: "service-started", node: STANDBY, service: "keepalived" },
};

export function checkedBaseline(recipe: Recipe, promises: readonly PromiseTried[] = []): Scenario {
  const row = { ...recipe.row, topology: recipe.topology };
  const { title: _title, why: _why, name, ...rest } = baseline(row, promises);
  return {
    ...rest,
    name: name.replace("/", `/${recipe.name}-`),
    title: "Nothing is disturbed, and MySQL is checked",
    why:
      "Clients reach the server through IPVS on its own host, as masquerading with persistence to the only real server: it has to " +
      "work before it can fail.",
    workload: IN_GUESTS,
  };
}

export interface Gone extends Pick<Story, "story" | "title" | "why"> {
  readonly fault: Fault;
  /** How long the fault itself may take. */
  readonly extraSeconds?: number;
  readonly promises?: readonly PromiseTried[];
}

/** mysqld is gone, its checker removes the only server and ends keepalived; the operator starts both again. */
export function checkedGone(recipe: Recipe, story: Gone): Scenario {
  const { fault, extraSeconds = 0, ...words } = story;
  const noticeSeconds = refusedSeconds(recipe) + extraSeconds;
  return recipeDrill(recipe, {
    ...words,
    disturb: [
      strikeChecked(recipe, fault),
      movedWithin(noticeSeconds + HAND_OVER_SECONDS + 3),
      served,
    ],
    recover: [startOnOldHolder, ...homecoming(recipe.row)],
    expect: [
      ...cleanFailover(recipe.row, { silentMsMax: noticeSeconds * 1000 + 500 }),
      passes("preemption", { expect: "stays" }),
      passes("no-flapping", { maxMoves: 1 }),
    ],
  });
}

export const mysqldStopped: Gone = {
  story: "mysqld-stopped",
  title: "mysqld is stopped cleanly on the holder",
  why:
    "The document's own test. The VIP moves as it says; how long it takes is in the check's settings, and afterwards an operator " +
    "has two services to start, MySQL first.",
  fault: { kind: "mysqld-stopped", node: HOLDER },
  extraSeconds: 0.75,
};

export const mysqldKilled: Gone = {
  story: "mysqld-killed",
  title: "mysqld is killed on the holder",
  why: "The outage everyone plans for. Every failed attempt is answered by a reset at once, so that only the waiting counts.",
  fault: { kind: "mysqld-killed", node: HOLDER },
};

/** keepalived before mysqld: the first check is not repeated, and its failure ends keepalived. */
export function keepalivedBeforeMysqld(recipe: Recipe): Scenario {
  return recipeDrill(recipe, {
    story: "keepalived-before-mysqld",
    title: "keepalived is started before mysqld is, and later the other node's keepalived stops",
    why:
      "The first check after a start comes 1 s to 1 s + delay_loop later and is not repeated, whatever the retries: keepalived " +
      "ends itself again. MySQL comes up a moment later and looks well, and there is no standby any more: the next failure has nobody to go to.",
    disturb: [
      strikeChecked(recipe, { kind: "mysqld-stopped", node: HOLDER }),
      movedWithin(refusedSeconds(recipe) + 0.75 + HAND_OVER_SECONDS + 3),
      served,
      {
        id: "too-early",
        when: after(0),
        fault: { kind: "service-started", node: STANDBY, service: "keepalived" },
      },
      { id: "first-check", when: after(seconds(recipe.delayLoopSeconds + 3)) },
      { id: "mysqld-up", when: after(0), heal: "fault" },
      {
        id: "second",
        when: after(milliseconds(500)),
        fault: { kind: "keepalived-stopped", node: HOLDER },
      },
      // Longer than the master-down time of a standby, if there were one.
      { id: "nobody", when: when("no-holder", seconds(5), seconds(4)) },
    ],
    recover: [
      { id: "back", when: when("one-holder", seconds(12)) },
      servedAtHome,
      startOnOldHolder,
      { id: "stays", when: after(milliseconds(recipe.row.returnMsMax)) },
    ],
    expect: [
      passes("schedule-followed"),
      passes("single-holder"),
      fails(
        "vip-available",
        "the standby's keepalived has ended itself at its first check, and nobody starts it",
      ),
      passes("failover-within"),
      ...dataAndCleanUp,
    ],
  });
}

export function mysqldFrozenQuiet(recipe: Recipe, watchSeconds: number): Scenario {
  return recipeDrill(recipe, {
    story: "mysqld-frozen",
    title: "mysqld freezes on the holder, and clients connect once a second",
    why:
      "The kernel goes on shaking hands for a process that hangs until its listen queue is full: 90 connections with MariaDB, 4096 with " +
      "MySQL 9.7. TCP_CHECK asks for no more than that handshake, so that a quiet server is found well for minutes while every client hangs.",
    workload: QUIET,
    disturb: [
      strikeChecked(recipe, { kind: "service-frozen", node: HOLDER, service: "mysql" }),
      { id: "watch", when: after(seconds(watchSeconds)) },
    ],
    recover: [{ ...servedAtHome, when: when("writes-resumed", seconds(8), seconds(3)) }],
    expect: [
      passes("schedule-followed"),
      passes("enough-activity", { writes: 5, reads: 5 }),
      passes("single-holder"),
      passes("vip-available"),
      passes("no-flapping", { maxMoves: 0 }),
      fails("outage-within", "the VIP stays with a server that answers nobody"),
      fails("holder-can-serve", "the check sees a handshake and is content"),
      ...dataAndCleanUp,
    ],
  });
}

/** The short queue at 10 connections a second is full after 8 s, and a loaded machine is slower. */
const FILL_SECONDS = 12;

export function mysqldFrozenBusy(recipe: Recipe): Scenario {
  const bound = droppedSeconds(recipe) + FILL_SECONDS + HAND_OVER_SECONDS;
  return recipeDrill(recipe, {
    story: "mysqld-frozen-busy",
    title:
      "mysqld freezes on the holder, its listen queue is short, and clients connect ten times a second",
    topology: withShortQueue(recipe.topology),
    why:
      "Clients fill a queue of 80 within seconds, and only then does the check begin to fail, each attempt after its whole " +
      "connect_timeout. The busier the server, the sooner its death is noticed.",
    disturb: [
      strikeChecked(recipe, { kind: "service-frozen", node: HOLDER, service: "mysql" }),
      movedWithin(bound + 10),
      served,
    ],
    recover: [startOnOldHolder, ...homecoming(recipe.row)],
    expect: [
      passes("schedule-followed"),
      passes("single-holder"),
      passes("vip-available", { maxGapMs: recipe.row.goodbyeGapMsMax }),
      fails(
        "outage-within",
        "the queue has to be full first, and then every attempt lasts",
        {},
        { maxMs: 8000 },
      ),
      passes("holder-can-serve", { maxSpellMs: bound * 1000 }),
      ...dataAndCleanUp,
    ],
  });
}
