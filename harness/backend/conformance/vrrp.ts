/** Faults of VRRP, ARP and the virtual address. */
import type { TimedEvent } from "../../history/events.ts";
import { expectEvent, healed, inject, STANDBY, type ConformanceCase } from "./case.ts";

export const VRRP_CASES: readonly ConformanceCase[] = [
  {
    name: "an address added by hand is seen by netlink and gone after healing",
    covers: ["address-added"],
    run: async (cluster) => {
      const added = await inject(cluster, { kind: "address-added", node: STANDBY });
      const vip = cluster.topology.routers[0]?.vips[0]?.address;
      const seen = (action: "added" | "removed") => (event: TimedEvent) =>
        event.kind === "address" &&
        event.node === added.node &&
        event.address === vip &&
        event.action === action;
      await expectEvent(cluster, "the address to appear", seen("added"));
      await healed(added);
      await expectEvent(cluster, "the address to go", seen("removed"));
    },
  },
  filterCase("in"),
  filterCase("out"),
  filterCase("both"),
];

function filterCase(direction: "in" | "out" | "both"): ConformanceCase {
  return {
    name: `vrrp-blocked ${direction} is confirmed by dropped probes, and gone after healing`,
    covers: ["vrrp-blocked"],
    run: async (cluster) => {
      await healed(await inject(cluster, { kind: "vrrp-blocked", node: STANDBY, direction }));
    },
  };
}
