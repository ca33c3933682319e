/**
 * nftables tables of our own in a node's network namespace. A table is named for its step, so that two
 * faults of one kind do not meet; undoing deletes that table and nothing else.
 */
import type { JsonObject } from "../../../core/json.ts";
import type { Receipt } from "../../../fault/receipt.ts";
import { inToolbox, timed, type TimedCommand } from "../node.ts";
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
  return timed(context.node.toolbox, `nft -f - <<'RULES'\n${text}RULES`);
}

/** Empty when there is no such table. */
export function listTable(context: FaultContext, family: Family): Promise<string> {
  return inToolbox(
    context.node,
    `nft list table ${family} ${tableName(context)} 2>/dev/null || true`,
  );
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
  const done = await timed(context.node.toolbox, `nft delete table ${family} ${name}`);
  const tables = await inToolbox(context.node, "nft list tables");
  const isGone = !tables.split("\n").includes(`table ${family} ${name}`);
  const confirmed = done.exitCode === 0 && isGone;
  const proof = confirmed
    ? `table ${name} is gone`
    : `table ${name} could not be removed: ${done.stderr.replaceAll(/@\d+\n?/g, "").trim()}`;
  return { ...done, receipt: { confirmed, proof, facts } };
}

/** Netdev chains see every frame of the device, ARP included, below the IP layer. */
export function frameHook(direction: "in" | "out", device: string): string {
  const hook = direction === "in" ? "ingress" : "egress";
  return `type filter hook ${hook} device "${device}" priority 0;`;
}
