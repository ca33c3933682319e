/** Databases and clients of the simulated world, as the cluster asks for them. */
import { present } from "../../core/assert.ts";
import { randomStream } from "../../core/random.ts";
import { milliseconds, type Us } from "../../core/time.ts";
import type { CopyEvent, EventBody, ReplicationEvent, TimedEvent } from "../../history/events.ts";
import type { MysqlAnswer, MysqlRequest } from "../../shell/host.ts";
import { onlyRouter, type ResolvedTopology } from "../../topology/resolve.ts";
import type { Workload } from "../../workload/workload.ts";
import { Traffic } from "./client/traffic.ts";
import { CLIENT, type TrafficSegment } from "./client/wire.ts";
import type { Clock } from "./clock.ts";
import type { Meeting } from "./database.ts";
import type { SimulatedImage } from "./images.ts";
import { MysqlServer } from "./mysql/server.ts";
import { serverSettings } from "./mysql/settings.ts";
import type { Segment } from "./network.ts";
import { query } from "./query.ts";
import type { ReplicaFacts, ServerFacts } from "../../shell/sql.ts";

const MYSQL_PORT = 3306;

export interface SimTrafficOptions {
  readonly topology: ResolvedTopology;
  readonly workload: Workload;
  readonly image: SimulatedImage;
  readonly seed: number;
  readonly clock: Clock;
  readonly network: Segment;
  readonly record: (tUs: Us, body: EventBody) => void;
}

export class SimTraffic {
  private readonly options: SimTrafficOptions;
  private readonly servers: ReadonlyMap<string, MysqlServer>;
  private readonly traffic: Traffic;
  private loaded = false;

  constructor(options: SimTrafficOptions) {
    const { topology, image, seed, clock, network, record } = options;
    this.options = options;
    this.servers = new Map(
      topology.nodes.flatMap((node) => {
        if (node.mysql === undefined) return [];
        const server = new MysqlServer({
          node: node.name,
          flavour: image.server,
          serverUuid: identityOf(image, node.mysql.serverId),
          settings: serverSettings(node.mysql),
          clock,
          random: randomStream(seed, `mysqld ${node.name}`),
        });
        return [[node.name, server] as const];
      }),
    );
    this.traffic = new Traffic({
      topology: {
        vip: present(onlyRouter(topology).vips[0], "VIP").address,
        nodes: topology.nodes,
        spread: topology.nodes.filter(({ realServer }) => realServer !== undefined).length > 1,
        replication: topology.replication.map((edge) => {
          const semiSync = topology.nodes.find(({ name }) => name === edge.source)?.mysql?.semiSync;
          if (semiSync === undefined) return edge;
          return { ...edge, semiSync: { ackTimeoutUs: milliseconds(semiSync.timeoutMs) } };
        }),
      },
      workload: options.workload,
      servers: this.servers,
      network: this.network(network),
      seed,
      record,
      clock,
    });
  }

  /** Before the load begins there is no client, and nobody asks for the VIP. */
  private network(segment: Segment): TrafficSegment {
    const silence = { kind: "silence" } as const;
    const isLoaded = (): boolean => this.loaded;
    const isClient = (from: string): boolean => from === CLIENT && !isLoaded();
    return {
      get version() {
        return isLoaded() ? segment.version + 1 : segment.version;
      },
      get lossy() {
        return segment.lossy;
      },
      connect: (from, address, port) =>
        isClient(from) ? silence : segment.connect(from, address, port),
      continue: (from, address, port, node) =>
        isClient(from) ? silence : segment.continue(from, address, port, node),
      passes: (from, to) => segment.passes(from, to),
      get routed() {
        return segment.routed;
      },
      follow: (flow, packet, node, nowUs, count) =>
        isClient(flow.from) ? silence : segment.follow(flow, packet, node, nowUs, count),
      returns: (node, address, to) => segment.returns(node, address, to),
    };
  }

  server(node: string): MysqlServer | undefined {
    return this.servers.get(node);
  }

  /**
   * A check's connection in the listen queue of who answered: a process that does not accept keeps it there, though its client
   * has gone. False: the queue is full, and the SYN is dropped (`tcp_ipv4.c:tcp_v4_syn_recv_sock`, `sk_acceptq_is_full`).
   */
  queues(meeting: Meeting, port: number): boolean {
    const server = meeting.kind === "open" ? this.servers.get(meeting.node) : undefined;
    if (server === undefined || port !== MYSQL_PORT || server.answers()) return true;
    this.traffic.catchUp();
    if (!server.takesHandshake()) return false;
    server.sessions.add({ accepted: false, gone: true, unread: false, lost: () => undefined });
    return true;
  }

  advanceTo(tUs: Us): void {
    this.traffic.advanceTo(tUs);
  }

  startReplication(): void {
    this.traffic.startReplication();
  }

  startLoad(): void {
    this.loaded = true;
    this.traffic.start(this.options.clock.nowUs());
  }

  /** Reads and writes through the VIP have been answered. */
  flows(): boolean {
    return (["read", "write"] as const).every(
      (action) =>
        this.traffic.lastAcknowledged("fresh", action) !== undefined ||
        this.traffic.lastAcknowledged("held", action) !== undefined,
    );
  }

  /** What an administrator does to replication. */
  get replication(): Pick<
    Traffic,
    | "replica"
    | "delayReplica"
    | "delayOf"
    | "collide"
    | "mend"
    | "semiSyncStatus"
    | "enableSemiSync"
  > {
    return this.traffic;
  }

  stopLoad(): void {
    this.traffic.stop(this.options.clock.nowUs());
  }

  loadEnded(): boolean {
    return this.traffic.isEnded();
  }

  caughtUp(): boolean {
    return this.traffic.caughtUp();
  }

  /** Both threads run on every edge, and every replica has what its source has. */
  replicates(): boolean {
    return this.replicationStates().every(
      (state) => state.receiverRunning && state.applierRunning && state.caughtUp,
    );
  }

  copies(): readonly CopyEvent[] {
    return this.traffic.copies();
  }

  replicationStates(): readonly ReplicationEvent[] {
    return this.options.topology.replication.map(({ source, replica }) =>
      this.traffic.replicationState(source, replica),
    );
  }

  /** Of those that were computed in one go, the events that come before recorded ones of their moment. */
  expandRefusals(): Iterable<TimedEvent> {
    return this.traffic.expandRefusals();
  }

  /** Facts that were computed in one go, made into events. */
  expand(): Iterable<TimedEvent> {
    return this.traffic.expand();
  }

  /** All that was computed in one go since the last call. */
  drain(): Iterable<TimedEvent> {
    return this.traffic.drain();
  }

  private factsOf(server: MysqlServer): ServerFacts {
    const { topology, image } = this.options;
    const state = this.replicationStates().find(({ replica }) => replica === server.node);
    const node = topology.nodes.find(({ name }) => name === server.node);
    const source = topology.nodes.find(({ name }) => name === state?.source);
    return {
      version: image.mysqld,
      hostname: server.node,
      serverId: node?.mysql?.serverId ?? 0,
      port: 3306,
      readOnly: server.readOnly,
      superReadOnly: server.superReadOnly,
      uptimeSeconds: 60,
      threadsConnected: server.sessions.size,
      maxConnections: server.maxConnections,
      logFile: "binlog.000001",
      logPosition: 4,
      replica: state === undefined ? undefined : replicaFacts(state, source?.address ?? ""),
    };
  }

  query(node: string, request: MysqlRequest): MysqlAnswer {
    return query(
      {
        connect: (from, address, port) => {
          const { network } = this.options;
          return network.connect(from, network.addressOf(address) ?? address, port);
        },
        server: (name) => this.servers.get(name),
        facts: (server) => this.factsOf(server),
      },
      node,
      request,
    );
  }
}

/** Ports, positions and errors that the model does not keep are those of a server without trouble. */
function replicaFacts(state: ReplicationEvent, sourceHost: string): ReplicaFacts {
  const running = state.receiverRunning && state.applierRunning;
  return {
    sourceHost,
    sourcePort: 3306,
    ioRunning: state.receiverRunning ? "Yes" : state.connecting === true ? "Connecting" : "No",
    sqlRunning: state.applierRunning ? "Yes" : "No",
    secondsBehind: running ? 0 : null,
    lastIoErrno: state.connecting === true && state.lastError !== "" ? 2003 : 0,
    lastIoError: state.connecting === true ? state.lastError : "",
    lastSqlErrno: state.applierRunning || state.lastError === "" ? 0 : 1062,
    lastSqlError: state.applierRunning ? "" : state.lastError,
    sourceLogFile: "binlog.000001",
    readPosition: 4,
    executedPosition: 4,
  };
}

/** What the server calls itself: a UUID, or a text around its number on MariaDB (`mysql/dialect.ts`). */
function identityOf(image: SimulatedImage, serverId: number): string {
  if (image.flavour === "mariadb") return `server-id-${serverId}`;
  return `00000000-0000-4000-8000-${serverId.toString(16).padStart(12, "0")}`;
}
