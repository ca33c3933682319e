/** What operators do by hand. */
import { confirmed, healed, inject, STANDBY, type ConformanceCase } from "./case.ts";

export const OPERATOR_CASES: readonly ConformanceCase[] = [
  {
    name: "service-started starts what was stopped, and is not confirmed where it ran already",
    covers: ["service-started"],
    run: async (cluster) => {
      const stopped = await inject(cluster, { kind: "keepalived-stopped", node: STANDBY });
      const start = { kind: "service-started", service: "keepalived" } as const;
      const node = { name: stopped.node };
      await confirmed(await cluster.inject("conformance-start", { ...start, node }), true);
      await confirmed(await cluster.inject("conformance-start-again", { ...start, node }), false);
      // Nothing is left to start, and healing still ends with a running service.
      await healed(stopped);
    },
  },
];
