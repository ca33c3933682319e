/** FLUSH TABLES WITH READ LOCK by a session that stays: writes wait, reads pass. */
import { z } from "zod";
import { HOLDER, nodeSchema, type FaultDefinition, type NodeSelector } from "../definition.ts";

export interface TablesLocked {
  readonly kind: "tables-locked";
  readonly node: NodeSelector;
}

export const tablesLocked: FaultDefinition<TablesLocked> = {
  kind: "tables-locked",
  group: "mysql",
  schema: z.strictObject({ kind: z.literal("tables-locked"), node: nodeSchema }),
  needs: ["sql"],
  standsFor: "a backup takes the global read lock and does not give it back",
  does: "A session of root's runs `FLUSH TABLES WITH READ LOCK` on the node and stays.",
  receipt:
    "A write of the application's account, with `lock_wait_timeout` 1 s and in a transaction that is rolled back, ends with " +
    "error 1205, and a read of the same account passes.",
  healing:
    "The session's client is killed, and with its connection the lock goes. Receipt: the write passes, and is rolled back.",
  healingWords: "the lock is given back",
  simulated:
    "Writes of clients wait, and so does the applier; both go on when the lock is gone, those of clients that have left as well.",
  worthKnowing:
    "A client that gives up leaves its session waiting in the server, with its place. Measured on MySQL 9.7: with 100 new clients a " +
    "second and `max_connections` 200, everybody was refused with error 1040 after 3.5 s, readers as well. What waited is written once the lock is " +
    "gone, also for clients that have long left. The receiver of replication goes on, the applier waits, and " +
    "semi-synchronous acknowledgements are sent.",
  words: (_fault, node) => `lock all tables on ${node}`,
  examples: [{ kind: "tables-locked", node: HOLDER }],
};
