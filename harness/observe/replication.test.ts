/** Rows as mysql2 gives them, from MySQL 9.7.4 and MariaDB 11.8.6. */
import { describe, expect, it } from "vitest";
import { replicationEvent, type ReplicationRow } from "./replication.ts";

const NODES = [
  { name: "db1", address: "198.18.7.11" },
  { name: "db2", address: "198.18.7.12" },
];

const mysql = (row: ReplicationRow): ReplicationRow => ({
  Source_Host: "198.18.7.11",
  Replica_IO_Running: "Yes",
  Replica_SQL_Running: "Yes",
  Last_IO_Error: "",
  Last_SQL_Errno: 0,
  Last_SQL_Error: "",
  Seconds_Behind_Source: 0,
  ...row,
});

describe("a row of SHOW REPLICA STATUS", () => {
  it("is a state of the edge from the source's address", () => {
    expect(replicationEvent("db2", mysql({}), NODES)).toEqual({
      kind: "replication",
      replica: "db2",
      source: "db1",
      receiverRunning: true,
      applierRunning: true,
      caughtUp: true,
      lastError: "",
    });
  });

  it("is the same in MariaDB's words", () => {
    const row = {
      Master_Host: "198.18.7.12",
      Slave_IO_Running: "Yes",
      Slave_SQL_Running: "No",
      Last_IO_Error: "",
      Last_SQL_Errno: 1062,
      Last_SQL_Error: "Duplicate entry, Error_code: 1062",
      Seconds_Behind_Master: null,
    };
    expect(replicationEvent("db1", row, NODES)).toMatchObject({
      source: "db2",
      applierRunning: false,
      caughtUp: false,
      lastError: "Duplicate entry, Error_code: 1062",
    });
  });

  it("tells a receiver that tries again from one that was stopped", () => {
    const of = (io: string): unknown =>
      replicationEvent("db2", mysql({ Replica_IO_Running: io }), NODES);
    expect(of("Connecting")).toMatchObject({ receiverRunning: false, connecting: true });
    expect(of("No")).not.toHaveProperty("connecting");
  });

  it("is nobody's when the source is a stranger, and not caught up when it is behind", () => {
    expect(replicationEvent("db2", mysql({ Source_Host: "10.0.0.9" }), NODES)).toBeUndefined();
    const late = replicationEvent("db2", mysql({ Seconds_Behind_Source: 2 }), NODES);
    expect(late?.caughtUp).toBe(false);
  });
});
