/**
 * All replication of a cluster: edges from source to replica, and who waits for an acknowledgement.
 *
 * Semi-synchronous (MySQL manual 19.4.10, AFTER_SYNC): the source answers its client when one replica
 * has the transaction in its relay log, or after the timeout; it then goes on without waiting until a
 * replica has caught up.
 *
 * Left out: several appliers, channels by filter, purged binary logs, STOP REPLICA UNTIL, a replica that
 * skips or rewrites transactions, flow control, visibility of a transaction before its acknowledgement,
 * more acknowledgements than one, network bandwidth.
 */
import { present } from "../../../core/assert.ts";
import type { Us } from "../../../core/time.ts";
import type { CopyEvent, CopyKey, ReplicationEvent } from "../../../history/events.ts";
import type { ReplicationEdge } from "../../../topology/topology.ts";
import type { Clock, Timer } from "../clock.ts";
import { ROUND_TRIP_US } from "../client/costs.ts";
import { ACK_TIMEOUT_US } from "./costs.ts";
import { Edge, type EdgeWorld } from "./edge.ts";
import type { MysqlServer } from "./server.ts";

export interface EdgeSpec extends ReplicationEdge {
  readonly semiSync?: { readonly ackTimeoutUs?: Us };
  readonly applyDelayUs?: Us;
}

export interface ReplicationOptions {
  readonly edges: readonly EdgeSpec[];
  readonly servers: ReadonlyMap<string, MysqlServer>;
  readonly agenda: Clock;
  readonly seed: number;
  readonly spread?: boolean;
  passes(from: string, to: string): boolean;
  addressOf(node: string): string;
  /** For who watches replication from outside. */
  readonly onThreads?: (edge: Edge) => void;
}

interface Waiter {
  readonly gno: number;
  readonly release: () => void;
  readonly timer: Timer;
}

interface SemiSync {
  readonly timeoutUs: Us;
  readonly replicas: Edge[];
  /** The setting; what the file says is in force again after every start. */
  enabled: boolean;
  /** Commits wait. */
  on: boolean;
  waiters: Waiter[];
}

export class Replication implements EdgeWorld {
  readonly agenda: Clock;
  readonly seed: number;
  readonly spread: boolean;
  readonly edges: readonly Edge[];
  private readonly options: ReplicationOptions;
  private readonly semiSyncs = new Map<MysqlServer, SemiSync>();
  private readonly lives = new Map<MysqlServer, number>();

  constructor(options: ReplicationOptions) {
    this.options = options;
    this.agenda = options.agenda;
    this.seed = options.seed;
    this.spread = options.spread ?? false;
    this.edges = options.edges.map((spec, index) => this.makeEdge(spec, index));
  }

  passes(from: string, to: string): boolean {
    return this.options.passes(from, to);
  }

  addressOf(node: string): string {
    return this.options.addressOf(node);
  }

  edge(source: string, replica: string): Edge {
    return present(
      this.edges.find((edge) => edge.source.node === source && edge.replica.node === replica),
      `replication ${source} to ${replica}`,
    );
  }

  sync(fromUs: Us, toUs: Us): void {
    for (const edge of this.edges) edge.sync(fromUs, toUs);
  }

  /** A server's process may have ended, begun or gone on. */
  serverChanged(server: MysqlServer): void {
    const semiSync = this.semiSyncs.get(server);
    if (server.state() === "down" && semiSync !== undefined) {
      for (const waiter of semiSync.waiters) waiter.timer.cancel();
      semiSync.waiters = [];
    }
    const began = server.state() === "up" && this.lives.get(server) !== server.starts;
    if (began && semiSync !== undefined) {
      semiSync.enabled = true;
      semiSync.on = true;
    }
    for (const edge of this.edges) {
      if (edge.replica !== server) continue;
      if (server.state() === "down" || !server.listening()) edge.replicaDied();
      else if (began) edge.start();
      else edge.kick();
    }
    if (began) this.lives.set(server, server.starts);
  }

  executed(server: MysqlServer): void {
    for (const edge of this.edges) {
      if (edge.source !== server) continue;
      for (const origin of server.origins()) edge.offer(origin, server.executed(origin));
    }
  }

  received(edge: Edge, gno: number): void {
    const semiSync = this.semiSyncs.get(edge.source);
    if (semiSync?.replicas.includes(edge) !== true) return;
    this.agenda.after(ROUND_TRIP_US, () => {
      if (semiSync.enabled && gno >= edge.source.ledger.count()) semiSync.on = true;
      const done = semiSync.waiters.filter((waiter) => waiter.gno <= gno);
      if (done.length === 0) return;
      semiSync.waiters = semiSync.waiters.filter((waiter) => waiter.gno > gno);
      for (const waiter of done) {
        waiter.timer.cancel();
        waiter.release();
      }
    });
  }

  /** Calls back when the source may answer the client that committed it. */
  whenAcknowledged(server: MysqlServer, gno: number, release: () => void): void {
    const semiSync = this.semiSyncs.get(server);
    if (semiSync?.on !== true) {
      release();
      return;
    }
    const timer = this.agenda.after(semiSync.timeoutUs, () => {
      goOnWithout(semiSync);
    });
    semiSync.waiters.push({ gno, release, timer });
  }

  /** `Rpl_semi_sync_source_status`; absent when it was not asked for. */
  semiSyncStatus(server: MysqlServer): "ON" | "OFF" | undefined {
    const semiSync = this.semiSyncs.get(server);
    if (semiSync === undefined) return undefined;
    return semiSync.on ? "ON" : "OFF";
  }

  /** `SET GLOBAL rpl_semi_sync_source_enabled`: off lets those go on who wait, on is in force at once. */
  enableSemiSync(server: MysqlServer, enabled: boolean): void {
    const semiSync = this.semiSyncs.get(server);
    if (semiSync === undefined) return;
    semiSync.enabled = enabled;
    if (enabled) semiSync.on = true;
    else goOnWithout(semiSync);
  }

  threadsChanged(edge: Edge): void {
    this.options.onThreads?.(edge);
  }

  /** Edges whose receipt a commit on the server waits for; nothing when it does not wait. */
  awaited(server: MysqlServer): readonly Edge[] {
    const semiSync = this.semiSyncs.get(server);
    return semiSync?.on === true ? semiSync.replicas.filter((edge) => edge.isLive()) : [];
  }

  /**
   * Until then writes on this server alone, or none at all, can be carried in one go: every edge is live
   * or inert, nobody waits, and no edge passes on what came from elsewhere. An edge that will try to
   * connect is inert until then.
   */
  calmUntilUs(holder: MysqlServer | undefined): Us {
    for (const [source, semiSync] of this.semiSyncs) {
      if (semiSync.waiters.length > 0) return Number.NEGATIVE_INFINITY;
      if (source !== holder || !semiSync.enabled) continue;
      const live = semiSync.replicas.some((edge) => edge.isLive());
      if (semiSync.on !== live) return Number.NEGATIVE_INFINITY;
    }
    let untilUs = Number.POSITIVE_INFINITY;
    for (const edge of this.edges) {
      if (edge.isInert()) untilUs = Math.min(untilUs, edge.connectsUs ?? Number.POSITIVE_INFINITY);
      else if (!edge.isLive()) return Number.NEGATIVE_INFINITY;
      else if (holder !== undefined && edge.source !== holder && edge.replica !== holder) {
        return Number.NEGATIVE_INFINITY;
      }
    }
    return untilUs;
  }

  /** The server has committed up to there in a calm stretch. */
  carry(holder: MysqlServer, firstCommitUs: Us, live: readonly Edge[]): void {
    for (const edge of this.edges) {
      if (edge.source === holder)
        edge.skipTo(holder.ledger.count(), live.includes(edge), firstCommitUs);
    }
  }

  state(source: string, replica: string): ReplicationEvent {
    const edge = this.edge(source, replica);
    if (edge.source.answers() && edge.replica.answers()) return edge.state();
    const socket =
      "Can't connect to local MySQL server through socket '/run/mysqld/mysqld.sock' (2)";
    const dead = edge.replica.answers() ? edge.source.node : edge.replica.node;
    return {
      kind: "replication",
      replica,
      source,
      receiverRunning: false,
      applierRunning: false,
      caughtUp: false,
      lastError: `${dead}: ERROR 2002 (HY000): ${socket}`,
    };
  }

  caughtUp(): boolean {
    return this.edges.every((edge) => edge.caughtUp());
  }

  private makeEdge(spec: EdgeSpec, index: number): Edge {
    const source = present(this.options.servers.get(spec.source), `server ${spec.source}`);
    const replica = present(this.options.servers.get(spec.replica), `server ${spec.replica}`);
    source.isSource = true;
    replica.isReplica = true;
    const edge = new Edge(this, index, source, replica);
    edge.applyDelayUs = spec.applyDelayUs ?? 0;
    if (spec.semiSync !== undefined) {
      const timeoutUs = spec.semiSync.ackTimeoutUs ?? ACK_TIMEOUT_US;
      const semiSync = this.semiSyncs.get(source) ?? {
        timeoutUs,
        replicas: [],
        enabled: true,
        on: true,
        waiters: [],
      };
      semiSync.replicas.push(edge);
      this.semiSyncs.set(source, semiSync);
    }
    return edge;
  }
}

/** The source stops waiting, for those who wait already as well. */
function goOnWithout(semiSync: SemiSync): void {
  semiSync.on = false;
  const { waiters } = semiSync;
  semiSync.waiters = [];
  for (const waiter of waiters) {
    waiter.timer.cancel();
    waiter.release();
  }
}

/** The copies of the table, as `collect` reads them. */
export function copiesOf(servers: readonly MysqlServer[]): CopyEvent[] {
  const read = servers.filter((server) => server.answers());
  return servers.map((server) => {
    const keys = read.includes(server) ? keysNotEverywhere(server, read) : [];
    return { ...copyOf(server), ...(keys.length === 0 ? {} : { keys }) };
  });
}

/** A row is one thing wherever it is: what differs is how many rows of an origin a server has. */
function keysNotEverywhere(server: MysqlServer, all: readonly MysqlServer[]): CopyKey[] {
  return [...server.origins()].flatMap((origin) => {
    const everywhere = Math.min(...all.map((other) => other.executed(origin)));
    const count = server.executed(origin) - everywhere;
    return Array.from({ length: count }, (_, index): CopyKey => {
      const { lane, seq, id } = origin.ledger.row(everywhere + 1 + index);
      return [lane, seq, id];
    });
  });
}

/** One node's copy, by lane, then by committing server. */
export function copyOf(server: MysqlServer): CopyEvent {
  if (!server.answers()) {
    const unreadable = `ERROR 2002 (HY000): Can't connect to local MySQL server through socket '/run/mysqld/mysqld.sock' (2)`;
    return { kind: "copy", node: server.node, rows: [], unreadable };
  }
  const rows = [...server.origins()].flatMap((origin) =>
    origin.ledger.rows(server.executed(origin), origin.serverUuid),
  );
  const key = (row: (typeof rows)[number]): string => `${row.lane}\t${row.server}`;
  return {
    kind: "copy",
    node: server.node,
    rows: rows.toSorted((a, b) => (key(a) < key(b) ? -1 : 1)),
  };
}
