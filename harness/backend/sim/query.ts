/** What a MySQL client on a host gets: the servers' state in the words of the client's own answers. */
import type { Us } from "../../core/time.ts";
import type { MysqlAnswer, MysqlRequest } from "../../shell/host.ts";
import { answerSql, type ServerFacts } from "../../shell/sql.ts";
import type { Meeting } from "./database.ts";
import type { MysqlServer } from "./mysql/server.ts";

const PORT = 3306;
/** A client that connects, logs in, asks one cheap thing and leaves; see `client/costs.ts`. */
const ANSWER_US: Us = 2000;
const REFUSED_US: Us = 500;

export interface QueryWorld {
  connect(from: string, address: string, port: number): Meeting;
  server(node: string): MysqlServer | undefined;
  facts(server: MysqlServer): ServerFacts;
}

export function query(world: QueryWorld, node: string, request: MysqlRequest): MysqlAnswer {
  const target = targetOf(world, node, request);
  if (target === "silence") {
    if (request.connectTimeoutUs === undefined) return { kind: "hangs" };
    return cannotConnect(request, 110, request.connectTimeoutUs);
  }
  if (target === "refused") return cannotConnect(request, 111, REFUSED_US);
  if (!target.answers()) {
    if (request.connectTimeoutUs === undefined) return { kind: "hangs" };
    return {
      kind: "error",
      code: 2013,
      message: "Lost connection to MySQL server at 'reading initial communication packet'",
      durationUs: request.connectTimeoutUs,
    };
  }
  if (target.isFull() && !isAdministrator(request)) {
    return { kind: "error", code: 1040, message: "Too many connections", durationUs: ANSWER_US };
  }
  return answer(world, target, request.sql);
}

/**
 * One more place is kept for those with CONNECTION_ADMIN (MySQL manual 7.1.12.1), and is taken to be free. Who
 * gives no name logs in by that of the script's user, which is root's unless the configuration says otherwise.
 */
function isAdministrator({ user = "root" }: MysqlRequest): boolean {
  return user === "root";
}

/** Reading is answered; a statement that changes the server is a limit of the simulator. */
function answer(world: QueryWorld, server: MysqlServer, sql: string): MysqlAnswer {
  const { sets, effects, error, unmodelled } = answerSql(sql, world.facts(server));
  if (unmodelled !== undefined) return { kind: "unmodelled", why: `the statement ${unmodelled}` };
  const [effect] = effects;
  if (effect !== undefined) {
    return { kind: "unmodelled", why: `a statement that changes the server (${effect.kind})` };
  }
  if (error === undefined) return { kind: "answer", sets, durationUs: ANSWER_US };
  return { kind: "error", ...error, sets, durationUs: ANSWER_US };
}

function targetOf(
  world: QueryWorld,
  node: string,
  { host, port, socket }: MysqlRequest,
): MysqlServer | "refused" | "silence" {
  const own = world.server(node);
  if (socket !== undefined || host === undefined || LOCAL.has(host)) {
    if (port !== undefined && port !== PORT) return "refused";
    return own?.listening() === true ? own : "refused";
  }
  const meeting = world.connect(node, host, port ?? PORT);
  if (meeting.kind === "silence") return "silence";
  if (meeting.kind === "refused") return "refused";
  return world.server(meeting.node) ?? "refused";
}

const LOCAL: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "::1"]);

/** Error 2002 over the socket, 2003 over TCP (MySQL manual, client error reference). */
function cannotConnect(request: MysqlRequest, errno: number, durationUs: Us): MysqlAnswer {
  const { host, port } = request;
  const tcp = host !== undefined && host !== "localhost";
  return {
    kind: "error",
    code: tcp ? 2003 : 2002,
    message: tcp
      ? `Can't connect to MySQL server on '${host}:${port ?? PORT}' (${errno})`
      : `Can't connect to local MySQL server through socket '/run/mysqld/mysqld.sock' (${errno})`,
    durationUs,
  };
}
