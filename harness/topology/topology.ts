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

export interface TopologyNode {
  readonly name: string;
  /** Last octet of the node's own address. */
  readonly hostPart: number;
  readonly interface: string;
  readonly mysql?: MysqlServer;
  /** Text of its keepalived.conf. May hold `@{...}` names. */
  readonly keepalived?: string;
  readonly files: readonly NodeFile[];
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
