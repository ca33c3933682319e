/**
 * A change of one value in keepalived.conf, the same on all nodes or on one: configurations around a
 * given one. Made in the text, where the keyword stands at the beginning of a line.
 */
import type { Topology, TopologyNode } from "../topology/topology.ts";

export interface ConfigChange {
  /** Absent: on every node. */
  readonly node?: string;
  readonly keyword: string;
  /** Absent: the line is taken out. Empty: a keyword without a value. */
  readonly value?: string;
  /** Where a keyword that is not there yet goes: into every block of this name. */
  readonly block: "vrrp_instance" | "vrrp_script";
}

export function changed(topology: Topology, changes: readonly ConfigChange[]): Topology {
  if (changes.length === 0) return topology;
  return {
    ...topology,
    nodes: topology.nodes.map((node) => changes.reduce(changedNode, node)),
  };
}

function changedNode(node: TopologyNode, change: ConfigChange): TopologyNode {
  const { keepalived: text } = node;
  if (text === undefined || (change.node !== undefined && change.node !== node.name)) return node;
  return { ...node, keepalived: changedText(text, change) };
}

function changedText(text: string, { keyword, value, block }: ConfigChange): string {
  const line = new RegExp(`^[ \\t]*${keyword}(?![\\w-])[^\\n]*\\n`, "gm");
  if (value === undefined) return text.replaceAll(line, "");
  const written = `    ${keyword}${value === "" ? "" : ` ${value}`}\n`;
  if (line.test(text)) return text.replaceAll(line, written);
  return text.replaceAll(new RegExp(`^${block}\\s[^\\n]*\\{[ \\t]*\\n`, "gm"), `$&${written}`);
}

export function describeChange({ node, keyword, value }: ConfigChange): string {
  const where = node === undefined ? "on every node" : `on ${node}`;
  return value === undefined
    ? `${where} without ${keyword}`
    : `${where} ${keyword}${value === "" ? "" : ` ${value}`}`;
}
