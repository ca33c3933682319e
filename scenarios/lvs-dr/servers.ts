/** A real server fails, the directors do not. */
import {
  after,
  fails,
  passes,
  seconds,
  when,
  type Scenario,
} from "../../harness/scenario/index.ts";
import { withShortQueue } from "../shared/back-log.ts";
import { dataAndCleanUp, servedAtHome, watch, QUIET } from "../stories/common.ts";
import {
  anyMoment,
  caughtUp,
  complete,
  directorUntouched,
  DROPPED_SECONDS,
  lvsDrill,
  REFUSED_SECONDS,
  removedWithin,
  strikeServer,
  UNSTUCK,
} from "./common.ts";

const DB1 = { name: "db1" } as const;
const DB2 = { name: "db2" } as const;

const mysqldStopped = lvsDrill({
  story: "mysqld-stopped",
  title: "mysqld is stopped on a real server, and started again",
  why:
    "The document's first test: the director says in its log that it removes the server, and later that it adds it. Until then a client " +
    "that sticks to that server is refused.",
  disturb: [
    strikeServer({ kind: "mysqld-stopped", node: DB2 }),
    removedWithin(REFUSED_SECONDS),
    { id: "started", when: anyMoment, heal: "fault" },
    complete,
  ],
  expect: [
    passes("schedule-followed"),
    ...directorUntouched,
    passes("real-server-membership", { server: "db2", expect: "returns" }),
    // The removal, at most; nothing at all if the client sticks to the other server.
    passes("outage-within", { maxMs: 11_000 }),
    ...dataAndCleanUp,
  ],
  promises: [
    { promise: "003/server-removed", comesOut: "kept", note: "after 3 to 9 s" },
    { promise: "003/server-returns", comesOut: "kept", note: "after up to 6 s" },
  ],
});

const mysqldKilled = lvsDrill({
  story: "mysqld-killed",
  title: "mysqld is killed on a real server, and nobody sticks to one",
  why:
    "Until the checker has noticed every second connection is refused, and a client that tries again is served: half an outage for " +
    "everybody, or none for those who retry.",
  topology: UNSTUCK,
  disturb: [
    strikeServer({ kind: "mysqld-killed", node: DB2 }),
    removedWithin(REFUSED_SECONDS),
    { id: "started", when: anyMoment, heal: "fault" },
    complete,
  ],
  expect: [
    passes("schedule-followed"),
    ...directorUntouched,
    passes("real-server-membership", { server: "db2", expect: "returns" }),
    passes("outage-within", { maxMs: 2000, lane: "fresh" }),
    ...dataAndCleanUp,
  ],
  promises: [{ promise: "003/other-takes-over", comesOut: "kept" }],
});

const serverCut = lvsDrill({
  story: "real-server-cut",
  title: "A real server is cut off from the network",
  why:
    "Nothing refuses: every attempt of the check lasts its whole connect_timeout, so that 9 to 15 s pass, and clients wait for their own " +
    "deadline instead of an answer.",
  topology: UNSTUCK,
  disturb: [
    strikeServer({ kind: "cut", node: DB2 }),
    removedWithin(DROPPED_SECONDS),
    { id: "plugged-in", when: anyMoment, heal: "fault" },
    complete,
  ],
  recover: [caughtUp],
  expect: [
    passes("schedule-followed"),
    passes("vip-available"),
    passes("no-flapping", { maxMoves: 0 }),
    passes("real-server-membership", { server: "db2", expect: "returns" }),
    passes("outage-within", { maxMs: 2500, lane: "fresh" }),
    ...dataAndCleanUp,
  ],
});

const frozenQuiet = lvsDrill({
  story: "mysqld-frozen",
  title: "mysqld freezes on a real server, and clients connect once a second",
  why:
    "TCP_CHECK asks for a handshake, and the kernel gives it for a process that hangs, until the listen queue is full: the server stays " +
    "in the table, and every second client hangs with it.",
  topology: UNSTUCK,
  workload: QUIET,
  disturb: [
    strikeServer({ kind: "service-frozen", node: DB2, service: "mysql" }),
    { id: "watch", when: after(seconds(20)) },
  ],
  recover: [{ ...servedAtHome, when: when("writes-resumed", seconds(8), seconds(3)) }],
  expect: [
    passes("schedule-followed"),
    passes("enough-activity", { writes: 10, reads: 10 }),
    ...directorUntouched,
    passes("real-server-membership", { server: "db2", expect: "stays" }),
    // Every second connection is served.
    passes("outage-within", { maxMs: 5000, lane: "fresh" }),
    ...dataAndCleanUp,
  ],
  promises: [
    {
      promise: "003/server-removed",
      comesOut: "kept-only-if",
      note: "its port is closed or its host gone: a mysqld that hangs stays in the table until its listen queue is full",
    },
  ],
});

const frozenBusy = lvsDrill({
  story: "mysqld-frozen-busy",
  title:
    "mysqld freezes on a real server whose listen queue is short, and clients connect fifty times a second",
  why:
    "The clients themselves fill the listen queue, and from then on the check's attempts are not answered either: a busy server is " +
    "found out sooner than a quiet one.",
  topology: withShortQueue(UNSTUCK),
  disturb: [
    strikeServer({ kind: "service-frozen", node: DB2, service: "mysql" }),
    // Half of 50 connections a second fill a queue of 80 in 3 s; then delay_loop, one retry and two attempts, 9 to 15 s.
    removedWithin(35),
    { id: "thawed", when: anyMoment, heal: "fault" },
    complete,
  ],
  expect: [
    passes("schedule-followed"),
    ...directorUntouched,
    // Its clients decide when: with none but the checks it would be 8 minutes later.
    passes("real-server-membership", { server: "db2", expect: "returns", withinMs: 35_000 }),
    passes("outage-within", { maxMs: 2500, lane: "fresh" }),
    ...dataAndCleanUp,
  ],
});

const lagging = lvsDrill({
  story: "real-server-lags",
  title: "A real server applies what the other one commits two seconds late",
  why:
    "The check looks at a port. Connections go to both servers in turn, and every second one reads what the other server had two seconds " +
    "ago: a client does not find what it has just written.",
  topology: UNSTUCK,
  disturb: [strikeServer({ kind: "replication-delayed", node: DB2, delayUs: 2_000_000 }), watch(5)],
  recover: [caughtUp],
  expect: [
    passes("schedule-followed"),
    ...directorUntouched,
    passes("real-server-membership", { server: "db2", expect: "stays" }),
    fails("no-stale-read", "reads go to both servers, and one of them is two seconds behind"),
    ...dataAndCleanUp,
  ],
});

const bothStopped = lvsDrill({
  story: "both-real-servers-stopped",
  title: "mysqld is stopped on both real servers",
  why:
    "VRRP does not look at the servers behind: the director keeps the VIP with an empty table, and refuses every client at once. The other " +
    "director would do the same.",
  disturb: [
    strikeServer({ kind: "mysqld-stopped", node: DB1 }),
    { id: "second", when: after(0), fault: { kind: "mysqld-stopped", node: DB2 } },
    removedWithin(REFUSED_SECONDS, 9),
    { id: "any-moment", when: anyMoment },
  ],
  recover: [{ id: "back", when: when("real-servers-complete", seconds(16)) }, servedAtHome],
  expect: [
    passes("schedule-followed"),
    ...directorUntouched,
    fails(
      "outage-within",
      "there is no server left, and nothing else would have one",
      {},
      { maxMs: 8000 },
    ),
    ...dataAndCleanUp,
  ],
  promises: [
    {
      promise: "003/no-single-point",
      comesOut: "kept-only-if",
      note: "one real server is left: the directors do not move for the servers, and could not help",
    },
  ],
});

export const realServers: readonly Scenario[] = [
  mysqldStopped,
  mysqldKilled,
  serverCut,
  frozenQuiet,
  frozenBusy,
  lagging,
  bothStopped,
];
