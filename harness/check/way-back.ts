/**
 * What the configuration says of a node that lost the VIP and is well again: whether it takes the VIP back,
 * and how long that may take. From the same formulas as `vipdrill predict`.
 */
import { seconds, type Us } from "../core/time.ts";
import { masterDownUs } from "../keepalived/timing.ts";
import { BACK } from "../predict/classes.ts";
import { predict } from "../predict/predict.ts";
import { boundsOf } from "../predict/quantity.ts";
import { onlyRouter, type ResolvedTopology } from "../topology/resolve.ts";
import { configOf } from "../topology/routers.ts";

export type Return = "returns" | "stays";

export interface WayBack {
  /** Absent when the formulas do not know, for the reason given. */
  readonly expected?: Return;
  /** Why, in words. */
  readonly reason: string;
  /** The slowest of the ways back; where there is none, what it would take if the node preempted. */
  readonly allowedUs: Us;
}

/**
 * On top of the timers: a service that starts on a busy machine, a check that runs once more. Longer than
 * what `predict/move.ts` allows a command, because here several follow each other.
 */
const MARGIN_US: Us = seconds(1);

export function wayBack(topology: ResolvedTopology, node: string): WayBack {
  const router = onlyRouter(topology);
  const found = predict(predictedNodes(topology), { holder: node }).find(
    (item) => item.vrid === router.vrid,
  );
  const leastUs = downTimerUs(topology, node) + MARGIN_US;
  const rows = (found?.rows ?? []).filter((row) => BACK.some((event) => event === row.event));
  const started = rows.find((row) => row.event === "keepalived-started");
  if (found === undefined || started === undefined || started.outcome === "unknown") {
    const reason = found?.problem ?? started?.reasons[0] ?? "nothing is known of its routers";
    return { reason, allowedUs: leastUs };
  }
  const goesHome = rows.filter((row) => row.span !== undefined && row.endsOn.includes(node));
  const longestUs = Math.max(
    0,
    ...goesHome.map((row) => (row.span === undefined ? 0 : boundsOf(row.span.total).maxUs)),
  );
  const returns = started.outcome === "moves" && started.endsOn.includes(node);
  return {
    expected: returns ? "returns" : "stays",
    reason: started.reasons[0] ?? "its priority is the highest and it preempts",
    allowedUs: Math.max(leastUs, longestUs + MARGIN_US),
  };
}

function predictedNodes(topology: ResolvedTopology): Parameters<typeof predict>[0] {
  return topology.nodes.flatMap((node) => {
    const config = configOf(node, topology.keepalivedVersion);
    if (config === undefined) return [];
    const scripts = (path: string): string | undefined =>
      node.files.find((file) => file.path === path)?.text;
    return [{ name: node.name, address: node.address, config, scripts }];
  });
}

/** Master-down time of the node's instance, and its preempt_delay. */
function downTimerUs(topology: ResolvedTopology, name: string): Us {
  const { vrid } = onlyRouter(topology);
  const node = topology.nodes.find((item) => item.name === name);
  const config = node === undefined ? undefined : configOf(node, topology.keepalivedVersion);
  const instance = config?.instances.find((item) => item.virtualRouterId === vrid);
  if (instance === undefined) return 0;
  const { priority, advertIntUs, version, downTimerAdverts, preemptDelayUs } = instance;
  return masterDownUs(priority, advertIntUs, { version, downTimerAdverts }) + preemptDelayUs;
}
