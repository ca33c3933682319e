/**
 * A topology with real addresses: what was asked for, joined with what the backend allotted.
 */
import { present } from "../core/assert.ts";
import { InputError } from "../core/errors.ts";
import { DEFAULT_VERSION, type KeepalivedVersion } from "../keepalived/versions.ts";
import { routersOf, type ResolvedRouter, type ResolvedVip } from "./routers.ts";

export type { ResolvedRouter };
import { KEEPALIVED_CONF, type NodeFile, type Topology, type TopologyNode } from "./topology.ts";

/** Last octet of the bystander: it runs the client and the monitors, and takes mail. */
export const OBSERVER_HOST_PART = 250;

export interface Allotment {
  /** First three octets of the cluster's /24, as in `198.18.7`. */
  readonly subnetPrefix: string;
  readonly prefixLength: number;
  /** One for each name in the topology's `vrids`, in that order. */
  readonly vrids: readonly number[];
  /** Of the account `check`, which a check script may log in with; only a real server needs one. */
  readonly checkPassword?: string;
}

export interface ResolvedNode extends TopologyNode {
  readonly address: string;
}

export interface ResolvedTopology extends Omit<Topology, "nodes" | "vips"> {
  readonly nodes: readonly ResolvedNode[];
  readonly vips: readonly ResolvedVip[];
  /** Read from the nodes' keepalived.conf. */
  readonly routers: readonly ResolvedRouter[];
  /** The version that reads them; of an image of the user's own, the newest is assumed. */
  readonly keepalivedVersion: KeepalivedVersion;
  readonly subnet: string;
  readonly prefixLength: number;
}

export function resolveTopology(
  topology: Topology,
  allotment: Allotment,
  keepalivedVersion: KeepalivedVersion = DEFAULT_VERSION,
): ResolvedTopology {
  const address = (hostPart: number): string => `${allotment.subnetPrefix}.${hostPart}`;
  const vips = topology.vips.map((vip) => ({ name: vip.name, address: address(vip.hostPart) }));
  const names = new Map<string, string>([["prefix", String(allotment.prefixLength)]]);
  for (const node of topology.nodes) {
    names.set(`${node.name}.address`, address(node.hostPart));
    names.set(`${node.name}.interface`, node.interface);
  }
  topology.vrids.forEach((name, index) => {
    names.set(`${name}.vrid`, String(present(allotment.vrids[index], `VRID for ${name}`)));
  });
  for (const vip of vips) names.set(vip.name, vip.address);
  names.set("check.password", allotment.checkPassword ?? "not-needed");
  names.set("observer.address", address(OBSERVER_HOST_PART));
  const nodes = topology.nodes.map((node) => ({
    ...substitute(node, names),
    address: address(node.hostPart),
  }));
  return {
    ...topology,
    ...(topology.monitors === undefined ? {} : { monitors: substitute(topology.monitors, names) }),
    nodes,
    vips,
    routers: routersOf(nodes, vips, keepalivedVersion),
    keepalivedVersion,
    subnet: `${address(0)}/${allotment.prefixLength}`,
    prefixLength: allotment.prefixLength,
  };
}

/** Every file a node needs before its services start, its keepalived.conf among them. */
export function nodeFiles(node: ResolvedNode): NodeFile[] {
  if (node.keepalived === undefined) return [...node.files];
  const conf = { path: KEEPALIVED_CONF, mode: 0o644, text: node.keepalived };
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
