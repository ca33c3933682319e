import { describe, expect, it } from "vitest";
import {
  closeRanksSql,
  delaySql,
  readOnlySql,
  resumeReplicationSql,
  semiSyncSql,
  semiSyncStatusSql,
  stopReplicationSql,
  tryWriteSql,
} from "./administration.ts";

describe("replication", () => {
  it("is stopped and started by threads, in the words of each server", () => {
    expect(
      (["both", "receiver", "applier"] as const).flatMap((threads) => [
        stopReplicationSql("mysql", threads),
        resumeReplicationSql("mariadb", threads),
      ]),
    ).toEqual([
      "STOP REPLICA;",
      "START SLAVE;",
      "STOP REPLICA IO_THREAD;",
      "START SLAVE IO_THREAD;",
      "STOP REPLICA SQL_THREAD;",
      "START SLAVE SQL_THREAD;",
    ]);
  });

  it("is delayed with the receiver running, where the server allows it", () => {
    expect([delaySql("mysql", 2), delaySql("mariadb", 2)]).toEqual([
      "STOP REPLICA SQL_THREAD;\nCHANGE REPLICATION SOURCE TO SOURCE_DELAY = 2;\nSTART REPLICA SQL_THREAD;",
      "STOP SLAVE;\nCHANGE MASTER TO MASTER_DELAY = 2;\nSTART SLAVE;",
    ]);
  });
});

describe("a read-only server", () => {
  it.each([
    ["mysql", true, true, "SET GLOBAL super_read_only = ON;"],
    ["mysql", true, false, "SET GLOBAL read_only = OFF;"],
    ["mysql", false, true, "SET GLOBAL read_only = ON;"],
    ["mariadb", true, true, "SET GLOBAL read_only = ON;"],
  ] as const)("%s, super %s, on %s", (flavour, isSuper, on, text) => {
    expect(readOnlySql(flavour, { super: isSuper, on })).toBe(text);
  });

  it("is tried with a write that leaves nothing behind", () => {
    expect(tryWriteSql("it's")).toBe(
      "BEGIN; INSERT INTO vipdrill.markers VALUES ('it''s'); ROLLBACK;",
    );
  });
});

describe("semi-synchronous replication", () => {
  it("has the names of each server's source side", () => {
    expect([semiSyncSql("mysql", false), semiSyncStatusSql("mariadb")]).toEqual([
      "SET GLOBAL rpl_semi_sync_source_enabled = OFF;",
      "SHOW GLOBAL STATUS LIKE 'Rpl_semi_sync_master_status'",
    ]);
  });
});

describe("max_connections", () => {
  it("is lowered to what is connected in one line, so that a loop of `echo` can feed it", () => {
    expect(closeRanksSql().split("\n")).toHaveLength(1);
  });

  it("is never raised, and never below what MariaDB takes", () => {
    expect(closeRanksSql()).toContain(
      "GREATEST(10, LEAST(@@GLOBAL.max_connections, (SELECT COUNT(*)",
    );
  });
});
