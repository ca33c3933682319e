/** The set-ups of the conformance cases. */
import { dualCheck } from "../../scenarios/shared/dual-check.ts";
import { dualScript } from "../../scenarios/shared/dual-script.ts";
import type { World } from "../backend/conformance/case.ts";
import type { MysqlServer, Topology } from "../topology/topology.ts";

const SMALL_DISK_MB = 400;

export function topologyOf(world: World): Topology {
  const pair = dualScript();
  switch (world) {
    case "pair":
      return pair;
    case "unicast":
      return { ...pair, nodes: pair.nodes.map((node) => ({ ...node, ...unicast(node, pair) })) };
    case "semi-sync":
      return withServers(pair, { semiSync: { timeoutMs: 1000 } });
    case "data-disk":
      return withServers(pair, { dataDiskMb: SMALL_DISK_MB });
    case "alerts":
      return dualCheck({ alerts: true, monitor: true, variant: "alerts" });
  }
}

function unicast(
  node: Topology["nodes"][number],
  { nodes }: Topology,
): Pick<Topology["nodes"][number], "keepalived"> {
  const peers = nodes.filter(({ name }) => name !== node.name);
  const block = `    unicast_peer {\n${peers.map(({ name }) => `        @{${name}.address}\n`).join("")}    }\n`;
  return { keepalived: (node.keepalived ?? "").replace(/^ {4}virtual_ipaddress/m, `${block}$&`) };
}

function withServers(topology: Topology, settings: Partial<MysqlServer>): Topology {
  return {
    ...topology,
    nodes: topology.nodes.map((node) =>
      node.mysql === undefined ? node : { ...node, mysql: { ...node.mysql, ...settings } },
    ),
  };
}
