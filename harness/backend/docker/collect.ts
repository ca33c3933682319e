/** What can only be read while the nodes live: their copies of the table, their addresses. */
import type { AddressDumpEvent, CopyEvent, CopyRows } from "../../history/events.ts";
import { messageOf } from "../../core/errors.ts";
import { WORKLOAD_SCHEMA } from "../../mysql/dialect.ts";
import { parseAddressDump } from "../../observe/netlink.ts";
import type { Lane } from "../../workload/workload.ts";
import { inHost, inToolbox, sql, type DockerNode } from "./node.ts";

/** Every write a node has. An unreadable copy is recorded as such, never as an empty one. */
export async function copyOf(node: DockerNode): Promise<CopyEvent> {
  const query = `SELECT lane, server, seq FROM ${WORKLOAD_SCHEMA}.writes ORDER BY lane, server, seq`;
  try {
    return { kind: "copy", node: node.spec.name, rows: toRanges(await sql(node, query)) };
  } catch (error) {
    return { kind: "copy", node: node.spec.name, rows: [], unreadable: messageOf(error) };
  }
}

/** Runs of consecutive numbers, per lane and committing server. */
export function toRanges(text: string): CopyRows[] {
  const groups = new Map<string, [number, number][]>();
  for (const line of text.split("\n").filter(Boolean)) {
    const [lane = "", server = "", seqText = ""] = line.split("\t");
    const key = `${lane}\t${server}`;
    const ranges = groups.get(key) ?? [];
    const seq = Number(seqText);
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === seq - 1) last[1] = seq;
    else ranges.push([seq, seq]);
    groups.set(key, ranges);
  }
  return [...groups].map(([key, ranges]) => {
    const [lane = "", server = ""] = key.split("\t");
    return { lane: lane as Lane, server, ranges };
  });
}

export async function finalAddresses(node: DockerNode): Promise<AddressDumpEvent> {
  const dump = await inToolbox(node, `ip -o -4 address show dev ${node.spec.interface}`);
  return { kind: "address-dump", node: node.spec.name, addresses: parseAddressDump(dump) };
}

/** mysqld's error log, from wherever the server says it is; nothing when it has none or is down. */
export async function errorLog(node: DockerNode): Promise<string> {
  const asked = await inHost(node, ["mysql", "-N", "-B", "-e", "SELECT @@log_error"]);
  const path = asked.stdout.trim();
  if (asked.exitCode !== 0 || !path.startsWith("/")) return "";
  return (await inHost(node, ["cat", path])).stdout;
}
