/**
 * Document 003: two directors with keepalived (state MASTER, priority 100; state BACKUP, priority 90) in front of two MySQL
 * sources that replicate from each other. The directors route (LVS-DR, wrr, weights 3 and 3, persistence 50 s) and look at
 * the servers every 6 s; the servers have the VIP on their loopback interface, do not answer ARP for it, and answer clients
 * directly.
 *
 * `nb_get_retry` stands in TCP_CHECK as in the document, which means one retry (`virtual-server.ts`). The document's script
 * for the real servers is what `realServer` does.
 */
import type { Topology, TopologyNode } from "../../harness/scenario/index.ts";
import { CONFLICT_MONITOR, conflictMonitorScript, MONITOR_PERIOD_US } from "./dual-check.ts";
import { virtualServer, type TcpCheck } from "./virtual-server.ts";

export interface LvsDrOptions {
  /** Of db1 and db2. */
  readonly weights?: readonly [number, number];
  /** False: without `persistence_timeout`. */
  readonly persistent?: boolean;
  /** What is changed of the document's check. */
  readonly check?: Partial<TcpCheck>;
  /** `lvs_sync_daemon`: the active director tells the other one of its connections. */
  readonly sync?: boolean;
  /** `inhibit_on_failure`: a failed server gets weight 0 and stays in the table. */
  readonly inhibit?: boolean;
  /** A real server whose ARP was forgotten. */
  readonly unmuted?: RealServerName;
  /** The duplicate-address monitor of document 002, on a third host. */
  readonly monitor?: boolean;
  /** Shown where topologies are told apart. */
  readonly variant?: string;
}

export const DIRECTORS = ["lvs1", "lvs2"] as const;
export const REAL_SERVERS = ["db1", "db2"] as const;

type DirectorName = (typeof DIRECTORS)[number];
type RealServerName = (typeof REAL_SERVERS)[number];

const DOCUMENT_CHECK: TcpCheck = { delayLoopSeconds: 6, retryWord: "nb_get_retry" };

export function lvsDr(options: LvsDrOptions = {}): Topology {
  return {
    name: options.variant === undefined ? "lvs-dr" : `lvs-dr (${options.variant})`,
    nodes: [
      director("lvs1", 11, { state: "MASTER", priority: 100 }, options),
      director("lvs2", 12, { state: "BACKUP", priority: 90 }, options),
      server("db1", 1, options),
      server("db2", 2, options),
    ],
    vips: [{ name: "vip", hostPart: 100 }],
    vrids: ["VI_1"],
    replication: [
      { source: "db1", replica: "db2" },
      { source: "db2", replica: "db1" },
    ],
    ...(options.monitor === true
      ? {
          monitors: [
            { name: CONFLICT_MONITOR, everyUs: MONITOR_PERIOD_US, script: conflictMonitorScript },
          ],
        }
      : {}),
  };
}

interface Role {
  readonly state: "MASTER" | "BACKUP";
  readonly priority: number;
}

function director(
  name: DirectorName,
  hostPart: number,
  role: Role,
  options: LvsDrOptions,
): TopologyNode {
  return {
    name,
    hostPart,
    interface: "eth0",
    kernel: ["ip_vs"],
    keepalived: [globals(name, options), instance(role), servers(options)].join("\n"),
    files: [],
  };
}

function server(name: RealServerName, serverId: number, options: LvsDrOptions): TopologyNode {
  return {
    name,
    hostPart: 20 + serverId,
    interface: "eth0",
    mysql: { serverId, autoIncrementOffset: serverId, autoIncrementIncrement: 2 },
    realServer: { vip: "vip", arp: options.unmuted === name ? "answers" : "muted" },
    files: [],
  };
}

function globals(name: DirectorName, { sync = false }: LvsDrOptions): string {
  return `global_defs {
    router_id ${name.toUpperCase()}
${sync ? "    lvs_sync_daemon eth0 VI_1\n" : ""}}
`;
}

function instance({ state, priority }: Role): string {
  return `vrrp_instance VI_1 {
    state ${state}
    interface eth0
    virtual_router_id @{VI_1.vrid}
    priority ${priority}
    advert_int 1
    authentication {
        auth_type PASS
        auth_pass 1111
    }
    virtual_ipaddress {
        @{vip}
    }
}
`;
}

function servers(options: LvsDrOptions): string {
  const { weights = [3, 3], persistent = true, inhibit = false } = options;
  return virtualServer({
    check: { ...DOCUMENT_CHECK, ...options.check },
    lines: ["lb_algo wrr", "lb_kind DR", ...(persistent ? ["persistence_timeout 50"] : [])],
    servers: REAL_SERVERS.map((name, index) => ({
      address: `@{${name}.address}`,
      weight: weights[index] ?? 1,
      ...(inhibit ? { lines: ["inhibit_on_failure"] } : {}),
    })),
  });
}
