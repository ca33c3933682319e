/** Faults of the network. */
import { milliseconds } from "../../core/time.ts";
import type { PlainFault } from "../../fault/fault.ts";
import { settledAgain } from "./settled.ts";
import type { TimedEvent } from "../../history/events.ts";
import {
  countOf,
  expectCount,
  expectAfter,
  healed,
  HOLDER,
  inject,
  STANDBY,
  type ConformanceCase,
} from "./case.ts";

export const LINK_CASES: readonly ConformanceCase[] = [
  {
    name: "cut is confirmed by dropped probes both ways, and gone after healing",
    covers: ["cut"],
    run: async (cluster) => {
      await healed(await inject(cluster, { kind: "cut", node: STANDBY }));
    },
  },
  {
    name: "cut in one direction is confirmed in that direction",
    covers: ["cut"],
    run: async (cluster) => {
      for (const direction of ["in", "out"] as const) {
        await healed(await inject(cluster, { kind: "cut", node: STANDBY, direction }));
      }
    },
  },
  awayCase("interface-down", "takes the link down, which keepalived sees; healing takes it up"),
  awayCase("network-disconnected", "takes the interface away, and healing brings it back"),
  {
    name: "packets-lost drops some and lets others pass, each way",
    covers: ["packets-lost"],
    run: async (cluster) => {
      for (const direction of ["in", "out", "both"] as const) {
        await healed(
          await inject(cluster, { kind: "packets-lost", node: STANDBY, direction, share: 0.05 }),
        );
      }
    },
  },
  {
    name: "packets-duplicated sends adverts twice, and once again after healing",
    covers: ["packets-duplicated"],
    run: async (cluster) => {
      const fault = await inject(cluster, { kind: "packets-duplicated", node: HOLDER, share: 1 });
      await expectAfter(cluster, fault, "an advert that comes twice", (event) =>
        isRepeated(cluster.eventsOf("advert"), event),
      );
      await healed(fault);
    },
  },
  shapeCase({ kind: "packets-delayed", node: STANDBY, delayUs: 50_000, jitterUs: 10_000 }),
  shapeCase({ kind: "packets-reordered", node: STANDBY, share: 0.25, byUs: 20_000 }),
  shapeCase({ kind: "bandwidth-limited", node: STANDBY, bitsPerSecond: 1_000_000 }),
];

function shapeCase(fault: PlainFault): ConformanceCase {
  return {
    name: `${fault.kind} is confirmed by what packets meet, and gone after healing`,
    covers: [fault.kind],
    run: async (cluster) => {
      await healed(await inject(cluster, fault));
    },
  };
}

/** The interface goes and comes back; netlink, keepalived and the packet observer are witnesses. */
function awayCase(
  kind: "interface-down" | "network-disconnected",
  promise: string,
): ConformanceCase {
  return {
    name: `${kind} ${promise}`,
    covers: [kind],
    run: async (cluster) => {
      const fault = await inject(cluster, { kind, node: STANDBY });
      const { node } = fault;
      const link = (up: boolean) => (event: TimedEvent) =>
        event.kind === "link" &&
        event.node === node &&
        event.interface === "eth0" &&
        event.up === up;
      const log = (text: string) => (event: TimedEvent) =>
        event.kind === "log" && event.node === node && event.text.includes(text);
      await expectAfter(cluster, fault, "the link to go down", link(false));
      await expectAfter(cluster, fault, "keepalived to see it", log("Entering FAULT STATE"));
      const before = {
        ups: countOf(cluster, link(true)),
        backups: countOf(cluster, log("Entering BACKUP STATE")),
      };
      await healed(fault);
      await expectCount(cluster, "the link to come up", link(true), before.ups + 1);
      await expectCount(
        cluster,
        "keepalived to come back",
        log("Entering BACKUP STATE"),
        before.backups + 1,
      );
      // keepalived 2.2.7 stays deaf to an interface that was replaced; a restart is what an operator does then.
      await inject(cluster, {
        kind: "service-restarted",
        node: { name: node },
        service: "keepalived",
      });
      await settledAgain(cluster);
    },
  };
}

/** Two copies leave within a few microseconds; adverts are a second apart. */
const COPY_WITHIN_US = milliseconds(20);

function isRepeated(
  adverts: readonly Extract<TimedEvent, { kind: "advert" }>[],
  event: TimedEvent,
): boolean {
  if (event.kind !== "advert" || event.seenAt !== "segment") return false;
  return adverts.some(
    (other) =>
      other !== event &&
      other.seenAt === "segment" &&
      other.source === event.source &&
      other.vrid === event.vrid &&
      other.priority === event.priority &&
      Math.abs(other.tUs - event.tUs) < COPY_WITHIN_US,
  );
}
