/** Document 002: who has the VIP with nopreempt on both nodes, and how it is handed back. */
import {
  after,
  fails,
  milliseconds,
  passes,
  seconds,
  when,
  type Fault,
  type Scenario,
  type Step,
} from "../../harness/scenario/index.ts";
import {
  cleanFailover,
  dataAndCleanUp,
  drill,
  FIRST_HOLDER,
  FIRST_STANDBY,
  moved,
  served,
  servedAtHome,
  strike,
} from "../stories/common.ts";
import type { Row } from "../stories/row.ts";

const keepalived = (kind: "keepalived-stopped", name: string): Fault => ({ kind, node: { name } });
const stop = (id: string, name: string): Step => ({
  id,
  when: after(milliseconds(500)),
  fault: keepalived("keepalived-stopped", name),
});

/** Long enough for a node that preempts to have taken the VIP: its master-down time is 3.6 s. */
const STAYS_US = seconds(6);

/** One failure, one move: the VIP is on the other node, and the first one is back without it. */
const failedAndRecovered: readonly Step[] = [
  strike({ kind: "keepalived-stopped", node: { role: "holder" } }),
  moved,
  served,
  { id: "recovers", when: after(0), heal: "fault" },
  { id: "stays", when: after(STAYS_US) },
];

export function startedTogether(row: Row): Scenario {
  return drill(row, {
    story: "started-together",
    title: "Both nodes start keepalived, the preferred one a moment before the other",
    why:
      "What the document says of an election: nobody holds the VIP yet, so that nopreempt has nothing to protect. The " +
      "priorities 100 and 90 are worth 39 ms: that much later the preferred node may start, and no more.",
    disturb: [
      stop("stop-other", FIRST_STANDBY),
      stop("stop-preferred", FIRST_HOLDER),
      { id: "nobody", when: when("no-holder", seconds(5), seconds(1)) },
      { id: "start-preferred", when: after(0), heal: "stop-preferred" },
      { id: "start-other", when: after(0), heal: "stop-other" },
      { id: "elected", when: when("vip-home", seconds(8)) },
      servedAtHome,
    ],
    expect: [
      passes("schedule-followed"),
      passes("single-holder"),
      fails("vip-available", "nobody runs keepalived for a while, as drilled", {}),
      ...dataAndCleanUp,
    ],
  });
}

export function otherStartedFirst(row: Row): Scenario {
  return drill(row, {
    story: "other-started-first",
    title: "The node with the lower priority starts keepalived first",
    why:
      "After a power cut the quicker host wins, not the preferred one: once it has the VIP nopreempt keeps the " +
      "other one away.",
    disturb: [
      stop("stop-other", FIRST_STANDBY),
      stop("stop-preferred", FIRST_HOLDER),
      { id: "nobody", when: when("no-holder", seconds(5), seconds(1)) },
      { id: "start-other", when: after(0), heal: "stop-other" },
      { id: "elected", when: when("vip-moved", seconds(8)) },
      { id: "start-preferred", when: after(0), heal: "stop-preferred" },
      { id: "stays", when: after(STAYS_US) },
    ],
    expect: [
      passes("schedule-followed"),
      passes("single-holder"),
      passes("preemption", { expect: "stays" }),
      ...dataAndCleanUp,
    ],
    promises: [
      {
        promise: "002/election-by-priority",
        comesOut: "kept-only-if",
        note: "the preferred node starts no more than 39 ms after the other one, the difference of their master-down times",
      },
    ],
  });
}

export function recoveredNodeStays(row: Row): Scenario {
  return drill(row, {
    story: "recovered-node-stays-away",
    title: "keepalived is stopped on the holder and started again",
    why: "The point of nopreempt: one failure, one move. Clients are not interrupted a second time.",
    disturb: [...failedAndRecovered],
    expect: [
      ...cleanFailover(row),
      passes("preemption", { expect: "stays" }),
      passes("arp-converged"),
      passes("no-flapping", { maxMoves: 1 }),
    ],
    promises: [
      { promise: "002/no-return", comesOut: "kept" },
      { promise: "002/neighbours-follow", comesOut: "kept" },
    ],
  });
}

export function handBack(row: Row): Scenario {
  return drill(row, {
    story: "hand-back",
    title: "The VIP is given back by dropping nopreempt and reloading, and nopreempt is put back",
    why: "The document's procedure for an operator who wants the first node to serve again, without stopping anything.",
    disturb: [
      ...failedAndRecovered,
      {
        id: "drop-nopreempt",
        when: after(0),
        fault: {
          kind: "keepalived-reconfigured",
          node: { name: FIRST_HOLDER },
          edits: [{ find: "    nopreempt\n", replace: "" }],
          apply: "reload",
        },
      },
      { id: "home", when: when("vip-home", seconds(8)) },
      servedAtHome,
      { id: "put-back", when: after(0), heal: "drop-nopreempt" },
      { id: "stays-home", when: after(STAYS_US) },
    ],
    expect: [
      ...cleanFailover(row),
      passes("no-flapping", { maxMoves: 2 }),
      passes("arp-converged"),
    ],
    promises: [{ promise: "002/hand-back", comesOut: "kept" }],
  });
}

export function splitMovesItBack(row: Row): Scenario {
  return drill(row, {
    story: "split-moves-it-back",
    title: "After a failover VRRP is lost for a moment between the nodes",
    why:
      "nopreempt holds a backup back that hears its master. One that hears nothing becomes master, and when the " +
      "network is back the higher priority wins: the VIP leaves a healthy holder after all.",
    disturb: [
      ...failedAndRecovered,
      {
        id: "block",
        when: after(0),
        fault: { kind: "vrrp-blocked", node: { role: "holder" }, direction: "both" },
      },
      { id: "both", when: when("two-holders", seconds(8), seconds(1)) },
      { id: "lift", when: after(0), heal: "block" },
      { id: "home", when: when("vip-home", seconds(8)) },
      servedAtHome,
    ],
    expect: [
      passes("schedule-followed"),
      fails("single-holder", "both are master while neither hears the other"),
      passes("preemption", { expect: "returns" }),
      ...dataAndCleanUp,
    ],
    promises: [
      {
        promise: "002/no-fight-over-vip",
        comesOut: "broken",
        note: "a backup that hears nothing for 3.6 s becomes master, and keeps the VIP by its priority",
      },
    ],
  });
}
