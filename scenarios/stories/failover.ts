/** The holder fails in one of the ordinary ways, and the other node has to take over. */
import {
  fails,
  passes,
  type Fault,
  type PromiseTried,
  type Scenario,
} from "../../harness/scenario/index.ts";
import {
  both,
  cleanFailover,
  dataAndCleanUp,
  drill,
  FIRST_HOLDER,
  home,
  homecoming,
  moved,
  served,
  servedAtHome,
  startKeepalivedAgain,
  strike,
} from "./common.ts";
import type { Row } from "./row.ts";

export function mysqldKilled(row: Row, promises: readonly PromiseTried[] = []): Scenario {
  return mysqldGone(row, {
    story: "mysqld-killed",
    title: "mysqld is killed on the holder",
    why: "The outage everyone plans for: the database process dies, the host and keepalived live on.",
    fault: { kind: "mysqld-killed", node: { role: "holder" } },
    extraSilenceMs: 0,
    promises,
  });
}

export function mysqldStopped(row: Row, promises: readonly PromiseTried[] = []): Scenario {
  return mysqldGone(row, {
    story: "mysqld-stopped",
    title: "mysqld is stopped cleanly on the holder",
    why: "The how-to's own test: stop MySQL on the master and see the VIP on the other host.",
    fault: { kind: "mysqld-stopped", node: { role: "holder" } },
    // The port closes when the shutdown begins; the command itself takes a moment to get there.
    extraSilenceMs: 750,
    promises,
  });
}

function mysqldGone(
  row: Row,
  story: {
    readonly story: string;
    readonly title: string;
    readonly why: string;
    readonly fault: Fault;
    readonly extraSilenceMs: number;
    readonly promises: readonly PromiseTried[];
  },
): Scenario {
  const { fault, extraSilenceMs, ...words } = story;
  return drill(row, {
    ...words,
    disturb: [strike(fault), moved, served],
    // Healing starts mysqld; keepalived was stopped by the check script, so an operator starts it.
    recover: [startKeepalivedAgain(FIRST_HOLDER), ...homecoming(row)],
    expect: cleanFailover(row, { silentMsMax: row.noticeMsMax + extraSilenceMs }),
  });
}

export function keepalivedStopped(row: Row, promises: readonly PromiseTried[] = []): Scenario {
  return drill(row, {
    story: "keepalived-stopped",
    title: "keepalived is stopped cleanly on the holder",
    why: "The fastest way to move the VIP on purpose: a goodbye, and the standby waits its skew only.",
    disturb: [strike({ kind: "keepalived-stopped", node: { role: "holder" } }), moved, served],
    recover: homecoming(row),
    expect: cleanFailover(row),
    promises,
  });
}

export function keepalivedKilled(row: Row): Scenario {
  return drill(row, {
    story: "keepalived-killed",
    title: "all of keepalived is killed on the holder",
    why:
      "kill -9 leaves nobody to take the VIP off the interface. The standby takes over after silence, " +
      "and from then on two hosts have the address, both with a writable MySQL behind it.",
    disturb: [strike({ kind: "keepalived-killed", node: { role: "holder" } }), both, served],
    recover: row.preempts ? [home(row), servedAtHome] : homecoming(row),
    expect: [
      passes("schedule-followed"),
      fails(
        "single-holder",
        "nothing removes the VIP from a host whose keepalived was killed, until it is started again",
        { ended: true, worstGrade: "c" },
      ),
      // The restarted keepalived takes its stale VIP off at once; the other node still has one.
      passes("vip-available"),
      passes("failover-within"),
      passes("holder-can-serve"),
      ...dataAndCleanUp,
    ],
  });
}
