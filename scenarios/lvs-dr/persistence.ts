/**
 * `persistence_timeout` ties a client address to one server. Which one is a matter of who came first, so each drill
 * first takes db2 out of the table and lets it return: from then on the client is with db1.
 */
import {
  after,
  fails,
  passes,
  seconds,
  when,
  type Scenario,
  type Step,
} from "../../harness/scenario/index.ts";
import { lvsDr } from "../shared/lvs-dr.ts";
import { dataAndCleanUp, servedAtHome } from "../stories/common.ts";
import {
  anyMoment,
  complete,
  directorUntouched,
  lvsDrill,
  REFUSED_SECONDS,
  strikeServer,
  removedWithin,
} from "./common.ts";

const DB1 = { name: "db1" } as const;
const DB2 = { name: "db2" } as const;

/** The client is with db1 afterwards, and both servers are in the table. */
const herded: readonly Step[] = [
  { ...strikeServer({ kind: "mysqld-stopped", node: DB2 }), id: "herd" },
  { id: "herded", when: when("real-server-removed", seconds(REFUSED_SECONDS), seconds(1)) },
  { id: "released", when: after(0), heal: "herd" },
  complete,
];

const hidden = lvsDrill({
  story: "persistence-hides-outage",
  title: "mysqld is killed on the real server that the client does not use",
  why:
    "A client that sticks to the other server notices nothing, before and after the removal. Whoever tests with one client may conclude that " +
    "a failure costs nothing.",
  disturb: [
    ...herded,
    { id: "fault", when: after(0, seconds(6)), fault: { kind: "mysqld-killed", node: DB2 } },
    removedWithin(REFUSED_SECONDS),
    { id: "any-moment", when: anyMoment },
  ],
  recover: [{ ...complete, id: "recovered" }],
  expect: [
    passes("schedule-followed"),
    ...directorUntouched,
    passes("real-server-membership", { server: "db2", expect: "returns", after: "fault" }),
    passes("connections-survive", { after: "fault" }),
    ...dataAndCleanUp,
  ],
  promises: [{ promise: "003/session-kept", comesOut: "kept" }],
});

const caused = lvsDrill({
  story: "persistence-causes-outage",
  title: "mysqld is killed on the real server that the client sticks to",
  why:
    "Without persistence every second attempt would have been served at once. With it each one goes to the dead server until the checker " +
    "has removed it, 3 to 9 s, and only then is the client given the other one.",
  disturb: [
    ...herded,
    { id: "fault", when: after(0, seconds(6)), fault: { kind: "mysqld-killed", node: DB1 } },
    removedWithin(REFUSED_SECONDS, 0),
    { id: "moved-on", when: when("writes-resumed", seconds(3), seconds(7)) },
    { id: "any-moment", when: anyMoment },
  ],
  recover: [{ ...complete, id: "recovered" }],
  expect: [
    passes("schedule-followed"),
    ...directorUntouched,
    passes("real-server-membership", { server: "db1", expect: "returns" }),
    fails(
      "outage-within",
      "the client sticks to a dead server until its removal",
      {},
      { maxMs: 2500 },
    ),
    ...dataAndCleanUp,
  ],
  promises: [
    {
      promise: "003/other-takes-over",
      comesOut: "kept-only-if",
      note: "the checker has removed the failed server: until then a client that sticks to it is refused, 3 to 9 s",
    },
  ],
});

const stuck = lvsDrill({
  story: "persistence-outlives-removal",
  title: "mysqld is killed on one real server and then on the other, with inhibit_on_failure",
  why:
    "inhibit_on_failure sets the weight of a failed server to 0 and leaves it in the table. That stops new clients from being sent there, " +
    "not those that stick to it: each attempt prolongs its own entry, and the outage lasts until the server is back. Whichever server the " +
    "client is with, one of the two failures is its own.",
  topology: lvsDr({ inhibit: true, variant: "inhibit_on_failure" }),
  disturb: [
    { ...strikeServer({ kind: "mysqld-killed", node: DB2 }), id: "first" },
    {
      id: "first-removed",
      when: when("real-server-removed", seconds(REFUSED_SECONDS), seconds(8)),
    },
    { id: "first-back", when: anyMoment, heal: "first" },
    complete,
    { id: "second", when: after(0, seconds(6)), fault: { kind: "mysqld-killed", node: DB1 } },
    removedWithin(REFUSED_SECONDS, 8),
    { id: "any-moment", when: anyMoment },
  ],
  recover: [{ ...complete, id: "recovered" }, servedAtHome],
  expect: [
    passes("schedule-followed"),
    ...directorUntouched,
    passes("real-server-membership", { server: "db1", expect: "returns" }),
    fails(
      "outage-within",
      "the client's entry outlives the removal of its server",
      {},
      { maxMs: 10_500 },
    ),
    ...dataAndCleanUp,
  ],
});

export const persistence: readonly Scenario[] = [hidden, caused, stuck];
