/**
 * Everything a run can say happened, as one union of timed facts.
 *
 * `tUs` counts from the start of the run on the engine's kernel clock. `seq` is the position in the
 * history and the name by which findings cite an event.
 */
import type { JsonObject } from "../core/json.ts";
import type { Us } from "../core/time.ts";
import type { Fault } from "../fault/fault.ts";
import type { Receipt } from "../fault/receipt.ts";
import type { Action, Lane, Outcome } from "../workload/workload.ts";

export type Phase = "prepare" | "settle" | "disturb" | "heal" | "quiesce" | "collect" | "dismantle";

export interface PhaseEvent {
  readonly kind: "phase";
  readonly phase: Phase;
  readonly edge: "begin" | "end";
}

/** One step of the schedule reached its time or condition; `met` is false when the bound ran out. */
export interface StepEvent {
  readonly kind: "step";
  readonly step: string;
  readonly met: boolean;
  readonly waitedFor: string;
  readonly waitedUs: Us;
}

/** `begin` is taken just before, `end` just after the effect, both on the clock of the node. */
export interface FaultEvent {
  readonly kind: "fault";
  readonly step: string;
  readonly fault: Fault;
  readonly node: string;
  readonly action: "inject" | "heal";
  readonly edge: "begin" | "end";
}

export interface ReceiptEvent {
  readonly kind: "receipt";
  readonly step: string;
  readonly node: string;
  readonly action: "inject" | "heal";
  readonly receipt: Receipt;
}

/** From netlink in the node. `dump` marks what was read in one go, not seen to change. */
export interface AddressEvent {
  readonly kind: "address";
  readonly node: string;
  readonly interface: string;
  readonly address: string;
  readonly action: "added" | "removed";
}

export interface AddressDumpEvent {
  readonly kind: "address-dump";
  readonly node: string;
  readonly addresses: readonly string[];
}

export interface LinkEvent {
  readonly kind: "link";
  readonly node: string;
  readonly interface: string;
  readonly up: boolean;
}

/** A VRRP advertisement as captured at a node or at the observer (`segment`). */
export interface AdvertEvent {
  readonly kind: "advert";
  readonly seenAt: string;
  /** Node that sent it, by source address; absent for a stranger. */
  readonly sender?: string;
  readonly source: string;
  readonly vrid: number;
  readonly priority: number;
  readonly addresses: readonly string[];
}

export interface ArpEvent {
  readonly kind: "arp";
  readonly seenAt: string;
  readonly operation: "request" | "reply";
  /** Sender and target address are the same: an announcement. */
  readonly gratuitous: boolean;
  readonly senderMac: string;
  readonly sender?: string;
  readonly senderAddress: string;
  readonly targetAddress: string;
}

/** What a host of the segment believes about who has an address; from netlink there. */
export interface NeighbourEvent {
  readonly kind: "neighbour";
  /** `client` or a node. */
  readonly at: string;
  readonly address: string;
  /** Absent when the entry failed or was removed. */
  readonly mac?: string;
  /** Node with that MAC address; absent for a stranger. */
  readonly node?: string;
  /** The kernel's word: REACHABLE, STALE, DELAY, PROBE, FAILED, deleted ... */
  readonly state: string;
}

/** A mail that the sink of the test network accepted. */
export interface MailEvent {
  readonly kind: "mail";
  /** Node that delivered it, by address. */
  readonly sender?: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  /** The first 2,000 characters. */
  readonly body: string;
}

/** One run of a monitor of the topology, on its end. */
export interface MonitorEvent {
  readonly kind: "monitor";
  readonly monitor: string;
  readonly exitCode: number;
  /** The first 2,000 characters of what it printed. */
  readonly output: string;
  readonly beganUs: Us;
}

/** The machine under the cluster was late: a timer of ours went off that much after its time. */
export interface JitterEvent {
  readonly kind: "jitter";
  /** A node with a kernel of its own, which is late by itself. Absent: the observer's timer. */
  readonly node?: string;
  /** Worst lateness within the span that ends now. */
  readonly lateUs: Us;
  readonly spanUs: Us;
}

/** The multicast probe of `settle`, as seen by another node. */
export interface MulticastProbeEvent {
  readonly kind: "multicast-probe";
  readonly seenAt: string;
  readonly sender: string;
}

/** A handshake packet between a client and the VIP, as captured at the client. */
export interface TcpEvent {
  readonly kind: "tcp";
  readonly flag: "syn" | "syn-ack" | "rst";
  readonly vip: string;
  /** Node that sent the answer, by its MAC address. */
  readonly sender?: string;
}

export interface LogEvent {
  readonly kind: "log";
  readonly node: string;
  readonly program: string;
  readonly text: string;
}

export interface InvokeEvent {
  readonly kind: "invoke";
  readonly op: number;
  readonly lane: Lane;
  readonly action: Action;
  /** Writes: the sequence number that is written. */
  readonly write?: number;
}

export interface CompleteEvent {
  readonly kind: "complete";
  readonly op: number;
  readonly lane: Lane;
  readonly action: Action;
  readonly outcome: Outcome;
  /** Identity of the server that answered. */
  readonly server?: string;
  /** Reads: the highest sequence number of this lane that the server had. */
  readonly read?: number;
  readonly error?: string;
}

/** What a node's mysqld says at its own address. `notBeforeUs` bounds when the change happened. */
export interface MysqldEvent {
  readonly kind: "mysqld";
  readonly node: string;
  readonly state: "up" | "down" | "unresponsive";
  readonly writable?: boolean;
  readonly server?: string;
  readonly notBeforeUs: Us;
}

export interface ReplicationEvent {
  readonly kind: "replication";
  readonly replica: string;
  readonly source: string;
  readonly receiverRunning: boolean;
  /** The receiver does not run, and keeps trying: nobody stopped it. */
  readonly connecting?: boolean;
  readonly applierRunning: boolean;
  readonly caughtUp: boolean;
  readonly lastError: string;
}

export interface IpvsServer {
  readonly address: string;
  readonly port: number;
  readonly weight: number;
  /** ipvsadm(8): direct routing, tunnelling, masquerading; `local` is the node itself. */
  readonly forwarding: "route" | "tunnel" | "masq" | "local";
}

export interface IpvsService {
  readonly address: string;
  readonly port: number;
  /** `rr`, `wrr` ... */
  readonly scheduler: string;
  /** Absent without persistence. */
  readonly persistenceUs?: Us;
  readonly servers: readonly IpvsServer[];
}

/** A node's IPVS table, whenever it was found to have changed, and once at the beginning. */
export interface IpvsEvent {
  readonly kind: "ipvs";
  readonly node: string;
  readonly services: readonly IpvsService[];
  /** When it was last found to be as before: the change is not older. At the beginning, the event's own time. */
  readonly notBeforeUs: Us;
}

/** One node's copy of the workload table: which writes it has, by lane and committing server. */
export interface CopyEvent {
  readonly kind: "copy";
  readonly node: string;
  readonly rows: readonly CopyRows[];
  /** Generated keys of the rows that not every copy has alike. */
  readonly keys?: readonly CopyKey[];
  /** Why the copy could not be read; its rows are then unknown, not absent. */
  readonly unreadable?: string;
}

/** Lane, sequence number, generated key. */
export type CopyKey = readonly [Lane, number, number];

export interface CopyRows {
  readonly lane: Lane;
  readonly server: string;
  /** Inclusive runs of sequence numbers. */
  readonly ranges: readonly (readonly [number, number])[];
}

/** Offset between the wall clock and the monotonic clock of the engine's kernel, once in a while. */
export interface ClockEvent {
  readonly kind: "clock";
  readonly wallMinusMonotonicUs: Us;
}

/** What the sweep found after dismantling: nothing, when all is well. */
export interface LeftoverEvent {
  readonly kind: "leftovers";
  readonly containers: readonly string[];
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
}

/** An observer started, stopped or was lost: what was not watched cannot be judged. */
export interface ObserverEvent {
  readonly kind: "observer";
  readonly observer: string;
  readonly state: "watching" | "ended" | "lost";
  readonly detail?: JsonObject;
}

export type EventBody =
  | PhaseEvent
  | StepEvent
  | FaultEvent
  | ReceiptEvent
  | AddressEvent
  | AddressDumpEvent
  | LinkEvent
  | AdvertEvent
  | ArpEvent
  | NeighbourEvent
  | MailEvent
  | MonitorEvent
  | JitterEvent
  | MulticastProbeEvent
  | TcpEvent
  | LogEvent
  | InvokeEvent
  | CompleteEvent
  | MysqldEvent
  | ReplicationEvent
  | IpvsEvent
  | CopyEvent
  | ClockEvent
  | LeftoverEvent
  | ObserverEvent;

/** A fact with its time, before it has a place in the history. */
export type TimedEvent = EventBody & { readonly tUs: Us };

export type TimedEventOf<K extends EventBody["kind"]> = Extract<TimedEvent, { kind: K }>;

export type Event = TimedEvent & { readonly seq: number };

export type EventOf<K extends EventBody["kind"]> = Extract<Event, { kind: K }>;

/** Narrows a history to one kind. Asked again and again of the same history, so it is sorted once. */
export function only<K extends EventBody["kind"]>(
  events: readonly Event[],
  kind: K,
): readonly EventOf<K>[] {
  let index = indexes.get(events);
  if (index === undefined) {
    index = { indexed: 0, byKind: new Map() };
    indexes.set(events, index);
  }
  // A history that is still being written grows at its end.
  for (; index.indexed < events.length; index.indexed += 1) {
    const event = events[index.indexed];
    if (event === undefined) break;
    const alike = index.byKind.get(event.kind);
    if (alike === undefined) index.byKind.set(event.kind, [event]);
    else alike.push(event);
  }
  return (index.byKind.get(kind) ?? []) as EventOf<K>[];
}

interface KindIndex {
  indexed: number;
  readonly byKind: Map<EventBody["kind"], Event[]>;
}

const indexes = new WeakMap<readonly Event[], KindIndex>();
