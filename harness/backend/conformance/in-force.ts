/** What an earlier step has in force is nobody else's doing: the later step is not confirmed, and undoes nothing. */
import type { PlainFault } from "../../fault/fault.ts";
import { confirmed, healed, inject, STANDBY, type ConformanceCase } from "./case.ts";

const FAULTS: readonly PlainFault[] = [
  { kind: "service-frozen", node: STANDBY, service: "mysql" },
  { kind: "mysql-read-only", node: STANDBY, super: false },
  { kind: "vip-taken" },
  { kind: "address-added", node: STANDBY },
];

export const IN_FORCE_CASES: readonly ConformanceCase[] = FAULTS.map((fault) => ({
  name: `${fault.kind} a second time is not confirmed, and its healing leaves the first`,
  covers: [],
  run: async (cluster) => {
    const first = await inject(cluster, fault);
    // Named: who is holder or standby may have changed with the first.
    const again: PlainFault = "node" in fault ? { ...fault, node: { name: first.node } } : fault;
    const second = await cluster.inject(`again-${fault.kind}`, again);
    await confirmed(second, false);
    await second.heal?.();
    const third = await cluster.inject(`once-more-${fault.kind}`, again);
    await confirmed(third, false);
    await third.heal?.();
    await healed(first);
    // Gone for good, so that it can be injected anew.
    await healed(await inject(cluster, again));
  },
}));
