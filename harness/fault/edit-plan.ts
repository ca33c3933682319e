/**
 * What each fault of the group that edits keepalived.conf makes of a node's text. keepalived's own reading
 * says where a value was written, so that comments, other instances and odd layouts are no matter.
 */
import { unreachable } from "../core/assert.ts";
import type { UnicastPeer, VrrpInstance } from "../keepalived/config.ts";
import type { Location } from "../keepalived/location.ts";
import { readText } from "../keepalived/read.ts";
import { OBSERVER_HOST_PART, onlyRouter, type ResolvedTopology } from "../topology/resolve.ts";
import { applyEdits, refused, type Edited } from "./edit.ts";
import type { Apply, KeepalivedReconfigured } from "./operator/keepalived-reconfigured.ts";
import type { Switchover } from "./operator/switchover.ts";
import type { AuthMismatch } from "./vrrp/auth-mismatch.ts";
import type { UnicastPeerMissing } from "./vrrp/unicast-peer-missing.ts";

export type ConfigFault = KeepalivedReconfigured | Switchover | AuthMismatch | UnicastPeerMissing;

export interface EditedNode {
  readonly name: string;
  /** Its keepalived.conf as it is now. */
  readonly text: string;
  readonly topology: ResolvedTopology;
}

export function applyOf(fault: ConfigFault): Apply {
  return fault.kind === "keepalived-reconfigured" ? fault.apply : "reload";
}

export function planEdit(fault: ConfigFault, node: EditedNode): Edited {
  switch (fault.kind) {
    case "keepalived-reconfigured":
      return editsOf(fault, node);
    case "switchover":
      return withLowerPriority(node);
    case "auth-mismatch":
      return withOtherPassword(node);
    case "unicast-peer-missing":
      return withoutPeers(node);
    default:
      return unreachable(fault);
  }
}

/** Names of nodes and VIPs stand for what they stand for in the topology's own texts. */
function editsOf({ edits }: KeepalivedReconfigured, { text, topology }: EditedNode): Edited {
  const names = new Map([["prefix", String(topology.prefixLength)]]);
  for (const { name, address, interface: device } of topology.nodes) {
    names.set(`${name}.address`, address).set(`${name}.interface`, device);
  }
  for (const { name, address } of topology.vips) names.set(name, address);
  const unknown = new Set<string>();
  const named = (value: string): string =>
    value.replaceAll(/@\{([^}]*)\}/g, (whole, name: string) => {
      const found = names.get(name);
      if (found === undefined) unknown.add(whole);
      return found ?? whole;
    });
  const put = edits.map(({ find, replace }) => ({ find: named(find), replace: named(replace) }));
  if (unknown.size === 0) return applyEdits(text, put);
  return refused(`${[...unknown].join(", ")} stands for nothing in an edit`);
}

/** One below the highest of the others, so that at least that one is preferred. */
function withLowerPriority(node: EditedNode): Edited {
  const others = onlyRouter(node.topology).members.filter((member) => member.node !== node.name);
  const highest = Math.max(0, ...others.map(({ priority }) => priority));
  const instance = instanceOf(node);
  if (typeof instance === "string") return refused(instance);
  const target = highest - 1;
  if (target < 1) return refused("no other node has a priority that one could go below");
  if (instance.priority <= target) {
    return refused(`its priority ${instance.priority} is below ${highest} already`);
  }
  return withValue(node.text, instance, "priority", String(target));
}

/** Eight bytes, the most that is compared (`vrrp_parser.c:vrrp_auth_pass_handler`, 2.2.7). */
const OTHER_PASSWORDS = ["mismatch", "misfit"] as const;

function withOtherPassword(node: EditedNode): Edited {
  const instance = instanceOf(node);
  if (typeof instance === "string") return refused(instance);
  const { authentication } = instance;
  if (authentication === undefined) return refused(`${instance.name} has no authentication`);
  const [usual, else_] = OTHER_PASSWORDS;
  const password = authentication.password === usual ? else_ : usual;
  return withValue(node.text, instance, "auth_pass", password);
}

/** Each peer's address becomes one of the same segment that nobody has. */
function withoutPeers(node: EditedNode): Edited {
  const instance = instanceOf(node);
  if (typeof instance === "string") return refused(instance);
  const { unicastPeers, name } = instance;
  if (unicastPeers.length === 0) return refused(`${name} has no unicast_peer`);
  const free = freeAddresses(node.topology, unicastPeers.length);
  // From the last to the first, so that the places of those before stay what they are.
  let text: string | undefined = node.text;
  for (const [index, peer] of [...unicastPeers.entries()].reverse()) {
    text = withPeer(text, peer, free[index] ?? "");
    if (text === undefined) return refused(`the peer ${peer.address} is not written in it`);
  }
  return { kind: "edited", text };
}

function withPeer(text: string, { at, address }: UnicastPeer, free: string): string | undefined {
  const start = offsetOf(text, at);
  if (start === undefined || !text.startsWith(address, start)) return undefined;
  return text.slice(0, start) + free + text.slice(start + address.length);
}

/** The observer's address and the stranger's are the highest that are used. */
function freeAddresses({ nodes, vips, subnet }: ResolvedTopology, count: number): string[] {
  const prefix = subnet.replace(/\.\d+\/\d+$/, "");
  const used = new Set([...nodes, ...vips].map(({ address }) => address));
  const free: string[] = [];
  for (let part = OBSERVER_HOST_PART - 1; part > 1 && free.length < count; part -= 1) {
    if (!used.has(`${prefix}.${part}`)) free.push(`${prefix}.${part}`);
  }
  return free;
}

const FILE = "keepalived.conf";

/** The vrrp_instance of the first virtual router, or why there is none to edit. */
function instanceOf({ text, topology }: EditedNode): VrrpInstance | string {
  const { config } = readText(text, { version: topology.keepalivedVersion, file: FILE });
  const { vrid } = onlyRouter(topology);
  const found = config.instances.find(({ virtualRouterId }) => virtualRouterId === vrid);
  return found ?? `it has no vrrp_instance with virtual_router_id ${vrid}`;
}

function withValue(text: string, instance: VrrpInstance, keyword: string, value: string): Edited {
  const at = instance.given[keyword];
  const start = at === undefined ? undefined : offsetOf(text, at);
  const written = /^(\w+[ \t]+)("[^"\n]*"|[^\s{}!#"]+)/.exec(text.slice(start));
  if (start === undefined || written?.[1]?.trim() !== keyword) {
    return refused(`${instance.name} has no line \`${keyword}\` of its own in it`);
  }
  const from = start + written[1].length;
  const rest = text.slice(start + written[0].length);
  return { kind: "edited", text: text.slice(0, from) + value + rest };
}

/** Nothing for what was written in another file. Columns count characters. */
function offsetOf(text: string, { file, line, column }: Location): number | undefined {
  if (file !== FILE) return undefined;
  let start = 0;
  for (let passed = 1; passed < line; passed += 1) {
    start = text.indexOf("\n", start) + 1;
    if (start === 0) return undefined;
  }
  let at = start;
  for (let passed = 1; passed < column; passed += 1) {
    at += (text.codePointAt(at) ?? 0) > 0xff_ff ? 2 : 1;
  }
  return at;
}
