/** Neighbours that were not told where the VIP went. */
import {
  after,
  fails,
  passes,
  seconds,
  when,
  type Scenario,
} from "../../harness/scenario/index.ts";
import { afterSplit, ANY_PHASE, both, dataAndCleanUp, drill, FIRST_HOLDER } from "./common.ts";
import type { Row } from "./row.ts";

export function staleArpAfterSplit(row: Row): Scenario {
  return drill(row, {
    story: "stale-arp-after-split",
    title: "A split brain ends, and the announcement of the winner is lost",
    why:
      "The loser of a split brain drops the VIP, and neighbours that went to it have to be told. If that one " +
      "gratuitous ARP is lost, they go on asking a host that no longer has the address, while every node looks healthy.",
    disturb: [
      {
        id: "no-garp",
        when: ANY_PHASE,
        fault: { kind: "garp-blocked", node: { name: FIRST_HOLDER } },
      },
      {
        id: "split",
        when: after(seconds(0.5)),
        fault: { kind: "vrrp-blocked", node: { name: FIRST_HOLDER }, direction: "both" },
      },
      both,
      { id: "lift", when: after(0), heal: "split" },
      { id: "one", when: when("vip-home", seconds(8)) },
      { id: "deaf", when: after(seconds(4)) },
    ],
    recover: afterSplit(row),
    expect: [
      passes("schedule-followed"),
      fails("single-holder", "both are master while neither hears the other"),
      fails("arp-converged", "nobody tells the neighbours that the VIP is on the first node again"),
      ...dataAndCleanUp,
    ],
  });
}
