/** Adds the VIP to a node by hand, and takes it away again. */
import type { Receipt } from "../../../fault/receipt.ts";
import { parseAddressDump } from "../../../observe/netlink.ts";
import { inToolbox, timed } from "../node.ts";
import type { FaultContext, FaultDriver } from "./driver.ts";

export function addressAddedDriver(): FaultDriver {
  let added = false;
  return {
    look: async (context) => ({ held: await holdsVip(context) }),
    act: async (context) => {
      const done = await timed(context.node.toolbox, `ip address add ${place(context)}`);
      added = done.exitCode === 0;
      return done;
    },
    prove: async (context, before) =>
      before["held"] === true
        ? {
            confirmed: false,
            proof: `${context.node.spec.name} had ${context.vip} before, so nothing was added`,
            facts: { held: true },
          }
        : receipt(context, await holdsVip(context), true),
    heal: async (context) => {
      // What was there before, or has become keepalived's own meanwhile, is not ours to take away.
      const ours = added && !context.isMaster();
      const command = ours ? `ip address del ${place(context)}` : "true";
      const done = await timed(context.node.toolbox, command);
      return { ...done, receipt: receipt(context, await holdsVip(context), !ours) };
    },
  };
}

function place(context: FaultContext): string {
  return `${context.vip}/${context.prefixLength} dev ${context.node.spec.interface}`;
}

export async function holdsVip(context: FaultContext): Promise<boolean> {
  const dump = await inToolbox(
    context.node,
    `ip -o -4 address show dev ${context.node.spec.interface}`,
  );
  return parseAddressDump(dump).includes(context.vip);
}

function receipt(context: FaultContext, held: boolean, wanted: boolean): Receipt {
  return {
    confirmed: held === wanted,
    proof: `${context.node.spec.name} ${held ? "has" : "does not have"} ${context.vip}`,
    facts: { held },
  };
}
