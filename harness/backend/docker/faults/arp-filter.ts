/**
 * Drops gratuitous ARP on its way out of the node. In family `netdev`, because keepalived and arping send
 * through packet sockets, which pass by the hooks of family `arp` (tried on Linux 6.18: the counter of a rule in
 * `arp output` stays at 0). nftables cannot compare two fields of a packet, so that the addresses are named.
 */
import type { Receipt } from "../../../fault/receipt.ts";
import { vipAddresses } from "../../../topology/resolve.ts";
import { inToolbox } from "../node.ts";
import type { FaultContext, FaultDriver } from "./driver.ts";
import { countersOf, frameHook, listTable, loadTable, removeTable } from "./table.ts";

export function garpBlockedDriver(): FaultDriver {
  return {
    look: async (context) => ({ dropped: await dropped(context) }),
    act: (context) => {
      const { spec } = context.node;
      const own = [spec.address, ...vipAddresses(context.topology)];
      return loadTable(context, "netdev", [
        {
          name: "out",
          hook: frameHook("out", context.node),
          rules: own.map((address) => `${announcementOf(address)} counter drop`),
        },
      ]);
    },
    prove,
    heal: async (context) => removeTable(context, "netdev", { dropped: await dropped(context) }),
  };
}

/** Sender and target are the same: a request or an answer alike. */
export function announcementOf(address: string): string {
  return `arp saddr ip ${address} arp daddr ip ${address}`;
}

/** By all rules together; -1: they are not there. */
async function dropped(context: FaultContext): Promise<number> {
  const counts = countersOf(await listTable(context, "netdev"), "out");
  return counts.length === 0 ? -1 : counts.reduce((sum, count) => sum + count, 0);
}

/** The node announces its own address, which is true at all times and changes no neighbour's mind. */
async function prove(context: FaultContext): Promise<Receipt> {
  const { spec } = context.node;
  await inToolbox(
    context.node,
    `arping -c 1 -U -I ${spec.interface} ${spec.address} >/dev/null || true`,
  );
  const count = await dropped(context);
  return {
    confirmed: count > 0,
    proof:
      count < 0
        ? "our rules are not there"
        : `our rules have dropped ${count} announcements of ${spec.name}`,
    facts: { dropped: count },
  };
}
