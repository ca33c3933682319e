/**
 * What a cluster is, as data: nodes, segments, addresses, replication edges.
 *
 * Addresses are written as host parts; a backend chooses the subnet and the VRIDs, and
 * `resolve.ts` puts them in. Nothing here assumes two nodes or one VIP.
 */

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
}
