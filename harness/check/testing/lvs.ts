/**
 * An LVS pair for tests of checkers: directors lvs1 (100) and lvs2 (90) without MySQL, real servers db1 and db2
 * without keepalived, and a good history of it, which a test breaks in one way.
 */
import { milliseconds, seconds, type Us } from "../../core/time.ts";
import type { PlainFault } from "../../fault/fault.ts";
import { sequence } from "../../history/codec.ts";
import type {
  Event,
  EventBody,
  IpvsServer,
  IpvsService,
  TimedEvent,
} from "../../history/events.ts";
import type { KeepalivedVersion } from "../../keepalived/versions.ts";
import { resolveTopology, type ResolvedTopology } from "../../topology/resolve.ts";

export const VIP = "198.18.7.100";
export const ADDRESS = {
  lvs1: "198.18.7.11",
  lvs2: "198.18.7.12",
  db1: "198.18.7.21",
  db2: "198.18.7.22",
} as const;

export type Name = keyof typeof ADDRESS;

export interface LvsOptions {
  readonly weights?: Readonly<Record<"db1" | "db2", number>>;
  readonly scheduler?: string;
  /** Lines of the virtual server besides the usual ones. */
  readonly service?: string;
  /** Lines of each real server besides its weight. */
  readonly real?: string;
  /** Lines of the TCP_CHECK. */
  readonly check?: string;
  readonly delayLoop?: number;
  readonly version?: KeepalivedVersion;
  /** `back_log` of the real servers, in their settings. */
  readonly backLog?: number;
}

/** `delay_loop 2`, `retry 1`, `delay_before_retry 1`, `connect_timeout 1` unless said. */
export function lvsPair(options: LvsOptions = {}): ResolvedTopology {
  const { version, backLog } = options;
  const director = (name: "lvs1" | "lvs2", hostPart: number, priority: number) => ({
    name,
    hostPart,
    interface: "eth0",
    keepalived: confOf(priority, options),
    files: [],
    kernel: ["ip_vs"] as const,
  });
  const server = (name: "db1" | "db2", hostPart: number, serverId: number) => ({
    name,
    hostPart,
    interface: "eth0",
    mysql: {
      serverId,
      autoIncrementOffset: serverId,
      autoIncrementIncrement: 2,
      ...(backLog === undefined ? {} : { settings: [`back_log = ${backLog}`] }),
    },
    files: [],
    realServer: { vip: "vip", arp: "muted" as const },
  });
  return resolveTopology(
    {
      name: "lvs-dr",
      nodes: [
        director("lvs1", 11, 100),
        director("lvs2", 12, 90),
        server("db1", 21, 1),
        server("db2", 22, 2),
      ],
      vips: [{ name: "vip", hostPart: 100 }],
      vrids: ["VI_1"],
      replication: [
        { source: "db1", replica: "db2" },
        { source: "db2", replica: "db1" },
      ],
    },
    { subnetPrefix: "198.18.7", prefixLength: 24, vrids: [51] },
    version,
  );
}

function confOf(priority: number, options: LvsOptions): string {
  const { weights = { db1: 1, db2: 1 }, scheduler = "wrr", delayLoop = 2 } = options;
  const check = options.check ?? "connect_timeout 1\nretry 1\ndelay_before_retry 1";
  const real = (name: "db1" | "db2"): string => `real_server @{${name}.address} 3306 {
    weight ${weights[name]}
    ${options.real ?? ""}
    TCP_CHECK {
      ${check}
      connect_port 3306
    }
  }`;
  return `vrrp_instance VI_1 {
  state BACKUP
  interface eth0
  virtual_router_id @{VI_1.vrid}
  priority ${priority}
  advert_int 1
  virtual_ipaddress {
    @{vip}
  }
}
virtual_server @{vip} 3306 {
  delay_loop ${delayLoop}
  lb_algo ${scheduler}
  lb_kind DR
  protocol TCP
  ${options.service ?? ""}
  ${real("db1")}
  ${real("db2")}
}
`;
}

export const DIRECTORS = ["lvs1", "lvs2"] as const;
export const SERVERS = ["db1", "db2"] as const;

/** A table with these servers; weight 1 unless said. */
export function tableOf(
  servers: Readonly<Partial<Record<"db1" | "db2", number>>>,
  changes: Partial<IpvsService> = {},
): readonly IpvsService[] {
  const list = SERVERS.flatMap((name): IpvsServer[] => {
    const weight = servers[name];
    if (weight === undefined) return [];
    return [{ address: ADDRESS[name], port: 3306, weight, forwarding: "route" }];
  });
  return [{ address: VIP, port: 3306, scheduler: "wrr", servers: list, ...changes }];
}

export interface FaultAt {
  readonly step?: string;
  readonly action?: "inject" | "heal";
}

/** Nothing but what is said; times in seconds. */
export class LvsStory {
  private readonly facts: TimedEvent[] = [];
  private operations = 0;

  add(atSeconds: number, body: EventBody): this {
    this.facts.push({ ...body, tUs: at(atSeconds) });
    return this;
  }

  table(
    node: Name,
    atSeconds: number,
    services: readonly IpvsService[],
    notBefore: number = atSeconds - 0.01,
  ): this {
    return this.add(atSeconds, { kind: "ipvs", node, services, notBeforeUs: at(notBefore) });
  }

  log(node: Name, atSeconds: number, text: string): this {
    return this.add(atSeconds, { kind: "log", node, program: "Keepalived_healthcheckers", text });
  }

  fault(fault: PlainFault, node: Name, atSeconds: number, options: FaultAt = {}): this {
    const { step = "fault", action = "inject" } = options;
    const body = { kind: "fault", step, fault, node, action } as const;
    this.add(atSeconds, { ...body, edge: "begin" });
    return this.add(atSeconds + 0.01, { ...body, edge: "end" });
  }

  mysqld(node: Name, atSeconds: number, state: "up" | "down" | "unresponsive"): this {
    const up = state === "up" ? { writable: true, server: `uuid-${node}` } : {};
    const notBeforeUs = Math.max(0, at(atSeconds - 0.1));
    return this.add(atSeconds, { kind: "mysqld", node, state, ...up, notBeforeUs });
  }

  holds(node: Name, fromSeconds: number, untilSeconds?: number): this {
    const body = { kind: "address", node, interface: "eth0", address: VIP } as const;
    this.add(fromSeconds, { ...body, action: "added" });
    return untilSeconds === undefined
      ? this
      : this.add(untilSeconds, { ...body, action: "removed" });
  }

  /** Answers a question for the VIP. */
  answersArp(sender: Name | undefined, atSeconds: number): this {
    const last = sender === undefined ? "fe" : ADDRESS[sender].slice(-2);
    return this.add(atSeconds, {
      kind: "arp",
      seenAt: "segment",
      operation: "reply",
      gratuitous: false,
      senderMac: `02:42:c6:12:07:${last}`,
      ...(sender === undefined ? {} : { sender }),
      senderAddress: VIP,
      targetAddress: "198.18.7.250",
    });
  }

  /** A new connection: it is answered by a server, reads, writes. Without a server it fails. */
  connection(atSeconds: number, server?: string): this {
    this.operation("fresh", "read", atSeconds, server);
    if (server !== undefined) this.operation("fresh", "write", atSeconds + 0.003, server);
    return this;
  }

  /** An operation of the kept connection; without a server it fails. */
  held(atSeconds: number, server?: Name, error?: string): this {
    this.operation("held", "write", atSeconds, server, error);
    return this;
  }

  late(atSeconds: number, lateMs: number): this {
    const spanUs = seconds(1);
    return this.add(atSeconds, { kind: "jitter", lateUs: milliseconds(lateMs), spanUs });
  }

  events(): Event[] {
    return sequence(this.facts);
  }

  private operation(
    lane: "fresh" | "held",
    action: "read" | "write",
    atSeconds: number,
    server: string | undefined,
    error: string = "ECONNREFUSED",
  ): void {
    this.operations += 1;
    const about = { op: this.operations, lane, action } as const;
    const write = action === "write" ? { write: this.operations } : {};
    this.add(atSeconds, { kind: "invoke", ...about, ...write });
    const answer =
      server === undefined
        ? ({ outcome: "failed", error } as const)
        : ({ outcome: "ok", server: `uuid-${server}` } as const);
    this.add(atSeconds + 0.002, { kind: "complete", ...about, ...answer });
  }
}

function at(value: number): Us {
  return Math.round(seconds(value));
}

/** lvs1 has the VIP, both tables are complete, all servers are up; disturbed from 10 s to `until`. */
export function settledLvs(
  untilSeconds: number,
  services: readonly IpvsService[] = tableOf({ db1: 1, db2: 1 }),
): LvsStory {
  const story = new LvsStory()
    .add(0, { kind: "phase", phase: "settle", edge: "begin" })
    .add(10, { kind: "phase", phase: "disturb", edge: "begin" })
    .add(untilSeconds - 1, { kind: "phase", phase: "disturb", edge: "end" })
    .add(untilSeconds - 0.5, { kind: "phase", phase: "quiesce", edge: "begin" })
    .add(untilSeconds, { kind: "phase", phase: "collect", edge: "begin" })
    .add(untilSeconds + 0.5, { kind: "phase", phase: "collect", edge: "end" })
    .holds("lvs1", 4);
  for (const director of DIRECTORS) story.table(director, 1, services, 1);
  for (const server of SERVERS) story.mysqld(server, 0.9, "up");
  return story;
}
