/**
 * A cluster on the bench for tests: real servers, replication and clients on a network that is three
 * switches per node and a holder of the VIP.
 */
import { present } from "../../../core/assert.ts";
import { randomStream } from "../../../core/random.ts";
import { milliseconds, type Us } from "../../../core/time.ts";
import type { EventBody, TimedEvent, TimedEventOf } from "../../../history/events.ts";
import { defaultWorkload, type Workload } from "../../../workload/workload.ts";
import { EventQueue } from "../clock.ts";
import type { Meeting } from "../database.ts";
import type { EdgeSpec } from "../mysql/replication.ts";
import { MysqlServer, type ServerFlavour, type ServerSettings } from "../mysql/server.ts";
import { Traffic, type TrafficOptions } from "./traffic.ts";
import { CLIENT, type TrafficSegment } from "./wire.ts";

export const VIP = "198.18.7.100";
const NAMES = ["db1", "db2"] as const;
const ADDRESSES: ReadonlyMap<string, string> = new Map([
  ["db1", "198.18.7.11"],
  ["db2", "198.18.7.12"],
]);

export interface BenchOptions {
  readonly flavour?: ServerFlavour;
  readonly settings?: Readonly<Record<string, Partial<ServerSettings>>>;
  readonly semiSync?: EdgeSpec["semiSync"] | null;
  readonly edges?: readonly EdgeSpec[];
  readonly workload?: Partial<Workload>;
  readonly seed?: number;
  readonly stretches?: boolean;
  /** Replication as behind directors, though all clients here go to the holder. */
  readonly spread?: boolean;
  /** The network says when it changes. */
  readonly versioned?: boolean;
}

export class BenchNetwork implements TrafficSegment {
  holder: string | undefined = "db1";
  parks = false;
  version?: number;
  private readonly cut = new Set<string>();
  private readonly servers: ReadonlyMap<string, MysqlServer>;

  constructor(servers: ReadonlyMap<string, MysqlServer>, versioned: boolean) {
    this.servers = servers;
    if (versioned) this.version = 0;
  }

  moveVip(holder: string | undefined): void {
    this.holder = holder;
    this.touch();
  }

  cutOff(node: string, off: boolean): void {
    if (off) this.cut.add(node);
    else this.cut.delete(node);
    this.touch();
  }

  touch(): void {
    if (this.version !== undefined) this.version += 1;
  }

  connect(_from: string, address: string): Meeting {
    const own = NAMES.find((name) => ADDRESSES.get(name) === address);
    const node = address === VIP ? this.holder : own;
    if (node === undefined) return { kind: "silence", ...(this.parks ? { parked: true } : {}) };
    if (this.cut.has(node)) return { kind: "silence" };
    return this.servers.get(node)?.listening() === true
      ? { kind: "open", node }
      : { kind: "refused", node };
  }

  continue(from: string, address: string): Meeting {
    return this.connect(from, address);
  }

  passes(from: string, to: string): boolean {
    return from === to || !(this.cut.has(from) || this.cut.has(to)) || to === CLIENT;
  }
}

export interface Bench {
  readonly clock: EventQueue;
  readonly network: BenchNetwork;
  readonly traffic: Traffic;
  server(node: string): MysqlServer;
  /** Lets the world run to that time. */
  until(tUs: Us): void;
  at(tUs: Us, act: () => void): void;
  /** Stops the clients and lets them end. */
  finish(): void;
  events(): TimedEvent[];
  only<K extends EventBody["kind"]>(kind: K): TimedEventOf<K>[];
  rows(node: string): Map<string, string>;
}

function topologyOf(options: BenchOptions): TrafficOptions["topology"] {
  const semiSync = options.semiSync ?? undefined;
  const extra = semiSync === undefined ? {} : { semiSync };
  return {
    vip: VIP,
    spread: options.spread ?? false,
    nodes: NAMES.map((name) => ({ name, address: present(ADDRESSES.get(name), name) })),
    replication: options.edges ?? [
      { source: "db1", replica: "db2", ...extra },
      { source: "db2", replica: "db1", ...extra },
    ],
  };
}

/** Servers up and replicating at time 0; the clients start one millisecond later. */
export function bench(options: BenchOptions = {}): Bench {
  const clock = new EventQueue();
  const seed = options.seed ?? 1;
  const servers = new Map(
    NAMES.map((node, index) => [
      node as string,
      new MysqlServer({
        node,
        flavour: options.flavour ?? "mysql-9.7",
        serverUuid: `uuid-${node}`,
        settings: {
          autoIncrementOffset: index + 1,
          autoIncrementIncrement: 2,
          ...options.settings?.[node],
        },
        clock,
        random: randomStream(seed, `mysqld ${node}`),
      }),
    ]),
  );
  const network = new BenchNetwork(servers, options.versioned ?? false);
  const recorded: TimedEvent[] = [];
  const traffic = new Traffic({
    topology: topologyOf(options),
    // Twice as dense as a drill's, so that a few seconds show much.
    workload: { ...defaultWorkload, cadenceUs: milliseconds(10), ...options.workload },
    servers,
    network,
    seed,
    clock,
    record: (tUs, body) => recorded.push({ ...body, tUs }),
    ...(options.stretches === undefined ? {} : { stretches: options.stretches }),
  });
  clock.onAdvance = (tUs) => {
    traffic.advanceTo(tUs);
  };
  for (const server of servers.values()) server.start();
  clock.runUntil(STARTED_US);
  traffic.start(STARTED_US);
  const events = (): TimedEvent[] =>
    [...traffic.expandRefusals(), ...recorded, ...traffic.expand()].sort((a, b) => a.tUs - b.tUs);
  return {
    clock,
    network,
    traffic,
    server: (node) => present(servers.get(node), node),
    until: (tUs) => {
      clock.runUntil(tUs);
    },
    at: (tUs, act) => {
      clock.at(tUs, act);
    },
    finish: () => {
      traffic.stop(clock.nowUs());
      clock.runUntil(clock.nowUs() + END_BOUND_US);
    },
    events,
    only: (kind) =>
      events().filter((event): event is TimedEventOf<typeof kind> => event.kind === kind),
    rows: (node) => rowsOf(traffic, node),
  };
}

/** Both servers have started and found each other by then. */
export const STARTED_US: Us = 3_000_000;
const END_BOUND_US: Us = 5_000_000;

/** `lane#number` to the committing server, as one node's copy has it. */
function rowsOf(traffic: Traffic, node: string): Map<string, string> {
  const names = new Map<string, string>();
  const copy = traffic.copies().find((event) => event.node === node);
  for (const { lane, server, ranges } of copy?.rows ?? []) {
    for (const [first, last] of ranges) {
      for (let seq = first; seq <= last; seq += 1) names.set(`${lane}#${seq}`, server);
    }
  }
  return names;
}
