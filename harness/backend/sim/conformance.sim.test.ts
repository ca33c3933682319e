/** The conformance cases on the simulator: one cluster, case after case, as on containers. */
import { beforeAll, describe, it } from "vitest";
import { dualScript } from "../../../scenarios/shared/dual-script.ts";
import { simulatedCluster } from "../../testing/simulated.ts";
import type { Cluster } from "../backend.ts";
import { CONFORMANCE } from "../conformance.ts";
import { SIMULATED_IMAGES } from "./backend.ts";

describe.each(SIMULATED_IMAGES)("conformance of the sim backend, %s", (image) => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await simulatedCluster(dualScript(), { image });
  });

  it.each(CONFORMANCE.map((item) => [item.name, item] as const))("%s", async (_name, item) => {
    await item.run(cluster);
  });
});
