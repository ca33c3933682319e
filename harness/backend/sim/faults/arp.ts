/** One rule on the way out of the node: for its announcements, or for what it sends from the VIP. */
import { findNode } from "../../../topology/resolve.ts";
import type { InstalledRule, LinkRule } from "../network.ts";
import { ADD_TABLE, DELETE_TABLE } from "./costs.ts";
import { AT_ONCE, type SimFault, type SimFaultContext } from "./driver.ts";

export function garpBlocked({ host, segment, world }: SimFaultContext): SimFault {
  return blocked(
    { point: "out", from: host.name, protocols: ["garp"], effect: { kind: "drop", share: 1 } },
    (rule) => segment.install(rule),
    () => {
      segment.announce(host.name, findNode(world.topology, host.name).address);
    },
    (dropped) => `our rule has dropped ${dropped} announcements of ${host.name}`,
  );
}

export function vipTrafficBlocked({ host, peer, segment, vip }: SimFaultContext): SimFault {
  return blocked(
    { point: "out", from: host.name, source: vip, effect: { kind: "drop", share: 1 } },
    (rule) => segment.install(rule),
    () => {
      segment.ping(peer.name, vip);
    },
    (dropped) =>
      dropped > 0 || host.hasAddress(vip)
        ? `our rule has dropped ${dropped} packets from ${vip}`
        : `${host.name} does not have ${vip}, so there was nothing to drop`,
  );
}

function blocked(
  rule: LinkRule,
  install: (rule: LinkRule) => InstalledRule,
  probe: () => void,
  told: (dropped: number) => string,
): SimFault {
  let installed: InstalledRule | undefined;
  return {
    look: () => ({}),
    act: () => {
      installed = install(rule);
      probe();
      return AT_ONCE;
    },
    prove: () => {
      const dropped = installed?.hits ?? -1;
      const proof = dropped < 0 ? "our rule is not there" : told(dropped);
      return { confirmed: dropped > 0, proof, facts: { dropped } };
    },
    heal: {
      act: () => {
        installed?.remove();
        return AT_ONCE;
      },
      prove: () => {
        const isGone = installed?.installed !== true;
        const proof = isGone ? "our rule is gone" : "our rule is still there";
        return { confirmed: isGone, proof, facts: { dropped: installed?.hits ?? -1 } };
      },
    },
    costs: { inject: ADD_TABLE, heal: DELETE_TABLE },
  };
}
