/** The virtual routers of a cluster, read from the nodes' own keepalived.conf. */
import { matchesGlob } from "node:path";
import type { Us } from "../core/time.ts";
import type { KeepalivedConfig } from "../keepalived/config.ts";
import type { Diagnostic } from "../keepalived/diagnostic.ts";
import { readConfig, readText, type FileSource, type ReadResult } from "../keepalived/read.ts";
import { DEFAULT_VERSION, type KeepalivedVersion } from "../keepalived/versions.ts";
import { KEEPALIVED_CONF, type NodeFile, type TopologyNode } from "./topology.ts";

export interface RouterMember {
  readonly node: string;
  readonly priority: number;
  /** False with an effective `nopreempt`. */
  readonly preempts: boolean;
}

export interface ResolvedVip {
  readonly name: string;
  readonly address: string;
}

/** The vrrp_instances of all nodes that share a virtual router id. */
export interface ResolvedRouter {
  /** Name of its vrrp_instance on the first node that has it. */
  readonly name: string;
  readonly vrid: number;
  readonly vips: readonly ResolvedVip[];
  readonly advertIntUs: Us;
  readonly members: readonly RouterMember[];
}

/** What a keepalived of that version makes of the node's text; nothing on a node without one. */
export function configOf(
  node: ReadableNode,
  version: KeepalivedVersion = DEFAULT_VERSION,
): KeepalivedConfig | undefined {
  return readNode(node, version)?.config;
}

/** Its keepalived.conf, and the files that may be included by it. */
export type ReadableNode = Pick<TopologyNode, "name" | "keepalived"> &
  Partial<Pick<TopologyNode, "files">>;

function readNode(node: ReadableNode, version: KeepalivedVersion): ReadResult | undefined {
  const { name, keepalived: text } = node;
  if (text === undefined) return undefined;
  const files = /^\s*include/m.test(text) ? (node.files ?? []) : [];
  const key = JSON.stringify([version, name, text, files]);
  const known = readings.get(key);
  if (known !== undefined) return known;
  const reading =
    files.length === 0
      ? readText(text, { version, file: `${name}:${KEEPALIVED_CONF}` })
      : readConfig(KEEPALIVED_CONF, { version, files: sourceOf(text, files) });
  if (readings.size >= READINGS_MAX) readings.clear();
  readings.set(key, reading);
  return reading;
}

/** The same text is asked for many times in one run, and by every run of a search. */
const readings = new Map<string, ReadResult>();
const READINGS_MAX = 200;

function sourceOf(text: string, files: readonly NodeFile[]): FileSource {
  const texts = new Map(files.map((file) => [file.path, file.text]));
  texts.set(KEEPALIVED_CONF, text);
  const encoder = new TextEncoder();
  return {
    read: (path) => {
      const found = texts.get(path);
      return found === undefined ? undefined : encoder.encode(found);
    },
    list: (pattern) => [...texts.keys()].filter((path) => matchesGlob(path, pattern)).sort(),
  };
}

/** What that keepalived says of the node's text on a host with this interface alone. */
export function diagnosticsOf(
  node: TopologyNode,
  version: KeepalivedVersion = DEFAULT_VERSION,
): readonly Diagnostic[] {
  const { name, keepalived: text, files } = node;
  if (text === undefined) return [];
  const host = { hostname: name, interfaces: new Set(["lo", node.interface]) };
  return readConfig(KEEPALIVED_CONF, { version, files: sourceOf(text, files), host }).diagnostics;
}

export function routersOf(
  nodes: readonly TopologyNode[],
  vips: readonly ResolvedVip[],
  version: KeepalivedVersion,
): ResolvedRouter[] {
  const found = new Map<number, ResolvedRouter>();
  for (const node of nodes) {
    for (const instance of configOf(node, version)?.instances ?? []) {
      const known = found.get(instance.virtualRouterId);
      const member = {
        node: node.name,
        priority: instance.priority,
        preempts: !instance.nopreempt,
      };
      const own = instance.addresses.map(({ address }) => named(address, vips));
      const added = own.filter(
        (vip) => known?.vips.every((v) => v.address !== vip.address) ?? true,
      );
      found.set(instance.virtualRouterId, {
        name: known?.name ?? instance.name,
        vrid: instance.virtualRouterId,
        advertIntUs: known?.advertIntUs ?? instance.advertIntUs,
        vips: [...(known?.vips ?? []), ...added],
        members: [...(known?.members ?? []), member],
      });
    }
  }
  return [...found.values()];
}

function named(address: string, vips: readonly ResolvedVip[]): ResolvedVip {
  return vips.find((vip) => vip.address === address) ?? { name: address, address };
}
