/**
 * Connections of the simulated client: handshake by the kernel, greeting and answers by the process,
 * retransmission, deadlines, and the error codes that Node and mysql2 give for each way to fail.
 *
 * Surroundings hold still between two events of the world; what they are is asked once (`refresh`) and
 * kept, unless the network says that it rolls dice for each packet.
 *
 * Left out: window and segment sizes, FIN that is lost, answers sent again after the VIP was away and
 * came back, the RST that Linux sends for unread answers of a client that gave up, EHOSTUNREACH (the
 * kernel reports it after 3 s without an ARP answer; deadlines are shorter).
 */
import { present } from "../../../core/assert.ts";
import type { Us } from "../../../core/time.ts";
import type { EventBody } from "../../../history/events.ts";
import type { Clock } from "../clock.ts";
import type { Flow, Meeting, Packet, TrafficNetwork } from "../database.ts";
import type { MysqlServer, Session } from "../mysql/server.ts";
import {
  CROWD_SHARE,
  CROWD_US,
  DATA_AGAIN_US,
  QUESTION_AGAIN_US,
  ROUND_TRIP_US,
  SYN_AGAIN_US,
} from "./costs.ts";
import { Deadlines } from "./deadlines.ts";
import type { Answering, Opening } from "./timeline.ts";

/** What the traffic model may be told beyond the contract, all of it optional. */
export interface TrafficSegment extends TrafficNetwork {
  /** Changes whenever an answer of the network could change; without it the network is asked each time. */
  readonly version?: number;
  /** Answers are drawn for each packet (loss): nothing may be kept or computed in one go. */
  readonly lossy?: boolean;
  /** Directors pick a server for each connection at the VIP: packets are asked about one by one, by the two that follow. */
  readonly routed?: boolean;
  /** Packets of one connection, so many at once; `node` is who has it by now. */
  follow?(flow: Flow, packet: Packet, node: string | undefined, nowUs: Us, count?: number): Meeting;
  /** What the node sends from the address gets there. */
  returns?(node: string, address: string, to: string): boolean;
}

/**
 * A router on the way (a node that forwards, as containers do) keeps the packet until it learns the
 * address: it arrives as soon as somebody announces it.
 */
type Silence = Extract<Meeting, { kind: "silence" }> & { readonly parked?: boolean };

export interface WireOptions {
  readonly agenda: Clock;
  readonly network: TrafficSegment;
  readonly vip: string;
  readonly nodes: readonly { readonly name: string; readonly address: string }[];
  readonly servers: ReadonlyMap<string, MysqlServer>;
  readonly record: (tUs: Us, body: EventBody) => void;
}

export const CLIENT = "client";
export const PORT = 3306;
/** Linux's own range for a client's ports (`ip_local_port_range`), gone through in order. */
const SOURCE_PORTS: readonly [least: number, count: number] = [32768, 28232];
/** After the SYN: the acknowledgement of the server's, and the login. */
const LOGIN_PACKETS = 2;
/** Index of the VIP among the targets; the nodes' own addresses follow. */
export const VIP_TARGET = 0;

/** mysql2 3.24, `_addCommandClosedState`: it has no code, so its text is reported. */
const CLOSED_STATE = "Can't add new command when connection is in closed state";

interface Passage {
  readonly from: string;
  readonly to: string;
  readonly passes: boolean;
}

/** All answers of the network that hold for now. */
export interface View {
  readonly meetings: readonly Meeting[];
  readonly passing: Map<string, Passage>;
}

export class Wire {
  readonly agenda: Clock;
  readonly options: WireOptions;
  private readonly addresses: readonly string[];
  private seen: View = { meetings: [], passing: new Map() };
  private parked: (() => void)[] = [];
  private crowdFactor = 1;
  private crowdedUntilUs: Us = 0;
  private readonly stalled = new Map<MysqlServer, (() => void)[]>();
  private readonly waitingForLock = new Map<MysqlServer, (() => void)[]>();
  private readonly deadlines = new Map<Us, Deadlines>();
  private connections = 0;

  constructor(options: WireOptions) {
    this.options = options;
    this.agenda = options.agenda;
    this.addresses = [options.vip, ...options.nodes.map((node) => node.address)];
  }

  /** What the network says now, for all that is ever asked. True when it is not what it was. */
  refresh(): boolean {
    const { network } = this.options;
    const { meetings, passing } = this.seen;
    let newMeetings: Meeting[] | undefined;
    for (let index = 0; index < this.addresses.length; index += 1) {
      // Of a VIP behind directors there is no answer that holds for all
      if (index === VIP_TARGET && network.routed === true && meetings.length > 0) continue;
      const now = network.connect(CLIENT, this.addresses[index] ?? "", PORT);
      const before = meetings[index];
      if (before !== undefined && same(before, now)) continue;
      newMeetings ??= [...meetings];
      newMeetings[index] = now;
    }
    let newPassing: Map<string, Passage> | undefined;
    for (const [pair, { from, to, passes }] of passing) {
      const now = network.passes(from, to);
      if (now === passes) continue;
      newPassing ??= new Map(passing);
      newPassing.set(pair, { from, to, passes: now });
    }
    if (newMeetings === undefined && newPassing === undefined) return false;
    this.seen = { meetings: newMeetings ?? meetings, passing: newPassing ?? passing };
    return true;
  }

  /** What `refresh` found, to be shown again. */
  view(): View {
    return this.seen;
  }

  show(view: View): void {
    this.seen = view;
  }

  /** Packets that waited at a router may go on. */
  releaseParked(): void {
    const { parked } = this;
    this.parked = [];
    if (parked.length > 0) {
      this.crowdFactor = 1 + parked.length * CROWD_SHARE;
      this.crowdedUntilUs = this.agenda.nowUs() + parked.length * CROWD_US;
    }
    for (const resume of parked) resume();
  }

  /** Work of a server takes longer while all that had waited for it arrives at once. */
  worked(us: Us): Us {
    return this.isCrowded() ? Math.round(us * this.crowdFactor) : us;
  }

  isCrowded(): boolean {
    return this.agenda.nowUs() < this.crowdedUntilUs;
  }

  meet(target: number): Meeting {
    const { network } = this.options;
    if (network.lossy === true) {
      return network.connect(CLIENT, present(this.addresses[target], "target"), PORT);
    }
    return present(this.seen.meetings[target], `meeting of ${target}`);
  }

  /** As `meet`, for a packet of that connection. */
  meetWith(connection: Connection, packet: Packet, count = 1): Meeting {
    const { network } = this.options;
    if (!this.isRouted(connection)) return this.meet(connection.target);
    const { flow } = connection;
    const meeting = network.follow?.(flow, packet, connection.node(), this.agenda.nowUs(), count);
    return present(meeting, "what a packet meets");
  }

  /** What the connection's server sends gets to the client. */
  returns(connection: Connection): boolean {
    const node = connection.node();
    if (!this.isRouted(connection)) {
      const meeting = this.meet(connection.target);
      return meeting.kind !== "silence" && meeting.node === node;
    }
    const { network, vip } = this.options;
    return node !== undefined && network.returns?.(node, vip, CLIENT) === true;
  }

  isRouted({ target }: Connection): boolean {
    return target === VIP_TARGET && this.options.network.routed === true;
  }

  newFlow(target: number): Flow {
    const [least, count] = SOURCE_PORTS;
    const sourcePort = least + (this.connections % count);
    this.connections += 1;
    return { from: CLIENT, sourcePort, address: this.addresses[target] ?? "", port: PORT };
  }

  passes(from: string, to: string): boolean {
    const { network } = this.options;
    if (network.lossy === true) return network.passes(from, to);
    const pair = `${from} ${to}`;
    const known = this.seen.passing.get(pair);
    if (known !== undefined) return known.passes;
    const passes = network.passes(from, to);
    this.seen.passing.set(pair, { from, to, passes });
    return passes;
  }

  server(node: string): MysqlServer {
    return present(this.options.servers.get(node), `server of ${node}`);
  }

  /** Records a handshake packet of the VIP; those of other addresses are not captured. */
  packet(target: number, tUs: Us, flag: "syn" | "syn-ack" | "rst", sender?: string): void {
    if (target !== VIP_TARGET) return;
    const { vip, record, nodes } = this.options;
    // Of a stranger's packets nobody knows the sender.
    const known = nodes.some(({ name }) => name === sender);
    record(tUs, { kind: "tcp", flag, vip, ...(sender !== undefined && known ? { sender } : {}) });
  }

  park(resume: () => void): void {
    this.parked.push(resume);
  }

  /** Goes on when the process runs again; never, if it dies before. */
  stall(server: MysqlServer, resume: () => void): void {
    put(this.stalled, server, resume);
  }

  waitForLock(server: MysqlServer, resume: () => void): void {
    put(this.waitingForLock, server, resume);
  }

  serverChanged(server: MysqlServer): void {
    if (server.state() === "down" && !server.listening()) {
      this.stalled.delete(server);
      this.waitingForLock.delete(server);
      return;
    }
    if (!server.answers()) return;
    for (const session of server.sessions) {
      session.accepted = true;
      if (session.gone && session.waiting !== true) server.sessions.delete(session);
    }
    take(this.stalled, server);
    if (!server.locked) take(this.waitingForLock, server);
  }

  /** Calls `expire` then, unless the item is done by that time. */
  expire(durationUs: Us, item: { done: boolean; expire(): void }): void {
    let queue = this.deadlines.get(durationUs);
    if (queue === undefined) {
      queue = new Deadlines(this.agenda, durationUs);
      this.deadlines.set(durationUs, queue);
    }
    queue.push(item);
  }
}

export interface OpenRequest {
  readonly target: number;
  readonly opening: Opening;
  readonly deadlineUs: Us;
  /** The attempt began so long ago, and nothing came of it so far. */
  readonly elapsedUs?: Us;
  readonly ready: (connection: Connection) => void;
  readonly failed: (code: string) => void;
}

/** One TCP and MySQL connection, from its SYN to its end. */
export class Connection implements Session {
  accepted: boolean = false;
  gone: boolean = false;
  unread: boolean = false;
  waiting: boolean = false;
  /** The attempt has ended one way or the other. */
  done: boolean = false;
  isOpen: boolean = false;
  server: MysqlServer | undefined;
  readonly target: number;
  readonly flow: Flow;
  /** The server's end is closed. */
  serverGone: boolean = false;
  /** Told when an idle connection turns out to be closed. */
  onClosed: (() => void) | undefined;
  question: Question | undefined;
  readonly wire: Wire;
  private readonly request: OpenRequest;
  private life = 0;

  constructor(wire: Wire, request: OpenRequest) {
    this.wire = wire;
    this.request = request;
    this.target = request.target;
    this.flow = wire.newFlow(request.target);
    const elapsedUs = request.elapsedUs ?? 0;
    if (elapsedUs === 0) wire.expire(request.deadlineUs, this);
    else {
      wire.agenda.after(request.deadlineUs - elapsedUs, () => {
        if (!this.done) this.expire();
      });
    }
    wire.agenda.after(Math.max(0, request.opening.synUs - elapsedUs), () => {
      this.syn(0);
    });
  }

  /** Takes the attempt back as if it had never been made; nobody is told. */
  abandon(): void {
    this.done = true;
    this.server?.sessions.delete(this);
  }

  /** mysql2's own timer, set before that of our client, so its code is the one we see. */
  expire(): void {
    this.fail("ETIMEDOUT");
  }

  /** Sends a statement; `ended` is called once, with its answer or with how it failed. */
  ask(times: Answering, deadlineUs: Us, execute: Execute, ended: (answer: Answer) => void): void {
    new Question(this, times, execute, ended).send(deadlineUs);
  }

  /** The client gives the connection up. */
  close(): void {
    const { server, wire } = this;
    if (server !== undefined && !this.gone && wire.isRouted(this)) wire.meetWith(this, "fin");
    this.isOpen = false;
    this.done = true;
    this.gone = true;
    // A frozen process keeps its end until it runs again, and one that waits for a lock does not look.
    if (this.waiting && !this.serverGone) return;
    if (server !== undefined && (this.serverGone || server.answers())) server.sessions.delete(this);
  }

  lost(how: "fin" | "rst"): void {
    this.serverGone = true;
    if (!this.reaches()) return;
    const code = how === "rst" ? "ECONNRESET" : "PROTOCOL_CONNECTION_LOST";
    if (how === "rst") this.wire.packet(this.target, this.wire.agenda.nowUs(), "rst", this.node());
    this.wire.agenda.after(ROUND_TRIP_US / 2, () => {
      this.broken(code);
    });
  }

  /** The client learns that the connection is no more. */
  broken(code: string): void {
    if (!this.done) this.fail(code);
    else if (this.isOpen) {
      const { question } = this;
      this.isOpen = false;
      this.close();
      if (question !== undefined) question.finish({ kind: "broken", code });
      this.onClosed?.();
    }
  }

  /** Frames for the target get to the machine that this connection is with, and its answers come back. */
  reaches(): boolean {
    return this.wire.returns(this);
  }

  /** The process that took the connection still has it. */
  isKnown(): boolean {
    return !this.serverGone && this.server !== undefined && this.server.starts === this.life;
  }

  node(): string | undefined {
    return this.server?.node;
  }

  private syn(again: number): void {
    if (this.done) return;
    const { wire, target } = this;
    const nowUs = wire.agenda.nowUs();
    wire.packet(target, nowUs, "syn");
    this.arrive(again);
  }

  private arrive(again: number): void {
    const { wire, target, request } = this;
    const nowUs = wire.agenda.nowUs();
    const meeting = wire.meetWith(this, "syn");
    if (meeting.kind === "refused") {
      if (meeting.icmp !== true) {
        wire.packet(target, nowUs + ROUND_TRIP_US, "rst", meeting.node);
      }
      const { refusedUs, synUs } = request.opening;
      wire.agenda.after(Math.max(ROUND_TRIP_US, refusedUs - synUs), () => {
        this.fail("ECONNREFUSED");
      });
      return;
    }
    const server = meeting.kind === "open" ? wire.server(meeting.node) : undefined;
    if (server?.takesHandshake() === true) {
      wire.packet(target, nowUs + ROUND_TRIP_US, "syn-ack", server.node);
      this.server = server;
      this.life = server.starts;
      this.accepted = server.answers();
      server.sessions.add(this);
      // Of an attempt that began long ago, the greeting is overdue as well.
      const passedUs = Math.max(0, (request.elapsedUs ?? 0) - request.opening.synUs);
      this.greetLater(passedUs);
      return;
    }
    const silence = meeting as Silence;
    const againUs = SYN_AGAIN_US[again];
    let delivered = false;
    if (silence.parked === true) {
      wire.park(() => {
        if (this.done || delivered) return;
        delivered = true;
        this.arrive(again);
      });
    }
    if (againUs === undefined) return;
    wire.agenda.after(againUs, () => {
      if (delivered) return;
      delivered = true;
      this.syn(again + 1);
    });
  }

  private greetLater(passedUs: Us): void {
    const { readyUs, synUs } = this.request.opening;
    this.wire.agenda.after(this.wire.worked(Math.max(0, readyUs - synUs - passedUs)), () => {
      this.greet(DATA_AGAIN_US);
    });
  }

  /** The server's greeting and the client's authentication are through, if both still can. */
  private greet(againUs: Us): void {
    const { server, wire } = this;
    if (this.done || server === undefined || !this.isKnown()) return;
    const isDelivered = this.reaches() && this.logsIn();
    if (this.done) return;
    if (!isDelivered) {
      wire.agenda.after(againUs, () => {
        this.greet(againUs * 2);
      });
      return;
    }
    if (!server.answers()) {
      wire.stall(server, () => {
        this.greetLater(0);
      });
      return;
    }
    this.accepted = true;
    if (server.isFull()) {
      this.fail("ER_CON_COUNT_ERROR");
      return;
    }
    this.done = true;
    this.isOpen = true;
    this.request.ready(this);
  }

  /** What the client sends meanwhile gets to the server; a director that does not know the connection ends it. */
  private logsIn(): boolean {
    const { wire, target } = this;
    if (!wire.isRouted(this)) return true;
    const meeting = wire.meetWith(this, "data", LOGIN_PACKETS);
    if (meeting.kind === "silence") return false;
    if (meeting.node === this.node()) return true;
    wire.packet(target, wire.agenda.nowUs(), "rst", meeting.node);
    this.fail("ECONNRESET");
    return false;
  }

  private fail(code: string): void {
    if (this.done) return;
    this.close();
    this.request.failed(code);
  }
}

/** What the server made of a statement. */
export type Answer =
  | { readonly kind: "answered"; readonly server: string; readonly read: number | undefined }
  /** An SQL error: certainly without effect. */
  | { readonly kind: "refused"; readonly code: string }
  | { readonly kind: "broken"; readonly code: string };

/** Executes the statement; answers now or later through the callback. */
export type Execute = (
  server: MysqlServer,
  respond: (answer: Answer) => void,
  session: Session,
) => void;

/** A statement on its way, in execution, and its answer on the way back. */
class Question {
  done: boolean = false;
  private readonly connection: Connection;
  private readonly times: Answering;
  private readonly execute: Execute;
  private readonly ended: (answer: Answer) => void;

  constructor(
    connection: Connection,
    times: Answering,
    execute: Execute,
    ended: (answer: Answer) => void,
  ) {
    this.connection = connection;
    this.times = times;
    this.execute = execute;
    this.ended = ended;
  }

  send(deadlineUs: Us): void {
    const { connection } = this;
    const { wire } = connection;
    if (!connection.isOpen) {
      this.finish({ kind: "broken", code: CLOSED_STATE });
      return;
    }
    connection.question = this;
    wire.expire(deadlineUs, this);
    wire.agenda.after(this.times.arrivesUs, () => {
      this.arrive(0);
    });
  }

  expire(): void {
    this.finish({ kind: "broken", code: "DEADLINE" });
  }

  finish(answer: Answer): void {
    if (this.done) return;
    this.done = true;
    if (this.connection.question === this) this.connection.question = undefined;
    this.ended(answer);
  }

  /** Sent again so many times. */
  private arrive(resent: number): void {
    if (this.done) return;
    const { connection } = this;
    const { wire, target, server } = connection;
    const meeting = wire.meetWith(connection, "data");
    if (meeting.kind === "silence") {
      let delivered = false;
      const again = (next: number): void => {
        if (delivered) return;
        delivered = true;
        this.arrive(next);
      };
      if ((meeting as Silence).parked === true) {
        wire.park(() => {
          again(resent);
        });
      }
      wire.agenda.after(QUESTION_AGAIN_US * 2 ** Math.max(0, resent - 1), () => {
        again(resent + 1);
      });
      return;
    }
    if (meeting.node !== server?.node || !connection.isKnown()) {
      wire.packet(target, wire.agenda.nowUs() + ROUND_TRIP_US / 2, "rst", meeting.node);
      wire.agenda.after(ROUND_TRIP_US, () => {
        connection.broken("ECONNRESET");
      });
      return;
    }
    if (server.answers()) this.executeLater();
    else {
      connection.unread = true;
      wire.stall(server, () => {
        connection.unread = false;
        this.executeLater();
      });
    }
  }

  private executeLater(): void {
    const { arrivesUs, executedUs } = this.times;
    const { wire } = this.connection;
    wire.agenda.after(wire.worked(executedUs - arrivesUs), () => {
      this.run();
    });
  }

  /** The process executes what it has read, whether or not the client still waits. */
  private run(): void {
    const { connection } = this;
    const { wire, server } = connection;
    if (server === undefined || !connection.isKnown() || server.state() === "down") return;
    if (!server.answers()) {
      wire.stall(server, () => {
        this.run();
      });
      return;
    }
    this.execute(
      server,
      (answer) => {
        const { executedUs, doneUs } = this.times;
        wire.agenda.after(doneUs - executedUs, () => {
          this.answer(answer);
        });
      },
      connection,
    );
  }

  private answer(answer: Answer): void {
    const { connection } = this;
    const { wire, server } = connection;
    if (this.done || server === undefined || !connection.isKnown() || server.state() === "down") {
      return;
    }
    if (server.frozen) {
      wire.stall(server, () => {
        this.answer(answer);
      });
    } else if (connection.reaches()) this.finish(answer);
  }
}

function same(a: Meeting, b: Meeting): boolean {
  if (a.kind !== b.kind) return false;
  if (a.kind === "silence") return (a as Silence).parked === (b as Silence).parked;
  return b.kind !== "silence" && a.node === b.node;
}

function put<K>(map: Map<K, (() => void)[]>, key: K, item: () => void): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [item]);
  else list.push(item);
}

function take<K>(map: Map<K, (() => void)[]>, key: K): void {
  const list = map.get(key) ?? [];
  map.delete(key);
  for (const resume of list) resume();
}
