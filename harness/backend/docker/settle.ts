/**
 * Steady state, proven before anything is disturbed: mysqld answers on every node, replication runs
 * on every edge and carries a row, multicast passes between all nodes, one node holds each VIP and
 * the others hear its adverts.
 */
import { HarnessError } from "../../core/errors.ts";
import { seconds } from "../../core/time.ts";
import type {
  EventBody,
  LogEvent,
  ReplicationEvent,
  TimedEvent,
  TimedEventOf,
} from "../../history/events.ts";
import {
  bootstrapSql,
  positionSql,
  readReplicationDetail,
  readReplicationRow,
  showReplicationSql,
  startReplicationSql,
  waitForPositionSql,
  WORKLOAD_SCHEMA,
  type Account,
  type Flavour,
} from "../../mysql/dialect.ts";
import { semiSyncStatusSql } from "../../mysql/administration.ts";
import { masterDownUs } from "../../keepalived/timing.ts";
import type { ReplicationEdge } from "../../topology/topology.ts";
import type { ResolvedRouter, ResolvedTopology } from "../../topology/resolve.ts";
import { pendingOf } from "../holding.ts";
import { executeOk } from "./exec.ts";
import { inHost, inToolbox, sql, sqlRow, type DockerNode } from "./node.ts";
import { VRRP_GROUP } from "./observers.ts";

export interface Accounts {
  readonly app: Account;
  readonly replication: Account;
  readonly check: Account;
}

export interface SettleContext {
  readonly topology: ResolvedTopology;
  readonly node: (name: string) => DockerNode;
  readonly accounts: Accounts;
  readonly progress: (text: string) => void;
  readonly events: () => readonly TimedEvent[];
  readonly eventsOf: <K extends EventBody["kind"]>(kind: K) => readonly TimedEventOf<K>[];
  readonly recordNow: (body: ReplicationEvent) => void;
  readonly until: (holds: () => boolean, boundUs: number) => Promise<boolean>;
}

const MYSQLD_START_TIMEOUT_MS = 90_000;
const MULTICAST_BOUND_US = seconds(5);
const REPLICATION_BOUND_SECONDS = 20;
const SEMI_SYNC_LOOKS = 100;
/** On top of the election itself: slow process starts on a busy machine. */
const ELECTION_SLACK_US = seconds(10);

/** Starts mysqld and makes accounts and tables; returns the version text the server gives. */
export async function startMysqld(node: DockerNode, accounts: Accounts): Promise<string> {
  const command = "service mysql start >&2 && exec mysql --batch --skip-column-names --raw";
  const text = await executeOk(
    node.host,
    `starting mysqld on ${node.spec.name}`,
    ["sh", "-c", command],
    {
      input: bootstrapSql({ ...accounts, semiSync: node.spec.mysql?.semiSync !== undefined }),
      timeoutMs: MYSQLD_START_TIMEOUT_MS,
    },
  );
  return text.trim();
}

export async function startReplication(
  context: SettleContext,
  edge: ReplicationEdge,
  flavour: Flavour,
): Promise<void> {
  const { user, password } = context.accounts.replication;
  const { address } = context.node(edge.source).spec;
  await sql(context.node(edge.replica), startReplicationSql(flavour, { address, user, password }));
}

/** Every node hears an echo request that every other node sent to the VRRP group. */
export async function proveMulticast(context: SettleContext): Promise<void> {
  const names = context.topology.nodes.map((node) => node.name);
  const pairs = names.flatMap((from) =>
    names.filter((to) => to !== from).map((to) => ({ from, to })),
  );
  const unheard = (): typeof pairs =>
    pairs.filter(
      ({ from, to }) =>
        !context
          .events()
          .some((e) => e.kind === "multicast-probe" && e.sender === from && e.seenAt === to),
    );
  context.progress("waiting for multicast to pass between all nodes");
  await Promise.all(
    names.map((name) => {
      const node = context.node(name);
      const ping = `ping -c 3 -i 0.2 -w 1 -I ${node.spec.interface} ${VRRP_GROUP}`;
      return inToolbox(node, `${ping} >/dev/null 2>&1 || true`);
    }),
  );
  if (await context.until(() => unheard().length === 0, MULTICAST_BOUND_US)) return;
  const missing = unheard().map(({ from, to }) => `${from} to ${to}`);
  throw new HarnessError(
    "NOT_SETTLED",
    `multicast to ${VRRP_GROUP} does not pass: ${missing.join(", ")}. Every node would become master`,
  );
}

export async function startKeepalived(node: DockerNode): Promise<void> {
  const result = await inHost(node, ["service", "keepalived", "start"]);
  if (result.exitCode === 0) return;
  throw new HarnessError(
    "NOT_SETTLED",
    `keepalived did not start on ${node.spec.name}: ${(result.stderr || result.stdout).trim()}`,
  );
}

/**
 * The init script is run, and what it said is the result, in the words of a log line. Its exit code says little:
 * it has started a daemon that goes to the background before it has read its configuration.
 */
export async function startKeepalivedAnyhow(node: DockerNode): Promise<LogEvent> {
  const result = await inHost(node, ["service", "keepalived", "start"]);
  const said = `${result.stdout}\n${result.stderr}`
    .trim()
    .split(/\s*\n\s*/)
    .join(" ");
  const text = `start: exit code ${result.exitCode}${said === "" ? "" : `: ${said}`}`;
  return { kind: "log", node: node.spec.name, program: "service keepalived", text };
}

/** One holder per VIP, and its adverts arrive at every other member. */
export async function proveOneHolder(context: SettleContext): Promise<void> {
  await Promise.all(context.topology.routers.map((router) => proveRouter(context, router)));
}

async function proveRouter(context: SettleContext, router: ResolvedRouter): Promise<void> {
  const slowest = Math.max(
    ...router.members.map((member) => masterDownUs(member.priority, router.advertIntUs)),
  );
  context.progress(`waiting for one holder of ${router.vips.map((vip) => vip.address).join(", ")}`);
  const pending = (): string | undefined =>
    pendingOf(
      { addresses: context.eventsOf("address"), adverts: context.eventsOf("advert") },
      router,
    );
  if (await context.until(() => pending() === undefined, slowest + ELECTION_SLACK_US)) return;
  throw new HarnessError(
    "NOT_SETTLED",
    `${router.name} did not settle: ${pending() ?? "it just did"}`,
  );
}

/** Both threads run on every edge, and a row written on the source arrives. */
export async function proveReplication(context: SettleContext, flavour: Flavour): Promise<void> {
  context.progress("waiting for replication to carry a row on every edge");
  await Promise.all(
    context.topology.replication.map(async (edge) => {
      const name = `settle-${edge.source}-${edge.replica}`;
      const source = context.node(edge.source);
      await sql(source, `INSERT INTO ${WORKLOAD_SCHEMA}.markers VALUES ('${name}')`);
      const state = await replicationState(context, edge, flavour, REPLICATION_BOUND_SECONDS);
      const row = await sql(
        context.node(edge.replica),
        `SELECT COUNT(*) FROM ${WORKLOAD_SCHEMA}.markers WHERE name = '${name}'`,
      );
      if (state.receiverRunning && state.applierRunning && row.trim() === "1") return;
      throw new HarnessError(
        "NOT_SETTLED",
        `replication ${edge.source} to ${edge.replica} does not run: receiver ${String(state.receiverRunning)}, ` +
          `applier ${String(state.applierRunning)}, row arrived: ${row.trim()}. ${state.lastError}`,
      );
    }),
  );
  await proveSemiSync(context, flavour);
}

/** A source that waited in vain for its first replica has gone on without, until that one has caught up. */
async function proveSemiSync(context: SettleContext, flavour: Flavour): Promise<void> {
  const sources = new Set(context.topology.replication.map(({ source }) => source));
  const asked = context.topology.nodes.filter(
    ({ name, mysql }) => mysql?.semiSync !== undefined && sources.has(name),
  );
  await Promise.all(
    asked.map(async ({ name }) => {
      const node = context.node(name);
      const said = await awaitSemiSync(node, flavour, "ON", SEMI_SYNC_LOOKS);
      if (said === "ON") return;
      throw new HarnessError(
        "NOT_SETTLED",
        `semi-synchronous replication is ${said || "not installed"} on ${name}, and was asked for`,
      );
    }),
  );
}

/** Looks ten times a second until the source's status is that; returns what it was at last. */
export async function awaitSemiSync(
  node: DockerNode,
  flavour: Flavour,
  wanted: "ON" | "OFF",
  looks: number,
): Promise<string> {
  let said = "";
  for (let look = 0; look < looks; look += 1) {
    if (look > 0) await new Promise((resolve) => setTimeout(resolve, 100));
    said = (await sql(node, semiSyncStatusSql(flavour))).trim().split("\t")[1] ?? "";
    if (said === wanted) return said;
  }
  return said;
}

/** Waits in the server until the replica has what the source had, and records how it stands. */
export async function replicationState(
  context: SettleContext,
  edge: ReplicationEdge,
  flavour: Flavour,
  boundSeconds: number,
): Promise<ReplicationEvent> {
  const replica = context.node(edge.replica);
  const position = (await sql(context.node(edge.source), positionSql(flavour))).trim();
  const waited = await sql(
    replica,
    waitForPositionSql(flavour, position, boundSeconds),
    (boundSeconds + 10) * 1000,
  );
  const row = await sqlRow(replica, showReplicationSql(flavour));
  const fact: ReplicationEvent = {
    kind: "replication",
    replica: edge.replica,
    source: edge.source,
    caughtUp: waited.trim() === "0",
    ...readReplicationRow(row),
    ...(readReplicationDetail(row).connecting ? { connecting: true } : {}),
  };
  context.recordNow(fact);
  return fact;
}
