/**
 * Every fault of the catalogue against every row. An entry says what the fault is; a row's declaration says what
 * becomes of the VIP, and which checkers then say something else than pass.
 */
import {
  after,
  fails,
  passes,
  seconds,
  when,
  type Expectation,
  type Fault,
  type Scenario,
  type Step,
  type Topology,
  type Versions,
} from "../../harness/scenario/index.ts";
import {
  afterSplit,
  both,
  dataAndCleanUp,
  drill,
  home,
  homecoming,
  moved,
  served,
  servedAtHome,
  startKeepalivedAgain,
  strike,
} from "../stories/common.ts";
import type { Row } from "../stories/row.ts";

/**
 * What becomes of the VIP while the fault is in force. `stays`: on its holder, and nowhere else. `moves`: to the other
 * node, and only there. `both`: two nodes hold it. `nobody`: no node does. `wanders`: it may move, once or several times.
 */
export type Becomes = "stays" | "moves" | "both" | "nobody" | "wanders";

export interface Declared {
  readonly becomes: Becomes;
  /** Instead of the checkers' usual answer for what becomes of the VIP. */
  readonly but?: readonly Expectation[];
  /** How long a fault that moves nothing is watched. */
  readonly watchSeconds?: number;
  /** After healing: the VIP comes home or stays; absent: as the row is configured. */
  readonly after?: "home" | "away" | "anywhere";
  /** Longest time until clients can write again after healing; 5 s unless said. */
  readonly backSeconds?: number;
  /** Clients are not back at work soon after the VIP is home: the end of the drill does not wait for them. */
  readonly unserved?: true;
  /** Replication may need so long to notice what happened; without it the drill does not wait for it. */
  readonly caughtUpSeconds?: number;
  /** keepalived has to be started by hand on this node. */
  readonly start?: string;
  readonly only?: Versions;
}

export interface Entry {
  /** Second half of the scenario's name. */
  readonly story: string;
  readonly title: string;
  readonly why: string;
  readonly fault: Fault;
  /** Rows whose topology the fault says nothing about are left out. */
  readonly rows: Readonly<Record<string, Declared>>;
  /** A set-up of its own, such as a small disk. */
  readonly topology?: (row: Row) => Topology;
}

const WATCH_SECONDS = 6;
/** A wandering VIP is given this long to come to rest once the fault is healed. */
const REST_US = seconds(12);

export function matrixOf(row: Row, entries: readonly Entry[]): readonly Scenario[] {
  return entries.flatMap((entry) => {
    const declared = entry.rows[row.name];
    return declared === undefined ? [] : [cell(row, entry, declared)];
  });
}

function cell(row: Row, entry: Entry, declared: Declared): Scenario {
  const { story, title, why, fault, topology } = entry;
  const { only } = declared;
  return drill(row, {
    story,
    title,
    why,
    ...(only === undefined ? {} : { only }),
    ...(topology === undefined ? {} : { topology: topology(row) }),
    disturb: [strike(fault), ...whileInForce(declared)],
    recover: [
      ...(declared.start === undefined ? [] : [startKeepalivedAgain(declared.start)]),
      ...afterwards(row, declared),
      ...(declared.caughtUpSeconds === undefined ? [] : [caughtUp(declared.caughtUpSeconds)]),
    ],
    expect: replaced(usual(row, declared.becomes), declared.but ?? []),
  });
}

function caughtUp(boundSeconds: number): Step {
  return { id: "caught-up", when: when("replication-caught-up", seconds(boundSeconds)) };
}

function whileInForce({ becomes, watchSeconds = WATCH_SECONDS }: Declared): readonly Step[] {
  switch (becomes) {
    case "stays":
    case "wanders":
      return [{ id: "watch", when: after(seconds(watchSeconds)) }];
    case "moves":
      return [moved, served];
    case "both":
      return [both];
    case "nobody":
      return [{ id: "nobody", when: when("no-holder", seconds(12), seconds(2)) }];
  }
}

function afterwards(row: Row, declared: Declared): readonly Step[] {
  if (declared.unserved === true) return [home(row), { id: "unserved", when: after(seconds(4)) }];
  const { becomes, after: end } = declared;
  if (end === "anywhere" || becomes === "wanders") {
    return [{ id: "rest", when: when("one-holder", REST_US, seconds(6)) }, servedAtHome];
  }
  if (becomes === "stays") {
    const back = when("writes-resumed", seconds(declared.backSeconds ?? 5), seconds(0.5));
    return [
      { id: "rest", when: after(seconds(2)) },
      { ...servedAtHome, when: back },
    ];
  }
  if (becomes === "both") return afterSplit(row);
  return homecoming({ ...row, preempts: end === undefined ? row.preempts : end === "home" });
}

function usual(row: Row, becomes: Becomes): readonly Expectation[] {
  const split = fails("single-holder", "two nodes hold the VIP while the fault is in force");
  const lonely = fails("vip-available", "no node holds the VIP while the fault is in force");
  const availability = passes("vip-available", { maxGapMs: row.goodbyeGapMsMax });
  return [
    passes("schedule-followed"),
    ...(becomes === "both" ? [split] : []),
    ...(becomes === "stays" || becomes === "moves" ? [passes("single-holder")] : []),
    ...(becomes === "stays" ? [passes("no-flapping", { maxMoves: 0 })] : []),
    ...(becomes === "nobody" ? [lonely] : []),
    ...(becomes === "stays" || becomes === "moves" || becomes === "both" ? [availability] : []),
    passes("holder-can-serve"),
    ...dataAndCleanUp,
  ];
}

/**
 * A declared checker takes the place of the usual one of its name, or comes after all of them. Declarations for versions
 * are about keepalived 2.2 and 2.3, which is every version that the lab has; elsewhere nothing is said of that checker.
 */
function replaced(
  base: readonly Expectation[],
  own: readonly Expectation[],
): readonly Expectation[] {
  const names = new Set(own.map(({ checker }) => checker));
  return [...base.filter(({ checker }) => !names.has(checker)), ...own];
}
