/**
 * What every backend owes a scenario, as named cases over the port. A case gets a settled cluster
 * under load, and leaves it settled. The simulator has to pass the same ones.
 */
import { HarnessError } from "../core/errors.ts";
import { seconds } from "../core/time.ts";
import type { Fault } from "../fault/fault.ts";
import type { TimedEvent } from "../history/events.ts";
import type { Cluster, Injection } from "./backend.ts";

export interface ConformanceCase {
  readonly name: string;
  readonly run: (cluster: Cluster) => Promise<void>;
}

const STANDBY = { role: "standby" } as const;
const EFFECT_BOUND_US = seconds(5);

export const CONFORMANCE: readonly ConformanceCase[] = [
  {
    name: "adverts of the holder are seen at every node and on the segment",
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
  {
    name: "an address added by hand is seen by netlink and gone after healing",
    run: async (cluster) => {
      const added = await inject(cluster, { kind: "address-added", node: STANDBY });
      const vip = cluster.topology.routers[0]?.vips[0]?.address;
      const seen = (action: "added" | "removed") => (event: TimedEvent) =>
        event.kind === "address" &&
        event.node === added.node &&
        event.address === vip &&
        event.action === action;
      await expectEvent(cluster, "the address to appear", seen("added"));
      await healed(added);
      await expectEvent(cluster, "the address to go", seen("removed"));
    },
  },
  filterCase("in"),
  filterCase("out"),
  filterCase("both"),
  {
    name: "cut is confirmed by dropped probes both ways, and gone after healing",
    run: async (cluster) => {
      await healed(await inject(cluster, { kind: "cut", node: STANDBY }));
    },
  },
  {
    name: "keepalived-stopped and keepalived-killed end the service; healing starts it",
    run: async (cluster) => {
      for (const kind of ["keepalived-stopped", "keepalived-killed"] as const) {
        await healed(await inject(cluster, { kind, node: STANDBY }));
      }
    },
  },
  {
    name: "mysqld-stopped and mysqld-killed end the service; the probe sees it go and come back",
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
  {
    name: "a fault that was not carried out has an unconfirmed receipt",
    run: async (cluster) => {
      const fault: Fault = {
        kind: "sabotaged",
        fault: { kind: "vrrp-blocked", node: STANDBY, direction: "in" },
      };
      const injection = await cluster.inject("conformance-sabotaged", fault);
      if ((await injection.receipt()).confirmed)
        fail("the receipt of a fault that never happened is confirmed");
    },
  },
];

function filterCase(direction: "in" | "out" | "both"): ConformanceCase {
  return {
    name: `vrrp-blocked ${direction} is confirmed by dropped probes, and gone after healing`,
    run: async (cluster) => {
      await healed(await inject(cluster, { kind: "vrrp-blocked", node: STANDBY, direction }));
    },
  };
}

let steps = 0;

/** Injects and demands a confirmed receipt. */
async function inject(cluster: Cluster, fault: Fault): Promise<Injection> {
  steps += 1;
  const injection = await cluster.inject(`conformance-${steps}`, fault);
  const receipt = await injection.receipt();
  if (!receipt.confirmed) fail(`${fault.kind} is not confirmed: ${receipt.proof}`);
  return injection;
}

async function healed(injection: Injection): Promise<void> {
  const receipt = await injection.heal?.();
  if (receipt?.confirmed !== true) fail(`healing is not confirmed: ${receipt?.proof ?? "no heal"}`);
}

async function expectEvent(
  cluster: Cluster,
  what: string,
  matches: (event: TimedEvent) => boolean,
): Promise<void> {
  await expectCount(cluster, what, matches, 1);
}

async function expectCount(
  cluster: Cluster,
  what: string,
  matches: (event: TimedEvent) => boolean,
  wanted: number,
): Promise<void> {
  const enough = (): boolean => countOf(cluster, matches) >= wanted;
  if (!(await cluster.until(enough, EFFECT_BOUND_US))) fail(`waited 5 s in vain for ${what}`);
}

function countOf(cluster: Cluster, matches: (event: TimedEvent) => boolean): number {
  return cluster.events().filter(matches).length;
}

function fail(message: string): never {
  throw new HarnessError("CONFORMANCE", message);
}
