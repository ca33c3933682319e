/**
 * nftables tables of our own in a node's network namespace. A table is named for its step, so that two
 * faults of one kind do not meet; undoing deletes that table and nothing else.
 */
import type { JsonObject } from "../../../core/json.ts";
import type { Receipt } from "../../../fault/receipt.ts";
import { onWire, timed, type DockerNode, type TimedCommand } from "../node.ts";
import { GUEST_SIDE } from "../own-kernel.ts";
import type { Applied, FaultContext } from "./driver.ts";

export type Family = "inet" | "netdev" | "arp";

/** One base chain: a name of ours, where it hooks in, and its rules in order. */
export interface Chain {
  readonly name: string;
  readonly hook: string;
  readonly rules: readonly string[];
}

export function tableName({ handle }: FaultContext): string {
  return `vipdrill_${handle}`;
}

export function tableText(family: Family, name: string, chains: readonly Chain[]): string {
  const bodies = chains.map(
    ({ name: chain, hook, rules }) =>
      `  chain ${chain} {\n    ${hook}\n${rules.map((rule) => `    ${rule}\n`).join("")}  }\n`,
  );
  return `table ${family} ${name} {\n${bodies.join("")}}\n`;
}

export function loadTable(
  context: FaultContext,
  family: Family,
  chains: readonly Chain[],
): Promise<TimedCommand> {
  const text = tableText(family, tableName(context), chains);
  return timed(context.node.wire, `nft -f - <<'RULES'\n${text}RULES`);
}

/** Empty when there is no such table. */
export function listTable(context: FaultContext, family: Family): Promise<string> {
  return onWire(context.node, `nft list table ${family} ${tableName(context)} 2>/dev/null || true`);
}

export async function isTableThere(context: FaultContext, family: Family): Promise<boolean> {
  const tables = await onWire(context.node, "nft list tables");
  return tables.split("\n").includes(`table ${family} ${tableName(context)}`);
}

/** Packets that each counting rule of a chain has seen, in the order of the rules. */
export function countersOf(listing: string, chain: string): readonly number[] {
  const body = new RegExp(`chain ${chain} \\{([^}]*)\\}`).exec(listing)?.[1] ?? "";
  return [...body.matchAll(/counter packets (\d+)/g)].map((match) => Number(match[1]));
}

export async function removeTable(
  context: FaultContext,
  family: Family,
  facts: JsonObject,
): Promise<Applied & { readonly receipt: Receipt }> {
  const name = tableName(context);
  const done = await timed(context.node.wire, `nft delete table ${family} ${name}`);
  const isGone = !(await isTableThere(context, family));
  const confirmed = done.exitCode === 0 && isGone;
  const proof = confirmed
    ? `table ${name} is gone`
    : `table ${name} could not be removed: ${done.stderr.replaceAll(/@\d+\n?/g, "").trim()}`;
  return { ...done, receipt: { confirmed, proof, facts } };
}

/** What has to be known of a node to meet what it sends and gets. */
export interface Hooked {
  readonly kernel: DockerNode["kernel"];
  readonly spec: { readonly interface: string };
}

/** Ahead of the rule that passes the guest's frames on, which has priority 0 (`images/own-kernel`). */
const BEFORE_PASSING_ON = -10;

/**
 * Netdev chains see every frame of the device, ARP included, below the IP layer. A guest is met at the link to it, so
 * that captures at the interface see what they see of a plain node: what comes in before the filter, what goes out after it.
 */
export function frameHook(direction: "in" | "out", { kernel, spec }: Hooked): string {
  if (kernel === "own") {
    const hook = direction === "in" ? "egress" : "ingress";
    return `type filter hook ${hook} device "${GUEST_SIDE}" priority ${BEFORE_PASSING_ON};`;
  }
  const hook = direction === "in" ? "ingress" : "egress";
  return `type filter hook ${hook} device "${spec.interface}" priority 0;`;
}

/** Where IP packets of the node's interface are met: above ARP, which passes. */
export interface PacketHook {
  readonly family: Family;
  readonly hook: string;
  /** What a rule has to begin with. */
  readonly match: string;
}

/** Of a guest at the link to it: the engine's kernel never takes its packets for its own. */
export function packetHook(direction: "in" | "out", node: Hooked): PacketHook {
  if (node.kernel === "own") {
    return { family: "netdev", hook: frameHook(direction, node), match: "" };
  }
  return {
    family: "inet",
    hook: `type filter hook ${direction}put priority 0;`,
    match: `${direction === "in" ? "iifname" : "oifname"} "${node.spec.interface}" `,
  };
}
