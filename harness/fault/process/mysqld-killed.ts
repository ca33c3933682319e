/** mysqld gets SIGKILL. The host, its kernel and keepalived go on; connections get a reset. */
import { z } from "zod";
import { HOLDER, nodeSchema, type FaultDefinition, type NodeSelector } from "../definition.ts";

export interface MysqldKilled {
  readonly kind: "mysqld-killed";
  readonly node: NodeSelector;
}

export const mysqldKilled: FaultDefinition<MysqldKilled> = {
  kind: "mysqld-killed",
  group: "process",
  schema: z.strictObject({ kind: z.literal("mysqld-killed"), node: nodeSchema }),
  needs: ["signal-process", "service-control"],
  standsFor: "mysqld crashes or is taken by the OOM killer, with no supervisor to restart it",
  does:
    "Finds the processes called `mysqld` or `mariadbd`, then sends SIGSTOP and SIGKILL to all of them in one command. " +
    "The host, its kernel and keepalived go on. Clients that are connected get a reset, new ones are refused.",
  receipt: "Those processes existed before, and all of them are gone within 5 s.",
  healing: "`service mysql start` on the node. Receipt: the server's processes run.",
  healingWords: "the service is started again",
  simulated: "The processes of the model's process table get the same signal.",
  worthKnowing:
    "There is no supervisor: nothing restarts the server, because the image starts it without `mysqld_safe`.",
  words: (_fault, node) => `kill -9 mysqld on ${node}`,
  examples: [{ kind: "mysqld-killed", node: HOLDER }],
};
