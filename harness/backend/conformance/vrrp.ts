/** Faults of VRRP, ARP and the virtual address. */
import { seconds, type Us } from "../../core/time.ts";
import type { TimedEvent } from "../../history/events.ts";
import { holdersAfter } from "../../history/queries.ts";
import type { Cluster } from "../backend.ts";
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

/** Three advert intervals and a skew, twice, and what a busy machine adds. */
const MOVE_BOUND_US: Us = seconds(15);

export const VRRP_CASES: readonly ConformanceCase[] = [
  {
    name: "an address added by hand is seen by netlink and gone after healing",
    covers: ["address-added"],
    run: async (cluster) => {
      const added = await inject(cluster, { kind: "address-added", node: STANDBY });
      const seen = (action: "added" | "removed") => (event: TimedEvent) =>
        event.kind === "address" &&
        event.node === added.node &&
        event.address === vipOf(cluster) &&
        event.action === action;
      await expectAfter(cluster, added, "the address to appear", seen("added"));
      await healed(added);
      await expectAfter(cluster, added, "the address to go", seen("removed"));
    },
  },
  filterCase("in"),
  filterCase("out"),
  filterCase("both"),
  {
    name: "adverts-lost: some packets are dropped each way, some pass, and none is dropped after healing",
    covers: ["adverts-lost"],
    run: async (cluster) => {
      for (const direction of ["in", "out"] as const) {
        const fault = { kind: "adverts-lost", node: STANDBY, direction, share: 0.5 } as const;
        await healed(await inject(cluster, fault));
      }
      await home(cluster, holderOf(cluster));
    },
  },
  {
    name: "adverts-delayed: adverts go through the late queue, which is gone after healing",
    covers: ["adverts-delayed"],
    run: async (cluster) => {
      await healed(
        await inject(cluster, { kind: "adverts-delayed", node: STANDBY, delayUs: 200_000 }),
      );
    },
  },
  {
    name: "garp-blocked: a take-over is not announced, and the holder's return is",
    covers: ["garp-blocked"],
    run: async (cluster) => {
      const holder = holderOf(cluster);
      const mute = await inject(cluster, { kind: "garp-blocked", node: STANDBY });
      const announced = (node: string) => (event: TimedEvent) =>
        event.kind === "arp" &&
        event.gratuitous &&
        event.sender === node &&
        event.senderAddress === vipOf(cluster) &&
        event.seenAt === "segment";
      const before = countOf(cluster, announced(mute.node));
      const back = countOf(cluster, announced(holder)) + 1;
      const stopped = await inject(cluster, { kind: "keepalived-stopped", node: HOLDER });
      await home(cluster, mute.node);
      await healed(stopped);
      await home(cluster, holder);
      await expectCount(cluster, `${holder} to announce the VIP`, announced(holder), back);
      if (countOf(cluster, announced(mute.node)) > before) {
        fail(`an announcement of ${mute.node} got out`);
      }
      await healed(mute);
    },
  },
  {
    name: "vip-traffic-blocked: clients get no answer from a holder that keeps the VIP, until healed",
    covers: ["vip-traffic-blocked"],
    run: async (cluster) => {
      const holder = holderOf(cluster);
      const fault = await inject(cluster, { kind: "vip-traffic-blocked", node: HOLDER });
      const unanswered = (event: TimedEvent): boolean =>
        event.kind === "complete" && event.lane === "fresh" && event.outcome !== "ok";
      const failures = countOf(cluster, unanswered) + 1;
      await expectCount(cluster, "a client to go without an answer", unanswered, failures);
      if (holderOf(cluster) !== holder) fail(`the VIP left ${holder}`);
      await healed(fault);
      await served(cluster);
    },
  },
  {
    name: "rogue-router: higher foreign adverts take the VIP from everybody; it comes back after healing",
    covers: ["rogue-router"],
    run: async (cluster) => {
      const holder = holderOf(cluster);
      const fault = await inject(cluster, { kind: "rogue-router", priority: 255 });
      await expectAfter(
        cluster,
        fault,
        `${holder} to hear an advert of a stranger`,
        (event) =>
          event.kind === "advert" &&
          event.seenAt === holder &&
          event.sender === undefined &&
          event.priority === 255,
      );
      if (!(await cluster.until(() => holdersOf(cluster).length === 0, MOVE_BOUND_US))) {
        fail(`${holdersOf(cluster).join(" and ")} kept the VIP`);
      }
      await healed(fault);
      await home(cluster, holder);
      await served(cluster);
    },
  },
  {
    name: "rogue-router: members that are told their peers do not listen to it",
    covers: ["rogue-router"],
    world: "unicast",
    run: async (cluster) => {
      const holder = holderOf(cluster);
      const fault = await inject(cluster, { kind: "rogue-router", priority: 255 });
      const heard = (event: TimedEvent): boolean =>
        event.kind === "advert" && event.seenAt === holder && event.sender === undefined;
      await expectCount(cluster, `three foreign adverts at ${holder}`, heard, 3);
      if (holderOf(cluster) !== holder) fail(`the VIP left ${holder}`);
      await healed(fault);
    },
  },
  {
    name: "vip-taken: the segment hears a stranger answer for the VIP, which the holder never lost",
    covers: ["vip-taken"],
    run: async (cluster) => {
      const holder = holderOf(cluster);
      const fault = await inject(cluster, { kind: "vip-taken" });
      const foreign = (event: TimedEvent): boolean =>
        event.kind === "arp" &&
        event.sender === undefined &&
        event.senderAddress === vipOf(cluster) &&
        event.seenAt === "segment";
      await expectAfter(cluster, fault, "a stranger's ARP for the VIP", foreign);
      await expectAfter(
        cluster,
        fault,
        "the client to believe it",
        (event) =>
          event.kind === "neighbour" &&
          event.at === "client" &&
          event.mac !== undefined &&
          event.node === undefined,
      );
      await healed(fault);
      if (holderOf(cluster) !== holder) fail(`the VIP left ${holder}`);
      // Neighbours would go on sending to the stranger for a while; a move is announced to all of them.
      const stopped = await inject(cluster, { kind: "keepalived-stopped", node: HOLDER });
      await healed(stopped);
      await home(cluster, holder);
      await served(cluster);
    },
  },
];

function filterCase(direction: "in" | "out" | "both"): ConformanceCase {
  return {
    name: `vrrp-blocked ${direction} is confirmed by dropped probes, and gone after healing`,
    covers: ["vrrp-blocked"],
    run: async (cluster) => {
      await healed(await inject(cluster, { kind: "vrrp-blocked", node: STANDBY, direction }));
    },
  };
}

function vipOf(cluster: Cluster): string {
  return cluster.topology.routers[0]?.vips[0]?.address ?? "";
}

function holdersOf(cluster: Cluster): string[] {
  return holdersAfter(cluster.eventsOf("address"), vipOf(cluster));
}

function holderOf(cluster: Cluster): string {
  const [holder, ...others] = holdersOf(cluster);
  if (holder === undefined || others.length > 0) fail("not one node has the VIP");
  return holder;
}

/** The node has the VIP, and is the only one. */
async function home(cluster: Cluster, node: string): Promise<void> {
  const isHome = (): boolean => holdersOf(cluster).join() === node;
  if (!(await cluster.until(isHome, MOVE_BOUND_US))) {
    fail(`${holdersOf(cluster).join(" and ") || "nobody"} has the VIP, not ${node}`);
  }
}

/** Clients are answered from now on. */
async function served(cluster: Cluster): Promise<void> {
  const nowUs = cluster.nowUs();
  const answered = (): boolean =>
    cluster
      .eventsOf("complete")
      .some((event) => event.tUs > nowUs && event.outcome === "ok" && event.action === "write");
  if (!(await cluster.until(answered, MOVE_BOUND_US))) fail("clients were not served again");
}
