/**
 * Whether each node's replication threads run, asked at the node's own address on a connection apart from
 * the health probe's: SHOW REPLICA STATUS can wait (for a STOP REPLICA, say), and must not make a server
 * look unresponsive. Only changes are printed; a server that does not answer says nothing of replication.
 */
import type { Connection, RowDataPacket } from "mysql2";
import type { ReplicationRow } from "../../../harness/observe/replication.ts";
import { nowUs } from "./clock.ts";
import { ask, connect, type Target } from "./connection.ts";
import { emit } from "./output.ts";

const EVERY_MS = 200;
const DEADLINE_MS = 2000;

/** In the words of MySQL and of MariaDB, which takes the statement since 10.5.1 and answers in its own. */
const COLUMNS: readonly (keyof ReplicationRow)[] = [
  "Source_Host",
  "Master_Host",
  "Replica_IO_Running",
  "Slave_IO_Running",
  "Replica_SQL_Running",
  "Slave_SQL_Running",
  "Last_IO_Error",
  "Last_SQL_Errno",
  "Last_SQL_Error",
  "Seconds_Behind_Source",
  "Seconds_Behind_Master",
];

export function startReplicationWatch(target: Target, name: string): { stop(): Promise<void> } {
  let connection: Connection | undefined;
  let busy: Promise<void> | undefined;
  let known: string | undefined;
  let stopped = false;

  const look = async (): Promise<void> => {
    try {
      connection ??= await connect(target, DEADLINE_MS);
      const rows = await ask(connection, "SHOW REPLICA STATUS", DEADLINE_MS);
      for (const row of rows) report(row);
    } catch {
      // What there is to say of it, the health probe says.
      connection?.destroy();
      connection = undefined;
    }
  };
  const report = (row: RowDataPacket): void => {
    const said = Object.fromEntries(
      COLUMNS.flatMap((column) => (row[column] === undefined ? [] : [[column, row[column]]])),
    ) as ReplicationRow;
    const key = keyOf(said);
    if (key !== known && !stopped) emit(["r", nowUs(), name, said]);
    known = key;
  };
  const tick = (): void => {
    busy ??= look().finally(() => {
      busy = undefined;
    });
  };
  tick();
  const timer = setInterval(tick, EVERY_MS);
  return {
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      await busy;
      connection?.destroy();
    },
  };
}

/** What counts as a change: not the attempts of a receiver that keeps trying, nor how far behind it is. */
function keyOf(row: ReplicationRow): string {
  const receiver = row.Replica_IO_Running ?? row.Slave_IO_Running;
  const applier = row.Replica_SQL_Running ?? row.Slave_SQL_Running;
  const error = receiver === "No" ? row.Last_IO_Error : "";
  return [receiver, applier, row.Last_SQL_Errno, error].join("\t");
}
