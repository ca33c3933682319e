/** What the timers of a drilled cluster allow for one fault: from the fault to the VIP on another node. */
import { aimedAt } from "../fault/facts.ts";
import type { PlainFault } from "../fault/fault.ts";
import type { Prediction } from "../keepalived/timing.ts";
import { predictMove as predictFromConfigs } from "../predict/move.ts";
import type { ResolvedTopology } from "../topology/resolve.ts";
import { configOf } from "../topology/routers.ts";
import type { Failover } from "./failover.ts";

/** What is predicted for a move that happened; nothing when the fault did not hit the old holder. */
export function predictFailover(
  topology: ResolvedTopology,
  failover: Pick<Failover, "fault" | "faultNode" | "from">,
): Prediction | undefined {
  if (failover.faultNode !== failover.from) return undefined;
  return predictMove(topology, failover.fault, failover.from);
}

/** Absent when no move follows from this fault on the holder. */
export function predictMove(
  topology: ResolvedTopology,
  fault: PlainFault,
  holder: string,
): Prediction | undefined {
  const nodes = topology.nodes.flatMap((node) => {
    const config = configOf(node, topology.keepalivedVersion);
    if (config === undefined) return [];
    const scripts = (path: string): string | undefined =>
      node.files.find((file) => file.path === path)?.text;
    return [{ name: node.name, address: node.address, config, scripts }];
  });
  return predictFromConfigs(nodes, aimedAt(fault, holder), holder);
}
