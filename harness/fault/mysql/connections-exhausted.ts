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
    "New connections of clients and of replication are refused with the same error; those that exist go on. Root is always let in.",
  worthKnowing: "",
  words: (_fault, node) => `use up all connections on ${node}`,
  examples: [{ kind: "connections-exhausted", node: HOLDER }],
};
