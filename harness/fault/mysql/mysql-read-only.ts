/** The server refuses writes: `read_only`, or `super_read_only` as well. */
import { z } from "zod";
import { HOLDER, nodeSchema, type FaultDefinition, type NodeSelector } from "../definition.ts";

export interface MysqlReadOnly {
  readonly kind: "mysql-read-only";
  readonly node: NodeSelector;
  /** Administrators' writes are refused too, where the server knows how. */
  readonly super: boolean;
}

export const mysqlReadOnly: FaultDefinition<MysqlReadOnly> = {
  kind: "mysql-read-only",
  group: "mysql",
  schema: z.strictObject({
    kind: z.literal("mysql-read-only"),
    node: nodeSchema,
    super: z.boolean(),
  }),
  needs: ["sql"],
  standsFor: "a switchover script ran half-way, or a server came back with `read_only` in its file",
  does:
    "`SET GLOBAL read_only = ON`, with `super: true` `SET GLOBAL super_read_only = ON`. MariaDB has no `super_read_only`: " +
    "there it is `read_only` alone either way.",
  receipt:
    "A write of the application's account is refused with error 1290; with `super`, and where the server has it, a write " +
    "of root's as well. Both are tried in a transaction that is rolled back. A server that was read-only before is not confirmed.",
  healing:
    "`OFF` again. Receipt: the same write of the application's account passes, and is rolled back.",
  healingWords: "the server takes writes again",
  simulated: "Writes of clients are refused with the same error. Reads and replication go on.",
  worthKnowing:
    "Reads work, the port is open, replication goes on applying, and a check that runs `SELECT 1` is content: the VIP stays " +
    "where nobody can write.",
  words: (fault, node) => `set ${fault.super ? "super_read_only" : "read_only"} on ${node}`,
  examples: [
    { kind: "mysql-read-only", node: HOLDER, super: false },
    { kind: "mysql-read-only", node: HOLDER, super: true },
  ],
};
