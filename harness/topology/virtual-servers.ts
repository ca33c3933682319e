/**
 * The virtual servers of a cluster, as each node's keepalived of that version reads them, with every real
 * server mapped to the node that has the address.
 *
 * Left out: services by firewall mark, which have no address to compare an IPVS table or a client with.
 */
import type { Us } from "../core/time.ts";
import type { RealServer, VirtualServer } from "../keepalived/config.ts";
import { configOf } from "./routers.ts";
import type { ResolvedTopology } from "./resolve.ts";

/** An address and port that a node directs to its real servers. */
export interface DirectedService {
  /** Node whose keepalived.conf says so. */
  readonly director: string;
  readonly address: string;
  readonly port: number;
  readonly scheduler: string;
  /** Absent without persistence. */
  readonly persistenceUs?: Us;
  readonly servers: readonly DirectedServer[];
  readonly config: VirtualServer;
}

export interface DirectedServer {
  /** Node with that address, the director itself for loopback; absent for a host that is none of the topology's. */
  readonly node?: string;
  readonly address: string;
  readonly port: number;
  readonly weight: number;
  readonly config: RealServer;
}

/** In the order of the nodes, then of their files. */
export function directedServices(topology: ResolvedTopology): readonly DirectedService[] {
  const known = services.get(topology);
  if (known !== undefined) return known;
  const found = topology.nodes.flatMap((node) =>
    (configOf(node, topology.keepalivedVersion)?.virtualServers ?? [])
      .filter(({ usable, protocol }) => usable && protocol === "TCP")
      .flatMap((server) => servicesOf(topology, node.name, server)),
  );
  services.set(topology, found);
  return found;
}

/** Asked by every checker and report of a run. */
const services = new WeakMap<ResolvedTopology, readonly DirectedService[]>();

function servicesOf(
  topology: ResolvedTopology,
  director: string,
  config: VirtualServer,
): DirectedService[] {
  const { scheduler, persistenceTimeoutUs } = config;
  const servers = config.realServers.map((real) => {
    const node = nodeAt(topology, director, real.address);
    const { address, port, weight } = real;
    return { ...(node === undefined ? {} : { node }), address, port, weight, config: real };
  });
  return addressesOf(topology, director, config).map(({ address, port }) => ({
    director,
    address,
    port,
    scheduler,
    ...(persistenceTimeoutUs === 0 ? {} : { persistenceUs: persistenceTimeoutUs }),
    servers,
    config,
  }));
}

interface Socket {
  readonly address: string;
  readonly port: number;
}

function addressesOf(
  topology: ResolvedTopology,
  director: string,
  { service }: VirtualServer,
): readonly Socket[] {
  switch (service.kind) {
    case "address":
      return [service];
    case "fwmark":
      return [];
    case "group": {
      const node = topology.nodes.find(({ name }) => name === director);
      const groups =
        node === undefined
          ? []
          : (configOf(node, topology.keepalivedVersion)?.virtualServerGroups ?? []);
      return groups
        .filter(({ name }) => name === service.name)
        .flatMap(({ services: own }) => own)
        .filter((own) => own.kind === "address");
    }
  }
}

/** Whose address that is: of an IPVS destination, say. */
export function nodeAt(
  topology: ResolvedTopology,
  director: string,
  address: string,
): string | undefined {
  if (address.startsWith("127.") || address === "::1") return director;
  return topology.nodes.find((node) => node.address === address)?.name;
}

/** Nodes that answer clients of the VIP while that node is the holder; itself, unless it only directs. */
export function serversBehind(topology: ResolvedTopology, holder: string): readonly string[] {
  const vips = new Set(topology.vips.map(({ address }) => address));
  const directed = directedServices(topology)
    .filter(({ director, address }) => director === holder && vips.has(address))
    .flatMap(({ servers }) => servers.flatMap(({ node }) => node ?? []));
  const own = topology.nodes.some(({ name, mysql }) => name === holder && mysql !== undefined);
  return [...new Set([...(own || directed.length === 0 ? [holder] : []), ...directed])];
}

/** The node has the VIP and sends clients on: it has no mysqld of its own. */
export function onlyDirects(topology: ResolvedTopology, node: string): boolean {
  return !serversBehind(topology, node).includes(node);
}
