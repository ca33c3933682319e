/**
 * Sends frames twice: `dup to` the same device, in its egress hook. The copy goes through the hook again
 * (as many times as the kernel's guard against loops allows: four copies of every frame were seen without the mark), so
 * copies carry a mark by which the chain knows and counts them. The original gets its mark 0 back. The frames of a guest
 * pass the same interface, under the engine's kernel.
 */
import type { JsonObject } from "../../../core/json.ts";
import type { Receipt } from "../../../fault/receipt.ts";
import { burstFor, sendBurst } from "./burst.ts";
import type { FaultContext, FaultDriver } from "./driver.ts";
import { chanceRule } from "./loss.ts";
import {
  countersOf,
  frameHook,
  listTable,
  loadTable,
  removeTable,
  type Chain,
  type Hooked,
} from "./table.ts";

/** "vd", and nothing that anybody else is likely to use. */
const MARK = "0x7664";
const PROBE_BYTES = 16;

export function packetsDuplicatedDriver(share: number): FaultDriver {
  return {
    look: counts,
    act: (context) => loadTable(context, "netdev", [duplicateChain(context.node, share)]),
    prove: (context) => proveCopies(context, share),
    heal: async (context) => removeTable(context, "netdev", await counts(context)),
  };
}

export function duplicateChain({ spec }: Hooked, share: number): Chain {
  const chance = share === 1 ? "" : `${chanceRule(share)} `;
  return {
    name: "out",
    hook: frameHook("out", { kernel: "engine", spec }),
    rules: [
      `meta mark ${MARK} counter accept`,
      "meta mark != 0 accept",
      `${chance}counter meta mark set ${MARK} dup to "${spec.interface}" meta mark set 0`,
    ],
  };
}

async function counts(context: FaultContext): Promise<JsonObject> {
  const [copies = -1, copied = -1] = countersOf(await listTable(context, "netdev"), "out");
  return { copies, copied };
}

async function proveCopies(context: FaultContext, share: number): Promise<Receipt> {
  const probes = burstFor(share);
  await sendBurst(context.node, probes, PROBE_BYTES);
  const counted = await counts(context);
  const copies = Number(counted["copies"]);
  return {
    confirmed: copies > 0,
    proof: copies < 0 ? "our rules are not there" : `${copies} copies were sent`,
    facts: { probes, ...counted },
  };
}
