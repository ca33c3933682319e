/** The network fails, the nodes do not. */
import { fails, passes, type PromiseTried, type Scenario } from "../../harness/scenario/index.ts";
import { afterSplit, both, dataAndCleanUp, drill, served, strike } from "./common.ts";
import type { Row } from "./row.ts";

/** After a split both are master, and the higher priority keeps the VIP, nopreempt or not. */
export function multicastBlocked(row: Row, promises: readonly PromiseTried[] = []): Scenario {
  return drill(row, {
    story: "multicast-blocked",
    title: "VRRP is blocked on the holder, in and out",
    why:
      "The most reported keepalived fault: a firewall without a VRRP rule. The standby hears nothing " +
      "and takes the VIP as well; both hosts are alive, reachable and writable.",
    disturb: [
      strike({ kind: "vrrp-blocked", node: { role: "holder" }, direction: "both" }),
      both,
      served,
    ],
    recover: afterSplit(row),
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
    promises,
  });
}

export function cut(row: Row, promises: readonly PromiseTried[] = []): Scenario {
  return drill(row, {
    story: "cut",
    title: "The holder is cut off from the network",
    why:
      "A switch port fails while the host's own link stays up. Nobody can reach the old holder, but it " +
      "does not know, keeps the address, and both have it when the cable is back until the next advert.",
    disturb: [strike({ kind: "cut", node: { role: "holder" } }), both, served],
    recover: afterSplit(row),
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
    promises,
  });
}
