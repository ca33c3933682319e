/** All connections but those that exist are refused: error 1040. */
import { z } from "zod";
import { HOLDER, nodeSchema, type FaultDefinition, type NodeSelector } from "../definition.ts";

export interface ConnectionsExhausted {
  readonly kind: "connections-exhausted";
  readonly node: NodeSelector;
}

export const connectionsExhausted: FaultDefinition<ConnectionsExhausted> = {
  kind: "connections-exhausted",
  group: "mysql",
  schema: z.strictObject({ kind: z.literal("connections-exhausted"), node: nodeSchema }),
  needs: ["sql"],
  standsFor: "an application leaks connections, and the server is full",
  does:
    "Ten idle sessions are opened from the node itself, and `max_connections` is lowered to what is connected then; a " +
    "session of ours lowers it further, ten times a second, whenever one ends, so that no place becomes free. Sessions that " +
    "exist go on working.",
  receipt: "A fresh login of the application's account is refused with error 1040.",
  healing:
    "The sessions are killed and `max_connections` is set to what it was. Receipt: a fresh login of the application's " +
    "account passes.",
  healingWords: "there is room for connections again",
  simulated:
    "New connections of clients and of replication are refused with the same error; those that exist go on. Root is always " +
    "let in, although on containers the place that is kept for an administrator may just be taken.",
  worthKnowing:
    "The server keeps one more place for an administrator, so a check that logs in as root mostly sees nothing wrong. A " +
    "refused client holds that place for the moment of its refusal: with a client that tried 100 times a second, 17% of root's logins " +
    "were refused too (33 of 200 on MySQL 9.7, 34 of 200 on MariaDB 11.8). Ten `mysql` clients of ours run on the node " +
    "meanwhile, and a check that counts processes by that name sees them.",
  words: (_fault, node) => `use up all connections on ${node}`,
  examples: [{ kind: "connections-exhausted", node: HOLDER }],
};
