/** The conformance cases on the simulator: one cluster, case after case, as on containers. */
import { beforeAll, describe, it } from "vitest";
import { needsOfKind } from "../../fault/facts.ts";
import { simulatedCluster } from "../../testing/simulated.ts";
import { topologyOf } from "../../testing/worlds.ts";
import type { Cluster } from "../backend.ts";
import { casesOf, WORLDS } from "../conformance/conformance.ts";
import { refuteAll, sabotageable } from "../conformance/sabotage.ts";
import { simBackend, SIMULATED_IMAGES } from "./backend.ts";

describe.each(SIMULATED_IMAGES)("conformance of the sim backend, %s", (image) => {
  describe.each(WORLDS.filter((world) => casesOf(world).length > 0))("%s", (world) => {
    let cluster: Cluster;

    beforeAll(async () => {
      cluster = await simulatedCluster(topologyOf(world), { image });
    });

    it("no fault is confirmed that was not carried out", async () => {
      await refuteAll(cluster, sabotageable(world));
    });

    it.for(casesOf(world))("$name", async (item, { skip }) => {
      const missing = await simBackend().missing();
      const needs = item.covers.flatMap((kind) => needsOfKind(kind));
      const lacking = missing.find(({ capability }) => needs.includes(capability));
      if (lacking !== undefined) skip(`${lacking.capability}: ${lacking.reason}`);
      await item.run(cluster);
    });
  });
});
