/**
 * Small histories, tersely: `history().settled().holds("db1", 0).fault(MYSQLD_KILLED, 2).events()`.
 *
 * Times are seconds from the start of the run, as they are read in a test. Each method adds what such
 * a fact leaves behind in a real history, and no more; what is not said did not happen.
 */
import { milliseconds, seconds } from "../core/time.ts";
import type { Fault } from "../fault/fault.ts";
import { sequence } from "../history/codec.ts";
import type {
  CopyRows,
  Event,
  EventBody,
  Phase,
  ReplicationEvent,
  TimedEvent,
} from "../history/events.ts";
import type { Action, Lane, Outcome } from "../workload/workload.ts";
import { VIP, VRID } from "./topology.ts";

/** Identity of a node's server, as the health probe and every answer give it. */
export function serverOf(node: string): string {
  return `uuid-${node}`;
}

export function macOf(node: string): string {
  return `02:42:c6:12:07:${node.slice(-1).padStart(2, "0")}`;
}

const ADDRESSES: Readonly<Record<string, string>> = { db1: "198.18.7.11", db2: "198.18.7.12" };
const NODES = ["db1", "db2"] as const;

const OBSERVERS = [
  "netlink at db1",
  "netlink at db2",
  "packets at db1",
  "packets at db2",
  "packets at segment",
  "client",
];

/** When a settled history has settled: the disturbance begins here. */
export const SETTLED_SECONDS = 1;

export interface FaultOptions {
  readonly step?: string;
  readonly node?: string;
  readonly action?: "inject" | "heal";
  /** `true` unless said otherwise; `"missing"` leaves no receipt at all. */
  readonly confirmed?: boolean | "missing";
}

export interface OperationOptions {
  readonly lane?: Lane;
  readonly outcome?: Outcome;
  /** Node that answered; also the one whose server committed a write. */
  readonly node?: string;
  readonly write?: number;
  /** Reads: the highest number of the lane that the server had. */
  readonly read?: number;
  /** When it was asked; 5 ms before its end unless said. */
  readonly invokedSeconds?: number;
}

export interface HistoryBuilder {
  /** Any fact at all. */
  add(atSeconds: number, body: EventBody): HistoryBuilder;
  phase(phase: Phase, beginSeconds: number, endSeconds?: number): HistoryBuilder;
  /** Steady state proven, observers watching, both mysqld up; `disturb` begins at 1 s. */
  settled(): HistoryBuilder;
  /** From the end of `disturb`: copies of what was acknowledged, final addresses, nothing left. */
  collected(atSeconds: number): HistoryBuilder;
  /** The VIP on a node, until it is removed or for good. */
  holds(node: string, fromSeconds: number, untilSeconds?: number): HistoryBuilder;
  /** A gratuitous ARP request for the VIP, seen on the segment. */
  announces(node: string, atSeconds: number): HistoryBuilder;
  advert(node: string, atSeconds: number, priority: number, seenAt?: string): HistoryBuilder;
  /** A TCP handshake answered from the VIP. */
  answers(node: string, atSeconds: number): HistoryBuilder;
  mysqld(
    node: string,
    atSeconds: number,
    state: "up" | "down" | "unresponsive",
    options?: { readonly writable?: boolean; readonly notBeforeSeconds?: number },
  ): HistoryBuilder;
  fault(fault: Fault, atSeconds: number, options?: FaultOptions): HistoryBuilder;
  step(step: string, atSeconds: number, met?: boolean): HistoryBuilder;
  write(atSeconds: number, options?: OperationOptions): HistoryBuilder;
  read(atSeconds: number, options?: OperationOptions): HistoryBuilder;
  /** A write every 100 ms on the fresh lane, and a read just before each. */
  traffic(node: string, fromSeconds: number, untilSeconds: number): HistoryBuilder;
  replication(atSeconds: number, state?: Partial<ReplicationEvent>): HistoryBuilder;
  /** The machine was late by that much in the second before. */
  late(atSeconds: number, lateMs: number): HistoryBuilder;
  log(node: string, atSeconds: number, text: string): HistoryBuilder;
  copy(node: string, rows: readonly CopyRows[], atSeconds: number): HistoryBuilder;
  events(): Event[];
}

export function history(): HistoryBuilder {
  const facts: TimedEvent[] = [];
  const counts = { op: 0, write: new Map<Lane, number>() };

  const operation = (action: Action, atSeconds: number, options: OperationOptions): void => {
    const { lane = "fresh", outcome = "ok", node = "db1" } = options;
    counts.op += 1;
    const op = counts.op;
    const invoke = { kind: "invoke", op, lane, action } as const;
    const before = counts.write.get(lane) ?? 0;
    const write = options.write ?? before + 1;
    if (action === "write") counts.write.set(lane, Math.max(before, write));
    const invokedSeconds = options.invokedSeconds ?? atSeconds - 0.005;
    builder.add(invokedSeconds, action === "write" ? { ...invoke, write } : invoke);
    builder.add(atSeconds, {
      kind: "complete",
      op,
      lane,
      action,
      outcome,
      ...(outcome === "ok" ? { server: serverOf(node) } : { error: "ECONNREFUSED" }),
      ...(options.read === undefined ? {} : { read: options.read }),
    });
  };

  const builder: HistoryBuilder = {
    add: (atSeconds, body) => {
      facts.push({ ...body, tUs: seconds(atSeconds) });
      return builder;
    },
    phase: (phase, beginSeconds, endSeconds) => {
      builder.add(beginSeconds, { kind: "phase", phase, edge: "begin" });
      if (endSeconds !== undefined) builder.add(endSeconds, { kind: "phase", phase, edge: "end" });
      return builder;
    },
    settled: () => {
      builder.phase("settle", 0, SETTLED_SECONDS);
      for (const observer of OBSERVERS) {
        builder.add(0, { kind: "observer", observer, state: "watching" });
      }
      for (const [sender, seenAt] of [
        ["db1", "db2"],
        ["db2", "db1"],
      ] as const) {
        builder.add(0.4, { kind: "multicast-probe", sender, seenAt });
      }
      builder.replication(0.6);
      for (const node of NODES) builder.mysqld(node, 0.7, "up");
      builder.add(0.7, { kind: "clock", wallMinusMonotonicUs: 1_795_244_421_696_350 });
      return builder.phase("disturb", SETTLED_SECONDS);
    },
    collected: (atSeconds) => {
      const rows = acknowledgedRows(facts);
      const holders = holdersOf(facts);
      builder.add(atSeconds - 0.3, { kind: "phase", phase: "disturb", edge: "end" });
      builder.add(atSeconds - 0.2, { kind: "clock", wallMinusMonotonicUs: 1_795_244_421_696_390 });
      builder.add(atSeconds - 0.15, { kind: "observer", observer: "client", state: "ended" });
      builder.phase("quiesce", atSeconds - 0.2, atSeconds - 0.1).replication(atSeconds - 0.1);
      builder.phase("collect", atSeconds, atSeconds + 0.5);
      for (const node of NODES) {
        const own = ADDRESSES[node] ?? "";
        const addresses = holders.has(node) ? [own, VIP] : [own];
        builder.add(atSeconds + 0.1, { kind: "address-dump", node, addresses });
        builder.copy(node, rows, atSeconds + 0.2);
      }
      const nothing = { containers: [], networks: [], volumes: [] };
      return builder.add(atSeconds + 1, { kind: "leftovers", ...nothing });
    },
    holds: (node, fromSeconds, untilSeconds) => {
      const address = { kind: "address", node, interface: "eth0", address: VIP } as const;
      builder.add(fromSeconds, { ...address, action: "added" });
      if (untilSeconds !== undefined) builder.add(untilSeconds, { ...address, action: "removed" });
      return builder;
    },
    announces: (node, atSeconds) =>
      builder.add(atSeconds, {
        kind: "arp",
        seenAt: "segment",
        operation: "request",
        gratuitous: true,
        senderMac: macOf(node),
        sender: node,
        senderAddress: VIP,
        targetAddress: VIP,
      }),
    advert: (node, atSeconds, priority, seenAt = "segment") =>
      builder.add(atSeconds, {
        kind: "advert",
        seenAt,
        sender: node,
        source: ADDRESSES[node] ?? "",
        vrid: VRID,
        priority,
        addresses: [VIP],
      }),
    answers: (node, atSeconds) =>
      builder.add(atSeconds, { kind: "tcp", flag: "syn-ack", vip: VIP, sender: node }),
    mysqld: (node, atSeconds, state, options = {}) =>
      builder.add(atSeconds, {
        kind: "mysqld",
        node,
        state,
        ...(state === "up" ? { writable: options.writable ?? true, server: serverOf(node) } : {}),
        notBeforeUs: seconds(options.notBeforeSeconds ?? atSeconds),
      }),
    fault: (fault, atSeconds, options = {}) => {
      const { step = "fault", node = "db1", action = "inject", confirmed = true } = options;
      const about = { step, node, action } as const;
      builder.add(atSeconds, { kind: "fault", fault, ...about, edge: "begin" });
      builder.add(atSeconds + 0.01, { kind: "fault", fault, ...about, edge: "end" });
      if (confirmed === "missing") return builder;
      const receipt = { confirmed, proof: confirmed ? "it is gone" : "it is there", facts: {} };
      return builder.add(atSeconds + 0.02, { kind: "receipt", ...about, receipt });
    },
    step: (step, atSeconds, met = true) =>
      builder.add(atSeconds, {
        kind: "step",
        step,
        met,
        waitedFor: "the VIP to be on another node, and only there",
        waitedUs: 0,
      }),
    write: (atSeconds, options = {}) => {
      operation("write", atSeconds, options);
      return builder;
    },
    read: (atSeconds, options = {}) => {
      operation("read", atSeconds, options);
      return builder;
    },
    traffic: (node, fromSeconds, untilSeconds) => {
      const ticks = Math.floor((untilSeconds - fromSeconds) * 10);
      for (let tick = 0; tick < ticks; tick += 1) {
        const atSeconds = fromSeconds + tick / 10;
        builder.read(atSeconds + 0.01, { node }).write(atSeconds + 0.02, { node });
      }
      return builder;
    },
    replication: (atSeconds, state = {}) => {
      for (const [source, replica] of [
        ["db1", "db2"],
        ["db2", "db1"],
      ] as const) {
        builder.add(atSeconds, {
          kind: "replication",
          replica,
          source,
          receiverRunning: true,
          applierRunning: true,
          caughtUp: true,
          lastError: "",
          ...state,
        });
      }
      return builder;
    },
    late: (atSeconds, lateMs) =>
      builder.add(atSeconds, {
        kind: "jitter",
        lateUs: milliseconds(lateMs),
        spanUs: seconds(1),
      }),
    log: (node, atSeconds, text) =>
      builder.add(atSeconds, { kind: "log", node, program: "Keepalived_vrrp", text }),
    copy: (node, rows, atSeconds) => builder.add(atSeconds, { kind: "copy", node, rows }),
    events: () => sequence(facts),
  };
  return builder;
}

/** What the tables hold when every acknowledged write arrived everywhere and no other one did. */
function acknowledgedRows(facts: readonly TimedEvent[]): CopyRows[] {
  const ended = new Map(
    facts.flatMap((fact) => (fact.kind === "complete" ? [[fact.op, fact] as const] : [])),
  );
  return facts.flatMap((fact) => {
    if (fact.kind !== "invoke" || fact.write === undefined) return [];
    const end = ended.get(fact.op);
    if (end?.outcome !== "ok") return [];
    const range = [fact.write, fact.write] as const;
    return [{ lane: fact.lane, server: end.server ?? "", ranges: [range] }];
  });
}

function holdersOf(facts: readonly TimedEvent[]): Set<string> {
  const holders = new Set<string>();
  for (const fact of facts.toSorted((a, b) => a.tUs - b.tUs)) {
    if (fact.kind !== "address" || fact.address !== VIP) continue;
    if (fact.action === "added") holders.add(fact.node);
    else holders.delete(fact.node);
  }
  return holders;
}
