/** What operators do by hand, and the slips they make with it. */
import { seconds } from "../../core/time.ts";
import type { TimedEvent } from "../../history/events.ts";
import { onlyRouter } from "../../topology/resolve.ts";
import type { Cluster } from "../backend.ts";
import {
  confirmed,
  countOf,
  expectCount,
  fail,
  healed,
  HOLDER,
  inject,
  STANDBY,
  type ConformanceCase,
} from "./case.ts";
import { settledAgain } from "./settled.ts";

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
  {
    name: "keepalived-reconfigured: a reload puts another priority on the wire, and healing the earlier one",
    covers: ["keepalived-reconfigured"],
    run: async (cluster) => {
      const edits = [{ find: "priority 101", replace: "priority 100" }];
      const fault = { kind: "keepalived-reconfigured", node: HOLDER, edits } as const;
      const advert = (priority: number) => (event: TimedEvent) =>
        event.kind === "advert" && event.seenAt === "segment" && event.priority === priority;
      const edited = await inject(cluster, { ...fault, apply: "reload" });
      await expectCount(cluster, "an advert with 100", advert(100), 1);
      // Somebody edits another place in the meantime, and each takes back what is his own.
      const other = [{ find: "advert_int 1\n", replace: "advert_int 1 # as agreed\n" }];
      const more = await inject(cluster, { ...fault, edits: other, apply: "none" });
      const before = countOf(cluster, advert(101));
      await healed(edited);
      await expectCount(cluster, "adverts with 101 again", advert(101), before + 1);
      await healed(more);
      await settledAgain(cluster);
    },
  },
  {
    name: "keepalived-reconfigured: a restart takes the text, and an edit that does not fit is not confirmed",
    covers: ["keepalived-reconfigured"],
    run: async (cluster) => {
      const edits = [{ find: "advert_int 1\n", replace: "advert_int 1 # restarted\n" }];
      const fault = { kind: "keepalived-reconfigured", node: STANDBY, edits } as const;
      await healed(await inject(cluster, { ...fault, apply: "restart" }));
      const odd = {
        ...fault,
        apply: "reload",
        edits: [{ find: "no such line", replace: "" }],
      } as const;
      const refused = await cluster.inject("conformance-refused", odd);
      await confirmed(refused, false);
      await healed(refused);
      await settledAgain(cluster);
    },
  },
  {
    name: "switchover: the other node takes the VIP, and gives it back after healing",
    covers: ["switchover"],
    run: (cluster) => movesTo(cluster, "switchover"),
  },
  {
    name: "auth-mismatch: the other node hears nothing that it takes, and gets the VIP too",
    covers: ["auth-mismatch"],
    run: (cluster) => movesTo(cluster, "auth-mismatch"),
  },
  {
    name: "unicast-peer-missing: the other node hears nothing, and gets the VIP too",
    covers: ["unicast-peer-missing"],
    world: "unicast",
    run: (cluster) => movesTo(cluster, "unicast-peer-missing"),
  },
];

/** A down time is 3.6 s; on a machine that is busy with other clusters the rest takes seconds too. */
const TAKEOVER_BOUND_US = seconds(10);

/** On the holder each of these makes another node take the VIP within its down time, about 3.6 s. */
async function movesTo(
  cluster: Cluster,
  kind: "switchover" | "auth-mismatch" | "unicast-peer-missing",
): Promise<void> {
  const vip = onlyRouter(cluster.topology).vips[0]?.address;
  // Addresses alone: several seconds of everything are a lot to look through again and again.
  const takes = (): number =>
    cluster.eventsOf("address").filter((e) => e.address === vip && e.action === "added").length;
  const before = takes();
  const fault = await inject(cluster, { kind, node: HOLDER });
  if (!(await cluster.until(() => takes() > before, TAKEOVER_BOUND_US))) {
    fail("waited 10 s in vain for another node to take the VIP");
  }
  await healed(fault);
  await settledAgain(cluster);
}
