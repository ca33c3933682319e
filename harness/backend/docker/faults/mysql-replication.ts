/** Replication stopped, delayed and broken, on a node as a replica. */
import type { JsonObject } from "../../../core/json.ts";
import { seconds } from "../../../core/time.ts";
import type { ReplicationDelayed } from "../../../fault/mysql/replication-delayed.ts";
import type { ReplicationStopped } from "../../../fault/mysql/replication-stopped.ts";
import type { Receipt } from "../../../fault/receipt.ts";
import {
  delaySql,
  resumeReplicationSql,
  stopReplicationSql,
  type Threads,
} from "../../../mysql/administration.ts";
import {
  positionSql,
  quoteSql,
  readReplicationDetail,
  readReplicationRow,
  showReplicationSql,
  waitForPositionSql,
  WORKLOAD_SCHEMA,
  type ReplicationDetail,
  type ReplicationState,
} from "../../../mysql/dialect.ts";
import { sql, sqlRow, timed, type DockerNode } from "../node.ts";
import type { FaultContext, FaultDriver } from "./driver.ts";
import { lookUntil, rootTries, timedSql } from "./mysql-sql.ts";

const LOOKS = 100;
const CATCH_UP_SECONDS = 20;
/** ER_DUP_ENTRY. */
const DUPLICATE = 1062;

interface Status extends ReplicationState, ReplicationDetail {
  /** There is a row: the server is a replica. */
  readonly isReplica: boolean;
}

async function statusOf({ node, flavour }: FaultContext): Promise<Status> {
  const row = await sqlRow(node, showReplicationSql(flavour));
  const isReplica = Object.keys(row).length > 0;
  return { isReplica, ...readReplicationRow(row), ...readReplicationDetail(row) };
}

function asFacts(status: Status): JsonObject {
  return { ...status };
}

function words({ node }: FaultContext, status: Status): string {
  const { name } = node.spec;
  if (!status.isReplica) return `${name} is no replica`;
  const thread = (runs: boolean): string => (runs ? "runs" : "does not run");
  return (
    `on ${name} the receiver ${thread(status.receiverRunning)} and the applier ${thread(status.applierRunning)}` +
    (status.lastError === "" ? "" : `: ${status.lastError}`)
  );
}

async function awaitStatus(
  context: FaultContext,
  holds: (status: Status) => boolean,
  looks: number = LOOKS,
): Promise<Receipt> {
  const status = await lookUntil(() => statusOf(context), holds, looks);
  return { confirmed: holds(status), proof: words(context, status), facts: asFacts(status) };
}

/** The threads that are meant run, or none of them does. */
function run(threads: Threads, runs: boolean): (status: Status) => boolean {
  return (status) =>
    status.isReplica &&
    (threads === "applier" || (status.receiverRunning === runs && (runs || !status.connecting))) &&
    (threads === "receiver" || status.applierRunning === runs);
}

export function stopReplicationDriver({ thread }: ReplicationStopped): FaultDriver {
  const ran = run(thread, true);
  return {
    look: async (context) => asFacts(await statusOf(context)),
    act: ({ node, flavour }) => timedSql(node, stopReplicationSql(flavour, thread)),
    prove: (context, before) =>
      ran(before as unknown as Status)
        ? awaitStatus(context, run(thread, false), 1)
        : Promise.resolve(notBefore(context, before)),
    heal: async (context) => {
      const healed = await timedSql(context.node, resumeReplicationSql(context.flavour, thread));
      return { ...healed, receipt: await awaitStatus(context, ran) };
    },
  };
}

export function delayReplicationDriver({ delayUs }: ReplicationDelayed): FaultDriver {
  const wanted = delayUs / seconds(1);
  let earlier = 0;
  const delayed = (by: number): ((status: Status) => boolean) => {
    const runs = run("applier", true);
    return (status) => runs(status) && status.delaySeconds === by;
  };
  const change = (context: FaultContext, by: number): ReturnType<typeof timedSql> =>
    timedSql(context.node, delaySql(context.flavour, by));
  return {
    look: async (context) => {
      const status = await statusOf(context);
      earlier = status.delaySeconds;
      return asFacts(status);
    },
    act: (context) => change(context, wanted),
    prove: async (context, before) => {
      const status = before as unknown as Status;
      if (!status.isReplica || !status.applierRunning) return notBefore(context, before);
      if (status.delaySeconds !== wanted)
        return withDelay(await awaitStatus(context, delayed(wanted), 1));
      const proof = `${context.node.spec.name} applied ${wanted} s late before the fault`;
      return { confirmed: false, proof, facts: before };
    },
    heal: async (context) => {
      const healed = await change(context, earlier);
      return { ...healed, receipt: withDelay(await awaitStatus(context, delayed(earlier))) };
    },
  };
}

function withDelay(receipt: Receipt): Receipt {
  return {
    ...receipt,
    proof: `${receipt.proof}; SQL_Delay is ${Number(receipt.facts["delaySeconds"])} s`,
  };
}

function notBefore(context: FaultContext, before: JsonObject): Receipt {
  const proof = `before the fault: ${words(context, before as unknown as Status)}`;
  return { confirmed: false, proof, facts: before };
}

export function breakReplicationDriver(): FaultDriver {
  return {
    look: async (context) => asFacts(await statusOf(context)),
    act: async (context) => {
      const { node } = context;
      const insert = `INSERT INTO ${WORKLOAD_SCHEMA}.markers VALUES (${rowOf(context)})`;
      const source = sourceOf(context);
      if (source === undefined) return timed(node.host, "true");
      await rootTries(node, `SET SESSION sql_log_bin = 0; ${insert};`);
      return timedSql(source, `${insert};`);
    },
    prove: async (context, before) => {
      if (!run("both", true)(before as unknown as Status)) return notBefore(context, before);
      const { said } = await rootTries(
        context.node,
        `SELECT COUNT(*) FROM ${WORKLOAD_SCHEMA}.markers WHERE name = ${rowOf(context)}`,
      );
      // Without the row there is nothing to wait for.
      return awaitStatus(
        context,
        ({ applierErrno, applierRunning }) => applierErrno === DUPLICATE && !applierRunning,
        said === "1" ? LOOKS : 1,
      );
    },
    heal: async (context) => {
      const { node, flavour } = context;
      const remove = `DELETE FROM ${WORKLOAD_SCHEMA}.markers WHERE name = ${rowOf(context)}`;
      const resume = resumeReplicationSql(flavour, "applier");
      const healed = await timedSql(node, `SET SESSION sql_log_bin = 0; ${remove}; ${resume}`);
      return { ...healed, receipt: await proveCaughtUp(context) };
    },
  };
}

/** Replica and source know the row by the same key. */
function rowOf({ handle }: FaultContext): string {
  return quoteSql(`broken-${handle}`.slice(0, 64));
}

function sourceOf({ node, nodes, topology }: FaultContext): DockerNode | undefined {
  const edge = topology.replication.find(({ replica }) => replica === node.spec.name);
  return nodes.find(({ spec }) => spec.name === edge?.source);
}

async function proveCaughtUp(context: FaultContext): Promise<Receipt> {
  const { node, flavour } = context;
  const running = await awaitStatus(context, run("both", true));
  const source = sourceOf(context);
  if (!running.confirmed || source === undefined) return running;
  const position = (await sql(source, positionSql(flavour))).trim();
  const waited = await sql(
    node,
    waitForPositionSql(flavour, position, CATCH_UP_SECONDS),
    (CATCH_UP_SECONDS + 10) * 1000,
  );
  const confirmed = waited.trim() === "0";
  const caught = confirmed
    ? "it has caught up"
    : `it did not catch up within ${CATCH_UP_SECONDS} s`;
  return { ...running, confirmed, proof: `${running.proof}; ${caught}` };
}
