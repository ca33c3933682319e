/** Status rows as mysql 9.7.4 and MariaDB 11.8 return them, fields that nobody reads left out. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bootstrapSql,
  flavourOf,
  positionSql,
  quoteSql,
  readReplicationDetail,
  readReplicationRow,
  serverIdentity,
  settingsFile,
  showReplicationSql,
  startReplicationSql,
  waitForPositionSql,
} from "./dialect.ts";

describe("flavourOf", () => {
  it("knows the two families by their version text", () => {
    expect(
      ["9.7.4-2", "11.8.3-MariaDB-1 from Debian", "8.4.6", "10.11.14-mariadb"].map(flavourOf),
    ).toEqual(["mysql", "mariadb", "mysql", "mariadb"]);
  });
});

describe("settingsFile", () => {
  it("is one text for both flavours", () => {
    expect(
      settingsFile({
        serverId: 1,
        autoIncrementOffset: 1,
        autoIncrementIncrement: 2,
        name: "db1",
      }),
    ).toMatchInlineSnapshot(`
      "[mysqld]
      server_id = 1
      report_host = db1
      log_bin = binlog
      loose_gtid_mode = ON
      loose_enforce_gtid_consistency = ON
      loose_log_replica_updates = ON
      auto_increment_increment = 2
      auto_increment_offset = 1

      [mariadb]
      binlog_format = ROW
      log_slave_updates = ON
      gtid_domain_id = 1
      "
    `);
  });
});

describe("settingsFile with more", () => {
  const SERVER = { serverId: 1, autoIncrementOffset: 1, autoIncrementIncrement: 2, name: "db1" };

  it("asks both servers for semi-synchronous replication, in both directions", () => {
    const text = settingsFile({ ...SERVER, semiSync: { timeoutMs: 700 } });
    const lines = text.split("\n").filter((line) => line.includes("semi_sync"));
    expect(lines).toEqual([
      "loose_rpl_semi_sync_source_enabled = ON",
      "loose_rpl_semi_sync_replica_enabled = ON",
      "loose_rpl_semi_sync_source_wait_point = AFTER_SYNC",
      "loose_rpl_semi_sync_source_timeout = 700",
      "rpl_semi_sync_master_enabled = ON",
      "rpl_semi_sync_slave_enabled = ON",
      "rpl_semi_sync_master_wait_point = AFTER_SYNC",
      "rpl_semi_sync_master_timeout = 700",
    ]);
  });

  it("ends with the lines of the topology's own, in the group of both servers", () => {
    const text = settingsFile({ ...SERVER, settings: ["max_connections = 50"] });
    expect(text.split("\n").slice(-3)).toEqual(["[mysqld]", "max_connections = 50", ""]);
  });
});

describe("readReplicationDetail", () => {
  it("reads what SHOW REPLICA STATUS of either server says, and nothing where it is missing", () => {
    const maria = { Slave_IO_Running: "Connecting", Last_SQL_Errno: "1062", SQL_Delay: "2" };
    expect([readReplicationDetail(maria), readReplicationDetail({})]).toEqual([
      { connecting: true, applierErrno: 1062, delaySeconds: 2 },
      { connecting: false, applierErrno: 0, delaySeconds: 0 },
    ]);
  });
});

describe("readReplicationRow", () => {
  it("reads SHOW REPLICA STATUS of MySQL", () => {
    expect(
      readReplicationRow({
        Replica_IO_State: "Waiting for source to send event",
        Replica_IO_Running: "Yes",
        Replica_SQL_Running: "Yes",
        Last_IO_Error: "",
        Last_SQL_Error: "",
      }),
    ).toEqual({ receiverRunning: true, applierRunning: true, lastError: "" });
  });

  it("reads SHOW SLAVE STATUS of MariaDB", () => {
    expect(
      readReplicationRow({
        Slave_IO_Running: "Yes",
        Slave_SQL_Running: "No",
        Last_IO_Error: "",
        Last_SQL_Error: "Duplicate entry '7' for key 'PRIMARY'",
      }),
    ).toEqual({
      receiverRunning: true,
      applierRunning: false,
      lastError: "Duplicate entry '7' for key 'PRIMARY'",
    });
  });

  it("gives the number of an applier's error whose text lacks it", () => {
    const said = (text: string): string =>
      readReplicationRow({ Last_SQL_Errno: "1062", Last_SQL_Error: text }).lastError;
    expect(["Coordinator stopped", "Duplicate entry, Error_code: 1062", ""].map(said)).toEqual([
      "Coordinator stopped (error 1062)",
      "Duplicate entry, Error_code: 1062",
      "",
    ]);
  });

  it("does not take a receiver that is still connecting for a running one", () => {
    const row = { Replica_IO_Running: "Connecting", Replica_SQL_Running: "Yes" };
    expect(readReplicationRow(row)).toEqual({
      receiverRunning: false,
      applierRunning: true,
      lastError: "",
    });
  });

  it("gives both errors when there are two, and none for nulls", () => {
    expect([
      readReplicationRow({ Last_IO_Error: "a", Last_SQL_Error: "b" }).lastError,
      readReplicationRow({ Last_IO_Error: null, Last_SQL_Error: null }).lastError,
    ]).toEqual(["a; b", ""]);
  });
});

describe("quoteSql", () => {
  it("doubles quotes and backslashes", () => {
    expect(quoteSql(String.raw`it's a \ path`)).toBe(String.raw`'it''s a \\ path'`);
  });

  it("can be read back by the server's rules", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("'", "\\", "a", "\n", "ü") }), (text) => {
        const literal = quoteSql(text);
        // Whole literal: a quote, then pairs or other characters, then the closing quote.
        expect(literal).toMatch(/^'(?:''|\\\\|[^'\\])*'$/);
        expect(literal.slice(1, -1).replaceAll(/''|\\\\/g, (pair) => pair[0]!)).toBe(text);
      }),
    );
  });
});

describe("the SQL that differs", () => {
  const source = { address: "198.18.7.11", user: "repl", password: "o'hara" };

  it("waits for a position in one line, each flavour in its own words", () => {
    const set =
      "33c641d3-e579-11f1-8c62-0242c6125b0b:1-5,\n33d57fb8-e579-11f1-bb26-0242c6125b0c:1-3";
    expect([
      waitForPositionSql("mysql", set, 30),
      waitForPositionSql("mariadb", "1-1-270", 30),
    ]).toEqual([
      "SELECT WAIT_FOR_EXECUTED_GTID_SET('33c641d3-e579-11f1-8c62-0242c6125b0b:1-5,33d57fb8-e579-11f1-bb26-0242c6125b0c:1-3', 30)",
      "SELECT MASTER_GTID_WAIT('1-1-270', 30)",
    ]);
  });

  it("starts replication with the source's account quoted", () => {
    const flat = (text: string): string => text.replaceAll(/\s+/g, " ");
    expect([
      flat(startReplicationSql("mysql", source)),
      flat(startReplicationSql("mariadb", source)),
    ]).toMatchInlineSnapshot(`
      [
        "CHANGE REPLICATION SOURCE TO SOURCE_HOST = '198.18.7.11', SOURCE_USER = 'repl', SOURCE_PASSWORD = 'o''hara', SOURCE_AUTO_POSITION = 1, GET_SOURCE_PUBLIC_KEY = 1, SOURCE_CONNECT_RETRY = 1, SOURCE_RETRY_COUNT = 86400; START REPLICA;",
        "CHANGE MASTER TO MASTER_HOST = '198.18.7.11', MASTER_USER = 'repl', MASTER_PASSWORD = 'o''hara', MASTER_USE_GTID = slave_pos, MASTER_CONNECT_RETRY = 1; START SLAVE;",
      ]
    `);
  });

  it("asks for state, position and identity", () => {
    const asked = (["mysql", "mariadb"] as const).map((flavour) => [
      showReplicationSql(flavour),
      positionSql(flavour),
      serverIdentity(flavour),
    ]);
    expect(asked).toMatchInlineSnapshot(`
      [
        [
          "SHOW REPLICA STATUS",
          "SELECT @@GLOBAL.gtid_executed",
          "@@server_uuid",
        ],
        [
          "SHOW SLAVE STATUS",
          "SELECT REGEXP_SUBSTR(@@gtid_binlog_pos, CONCAT('\\\\b', @@server_id, '-[0-9]+-[0-9]+'))",
          "CONCAT('server-id-', @@server_id)",
        ],
      ]
    `);
  });

  it("keeps accounts and tables out of the binary log", () => {
    const account = { user: "app", password: "secret" };
    const lines = bootstrapSql({ app: account, replication: source, check: account }).split("\n");
    expect([lines[0], lines.at(-2), lines.at(-1)]).toEqual([
      "SET SESSION sql_log_bin = 0;",
      "SET SESSION sql_log_bin = 1;",
      "SELECT VERSION();",
    ]);
  });
});
