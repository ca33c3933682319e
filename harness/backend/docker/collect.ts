/** What can only be read while the nodes live: their copies of the table, their addresses. */
import type { AddressDumpEvent, CopyEvent, CopyKey, CopyRows } from "../../history/events.ts";
import { messageOf } from "../../core/errors.ts";
import { WORKLOAD_SCHEMA } from "../../mysql/dialect.ts";
import { parseAddressDump } from "../../observe/netlink.ts";
import type { Lane } from "../../workload/workload.ts";
import { inHost, inToolbox, sql, type DockerNode } from "./node.ts";

/** One node's table as the server prints it, row by row. */
export type TableText =
  | { readonly node: string; readonly text: string }
  | { readonly node: string; readonly unreadable: string };

const TABLE_SQL = `SELECT lane, server, seq, id FROM ${WORKLOAD_SCHEMA}.writes ORDER BY lane, server, seq`;

/** Every write that the nodes have. An unreadable copy is recorded as such, never as an empty one. */
export async function copiesOf(nodes: readonly DockerNode[]): Promise<CopyEvent[]> {
  const tables = nodes.map(async (node): Promise<TableText> => {
    const { name } = node.spec;
    try {
      return { node: name, text: await sql(node, TABLE_SQL) };
    } catch (error) {
      return { node: name, unreadable: messageOf(error) };
    }
  });
  return toCopies(await Promise.all(tables));
}

/** Rows as runs of numbers; those that not every copy has alike also with their keys. */
export function toCopies(tables: readonly TableText[]): CopyEvent[] {
  const read = tables.flatMap((table) => ("text" in table ? [linesOf(table.text)] : []));
  const counts = new Map<string, number>();
  for (const line of read.flat()) counts.set(line, (counts.get(line) ?? 0) + 1);
  return tables.map((table): CopyEvent => {
    const { node } = table;
    if ("unreadable" in table) {
      return { kind: "copy", node, rows: [], unreadable: table.unreadable };
    }
    const keys = linesOf(table.text)
      .filter((line) => counts.get(line) !== read.length)
      .map(toKey);
    const rows = toRanges(table.text);
    return { kind: "copy", node, rows, ...(keys.length === 0 ? {} : { keys }) };
  });
}

function linesOf(text: string): string[] {
  return text.split("\n").filter(Boolean);
}

function toKey(line: string): CopyKey {
  const [lane = "", , seq = "", id = ""] = line.split("\t");
  return [lane as Lane, Number(seq), Number(id)];
}

/** Runs of consecutive numbers, per lane and committing server. */
export function toRanges(text: string): CopyRows[] {
  const groups = new Map<string, [number, number][]>();
  for (const line of linesOf(text)) {
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
