/** Drops what the node sends from the VIP, and proves it by asking the VIP for an echo. */
import type { Receipt } from "../../../fault/receipt.ts";
import { holdsVip } from "./address.ts";
import type { FaultContext, FaultDriver } from "./driver.ts";
import { inToolbox } from "../node.ts";
import { countersOf, listTable, loadTable, packetHook, removeTable } from "./table.ts";

export function vipTrafficBlockedDriver(): FaultDriver {
  return {
    look: async (context) => ({ dropped: await dropped(context) }),
    act: (context) => {
      const { family, hook, match } = packetHook("out", context.node);
      const rules = [`${match}ip saddr ${context.vip} counter drop`];
      return loadTable(context, family, [{ name: "out", hook, rules }]);
    },
    prove,
    heal: async (context) =>
      removeTable(context, packetHook("out", context.node).family, {
        dropped: await dropped(context),
      }),
  };
}

/** -1: our rule is not there. */
async function dropped(context: FaultContext): Promise<number> {
  return (
    countersOf(await listTable(context, packetHook("out", context.node).family), "out")[0] ?? -1
  );
}

async function prove(context: FaultContext): Promise<Receipt> {
  const { node, peer, vip } = context;
  await inToolbox(peer, `ping -c 3 -i 0.2 -W 0.3 ${vip} >/dev/null || true`);
  const count = await dropped(context);
  const proof =
    count > 0
      ? `our rule has dropped ${count} packets from ${vip}`
      : count < 0
        ? "our rule is not there"
        : (await holdsVip(context))
          ? `our rule has dropped nothing from ${vip}, though ${peer.spec.name} asked for it`
          : `${node.spec.name} does not have ${vip}, so there was nothing to drop`;
  return { confirmed: count > 0, proof, facts: { dropped: count } };
}
