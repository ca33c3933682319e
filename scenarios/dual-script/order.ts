/** Document 001: the order in which an operator starts things again, and what a restart does. */
import {
  after,
  fails,
  passes,
  seconds,
  when,
  type Fault,
  type PromiseTried,
  type Scenario,
  type Step,
} from "../../harness/scenario/index.ts";
import {
  cleanFailover,
  dataAndCleanUp,
  drill,
  FIRST_HOLDER,
  home,
  moved,
  served,
  servedAtHome,
  startKeepalivedAgain,
  strike,
} from "../stories/common.ts";
import type { Row } from "../stories/row.ts";

const node = { name: FIRST_HOLDER };
const start = (service: "mysql" | "keepalived"): Fault => ({
  kind: "service-started",
  node,
  service,
});

/** The stop is its own step here: healing it would start mysqld at a time of the harness's choosing. */
const stopMysqld: Fault = { kind: "mysqld-stopped", node: { role: "holder" } };

/** The least a client can fail to notice: one slow answer. */
const ALMOST_NOTHING_MS = 100;

export function clientsNotice(row: Row): Scenario {
  return drill(row, {
    story: "clients-notice",
    title: "mysqld is stopped cleanly on the holder, and clients are asked what they felt",
    why:
      "The document says that clients feel almost nothing. New connections fail until the check has noticed and the " +
      "standby has taken over; kept ones are gone, and have to be opened again by whoever holds them.",
    disturb: [strike(stopMysqld), moved, served],
    recover: [startKeepalivedAgain(FIRST_HOLDER), home(row), servedAtHome],
    expect: [
      ...cleanFailover(row, { silentMsMax: row.noticeMsMax + 750 }),
      fails(
        "outage-within",
        "between the stop and the move nobody serves the VIP",
        {},
        { maxMs: ALMOST_NOTHING_MS },
      ),
    ],
    promises: [
      {
        promise: "001/clients-feel-nothing",
        comesOut: "broken",
        note: "without writes for 0.7 to 3.4 s by the timers; kept connections break",
      },
    ],
  });
}

export function mysqldThenKeepalived(row: Row): Scenario {
  return drill(row, {
    story: "mysqld-then-keepalived",
    title: "After a failover mysqld is started first, keepalived after it",
    why: "The how-to's own way back: the check finds MySQL in order, so that keepalived stays up and takes the VIP back.",
    disturb: [
      strike(stopMysqld),
      moved,
      served,
      { id: "mysqld-first", when: after(0), heal: "fault" },
      { id: "keepalived-second", when: after(seconds(1)), fault: start("keepalived") },
      home(row),
      servedAtHome,
    ],
    expect: cleanFailover(row, { silentMsMax: row.noticeMsMax + 750 }),
    promises: [{ promise: "001/mysqld-then-keepalived", comesOut: "kept" }],
  });
}

export function keepalivedThenMysqld(row: Row): Scenario {
  const stillAway: Step = { id: "still-away", when: after(seconds(5)) };
  return drill(row, {
    story: "keepalived-then-mysqld",
    title: "After a failover keepalived is started first, mysqld after it",
    why:
      "The order that the how-to warns of: the check finds no MySQL at its first run and stops keepalived again, " +
      "so that the VIP does not come back when MySQL does.",
    disturb: [
      strike(stopMysqld),
      moved,
      served,
      { id: "keepalived-first", when: after(0), fault: start("keepalived") },
      { id: "mysqld-second", when: after(seconds(2)), heal: "fault" },
      stillAway,
    ],
    // Nothing of the above brought the VIP home: keepalived is down, and an operator starts it once more.
    recover: [startKeepalivedAgain(FIRST_HOLDER), home(row), servedAtHome],
    expect: [
      ...cleanFailover(row, { silentMsMax: row.noticeMsMax + 750 }),
      // Away at the stop, and home only at the end: one round trip and nothing in between.
      passes("no-flapping", { maxMoves: 2 }),
    ],
    promises: [{ promise: "001/no-keepalived-without-mysqld", comesOut: "kept" }],
  });
}

const RESTART: readonly PromiseTried[] = [
  {
    promise: "001/mysqld-restart-stops-keepalived",
    comesOut: "kept-only-if",
    note: "the check runs while the port is closed: always with a restart that takes longer than the 2 s between two runs, sometimes with a quicker one",
  },
];

export function mysqldRestarted(row: Row): Scenario {
  return drill(row, {
    story: "mysqld-restarted",
    title: "mysqld is restarted on the holder",
    why:
      "A restart is over in seconds, and the check may see it or not. If it does, keepalived is stopped for good " +
      "although MySQL is back: the node is out until somebody starts keepalived.",
    disturb: [
      strike({ kind: "service-restarted", node: { role: "holder" }, service: "mysql" }),
      // Whether keepalived was stopped or not is over by now: two more runs of the check.
      { id: "after-it", when: after(seconds(5)) },
    ],
    recover: [{ id: "caught-up", when: when("replication-caught-up", seconds(30)) }],
    expect: [
      passes("schedule-followed"),
      passes("single-holder"),
      passes("vip-available", { maxGapMs: row.goodbyeGapMsMax }),
      passes("no-flapping", { maxMoves: 1 }),
      ...dataAndCleanUp,
    ],
    promises: RESTART,
  });
}
