/** STOP REPLICA, or one of its threads. */
import { z } from "zod";
import { nodeSchema, STANDBY, type FaultDefinition, type NodeSelector } from "../definition.ts";

export type ReplicationThread = "receiver" | "applier" | "both";

export interface ReplicationStopped {
  readonly kind: "replication-stopped";
  /** The replica. */
  readonly node: NodeSelector;
  readonly thread: ReplicationThread;
}

export const replicationStopped: FaultDefinition<ReplicationStopped> = {
  kind: "replication-stopped",
  group: "mysql",
  schema: z.strictObject({
    kind: z.literal("replication-stopped"),
    node: nodeSchema,
    thread: z.enum(["receiver", "applier", "both"]),
  }),
  needs: ["sql"],
  standsFor: "somebody stops replication for a backup or a change of schema, and forgets it",
  does:
    "`STOP REPLICA` on the node, as a replica: both threads, or with `thread` only the `receiver` (`IO_THREAD`) or the " +
    "`applier` (`SQL_THREAD`). In MariaDB's words `STOP SLAVE`.",
  receipt:
    "`SHOW REPLICA STATUS` says `No` for the threads that were stopped. A thread that did not run before is not confirmed.",
  healing: "`START REPLICA` of the same threads. Receipt: they run, within 10 s.",
  healingWords: "replication is started again",
  simulated: "The model's receiver and applier stop and start.",
  worthKnowing:
    "Nobody's clients notice. What a later failover shows is as old as the stop; with the receiver stopped, semi-synchronous " +
    "commits on the source wait for their timeout once, and then go on without it.",
  words: ({ thread }, node) =>
    thread === "both"
      ? `stop replication on ${node}`
      : `stop the ${thread} of replication on ${node}`,
  examples: [
    { kind: "replication-stopped", node: STANDBY, thread: "both" },
    { kind: "replication-stopped", node: STANDBY, thread: "receiver" },
    { kind: "replication-stopped", node: STANDBY, thread: "applier" },
  ],
};
