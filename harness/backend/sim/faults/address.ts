/** The VIP added to a node by hand, and taken away again. */
import type { Receipt } from "../../../fault/receipt.ts";
import { onlyRouter } from "../../../topology/resolve.ts";
import { isMaster } from "../../holding.ts";
import { IP } from "./costs.ts";
import { AT_ONCE, type SimFault, type SimFaultContext } from "./driver.ts";

export function addressAdded({ host, world, vip, prefixLength }: SimFaultContext): SimFault {
  const receipt = (wanted: boolean): Receipt => {
    const held = host.hasAddress(vip);
    return {
      confirmed: held === wanted,
      proof: `${host.name} ${held ? "has" : "does not have"} ${vip}`,
      facts: { held },
    };
  };
  let added = false;
  let stays = false;
  return {
    look: () => ({ held: host.hasAddress(vip) }),
    act: () => {
      added = !host.hasAddress(vip);
      // The kernel refuses one that is there (EEXIST).
      if (added) host.changeAddress("added", vip, prefixLength, "by-hand");
      return AT_ONCE;
    },
    prove: (before) =>
      before["held"] === true
        ? {
            confirmed: false,
            proof: `${host.name} had ${vip} before, so nothing was added`,
            facts: { held: true },
          }
        : receipt(true),
    heal: {
      act: () => {
        // What was there before, or has become keepalived's own meanwhile, is not ours to take away.
        const router = onlyRouter(world.topology);
        stays =
          !added || isMaster(world.eventsOf("advert"), router, host.name, world.clock.nowUs());
        if (!stays) host.changeAddress("removed", vip, prefixLength, "by-hand");
        return AT_ONCE;
      },
      prove: () => receipt(stays),
    },
    costs: { inject: IP, heal: IP },
  };
}
