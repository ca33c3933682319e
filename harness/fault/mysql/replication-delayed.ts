/** The applier waits until a transaction is that old. */
import { z } from "zod";
import { seconds, type Us } from "../../core/time.ts";
import { nodeSchema, STANDBY, type FaultDefinition, type NodeSelector } from "../definition.ts";

export interface ReplicationDelayed {
  readonly kind: "replication-delayed";
  /** The replica. */
  readonly node: NodeSelector;
  /** Whole seconds. */
  readonly delayUs: Us;
}

/** An hour: longer than any drill. */
const DELAY_US_MAX = seconds(3600);

export const replicationDelayed: FaultDefinition<ReplicationDelayed> = {
  kind: "replication-delayed",
  group: "mysql",
  schema: z.strictObject({
    kind: z.literal("replication-delayed"),
    node: nodeSchema,
    delayUs: z
      .int()
      .min(seconds(1))
      .max(DELAY_US_MAX)
      .multipleOf(seconds(1), "SOURCE_DELAY counts whole seconds"),
  }),
  needs: ["sql"],
  standsFor:
    "a replica lags: a long transaction, a slow disk, or a delay that was meant for another server",
  does:
    "On the node, as a replica: `STOP REPLICA SQL_THREAD`, `CHANGE REPLICATION SOURCE TO SOURCE_DELAY` of `delayUs`, which are " +
    "whole seconds, `START REPLICA SQL_THREAD`. MariaDB wants both threads stopped for its `MASTER_DELAY`: there it is `STOP " +
    "SLAVE` and `START SLAVE`, and the receiver connects anew.",
  receipt: "`SHOW REPLICA STATUS` has that `SQL_Delay`, and the applier runs.",
  healing:
    "The same with the delay that was there before. Receipt: the status says so and the applier runs; it then has to catch up.",
  healingWords: "the delay is taken back",
  simulated:
    "The model's applier waits as the servers do: to the whole second, and then for as much of a second as was over when it " +
    "began to wait.",
  worthKnowing:
    "The servers count in whole seconds. Measured with 2 s: a transaction was applied after 2.6 to 3.5 s on MySQL 9.7 and after " +
    "1.5 to 2.4 s on MariaDB 11.8. " +
    "The receiver goes on, so nothing is lost when the source dies; but a new holder shows its clients the past until its " +
    "relay log is worked off, and takes their writes meanwhile.",
  words: ({ delayUs }, node) => `let ${node} apply ${delayUs / seconds(1)} s late`,
  examples: [{ kind: "replication-delayed", node: STANDBY, delayUs: seconds(2) }],
};
