/**
 * The virtual routers of a set of nodes as they are at rest: every member with its effective priority
 * while all checks pass, and the bundles (sync groups) that move together.
 */
import type { Us } from "../core/time.ts";
import type {
  KeepalivedConfig,
  Tracked,
  VrrpInstance,
  VrrpScript,
  VrrpSyncGroup,
} from "../keepalived/config.ts";
import { profileOf, type VersionProfile } from "../keepalived/versions.ts";
import {
  conductOf,
  type Conduct,
  type ScriptTexts,
  type Situation,
  type Surroundings,
} from "./conduct.ts";
import { effectivePriority, meansFault } from "./priority.ts";

export interface PredictedNode {
  readonly name: string;
  readonly config: KeepalivedConfig;
  readonly scripts: ScriptTexts;
  /** Its own address; decides between equal priorities. */
  readonly address?: string;
}

export type Conducts = Readonly<Record<Situation, Conduct>>;

/** A script that watches an instance, with the weight that holds there. */
export interface Watch {
  readonly script: VrrpScript;
  readonly tracked: Tracked;
  readonly conducts: Conducts;
}

export interface Member {
  readonly node: PredictedNode;
  readonly instance: VrrpInstance;
  readonly profile: VersionProfile;
  readonly group?: VrrpSyncGroup;
  readonly watches: readonly Watch[];
  /** Effective priority while mysqld is up everywhere. */
  readonly restPriority: number;
  /** Why it is never MASTER even then. */
  readonly restFault?: string;
}

export interface Router {
  readonly name: string;
  readonly vrid: number;
  readonly family: VrrpInstance["family"];
  readonly members: readonly Member[];
}

/** Routers that move together: one alone, or all of a sync group. */
export interface Bundle {
  readonly routers: readonly Router[];
  readonly group?: string;
}

/** Every usable instance of a node; each of its scripts is run once in each situation. */
function membersOf(node: PredictedNode): Member[] {
  const conducts = new Map(
    node.config.scripts.map((script) => [script.name, conductsOf(node, script)] as const),
  );
  return node.config.instances
    .filter((instance) => instance.usable)
    .map((instance) => memberOf(node, instance, conducts));
}

function conductsOf(node: PredictedNode, script: VrrpScript): Conducts {
  const host = surroundingsOf(node);
  const within = (situation: Situation): Conduct =>
    withinTimeout(script, conductOf(script.command, host, situation));
  const found = {
    "mysqld-up": within("mysqld-up"),
    "mysqld-down": within("mysqld-down"),
    "mysqld-frozen": within("mysqld-frozen"),
  };
  return looksElsewhere(found) ? elsewhere(script, found) : found;
}

/**
 * The model's host runs mysqld and keepalived only. A check that asks something of it and is as
 * discontent with mysqld as without watches another service. One that asks nothing just fails.
 */
function looksElsewhere({ "mysqld-up": up, "mysqld-down": down }: Conducts): boolean {
  const asks = up.ends === "hangs" || (up.runUs ?? 0) > 0;
  return asks && bad(up) && bad(down);
}

function bad({ ends, stops }: Conduct): boolean {
  return ends !== "passes" || stops !== undefined;
}

function elsewhere({ name }: VrrpScript, { "mysqld-up": up }: Conducts): Conducts {
  const fine: Conduct = {
    ends: "passes",
    ...(up.runUs === undefined ? {} : { runUs: up.runUs }),
    assumed: `${name} fails in the model with mysqld as without: taken to watch something else, which is well`,
    remarks: [],
  };
  return { "mysqld-up": fine, "mysqld-down": fine, "mysqld-frozen": fine };
}

/** A run that takes too long is ended by keepalived, before it acts and whatever it would say. */
function withinTimeout({ name, timeoutUs }: VrrpScript, conduct: Conduct): Conduct {
  const { stops, ...rest } = conduct;
  if ((stops?.atUs ?? conduct.runUs ?? 0) < timeoutUs) return conduct;
  const acted = stops === undefined ? [] : [`${name} is ended at its timeout, before it acts`];
  return { ...rest, ends: "hangs", remarks: [...conduct.remarks, ...acted] };
}

/** Scripts are asked what they do on the holder, so they see all addresses of the node. */
export function surroundingsOf(node: PredictedNode): Surroundings {
  const { instances } = node.config;
  const own = instances.map((instance) => ({
    interface: instance.interface,
    address: instance.sourceAddress ?? node.address ?? UNKNOWN_ADDRESS,
    prefixLength: 24,
  }));
  const vips = instances.flatMap((instance) => [
    ...instance.addresses,
    ...instance.excludedAddresses,
  ]);
  return {
    scripts: node.scripts,
    addresses: [
      { interface: "lo", address: "127.0.0.1", prefixLength: 8 },
      ...new Map(own.map((entry) => [entry.interface, entry])).values(),
      ...vips.map((vip) => ({
        interface: vip.interface,
        address: vip.address,
        prefixLength: vip.prefixLength,
      })),
    ],
  };
}

/** RFC 5737: set aside for documentation. */
const UNKNOWN_ADDRESS = "192.0.2.11";

function memberOf(
  node: PredictedNode,
  instance: VrrpInstance,
  conducts: ReadonlyMap<string, Conducts>,
): Member {
  const group = node.config.syncGroups.find(
    (item) => item.usable && item.members.includes(instance.name),
  );
  const watches = watchesOf(node.config, instance, group, conducts);
  const fault = restFaultOf(watches, node.name);
  return {
    node,
    instance,
    profile: profileOf(node.config.version),
    ...(group === undefined ? {} : { group }),
    watches,
    restPriority: effectivePriority(instance, watches, passesAtRest),
    ...(fault === undefined ? {} : { restFault: fault }),
  };
}

/** Why this instance is never MASTER although mysqld is up. */
function restFaultOf(watches: readonly Watch[], node: string): string | undefined {
  const stopping = watches.find(({ conducts }) => conducts["mysqld-up"].stops !== undefined);
  if (stopping !== undefined) {
    return `${stopping.script.name} stops keepalived on ${node} while mysqld is up`;
  }
  const failing = watches.find((watch) => meansFault(watch.tracked, passesAtRest(watch)));
  return failing === undefined
    ? undefined
    : `${failing.script.name} counts as failed on ${node} while mysqld is up`;
}

/** In a sync group without sync_group_tracking_weight keepalived drops weighted scripts. */
function watchesOf(
  config: KeepalivedConfig,
  instance: VrrpInstance,
  group: VrrpSyncGroup | undefined,
  conducts: ReadonlyMap<string, Conducts>,
): Watch[] {
  const found = new Map<string, Watch>();
  for (const tracked of [...(group?.trackScripts ?? []), ...instance.trackScripts]) {
    const script = config.scripts.find((item) => item.name === tracked.name && item.usable);
    const known = conducts.get(tracked.name);
    if (script === undefined || known === undefined) continue;
    if (tracked.weight !== 0 && group !== undefined && !group.trackingWeight) continue;
    found.set(tracked.name, { script, tracked, conducts: known });
  }
  return [...found.values()];
}

export function passesAtRest({ conducts }: Watch): boolean {
  return conducts["mysqld-up"].ends === "passes";
}

export interface Cluster {
  readonly nodes: readonly PredictedNode[];
  readonly routers: readonly Router[];
}

export function clusterOf(nodes: readonly PredictedNode[]): Cluster {
  return { nodes, routers: routersOf(nodes, nodes.flatMap(membersOf)) };
}

/** All instances of a node, whatever their routers. */
export function instancesOn({ routers }: Cluster, node: string): Member[] {
  return routers.flatMap((router) => router.members.filter((item) => item.node.name === node));
}

/** The same VRID on two interfaces of one node makes two routers, told apart by the interface. */
function routersOf(nodes: readonly PredictedNode[], all: readonly Member[]): Router[] {
  const plainKey = ({ instance }: Member): string =>
    `${instance.family}/${instance.virtualRouterId}`;
  const doubled = new Set(
    nodes.flatMap((node) => {
      const keys = all.filter((member) => member.node === node).map(plainKey);
      return keys.filter((key, index) => keys.indexOf(key) !== index);
    }),
  );
  const found = new Map<string, Member[]>();
  for (const member of all) {
    const plain = plainKey(member);
    const key = doubled.has(plain) ? `${plain}/${member.instance.interface}` : plain;
    found.set(key, [...(found.get(key) ?? []), member]);
  }
  return [...found.values()].flatMap((members) => {
    const [first] = members;
    if (first === undefined) return [];
    const { name, virtualRouterId, family } = first.instance;
    return [{ name, vrid: virtualRouterId, family, members }];
  });
}

/** The routers that move with this one when the node in question loses it. */
export function bundleOf(router: Router, routers: readonly Router[], node: string): Bundle {
  const group = memberOn(router, node)?.group;
  if (group === undefined) return { routers: [router] };
  const together = routers.filter((item) => memberOn(item, node)?.group?.name === group.name);
  return { routers: together, group: group.name };
}

export function memberOn(router: Router, node: string): Member | undefined {
  return router.members.find((member) => member.node.name === node);
}

/** Is `a` preferred to `b`? Undecided when priorities are equal and an address is not known. */
export function outranks(a: Member, b: Member): boolean | undefined {
  if (a.restPriority !== b.restPriority) return a.restPriority > b.restPriority;
  const [one, other] = [addressOf(a), addressOf(b)];
  return one === undefined || other === undefined ? undefined : compare(one, other) > 0;
}

export function addressOf({ instance, node }: Member): string | undefined {
  return instance.sourceAddress ?? node.address;
}

/** IPv4 by number; IPv6 as text is not compared. */
function compare(a: string, b: string): number {
  const number = (text: string): number =>
    text.split(".").reduce((so, part) => so * 256 + Number(part), 0);
  return number(a) - number(b);
}

/** The member that has the address when nothing is wrong. */
export function holderAtRest(router: Router): Member | undefined {
  return router.members
    .filter((member) => member.restFault === undefined)
    .toSorted((a, b) => b.restPriority - a.restPriority || (outranks(a, b) === true ? -1 : 1))[0];
}

/** The interval a backup reckons with: its own in version 2, the master's in version 3. */
export function intervalHeard(member: Member, master: Member): Us {
  return (member.instance.version === 3 ? master : member).instance.advertIntUs;
}
