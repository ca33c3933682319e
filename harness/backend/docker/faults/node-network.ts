/** The whole network of a node taken away, for faults that take it along: as `cut`, in a table of the step's own. */
import type { FaultContext } from "./driver.ts";
import { sendProbe, sendProbeFor } from "./probe.ts";
import { countersOf, frameHook, listTable, type Chain } from "./table.ts";

export const NETWORK_FAMILY = "netdev";

export function networkCut({ node }: FaultContext): readonly Chain[] {
  return (["in", "out"] as const).map((direction) => ({
    name: direction,
    hook: frameHook(direction, node),
    rules: ["counter drop"],
  }));
}

/** Sends a probe each way, and says how many frames have been dropped so far; 0 where there is no rule. */
export async function networkDropped(
  context: FaultContext,
): Promise<{ readonly in: number; readonly out: number }> {
  await Promise.all([sendProbe(context.peer), sendProbeFor(context.node)]);
  const text = await listTable(context, NETWORK_FAMILY);
  return { in: countersOf(text, "in")[0] ?? 0, out: countersOf(text, "out")[0] ?? 0 };
}
