/** What is explored: a topology, with a load that is thin enough to be computed by the thousand. */
import { milliseconds } from "../core/time.ts";
import { keepalivedOf } from "../backend/lines.ts";
import { resolveTopology, type ResolvedTopology } from "../topology/resolve.ts";
import type { Topology } from "../topology/topology.ts";
import { defaultWorkload, type Workload } from "../workload/workload.ts";
import type { Setting } from "./plan.ts";
import { timersOf } from "./timers.ts";

/**
 * A tenth of the load of a drill. Verdicts about holders, times and copies do not hang on it; what does is how
 * many writes are lost or refused, and an outage is seen to 0.2 s only. What was found is looked at again
 * with the load of a drill.
 */
export const THIN_WORKLOAD: Workload = {
  ...defaultWorkload,
  cadenceUs: milliseconds(200),
  healthCadenceUs: milliseconds(100),
};

/** Enough for clients to have written something. */
const WARM_UP_US = milliseconds(500);

/** Addresses and VRIDs as the simulator would allot them; nothing that is read here depends on them. */
export function exploreTopology(topology: Topology, image: string): ResolvedTopology {
  return resolveTopology(
    topology,
    {
      subnetPrefix: "198.18.0",
      prefixLength: 24,
      vrids: topology.vrids.map((_, index) => 51 + index),
    },
    keepalivedOf(image),
  );
}

export function settingFor(
  target: string,
  topology: Topology,
  resolved: ResolvedTopology,
  workload: Workload = THIN_WORKLOAD,
): Setting {
  const { startUs, restUs } = timersOf(resolved);
  return { target, topology, workload, warmUpUs: startUs + WARM_UP_US, restUs };
}
