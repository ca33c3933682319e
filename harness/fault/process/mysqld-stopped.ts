/** `/etc/init.d/mysql stop`: clean shutdown; returns when mysqld is gone. */
import { z } from "zod";
import { HOLDER, nodeSchema, type FaultDefinition, type NodeSelector } from "../definition.ts";

export interface MysqldStopped {
  readonly kind: "mysqld-stopped";
  readonly node: NodeSelector;
}

export const mysqldStopped: FaultDefinition<MysqldStopped> = {
  kind: "mysqld-stopped",
  group: "process",
  schema: z.strictObject({ kind: z.literal("mysqld-stopped"), node: nodeSchema }),
  needs: ["service-control"],
  standsFor: "an operator stops MySQL, or an upgrade restarts it",
  does: "`service mysql stop` on the node, as an operator would type it, and waits for it to return.",
  receipt:
    "The server's processes existed before, and are gone within 5 s of the command's return.",
  healing: "`service mysql start`. Receipt: the server's processes run.",
  healingWords: "the service is started again",
  simulated: "The same init script's timing; the server takes as long to end as was measured.",
  worthKnowing:
    "MySQL 9.7 closes its port when the shutdown begins (18 ms after SIGTERM, measured once) and ends long after. " +
    "A check that looks at the port notices before the process is gone.",
  words: (_fault, node) => `stop mysqld on ${node}`,
  examples: [{ kind: "mysqld-stopped", node: HOLDER }],
};
