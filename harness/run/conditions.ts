/** Conditions a schedule waits for, asked of a running cluster. */
import type { Cluster } from "../backend/backend.ts";
import { unreachable } from "../core/assert.ts";
import type { Us } from "../core/time.ts";
import type { Condition } from "../fault/schedule.ts";
import type { IpvsEvent } from "../history/events.ts";
import { holdersAfter } from "../history/queries.ts";
import { onlyRouter } from "../topology/resolve.ts";

export const CONDITION_WORDS: Readonly<Record<Condition, string>> = {
  "vip-moved": "the VIP to be on another node, and only there",
  "vip-home": "the VIP to be back on its first holder, and only there",
  "two-holders": "two nodes to hold the VIP",
  "one-holder": "exactly one node to hold the VIP",
  "no-holder": "no node to hold the VIP",
  "writes-resumed": "a write to be acknowledged, after the last move and from now on",
  "real-server-removed":
    "the holder's IPVS table to have fewer servers that get new connections than at the beginning",
  "real-servers-complete": "the holder's IPVS table to have as many servers as at the beginning",
  "replication-caught-up": "every replica to have what its source has",
};

/** What the facts so far say; whether replication has caught up is asked of the servers instead. */
export type Observable = Exclude<Condition, "replication-caught-up">;

/** `home` is the node that held the VIP when the disturbance began, `sinceUs` when the wait began. */
export function holds(
  cluster: Cluster,
  condition: Observable,
  home: string | undefined,
  sinceUs: Us = 0,
): boolean {
  const { holders, lastChangeUs } = holding(cluster);
  switch (condition) {
    case "vip-moved":
      return holders.length === 1 && holders[0] !== home;
    case "vip-home":
      return holders.length === 1 && holders[0] === home;
    case "two-holders":
      return holders.length >= 2;
    case "one-holder":
      return holders.length === 1;
    case "no-holder":
      return holders.length === 0;
    case "writes-resumed": {
      const last = cluster
        .eventsOf("complete")
        .findLast((e) => e.lane === "fresh" && e.action === "write" && e.outcome === "ok");
      return last !== undefined && last.tUs > Math.max(lastChangeUs, sinceUs);
    }
    case "real-server-removed": {
      const { atFirst, now } = serversInTable(cluster, holders);
      return now < atFirst;
    }
    case "real-servers-complete": {
      const { atFirst, now } = serversInTable(cluster, holders);
      return atFirst > 0 && now >= atFirst;
    }
    default:
      return unreachable(condition);
  }
}

export function holding(cluster: Cluster): { holders: string[]; lastChangeUs: Us } {
  const vip = onlyRouter(cluster.topology).vips[0]?.address ?? "";
  const changes = cluster.eventsOf("address").filter((event) => event.address === vip);
  return {
    holders: holdersAfter(changes, vip),
    lastChangeUs: Math.max(0, ...changes.map((event) => event.tUs)),
  };
}

/** Servers that get new connections, in the largest table when the disturbance began and in the holder's now. */
function serversInTable(
  cluster: Cluster,
  holders: readonly string[],
): { readonly atFirst: number; readonly now: number } {
  const tables = cluster.eventsOf("ipvs");
  const begun = cluster
    .eventsOf("phase")
    .find(({ phase, edge }) => phase === "disturb" && edge === "begin");
  const before = tables.filter(({ tUs }) => tUs <= (begun?.tUs ?? 0));
  const current = tables.findLast(({ node }) => holders.includes(node));
  return {
    atFirst: Math.max(0, ...before.map(inUse)),
    now: current === undefined ? 0 : inUse(current),
  };
}

function inUse({ services }: IpvsEvent): number {
  return services.flatMap(({ servers }) => servers.filter(({ weight }) => weight > 0)).length;
}
