/** What becomes of acknowledged writes when the holder loses power, and what clients read afterwards. */
import {
  after,
  fails,
  milliseconds,
  passes,
  seconds,
  when,
  type Expectation,
  type Scenario,
  type Topology,
} from "../../harness/scenario/index.ts";
import { drill, FIRST_STANDBY, homecoming, moved, served } from "./common.ts";
import type { Row } from "./row.ts";

/** The replica's receiver stalls for a second before the power goes: a full disk, a slow network, a big transaction. */
const STALL_US = milliseconds(1000);

export function powerLossAsynchronous(row: Row): Scenario {
  return powerLoss(row, {
    story: "power-loss-asynchronous",
    title: "The holder loses power while its replica lags a second behind",
    why:
      "Asynchronous replication acknowledges before anybody else has the write. Clients that come to the new holder " +
      "do not find what they were promised, until the old one is back; if its disk is gone too, it never was.",
    topology: row.topology,
    reads: fails("no-stale-read", "the new holder lacks what was acknowledged in the last second"),
  });
}

export function powerLossSemiSync(row: Row, topology: Topology): Scenario {
  return powerLoss(row, {
    story: "power-loss-semi-synchronous",
    title: "The same under semi-synchronous replication",
    why:
      "An acknowledgement waits until the replica has the write, so that nothing is promised that only one host knows. " +
      "The price is paid before: while the replica lags, clients wait.",
    topology,
    reads: passes("no-stale-read"),
  });
}

function powerLoss(
  row: Row,
  story: {
    readonly story: string;
    readonly title: string;
    readonly why: string;
    readonly topology: Topology;
    readonly reads: Expectation;
  },
): Scenario {
  const { reads, ...words } = story;
  return drill(row, {
    ...words,
    disturb: [
      {
        id: "lag",
        when: after(milliseconds(500)),
        fault: { kind: "replication-stopped", node: { name: FIRST_STANDBY }, thread: "receiver" },
      },
      {
        id: "power",
        when: after(STALL_US),
        fault: { kind: "node-powered-off", node: { role: "holder" } },
      },
      moved,
      // Semi-synchronous, the survivor waits for a replica that is gone before it acknowledges by itself.
      { ...served, when: when("writes-resumed", seconds(12), milliseconds(1000)) },
      { id: "power-on", when: after(0), heal: "power" },
    ],
    recover: homecoming({ ...row, returnMsMax: row.returnMsMax + 12_000 }),
    expect: [
      passes("schedule-followed"),
      passes("single-holder"),
      reads,
      passes("no-lost-write"),
      passes("replication-converged"),
      passes("nothing-leaked"),
    ],
  });
}
