/** The network fails, the nodes do not. */
import {
  defaultWorkload,
  defineScenario,
  fails,
  passes,
  seconds,
  when,
  type Scenario,
} from "../../harness/scenario/index.ts";
import { ANY_PHASE, dataAndCleanUp, home, served, servedAtHome, WARM_UP_US } from "./common.ts";
import type { Row } from "./row.ts";

export function multicastBlocked(row: Row): Scenario {
  return defineScenario({
    name: `${row.name}/multicast-blocked`,
    title: "VRRP is blocked on the holder, in and out",
    why:
      "The most reported keepalived fault: a firewall without a VRRP rule. The standby hears nothing " +
      "and takes the VIP as well; both hosts are alive, reachable and writable.",
    topology: row.topology,
    workload: defaultWorkload,
    warmUpUs: WARM_UP_US,
    disturb: [
      {
        id: "fault",
        when: ANY_PHASE,
        fault: { kind: "vrrp-blocked", node: { role: "holder" }, direction: "both" },
      },
      { id: "both", when: when("two-holders", seconds(12), seconds(3)) },
      served,
    ],
    recover: [home(row), servedAtHome],
    expect: [
      passes("schedule-followed"),
      fails(
        "single-holder",
        "without adverts the standby must take the holder for dead, and nothing tells it otherwise until the block is lifted",
        { ended: true, worstGrade: "c" },
      ),
      passes("vip-available"),
      passes("failover-within"),
      passes("holder-can-serve"),
      ...dataAndCleanUp,
    ],
  });
}

export function cut(row: Row): Scenario {
  return defineScenario({
    name: `${row.name}/cut`,
    title: "The holder is cut off from the network",
    why:
      "A switch port fails while the host's own link stays up. Nobody can reach the old holder, but it " +
      "does not know, keeps the address, and both have it when the cable is back until the next advert.",
    topology: row.topology,
    workload: defaultWorkload,
    warmUpUs: WARM_UP_US,
    disturb: [
      { id: "fault", when: ANY_PHASE, fault: { kind: "cut", node: { role: "holder" } } },
      { id: "both", when: when("two-holders", seconds(12), seconds(3)) },
      served,
    ],
    recover: [home(row), servedAtHome],
    expect: [
      passes("schedule-followed"),
      fails(
        "single-holder",
        "a host that is cut off keeps its address: nothing told it to let go",
        {
          ended: true,
          worstGrade: "a",
        },
      ),
      passes("vip-available"),
      passes("failover-within"),
      // The probe cannot reach a node that is cut off, so its mysqld counts as silent meanwhile.
      fails("holder-can-serve", "the cut-off holder still has the VIP and cannot be reached"),
      ...dataAndCleanUp,
    ],
  });
}
