/** A row of SHOW REPLICA STATUS as the client program passes it on, made into an event. */
import type { ReplicationEvent } from "../history/events.ts";
import { readReplicationDetail, readReplicationRow } from "../mysql/dialect.ts";

type Cell = string | number | null;

/** What the client keeps of it, in the server's own words: MySQL's or MariaDB's. */
export interface ReplicationRow {
  readonly Source_Host?: Cell;
  readonly Master_Host?: Cell;
  readonly Replica_IO_Running?: Cell;
  readonly Slave_IO_Running?: Cell;
  readonly Replica_SQL_Running?: Cell;
  readonly Slave_SQL_Running?: Cell;
  readonly Last_IO_Error?: Cell;
  readonly Last_SQL_Errno?: Cell;
  readonly Last_SQL_Error?: Cell;
  readonly Seconds_Behind_Source?: Cell;
  readonly Seconds_Behind_Master?: Cell;
}

/** Nothing when the source is none of the nodes. `caughtUp` is what the server says of itself: 0 s behind. */
export function replicationEvent(
  replica: string,
  row: ReplicationRow,
  nodes: readonly { readonly name: string; readonly address: string }[],
): ReplicationEvent | undefined {
  const host = row.Source_Host ?? row.Master_Host;
  const source = nodes.find(({ address }) => address === host)?.name;
  if (source === undefined) return undefined;
  const cells = { ...row };
  const state = readReplicationRow(cells);
  const behind = row.Seconds_Behind_Source ?? row.Seconds_Behind_Master;
  return {
    kind: "replication",
    replica,
    source,
    ...state,
    ...(readReplicationDetail(cells).connecting ? { connecting: true } : {}),
    caughtUp: state.receiverRunning && state.applierRunning && behind === 0,
  };
}
