/**
 * A topology with real addresses: what was asked for, joined with what the backend allotted.
 */
import { present } from "../core/assert.ts";
import { InputError } from "../core/errors.ts";
import { printKeepalivedConf } from "../keepalived/print.ts";
import type { NodeFile, Topology, TopologyNode, VirtualRouter } from "./topology.ts";

export interface Allotment {
  /** First three octets of the cluster's /24, as in `198.18.7`. */
  readonly subnetPrefix: string;
  readonly prefixLength: number;
  /** One VRID per virtual router, in the topology's order. */
  readonly vrids: readonly number[];
}

export interface ResolvedNode extends TopologyNode {
  readonly address: string;
}

export interface ResolvedRouter extends Omit<VirtualRouter, "vips"> {
  readonly vrid: number;
  readonly vips: readonly { readonly name: string; readonly address: string }[];
}

export interface ResolvedTopology extends Omit<Topology, "nodes" | "routers"> {
  readonly nodes: readonly ResolvedNode[];
  readonly routers: readonly ResolvedRouter[];
  readonly subnet: string;
  readonly prefixLength: number;
}

export const KEEPALIVED_CONF = "/etc/keepalived/keepalived.conf";

export function resolveTopology(topology: Topology, allotment: Allotment): ResolvedTopology {
  const address = (hostPart: number): string => `${allotment.subnetPrefix}.${hostPart}`;
  const routers = topology.routers.map((router, index) => ({
    ...router,
    vrid: present(allotment.vrids[index], `VRID for ${router.name}`),
    vips: router.vips.map((vip) => ({ name: vip.name, address: address(vip.hostPart) })),
  }));
  const names = new Map<string, string>([["prefix", String(allotment.prefixLength)]]);
  for (const node of topology.nodes) {
    names.set(`${node.name}.address`, address(node.hostPart));
    names.set(`${node.name}.interface`, node.interface);
  }
  for (const router of routers) {
    names.set(`${router.name}.vrid`, String(router.vrid));
    for (const vip of router.vips) names.set(vip.name, vip.address);
  }
  return {
    ...topology,
    routers,
    subnet: `${address(0)}/${allotment.prefixLength}`,
    prefixLength: allotment.prefixLength,
    nodes: topology.nodes.map((node) => ({
      ...substitute(node, names),
      address: address(node.hostPart),
    })),
  };
}

/** Every file a node needs before its services start, its keepalived.conf among them. */
export function nodeFiles(node: ResolvedNode): NodeFile[] {
  if (node.keepalived === undefined) return [...node.files];
  const conf = { path: KEEPALIVED_CONF, mode: 0o644, text: printKeepalivedConf(node.keepalived) };
  return [conf, ...node.files];
}

export function findNode(topology: ResolvedTopology, name: string): ResolvedNode {
  return present(
    topology.nodes.find((node) => node.name === name),
    `node ${name}`,
  );
}

/** The single router of a topology that has one VIP to watch. */
export function onlyRouter(topology: ResolvedTopology): ResolvedRouter {
  return present(topology.routers[0], `virtual router of ${topology.name}`);
}

export function vipAddresses(topology: ResolvedTopology): string[] {
  return topology.routers.flatMap((router) => router.vips.map((vip) => vip.address));
}

/** Replaces `@{name}` in every string of a value; an unknown name is a wrong topology. */
function substitute<T>(value: T, names: ReadonlyMap<string, string>): T {
  if (typeof value === "string") return replaceNames(value, names) as T;
  if (Array.isArray(value)) return value.map((item: unknown) => substitute(item, names)) as T;
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).map(([key, item]) => [key, substitute(item, names)]);
    return Object.fromEntries(entries) as T;
  }
  return value;
}

function replaceNames(text: string, names: ReadonlyMap<string, string>): string {
  return text.replaceAll(/@\{([^}]*)\}/g, (_whole, name: string) => {
    const found = names.get(name);
    if (found !== undefined) return found;
    throw new InputError(
      "TOPOLOGY_INVALID",
      `the topology uses @{${name}}, which stands for nothing; there are ${[...names.keys()].join(", ")}`,
    );
  });
}
