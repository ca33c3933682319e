/** Replication errors in the servers' own words (Last_IO_Error, Last_SQL_Error). */
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
  if (flavour === "mysql-9.7") {
    return (
      `Error reconnecting to source 'repl@${address}:3306'. This was attempt ${attempts}/${RETRIES.mysql}, ` +
      `with a delay of 1 seconds between attempts. Message: Can't connect to MySQL server on '${address}:3306' (${errno})`
    );
  }
  const reason = silent ? "Connection timed out" : "Connection refused";
  return (
    `error reconnecting to master 'repl@${address}:3306' - retry-time: 1  maximum-retries: ${RETRIES.mariadb}  ` +
    `message: Can't connect to server on '${address}' (${errno} "${reason}")`
  );
}

export function duplicateKey(flavour: ServerFlavour, origin: MysqlServer, gno: number): string {
  const { id } = origin.ledger.row(gno);
  const end = HEADER_BYTES + gno * TRANSACTION_BYTES;
  if (flavour === "mysql-9.7") {
    return (
      "Coordinator stopped because there were error(s) in the worker(s). The most recent failure being: " +
      `Worker 1 failed executing transaction '${origin.serverUuid}:${gno}' at source log binlog.000001, end_log_pos ${end}; ` +
      `Could not execute Write_rows event on table vipdrill.writes; Duplicate entry '${id}' for key 'writes.PRIMARY', ` +
      "Error_code: 1062; handler error HA_ERR_FOUND_DUPP_KEY; " +
      `the event's source log binlog.000001, end_log_pos ${end}`
    );
  }
  return (
    `Could not execute Write_rows_v1 event on table vipdrill.writes; Duplicate entry '${id}' for key 'PRIMARY', ` +
    "Error_code: 1062; handler error HA_ERR_FOUND_DUPP_KEY; " +
    `the event's master log binlog.000001, end_log_pos ${end}`
  );
}
