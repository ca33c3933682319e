/** Faults of processes. */
import type { TimedEvent } from "../../history/events.ts";
import {
  countOf,
  expectCount,
  expectAfter,
  fail,
  healed,
  HOLDER,
  inject,
  STANDBY,
  type ConformanceCase,
} from "./case.ts";
import { settledAgain } from "./settled.ts";

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
    name: "keepalived-killed parent: the VRRP process says goodbye, and healing starts both",
    covers: ["keepalived-killed"],
    run: async (cluster) => {
      const goodbye = (event: TimedEvent): boolean =>
        event.kind === "advert" && event.priority === 0 && event.seenAt === "segment";
      const wanted = countOf(cluster, goodbye) + 1;
      const fault = { kind: "keepalived-killed", node: HOLDER, processes: "parent" } as const;
      const killed = await inject(cluster, fault);
      await expectCount(cluster, `a goodbye of ${killed.node}`, goodbye, wanted);
      await healed(killed);
      await settledAgain(cluster);
    },
  },
  {
    name: "keepalived-killed vrrp: the parent says that it starts another",
    covers: ["keepalived-killed"],
    run: async (cluster) => {
      const died = said(/^VRRP child process\(\d+\) died: Respawning$/);
      const wanted = countOf(cluster, died) + 1;
      const fault = { kind: "keepalived-killed", node: STANDBY, processes: "vrrp" } as const;
      const killed = await inject(cluster, fault);
      await expectCount(cluster, `${killed.node} to say so`, died, wanted);
      await healed(killed);
      await settledAgain(cluster);
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
        const state = mysqld(fault.node);
        await expectCount(cluster, `${fault.node} to be seen down`, state("down"), downs + 1);
        const upAgain = countOf(cluster, state("up")) + 1;
        await healed(fault);
        await expectCount(cluster, `${fault.node} to be seen up again`, state("up"), upAgain);
      }
      await healed(quiet);
    },
  },
  {
    name: "mysqld-crash-looping: the probe sees it come back and go again, and stay after healing",
    covers: ["mysqld-crash-looping"],
    run: async (cluster) => {
      const quiet = await inject(cluster, { kind: "keepalived-stopped", node: STANDBY });
      const state = mysqld(quiet.node);
      const downs = countOf(cluster, state("down"));
      const ups = countOf(cluster, state("up"));
      const node = { name: quiet.node };
      const span = { upUs: 600_000, downUs: 400_000 };
      const loop = await inject(cluster, { kind: "mysqld-crash-looping", node, ...span });
      await expectCount(cluster, `${loop.node} to be seen down twice`, state("down"), downs + 2);
      await healed(loop);
      await expectCount(cluster, `${loop.node} to be seen up twice`, state("up"), ups + 2);
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
      const state = mysqld(fault.node);
      await expectAfter(
        cluster,
        fault,
        `${fault.node} to be seen unresponsive`,
        state("unresponsive"),
      );
      const upAgain = countOf(cluster, state("up")) + 1;
      await healed(fault);
      await expectCount(cluster, `${fault.node} to be seen up again`, state("up"), upAgain);
      await healed(
        await inject(cluster, { kind: "service-frozen", node: STANDBY, service: "keepalived" }),
      );
    },
  },
  {
    name: "service-restarted: other processes run, and keepalived and the probe say so",
    covers: ["service-restarted"],
    run: async (cluster) => {
      const started = said(/^Starting VRRP child process/);
      const starts = countOf(cluster, started);
      const restart = { kind: "service-restarted", service: "keepalived", node: STANDBY } as const;
      await healed(await inject(cluster, restart));
      await expectCount(cluster, "keepalived to say that it starts", started, starts + 1);
      const quiet = await inject(cluster, { kind: "keepalived-stopped", node: STANDBY });
      const state = mysqld(quiet.node);
      const ups = countOf(cluster, state("up"));
      await inject(cluster, { ...restart, service: "mysql", node: { name: quiet.node } });
      await expectCount(cluster, `${quiet.node} to be seen up again`, state("up"), ups + 1);
      await healed(quiet);
      await settledAgain(cluster);
    },
  },
  {
    name: "check-script-replaced: keepalived runs ours, says how it ends, and runs the own again",
    covers: ["check-script-replaced"],
    run: async (cluster) => {
      const fault = {
        kind: "check-script-replaced",
        node: STANDBY,
        path: pathOf(cluster),
      } as const;
      const returns = (status: number): ((event: TimedEvent) => boolean) =>
        said(new RegExp(`^Script .* now returning ${status}$`));
      const counts = [returns(1), returns(0)].map((matches) => countOf(cluster, matches));
      const [fails = 0, succeeds = 0] = counts;
      const failing = await inject(cluster, { ...fault, behaviour: "always-fails" });
      await expectCount(cluster, "the check to fail", returns(1), fails + 1);
      await healed(failing);
      await expectCount(cluster, "the check to succeed", returns(0), succeeds + 1);
      await healed(await inject(cluster, { ...fault, behaviour: "slow", slowUs: 300_000 }));
      await healed(await inject(cluster, { ...fault, behaviour: "hangs" }));
      await healed(await inject(cluster, { ...fault, behaviour: "always-succeeds" }));
      await settledAgain(cluster);
    },
  },
];

function mysqld(
  node: string,
): (state: "up" | "down" | "unresponsive") => (e: TimedEvent) => boolean {
  return (state) => (event) =>
    event.kind === "mysqld" && event.node === node && event.state === state;
}

function said(what: RegExp): (event: TimedEvent) => boolean {
  return (event) => event.kind === "log" && what.test(event.text);
}

/** The check script of the case's set-up, which has one file. */
function pathOf({ topology }: { topology: { nodes: readonly Node[] } }): string {
  return topology.nodes[0]?.files[0]?.path ?? fail("the set-up has no check script");
}

interface Node {
  readonly files: readonly { readonly path: string }[];
}
