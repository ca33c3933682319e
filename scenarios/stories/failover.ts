/** The holder fails in one of the ordinary ways, and the other node has to take over. */
import {
  defaultWorkload,
  defineScenario,
  fails,
  passes,
  seconds,
  when,
  type Fault,
  type Scenario,
} from "../../harness/scenario/index.ts";
import {
  ANY_PHASE,
  dataAndCleanUp,
  home,
  moved,
  served,
  servedAtHome,
  startKeepalivedAgain,
  WARM_UP_US,
} from "./common.ts";
import type { Row } from "./row.ts";

const FIRST_HOLDER = "db1";

export function mysqldKilled(row: Row): Scenario {
  return mysqldGone(row, {
    name: "mysqld-killed",
    title: "mysqld is killed on the holder",
    why: "The outage everyone plans for: the database process dies, the host and keepalived live on.",
    fault: { kind: "mysqld-killed", node: { role: "holder" } },
    extraSilenceMs: 0,
  });
}

export function mysqldStopped(row: Row): Scenario {
  return mysqldGone(row, {
    name: "mysqld-stopped",
    title: "mysqld is stopped cleanly on the holder",
    why: "The how-to's own test: stop MySQL on the master and see the VIP on the other host.",
    fault: { kind: "mysqld-stopped", node: { role: "holder" } },
    // The port closes when the shutdown begins; the command itself takes a moment to get there.
    extraSilenceMs: 750,
  });
}

function mysqldGone(
  row: Row,
  story: {
    readonly name: string;
    readonly title: string;
    readonly why: string;
    readonly fault: Fault;
    readonly extraSilenceMs: number;
  },
): Scenario {
  return defineScenario({
    name: `${row.name}/${story.name}`,
    title: story.title,
    why: story.why,
    topology: row.topology,
    workload: defaultWorkload,
    warmUpUs: WARM_UP_US,
    disturb: [{ id: "fault", when: ANY_PHASE, fault: story.fault }, moved, served],
    // Healing starts mysqld; keepalived was stopped by the check script, so an operator starts it.
    recover: [startKeepalivedAgain(FIRST_HOLDER), home(row), servedAtHome],
    expect: [
      passes("schedule-followed"),
      passes("single-holder"),
      passes("vip-available", { maxGapMs: row.goodbyeGapMsMax }),
      passes("failover-within"),
      passes("holder-can-serve", { maxSpellMs: row.noticeMsMax + story.extraSilenceMs }),
      ...dataAndCleanUp,
    ],
  });
}

export function keepalivedStopped(row: Row): Scenario {
  return defineScenario({
    name: `${row.name}/keepalived-stopped`,
    title: "keepalived is stopped cleanly on the holder",
    why: "The fastest way to move the VIP on purpose: a goodbye, and the standby waits its skew only.",
    topology: row.topology,
    workload: defaultWorkload,
    warmUpUs: WARM_UP_US,
    disturb: [
      {
        id: "fault",
        when: ANY_PHASE,
        fault: { kind: "keepalived-stopped", node: { role: "holder" } },
      },
      moved,
      served,
    ],
    recover: [home(row), servedAtHome],
    expect: [
      passes("schedule-followed"),
      passes("single-holder"),
      passes("vip-available", { maxGapMs: row.goodbyeGapMsMax }),
      passes("failover-within"),
      passes("holder-can-serve"),
      ...dataAndCleanUp,
    ],
  });
}

export function keepalivedKilled(row: Row): Scenario {
  return defineScenario({
    name: `${row.name}/keepalived-killed`,
    title: "all of keepalived is killed on the holder",
    why:
      "kill -9 leaves nobody to take the VIP off the interface. The standby takes over after silence, " +
      "and from then on two hosts have the address, both with a writable MySQL behind it.",
    topology: row.topology,
    workload: defaultWorkload,
    warmUpUs: WARM_UP_US,
    disturb: [
      {
        id: "fault",
        when: ANY_PHASE,
        fault: { kind: "keepalived-killed", node: { role: "holder" } },
      },
      { id: "both", when: when("two-holders", seconds(12), seconds(3)) },
      served,
    ],
    recover: [home(row), servedAtHome],
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
