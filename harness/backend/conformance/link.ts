/** Faults of the network. */
import { healed, inject, STANDBY, type ConformanceCase } from "./case.ts";

export const LINK_CASES: readonly ConformanceCase[] = [
  {
    name: "cut is confirmed by dropped probes both ways, and gone after healing",
    covers: ["cut"],
    run: async (cluster) => {
      await healed(await inject(cluster, { kind: "cut", node: STANDBY }));
    },
  },
];
