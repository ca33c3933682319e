/** Faults of processes. */
import type { TimedEvent } from "../../history/events.ts";
import {
  countOf,
  expectCount,
  expectEvent,
  healed,
  inject,
  STANDBY,
  type ConformanceCase,
} from "./case.ts";

export const PROCESS_CASES: readonly ConformanceCase[] = [
  {
    name: "keepalived-stopped and keepalived-killed end the service; healing starts it",
    covers: ["keepalived-stopped", "keepalived-killed"],
    run: async (cluster) => {
      for (const kind of ["keepalived-stopped", "keepalived-killed"] as const) {
        await healed(await inject(cluster, { kind, node: STANDBY }));
      }
    },
  },
  {
    name: "mysqld-stopped and mysqld-killed end the service; the probe sees it go and come back",
    covers: ["mysqld-stopped", "mysqld-killed"],
    run: async (cluster) => {
      // The standby's own check script would stop its keepalived; it is not what is looked at here.
      const quiet = await inject(cluster, { kind: "keepalived-stopped", node: STANDBY });
      for (const kind of ["mysqld-stopped", "mysqld-killed"] as const) {
        const downs = countOf(
          cluster,
          (event) => event.kind === "mysqld" && event.state === "down",
        );
        const fault = await inject(cluster, { kind, node: STANDBY });
        const state = (wanted: "up" | "down") => (event: TimedEvent) =>
          event.kind === "mysqld" && event.node === fault.node && event.state === wanted;
        await expectCount(cluster, `${fault.node} to be seen down`, state("down"), downs + 1);
        const upAgain = countOf(cluster, state("up")) + 1;
        await healed(fault);
        await expectCount(cluster, `${fault.node} to be seen up again`, state("up"), upAgain);
      }
      await healed(quiet);
    },
  },
  {
    name: "service-frozen: a frozen mysqld is seen unresponsive, and up again after thawing",
    covers: ["service-frozen"],
    run: async (cluster) => {
      const fault = await inject(cluster, {
        kind: "service-frozen",
        node: STANDBY,
        service: "mysql",
      });
      const state = (wanted: "up" | "unresponsive") => (event: TimedEvent) =>
        event.kind === "mysqld" && event.node === fault.node && event.state === wanted;
      await expectEvent(cluster, `${fault.node} to be seen unresponsive`, state("unresponsive"));
      const upAgain = countOf(cluster, state("up")) + 1;
      await healed(fault);
      await expectCount(cluster, `${fault.node} to be seen up again`, state("up"), upAgain);
      await healed(
        await inject(cluster, { kind: "service-frozen", node: STANDBY, service: "keepalived" }),
      );
    },
  },
];
