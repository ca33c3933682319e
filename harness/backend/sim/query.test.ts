import { describe, expect, it } from "vitest";
import { randomStream } from "../../core/random.ts";
import { seconds } from "../../core/time.ts";
import type { MysqlAnswer, MysqlRequest } from "../../shell/host.ts";
import type { ServerFacts } from "../../shell/sql.ts";
import { EventQueue } from "./clock.ts";
import type { Meeting } from "./database.ts";
import { MysqlServer } from "./mysql/server.ts";
import { query } from "./query.ts";

const VIP = "10.0.0.100";

/** One server, db1, that is up; what a connection to the VIP meets. */
function bench(meeting: Meeting = { kind: "open", node: "db1" }) {
  const clock = new EventQueue();
  const server = new MysqlServer({
    node: "db1",
    flavour: "mysql-9.7",
    serverUuid: "uuid-db1",
    settings: { autoIncrementOffset: 1, autoIncrementIncrement: 2 },
    clock,
    random: randomStream(1, "test"),
  });
  server.start();
  clock.runUntil(seconds(10));
  const ask = (request: Partial<MysqlRequest>, node = "db1"): MysqlAnswer =>
    query(
      {
        connect: () => meeting,
        server: (name) => (name === "db1" ? server : undefined),
        facts: () => FACTS,
      },
      node,
      { ...NOTHING, ...request },
    );
  return { clock, server, ask };
}

const NOTHING: MysqlRequest = {
  host: undefined,
  port: undefined,
  socket: undefined,
  user: undefined,
  password: undefined,
  sql: "",
  connectTimeoutUs: undefined,
};

const FACTS: ServerFacts = {
  version: "9.7.4",
  hostname: "db1",
  serverId: 1,
  port: 3306,
  readOnly: false,
  superReadOnly: false,
  uptimeSeconds: 60,
  threadsConnected: 1,
  maxConnections: 151,
  logFile: "binlog.000001",
  logPosition: 4,
  replica: undefined,
};

const codeOf = (answer: MysqlAnswer): number | string =>
  answer.kind === "error" ? answer.code : answer.kind;

describe("mysql on a host", () => {
  it("is answered by the host's own server over the socket, on localhost and on 127.0.0.1", () => {
    const { ask } = bench({ kind: "silence" });
    for (const host of [undefined, "localhost", "127.0.0.1"]) {
      expect(ask({ ...(host === undefined ? {} : { host }), sql: "SELECT 1" })).toMatchObject({
        kind: "answer",
        sets: [{ rows: [["1"]] }],
      });
    }
  });

  it("cannot connect to a server that is down: 2002 over the socket, 2003 over TCP", () => {
    const { ask, server, clock } = bench({ kind: "refused", node: "db1" });
    server.kill();
    clock.runUntil(clock.nowUs() + seconds(1));
    expect([codeOf(ask({})), codeOf(ask({ host: VIP }))]).toEqual([2002, 2003]);
  });

  it("cannot connect where no server is, or at another port", () => {
    const { ask } = bench();
    expect(codeOf(ask({}, "db2"))).toBe(2002);
    expect(codeOf(ask({ host: "127.0.0.1", port: 3307 }))).toBe(2003);
  });

  it("waits in silence as long as it may: for ever, or until its own timeout", () => {
    const { ask } = bench({ kind: "silence" });
    expect(ask({ host: VIP })).toEqual({ kind: "hangs" });
    expect(ask({ host: VIP, connectTimeoutUs: seconds(2) })).toMatchObject({
      kind: "error",
      code: 2003,
      durationUs: seconds(2),
    });
  });

  it("is taken by the kernel of a frozen server, and gets no greeting", () => {
    const { ask, server } = bench();
    server.freeze();
    expect(ask({})).toEqual({ kind: "hangs" });
    expect(ask({ connectTimeoutUs: seconds(3) })).toMatchObject({
      code: 2013,
      durationUs: seconds(3),
    });
  });

  it("is turned away when all connections are taken", () => {
    const { ask, server } = bench();
    server.exhausted = true;
    expect(codeOf(ask({ sql: "SELECT 1", user: "check" }))).toBe(1040);
    expect(ask({ sql: "SELECT 1", user: "root" }).kind).toBe("answer");
  });

  it("says what a statement of the user would need, instead of guessing", () => {
    const { ask } = bench();
    expect(codeOf(ask({ sql: "SET GLOBAL read_only = 1" }))).toBe("unmodelled");
  });
});
