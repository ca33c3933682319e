/** Topologies with addresses, for tests: the dual-script pair as a backend would resolve it. */
import { resolveTopology, type ResolvedTopology } from "../topology/resolve.ts";
import type { CheckScript } from "../../scenarios/shared/checks.ts";
import { dualScript } from "../../scenarios/shared/dual-script.ts";

export const VIP = "198.18.7.100";
export const VRID = 51;

/** db1 (101) and db2 (99) with the VIP `VIP`, advert interval 1 s, check every 2 s. */
export function resolvedPair(check: CheckScript = "port-then-stop"): ResolvedTopology {
  return resolveTopology(dualScript({ check }), {
    subnetPrefix: "198.18.7",
    prefixLength: 24,
    vrids: [VRID],
  });
}
