/**
 * Replication errors in the servers' own words (Last_IO_Error, Last_SQL_Error), as `mysql/dialect.ts`
 * puts them: MySQL's number of the applier's error (9.7.4) is not part of its text.
 */
import type { MysqlServer, ServerFlavour } from "./server.ts";

/** Format description event, then about this much for each transaction of one row; positions are near the truth only. */
const HEADER_BYTES = 157;
const TRANSACTION_BYTES = 330;
const RETRIES = { mysql: 86_400, mariadb: 100_000 } as const;

export function cannotConnect(
  flavour: ServerFlavour,
  address: string,
  attempts: number,
  silent: boolean,
): string {
  const errno = silent ? 110 : 111;
  const reason = silent ? "Connection timed out" : "Connection refused";
  return reconnecting(
    flavour,
    address,
    attempts,
    flavour === "mysql-9.7"
      ? `Can't connect to MySQL server on '${address}:3306' (${errno})`
      : `Can't connect to server on '${address}' (${errno} "${reason}")`,
  );
}

/** Error 1040. */
export function tooManyConnections(
  flavour: ServerFlavour,
  address: string,
  attempts: number,
): string {
  return reconnecting(flavour, address, attempts, "Too many connections");
}

function reconnecting(
  flavour: ServerFlavour,
  address: string,
  attempts: number,
  message: string,
): string {
  return flavour === "mysql-9.7"
    ? `Error reconnecting to source 'repl@${address}:3306'. This was attempt ${attempts}/${RETRIES.mysql}, ` +
        `with a delay of 1 seconds between attempts. Message: ${message}`
    : `error reconnecting to master 'repl@${address}:3306' - retry-time: 1  maximum-retries: ${RETRIES.mariadb}  ` +
        `message: ${message}`;
}

export function duplicateKey(flavour: ServerFlavour, origin: MysqlServer, gno: number): string {
  const { id } = origin.ledger.row(gno);
  return duplicate(flavour, origin, { gno, table: "writes", key: String(id) });
}

/** The row of the fault `replication-broken`, which no client wrote. */
export function duplicateMarker(
  flavour: ServerFlavour,
  origin: MysqlServer,
  { row, after }: { readonly row: string; readonly after: number },
): string {
  return duplicate(flavour, origin, { gno: after + 1, table: "markers", key: row });
}

function duplicate(
  flavour: ServerFlavour,
  origin: MysqlServer,
  { gno, table, key }: { readonly gno: number; readonly table: string; readonly key: string },
): string {
  const end = HEADER_BYTES + gno * TRANSACTION_BYTES;
  if (flavour === "mysql-9.7") {
    return (
      "Coordinator stopped because there were error(s) in the worker(s). The most recent failure being: " +
      `Worker 1 failed executing transaction '${origin.serverUuid}:${gno}' at source log binlog.000001, end_log_pos ${end}. ` +
      "See error log and/or performance_schema.replication_applier_status_by_worker table for more details about " +
      "this failure or others, if any. (error 1062)"
    );
  }
  return (
    `Could not execute Write_rows_v1 event on table vipdrill.${table}; Duplicate entry '${key}' for key 'PRIMARY', ` +
    "Error_code: 1062; handler error HA_ERR_FOUND_DUPP_KEY; " +
    `the event's master log binlog.000001, end_log_pos ${end}`
  );
}
