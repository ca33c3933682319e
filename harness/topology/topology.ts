/**
 * What a cluster is, as data: nodes, segments, addresses, replication edges.
 *
 * Addresses are written as host parts; a backend chooses the subnet and the VRIDs, and
 * `resolve.ts` puts them in. Nothing here assumes two nodes or one VIP.
 */

import type { Us } from "../core/time.ts";

export const KEEPALIVED_CONF = "/etc/keepalived/keepalived.conf";

/** A file placed on a node before its services start. Text may hold `@{...}` names. */
export interface NodeFile {
  readonly path: string;
  readonly mode: number;
  readonly text: string;
}

export interface MysqlServer {
  readonly serverId: number;
  /** Offset and step of generated keys, so that two writable sources never collide. */
  readonly autoIncrementOffset: number;
  readonly autoIncrementIncrement: number;
  /** Semi-synchronous replication: an acknowledgement waits for a replica, at most this long. */
  readonly semiSync?: { readonly timeoutMs: number };
  /** Lines of the user's own for the group [mysqld]; read last. */
  readonly settings?: readonly string[];
  /** The data directory gets a disk of its own of this size, so that it can be filled. */
  readonly dataDiskMb?: number;
}

/**
 * A script that a bystander of the segment runs again and again, as cron would: the duplicate-address
 * monitor, say. Its text may hold `@{...}` names; it runs with bash beside the client.
 */
export interface Monitor {
  readonly name: string;
  readonly everyUs: Us;
  readonly script: string;
}

/** Parts of a kernel that not every machine has. */
export const KERNEL_FEATURES = ["ip_vs", "netem"] as const;

export type KernelFeature = (typeof KERNEL_FEATURES)[number];

/**
 * A server behind a director that routes (LVS-DR): it has the VIP on its loopback interface, so that it takes what the
 * director forwards as it came. `muted`: it does not answer ARP for it (arp_ignore 1, arp_announce 2 on `lo` and `all`).
 */
export interface RealServer {
  /** Name of the VIP. */
  readonly vip: string;
  readonly arp: "muted" | "answers";
}

export interface TopologyNode {
  readonly name: string;
  /** Last octet of the node's own address. */
  readonly hostPart: number;
  readonly interface: string;
  readonly mysql?: MysqlServer;
  /** Text of its keepalived.conf. May hold `@{...}` names. */
  readonly keepalived?: string;
  readonly files: readonly NodeFile[];
  /** The node's kernel has to have these: the engine's if that one does, a kernel of the node's own otherwise. */
  readonly kernel?: readonly KernelFeature[];
  readonly realServer?: RealServer;
}

export interface Vip {
  readonly name: string;
  readonly hostPart: number;
}

export interface ReplicationEdge {
  readonly source: string;
  readonly replica: string;
}

export interface Topology {
  readonly name: string;
  readonly nodes: readonly TopologyNode[];
  readonly vips: readonly Vip[];
  /** Names of the virtual router ids that the backend allots: `VI_1` makes `@{VI_1.vrid}`. */
  readonly vrids: readonly string[];
  readonly replication: readonly ReplicationEdge[];
  readonly monitors?: readonly Monitor[];
}
