/**
 * What a cluster is, as data: nodes, segments, virtual routers, replication edges.
 *
 * Addresses are written as host parts; a backend chooses the subnet and the VRIDs, and
 * `resolve.ts` puts them in. Nothing here assumes two nodes or one VIP.
 */
import type { KeepalivedConfig } from "../keepalived/model.ts";
import type { Us } from "../core/time.ts";

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
}

export interface TopologyNode {
  readonly name: string;
  /** Last octet of the node's own address. */
  readonly hostPart: number;
  readonly interface: string;
  readonly mysql?: MysqlServer;
  readonly keepalived?: KeepalivedConfig;
  readonly files: readonly NodeFile[];
}

export interface Vip {
  readonly name: string;
  readonly hostPart: number;
}

export interface RouterMember {
  readonly node: string;
  readonly priority: number;
  readonly preempts: boolean;
}

/** What a node's tracked script does when mysqld is down; what the timers follow from. */
export interface CheckBehaviour {
  readonly reaction: "stops-keepalived" | "never-fails";
  readonly intervalUs: Us;
  /** Longest run of the script that counts as normal on a busy host. */
  readonly runUsMax: Us;
}

export interface VirtualRouter {
  readonly name: string;
  readonly vips: readonly Vip[];
  readonly advertIntUs: Us;
  readonly members: readonly RouterMember[];
  readonly check: CheckBehaviour;
}

export interface ReplicationEdge {
  readonly source: string;
  readonly replica: string;
}

export interface Topology {
  readonly name: string;
  readonly nodes: readonly TopologyNode[];
  readonly routers: readonly VirtualRouter[];
  readonly replication: readonly ReplicationEdge[];
}
