/** Nodes of a topology as the files they get, and the other way round: a topology with changed lines. */
import type { FileSource } from "../../keepalived/read.ts";
import { matchesGlob } from "node:path";
import type { ResolvedTopology } from "../../topology/resolve.ts";
import { KEEPALIVED_CONF, type Topology, type TopologyNode } from "../../topology/topology.ts";
import type { ConfigNode, NodeChange } from "./apply.ts";

/** Nodes without keepalived are left out. */
export function configNodesOf({ nodes }: Pick<ResolvedTopology, "nodes">): ConfigNode[] {
  return nodes.flatMap(({ name, address, keepalived, files }) => {
    if (keepalived === undefined) return [];
    const texts = new Map(files.map((file) => [file.path, file.text]));
    texts.set(KEEPALIVED_CONF, keepalived);
    return [
      {
        name,
        address,
        main: KEEPALIVED_CONF,
        files: sourceOf(texts),
        scripts: (path: string) => files.find((file) => file.path === path)?.text,
      },
    ];
  });
}

function sourceOf(texts: ReadonlyMap<string, string>): FileSource {
  const encoder = new TextEncoder();
  return {
    read: (path) => {
      const text = texts.get(path);
      return text === undefined ? undefined : encoder.encode(text);
    },
    list: (pattern) => [...texts.keys()].filter((path) => matchesGlob(path, pattern)).sort(),
  };
}

/**
 * The same lines changed in the texts that still hold names instead of addresses. Nothing when a line that is changed
 * holds one: what stands there is then not known.
 */
export function withChanges(
  topology: Topology,
  changes: readonly NodeChange[],
): Topology | undefined {
  const nodes = topology.nodes.map((node) =>
    nodeWith(
      node,
      changes.filter((change) => change.node === node.name),
    ),
  );
  const known = nodes.filter((node) => node !== undefined);
  return known.length < nodes.length ? undefined : { ...topology, nodes: known };
}

function nodeWith(node: TopologyNode, changes: readonly NodeChange[]): TopologyNode | undefined {
  if (changes.length === 0) return node;
  const own = (path: string): readonly NodeChange[] => changes.filter(({ file }) => file === path);
  const keepalived = textWith(node.keepalived ?? "", own(KEEPALIVED_CONF));
  const files = node.files.map((file) => ({ file, text: textWith(file.text, own(file.path)) }));
  if (keepalived === undefined || files.some(({ text }) => text === undefined)) return undefined;
  return {
    ...node,
    keepalived,
    files: files.map(({ file, text }) => ({ ...file, text: text ?? file.text })),
  };
}

function textWith(text: string, changes: readonly NodeChange[]): string | undefined {
  const lines: (readonly string[] | undefined)[] = text.split("\n").map((line, index) => {
    const here = changes.filter((change) => change.line === index + 1);
    const own = here.find(({ before }) => before !== undefined);
    if (own !== undefined && own.before !== line) return undefined;
    const kept = own === undefined ? [line] : own.after === undefined ? [] : [own.after];
    return [
      ...kept,
      ...here.flatMap(({ before, after }) => (before === undefined ? [after ?? ""] : [])),
    ];
  });
  return lines.includes(undefined) ? undefined : lines.flatMap((line) => line ?? []).join("\n");
}
