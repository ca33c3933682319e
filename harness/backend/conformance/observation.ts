/** What is seen of a cluster that nobody disturbs, and of a fault that nobody carries out. */
import { expectEvent, type ConformanceCase } from "./case.ts";

export const OBSERVATION_CASES: readonly ConformanceCase[] = [
  {
    name: "adverts of the holder are seen at every node and on the segment",
    covers: [],
    run: async (cluster) => {
      for (const place of [...cluster.topology.nodes.map((node) => node.name), "segment"]) {
        await expectEvent(
          cluster,
          `an advert seen at ${place}`,
          (event) => event.kind === "advert" && event.seenAt === place && event.priority > 0,
        );
      }
    },
  },
];
