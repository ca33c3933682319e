/** Reads and writes of the workload: each is invoked, then completed, on one given connection. */
import type { Connection } from "mysql2";
import type { ClientConfig } from "../../../harness/observe/client.ts";
import type { Action, Lane } from "../../../harness/workload/workload.ts";
import { nowUs } from "./clock.ts";
import { ask, codeOf, isRefusal } from "./connection.ts";
import { emit } from "./output.ts";

let operations = 0;
const writes = new Map<Lane, number>();

export interface Operation {
  readonly id: number;
  readonly lane: Lane;
  readonly action: Action;
  readonly write: number | null;
}

export function invoke(lane: Lane, action: Action): Operation {
  operations += 1;
  const write = action === "write" ? (writes.get(lane) ?? 0) + 1 : null;
  if (write !== null) writes.set(lane, write);
  emit(["i", nowUs(), operations, lane, action, write]);
  return { id: operations, lane, action, write };
}

/** The operation never reached a server: certainly without effect. */
export function failed(operation: Operation, error: unknown): void {
  const { id, lane, action } = operation;
  emit(["c", nowUs(), id, lane, action, "failed", null, null, codeOf(error)]);
}

/** Sends the statement and records how it ended; true when the connection is still good. */
export async function perform(
  connection: Connection,
  operation: Operation,
  config: ClientConfig,
): Promise<boolean> {
  const { id, lane, action } = operation;
  try {
    const rows = await ask(connection, statement(operation, config), config.operationDeadlineMs);
    const server = String(rows[0]?.["server"] ?? "");
    const seen = rows[0]?.["seen"];
    const read = action === "read" ? Number(seen ?? 0) : null;
    emit(["c", nowUs(), id, lane, action, "ok", server, read, null]);
    return true;
  } catch (error) {
    const certain = action === "read" || isRefusal(error);
    const outcome = certain ? "failed" : "indeterminate";
    emit(["c", nowUs(), id, lane, action, outcome, null, null, codeOf(error)]);
    return false;
  }
}

function statement({ lane, action, write }: Operation, config: ClientConfig): string {
  const { identitySql, schema } = config;
  if (action === "read") {
    return `SELECT ${identitySql} AS server,
      (SELECT MAX(seq) FROM ${schema}.writes WHERE lane = '${lane}') AS seen`;
  }
  return `INSERT INTO ${schema}.writes (lane, seq, server)
    VALUES ('${lane}', ${write ?? 0}, ${identitySql});
    SELECT ${identitySql} AS server`;
}
