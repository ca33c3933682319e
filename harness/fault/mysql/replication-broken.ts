/** The duplicate key that every administrator knows: a row was written on the replica first. */
import { z } from "zod";
import { nodeSchema, STANDBY, type FaultDefinition, type NodeSelector } from "../definition.ts";

export interface ReplicationBroken {
  readonly kind: "replication-broken";
  /** The replica. */
  readonly node: NodeSelector;
}

export const replicationBroken: FaultDefinition<ReplicationBroken> = {
  kind: "replication-broken",
  group: "mysql",
  schema: z.strictObject({ kind: z.literal("replication-broken"), node: nodeSchema }),
  needs: ["sql"],
  standsFor: "somebody wrote to the replica, and the source now writes the same key",
  does:
    "A row of ours, with a key of its own, is written on the node with `sql_log_bin = 0`, and then on its source with the " +
    "binary log on. The table is not the clients'.",
  receipt:
    "The node's `SHOW REPLICA STATUS` has `Last_SQL_Errno` 1062 and an applier that does not run, within 10 s.",
  healing:
    "As an administrator does it: the row is deleted on the node, again with `sql_log_bin = 0`, and the applier started. " +
    "Receipt: both threads run, and the node has caught up with what its source had then, within 20 s.",
  healingWords: "the row is removed and replication goes on",
  simulated:
    "The model's applier stops at the transaction of that row with the same error, and goes on when it is healed.",
  worthKnowing:
    "The receiver runs on and `Seconds_Behind_Source` is NULL, not large. Starting the applier without removing the row " +
    "stops it again at once.",
  words: (_fault, node) => `break replication on ${node} with a duplicate key`,
  examples: [{ kind: "replication-broken", node: STANDBY }],
};
