/**
 * What can happen to a given cluster: every fault of the catalogue that says something about it, with its
 * node and its parameters filled in. An entry knows what it lays hands on, so that no two entries
 * are drawn at the same time of which one could not be proven.
 *
 * Not on the menu: `keepalived-reconfigured` (edits mean nothing without their text; `switchover` and
 * `auth-mismatch` are edits that always do), `service-started` (needs something that is down),
 * `bandwidth-limited` and `cpu-starved` (the simulator has neither).
 */
import { milliseconds, seconds, type Us } from "../core/time.ts";
import { definitionOf } from "../fault/facts.ts";
import type { PlainFault } from "../fault/fault.ts";
import { onlyRouter, type ResolvedNode, type ResolvedTopology } from "../topology/resolve.ts";
import type { Family } from "./models.ts";

export interface MenuItem {
  /** `cut both@db1`. */
  readonly key: string;
  readonly fault: PlainFault;
  /** What `--faults` calls it. */
  readonly family: Family;
  /** `db1 mysql`; entries that share one are not in force at the same time. */
  readonly holds: readonly string[];
  /** How simple it is, 0 the simplest; of the same finding the simpler fault is kept. */
  readonly rank: number;
  /** It can be undone. */
  readonly heals: boolean;
  /** Where there is nothing to undo: how long it has its hands on what it holds. */
  readonly busyUs: Us;
}

/** An action is over when its command is; what it set in motion may take as long as a boot. */
const BUSY_US = seconds(9);

type Draft = Pick<MenuItem, "family" | "holds" | "rank"> & {
  readonly fault: PlainFault;
  /** Tells entries of one kind apart. */
  readonly variant?: string;
};

export function menuOf(topology: ResolvedTopology): MenuItem[] {
  const drafts = [
    ...topology.nodes.flatMap((node) => draftsFor(topology, node)),
    ...strangers(topology),
  ];
  return drafts.map((draft) => {
    const { fault, variant } = draft;
    const where = "node" in fault && "name" in fault.node ? fault.node.name : "stranger";
    const heals = definitionOf(fault).healing !== undefined;
    return {
      key: `${fault.kind}${variant === undefined ? "" : ` ${variant}`}@${where}`,
      fault,
      family: draft.family,
      holds: draft.holds.map((what) => `${where} ${what}`),
      rank: draft.rank,
      heals,
      busyUs: heals ? 0 : BUSY_US,
    };
  });
}

/** Whom the VIP belongs to when nothing is wrong: the highest priority. */
export function homeOf(topology: ResolvedTopology): string {
  const { members } = onlyRouter(topology);
  return members.toSorted((a, b) => b.priority - a.priority)[0]?.node ?? "";
}

function draftsFor(topology: ResolvedTopology, resolved: ResolvedNode): Draft[] {
  const replica = topology.replication.some((edge) => edge.replica === resolved.name);
  return [
    ...(resolved.mysql === undefined ? [] : database(resolved)),
    ...(resolved.mysql !== undefined && replica ? replication(resolved) : []),
    ...(resolved.keepalived === undefined ? [] : daemon(topology, resolved)),
    ...wholeNode(resolved),
    ...link(resolved),
  ];
}

function database({ name, mysql }: ResolvedNode): Draft[] {
  const node = { name };
  const crash = { family: "crash", holds: ["mysql"] } as const;
  const state = { family: "database", holds: ["mysql state"] } as const;
  const full: Draft[] =
    mysql?.dataDiskMb === undefined
      ? []
      : [{ fault: { kind: "disk-full", node }, family: "database", holds: ["mysql"], rank: 4 }];
  const semiSync: Draft[] =
    mysql?.semiSync === undefined
      ? []
      : [
          {
            fault: { kind: "semi-sync-off", node },
            family: "replication",
            holds: ["semi-sync"],
            rank: 3,
          },
        ];
  return [
    { fault: { kind: "mysqld-killed", node }, ...crash, rank: 0 },
    { fault: { kind: "mysqld-stopped", node }, family: "stop", holds: ["mysql"], rank: 1 },
    {
      fault: { kind: "service-frozen", node, service: "mysql" },
      variant: "mysql",
      family: "pause",
      holds: ["mysql"],
      rank: 1,
    },
    {
      fault: { kind: "service-restarted", node, service: "mysql" },
      variant: "mysql",
      family: "stop",
      holds: ["mysql"],
      rank: 2,
    },
    {
      fault: { kind: "mysqld-crash-looping", node, upUs: seconds(2), downUs: milliseconds(500) },
      ...crash,
      rank: 5,
    },
    { fault: { kind: "crash-recovery-slow", node, forUs: seconds(6) }, ...crash, rank: 4 },
    { fault: { kind: "memory-exhausted", node }, ...crash, rank: 4 },
    { fault: { kind: "mysql-read-only", node, super: true }, ...state, rank: 1 },
    { fault: { kind: "tables-locked", node }, ...state, rank: 2 },
    { fault: { kind: "connections-exhausted", node }, ...state, rank: 2 },
    ...full,
    ...semiSync,
  ];
}

function replication({ name }: ResolvedNode): Draft[] {
  const node = { name };
  const common = { family: "replication", holds: ["replication"] } as const;
  return [
    ...(["receiver", "applier"] as const).map((thread): Draft => ({
      fault: { kind: "replication-stopped", node, thread },
      variant: thread,
      ...common,
      rank: thread === "receiver" ? 0 : 1,
    })),
    {
      fault: { kind: "replication-delayed", node, delayUs: seconds(2) },
      ...common,
      rank: 2,
    },
    { fault: { kind: "replication-broken", node }, ...common, rank: 3 },
  ];
}

function daemon(topology: ResolvedTopology, resolved: ResolvedNode): Draft[] {
  const { name } = resolved;
  const node = { name };
  const held = { holds: ["keepalived"] } as const;
  return [
    { fault: { kind: "keepalived-stopped", node }, family: "stop", ...held, rank: 0 },
    ...(["all", "parent", "vrrp"] as const).map((processes): Draft => ({
      fault: { kind: "keepalived-killed", node, processes },
      variant: processes,
      family: "crash",
      ...held,
      rank: processes === "all" ? 1 : 3,
    })),
    {
      fault: { kind: "service-frozen", node, service: "keepalived" },
      variant: "keepalived",
      family: "pause",
      ...held,
      rank: 2,
    },
    {
      fault: { kind: "service-restarted", node, service: "keepalived" },
      variant: "keepalived",
      family: "stop",
      ...held,
      rank: 2,
    },
    ...adverts(node),
    ...neighbours(topology, name),
    ...configured(resolved),
  ];
}

function adverts(node: { readonly name: string }): Draft[] {
  const held = { holds: ["vrrp path"] } as const;
  return [
    ...(["both", "out", "in"] as const).map((direction, index): Draft => ({
      fault: { kind: "vrrp-blocked", node, direction },
      variant: direction,
      family: "partition",
      ...held,
      rank: index,
    })),
    {
      fault: { kind: "adverts-lost", node, direction: "out", share: 0.5 },
      family: "loss",
      ...held,
      rank: 4,
    },
    ...[0.5, 5].map((delay): Draft => ({
      fault: { kind: "adverts-delayed", node, delayUs: seconds(delay) },
      variant: `${delay} s`,
      family: "loss",
      ...held,
      rank: 4,
    })),
  ];
}

/** What neighbours are told, and who else answers. */
function neighbours(topology: ResolvedTopology, name: string): Draft[] {
  const node = { name };
  const added: Draft = {
    fault: { kind: "address-added", node },
    family: "arp",
    holds: ["address"],
    rank: 3,
  };
  return [
    { fault: { kind: "garp-blocked", node }, family: "arp", holds: ["arp"], rank: 1 },
    { fault: { kind: "vip-traffic-blocked", node }, family: "arp", holds: ["vip path"], rank: 2 },
    ...(name === homeOf(topology) ? [] : [added]),
  ];
}

function configured(resolved: ResolvedNode): Draft[] {
  const { name, keepalived = "", files } = resolved;
  const node = { name };
  const held = { family: "operator", holds: ["keepalived", "keepalived.conf"] } as const;
  const script = files.find(({ path }) => keepalived.includes(`script "${path}"`))?.path;
  return [
    { fault: { kind: "switchover", node }, ...held, rank: 2 },
    ...(/^\s*auth_pass\s/m.test(keepalived)
      ? [{ fault: { kind: "auth-mismatch", node }, ...held, rank: 3 } as const]
      : []),
    ...(/^\s*unicast_peer\b/m.test(keepalived)
      ? [{ fault: { kind: "unicast-peer-missing", node }, ...held, rank: 3 } as const]
      : []),
    ...(script === undefined
      ? []
      : (["always-fails", "always-succeeds", "hangs"] as const).map((behaviour): Draft => ({
          fault: { kind: "check-script-replaced", node, path: script, behaviour },
          variant: behaviour,
          family: "operator",
          holds: ["check script"],
          rank: 2,
        }))),
  ];
}

function wholeNode({ name }: ResolvedNode): Draft[] {
  const node = { name };
  const held = { holds: ["node"] } as const;
  return [
    { fault: { kind: "node-powered-off", node }, family: "crash", ...held, rank: 3 },
    {
      fault: { kind: "node-powered-off", node, boot: "keepalived-first" },
      variant: "keepalived-first",
      family: "crash",
      ...held,
      rank: 5,
    },
    {
      fault: { kind: "node-rebooted", node, downUs: seconds(5) },
      family: "stop",
      ...held,
      rank: 5,
    },
    ...(["silent", "answers"] as const).map((network): Draft => ({
      fault: { kind: "node-paused", node, network },
      variant: network,
      family: "pause",
      ...held,
      rank: 4,
    })),
  ];
}

function link({ name }: ResolvedNode): Draft[] {
  const node = { name };
  const held = { holds: ["link"] } as const;
  return [
    ...(["both", "out", "in"] as const).map((direction, index): Draft => ({
      fault: direction === "both" ? { kind: "cut", node } : { kind: "cut", node, direction },
      variant: direction,
      family: "partition",
      ...held,
      rank: 3 + index,
    })),
    { fault: { kind: "interface-down", node }, family: "partition", ...held, rank: 4 },
    { fault: { kind: "network-disconnected", node }, family: "partition", ...held, rank: 5 },
    {
      fault: { kind: "packets-lost", node, direction: "both", share: 0.5 },
      family: "loss",
      ...held,
      rank: 5,
    },
    {
      fault: { kind: "packets-delayed", node, delayUs: milliseconds(200), jitterUs: 0 },
      family: "loss",
      ...held,
      rank: 5,
    },
    { fault: { kind: "packets-duplicated", node, share: 1 }, family: "loss", ...held, rank: 5 },
    {
      fault: { kind: "packets-reordered", node, share: 0.25, byUs: milliseconds(20) },
      family: "loss",
      ...held,
      rank: 5,
    },
  ];
}

/** The highest and the lowest priority, and one between the nodes': it wins once the holder is gone. */
function strangers(topology: ResolvedTopology): Draft[] {
  const ranks = onlyRouter(topology)
    .members.map(({ priority }) => priority)
    .sort((a, b) => b - a);
  const between = (ranks[0] ?? 0) - 1;
  const priorities = [255, 1, ...(between > (ranks[1] ?? between) ? [between] : [])];
  return [
    ...priorities.map((priority): Draft => ({
      fault: { kind: "rogue-router", priority },
      variant: String(priority),
      family: "foreign",
      holds: ["router"],
      rank: 4,
    })),
    { fault: { kind: "vip-taken" }, family: "foreign", holds: ["address"], rank: 4 },
  ];
}
