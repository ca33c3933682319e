/**
 * The listen queue of every mysqld of a topology, made as short as MariaDB has it by default: 50 + max_connections / 5, 80. MySQL 9.7
 * asks for 10,000 (compiled in; seen in `performance_schema.variables_info`), which the kernel cuts to `net.core.somaxconn`, 4096.
 */
import type { Topology } from "../../harness/scenario/index.ts";

export const BACK_LOG = 80;

export function withShortQueue(topology: Topology): Topology {
  return {
    ...topology,
    name: `${topology.name}, back_log ${BACK_LOG}`,
    nodes: topology.nodes.map((node) =>
      node.mysql === undefined
        ? node
        : {
            ...node,
            mysql: {
              ...node.mysql,
              settings: [...(node.mysql.settings ?? []), `back_log = ${BACK_LOG}`],
            },
          },
    ),
  };
}
