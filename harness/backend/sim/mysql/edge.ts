/**
 * One replica reading from one source: its receiver and its applier. GTID auto-position: a transaction
 * that the replica has is never sent again, and what is missing is sent after any interruption.
 *
 * Time between two events of the world is handled in spans of constant surroundings: `sync` is told
 * each span before anything in it happens.
 */
import type { Us } from "../../../core/time.ts";
import type { ReplicationEvent } from "../../../history/events.ts";
import { isVipLane } from "../../../workload/workload.ts";
import { chance } from "../client/chance.ts";
import { DATA_AGAIN_US, SYN_AGAIN_US } from "../client/costs.ts";
import type { Clock, Timer } from "../clock.ts";
import {
  APPLY_ROW_US,
  APPLY_US,
  BATCH_ROWS,
  CATCH_UP_US,
  NET_TIMEOUT_US,
  RECEIVE_ROW_US,
  RECEIVE_US,
  RECONNECT_US,
  RETRY_US,
  STALL_SHARE,
  STALL_US,
  type Range,
} from "./costs.ts";
import type { Row } from "./ledger.ts";
import { keysAreDisjoint, type MysqlServer, type Session } from "./server.ts";
import { cannotConnect, duplicateKey, duplicateMarker, tooManyConnections } from "./words.ts";

/** What an edge sees of the world. */
export interface EdgeWorld {
  readonly agenda: Clock;
  readonly seed: number;
  /** Clients' connections go to several servers in turn. */
  readonly spread: boolean;
  passes(from: string, to: string): boolean;
  addressOf(node: string): string;
  /** A server has executed something: its replicas may want it. */
  executed(server: MysqlServer): void;
  /** A replica has received a source's own transactions up to there. */
  received(edge: Edge, gno: number): void;
  /** One of its threads began or ended. */
  threadsChanged(edge: Edge): void;
}

export type Receiver = "stopped" | "connecting" | "running";

/** A transaction of the source's own, after so many of the workload's, whose row the replica has already. */
interface Collision {
  readonly row: string;
  readonly after: number;
  readonly committedUs: Us;
  received: boolean;
}

const SECOND_US: Us = 1_000_000;
/** More than this in the relay log is worked off in passes, not row by row. */
const BACKLOG_ROWS = 20;

export class Edge {
  readonly source: MysqlServer;
  readonly replica: MysqlServer;
  readonly index: number;
  /** The applier waits until a transaction is this old (SOURCE_DELAY). */
  applyDelayUs: Us = 0;
  /** When the attempt that is under way comes to a connection, if nothing changes. */
  connectsUs: Us | undefined;
  private readonly world: EdgeWorld;
  private readonly got = new Map<MysqlServer, number>();
  private session: Session | undefined;
  /** Nothing gets through although the receiver believes in its connection. */
  private brokenSinceUs: Us | undefined;
  /** The first thing that the source could not get rid of meanwhile. */
  private unsentSinceUs: Us | undefined;
  /** The source does not know the connection any more and could not say so. */
  private orphaned = false;
  /** First SYN of the current attempt, or the time of the next one. */
  private attemptUs: Us = 0;
  private attempts = 0;
  private attemptIsSilent = false;
  private next: Timer | undefined;
  private pumping = false;
  private applying = false;
  /** A server that has just been started executes nothing of another before this. */
  private idleUntilUs: Us = 0;
  private caughtUpLife = 1;
  private underWay = 0;
  private lastReceiveUs: Us = 0;
  /** Counts connections: what was sent on an earlier one is lost. */
  private connection = 0;
  private applierError = "";
  private collision: Collision | undefined;
  private receiverIs: Receiver = "stopped";
  private applies = false;

  constructor(world: EdgeWorld, index: number, source: MysqlServer, replica: MysqlServer) {
    this.world = world;
    this.index = index;
    this.source = source;
    this.replica = replica;
  }

  get receiver(): Receiver {
    return this.receiverIs;
  }

  private set receiver(value: Receiver) {
    if (value === this.receiverIs) return;
    this.receiverIs = value;
    this.world.threadsChanged(this);
  }

  get applierRuns(): boolean {
    return this.applies;
  }

  private set applierRuns(value: boolean) {
    if (value === this.applies) return;
    this.applies = value;
    this.world.threadsChanged(this);
  }

  /** START REPLICA. */
  start(): void {
    this.startReceiver();
    this.startApplier();
  }

  /** STOP REPLICA. */
  stop(): void {
    this.stopReceiver();
    this.applierRuns = false;
    this.applierError = "";
  }

  startReceiver(): void {
    if (this.receiver !== "stopped" || !this.replica.answers()) return;
    this.beginConnecting(this.nowUs());
  }

  stopReceiver(): void {
    this.receiver = "stopped";
    this.forgetConnection();
  }

  startApplier(): void {
    this.applierError = "";
    this.applierRuns = this.replica.answers();
    this.kick();
  }

  stopApplier(): void {
    this.applierRuns = false;
  }

  /** The replica's process is gone: threads and what was read but not executed with it. */
  replicaDied(): void {
    this.stopReceiver();
    this.applierRuns = false;
    this.applying = false;
    this.applierError = "";
    this.got.clear();
    // The relay log is fetched anew.
    if (this.collision !== undefined) this.collision.received = false;
  }

  /** The source has just committed a row of that name, which somebody wrote on the replica before. */
  collide(row: string): void {
    const committedUs = this.nowUs();
    const after = this.source.ledger.count();
    this.collision = { row, after, committedUs, received: false };
    this.world.agenda.after(RECEIVE_US[1], () => {
      this.takeCollision();
    });
  }

  /** The row is removed from the replica, and the applier started. */
  mend(): void {
    this.collision = undefined;
    this.startApplier();
  }

  private takeCollision(): void {
    const { collision } = this;
    if (collision === undefined || collision.received) return;
    if (this.receiver !== "running" || !this.flows()) return;
    if (this.has(this.source) < collision.after) return;
    collision.received = true;
    this.kick();
  }

  /** Surroundings hold still in (fromUs, toUs]. */
  sync(fromUs: Us, toUs: Us): void {
    if (this.receiver === "running") this.watchConnection(fromUs, toUs);
    if (this.receiver === "connecting") this.watchAttempts(fromUs);
  }

  /** The source has something new, now. */
  offer(origin: MysqlServer, gno: number): void {
    if (this.receiver !== "running" || this.has(origin) >= gno || origin === this.replica) return;
    if (!this.flows() || this.next !== undefined) {
      this.unsentSinceUs ??= this.nowUs();
      return;
    }
    if (this.pumping) return;
    const row = origin.ledger.row(gno);
    const dueUs = Math.max(this.lastReceiveUs, this.nowUs() + this.receiveDelayUs(row));
    this.lastReceiveUs = dueUs;
    const { connection } = this;
    this.underWay += 1;
    this.world.agenda.at(dueUs, () => {
      if (connection !== this.connection) return;
      this.underWay -= 1;
      this.receive(origin, gno);
    });
  }

  /** From commit on the source to the replica's relay log. Even, see `timeline.ts`. */
  receiveDelayUs(row: Pick<Row, "lane" | "seq">): Us {
    const { index } = this;
    const stream = isVipLane(row.lane)
      ? 1000 + index * 2 + (row.lane === "fresh" ? 0 : 1)
      : 4000 + index;
    return 2 * Math.round(within(RECEIVE_US, chance(this.world.seed, stream, row.seq)) / 2);
  }

  /** Everything that passes, passes at once, and nothing is left to do. */
  isLive(): boolean {
    return (
      this.receiver === "running" &&
      this.brokenSinceUs === undefined &&
      this.flows() &&
      this.next === undefined &&
      this.underWay === 0 &&
      !this.pumping &&
      !this.applying &&
      this.applyDelayUs === 0 &&
      !this.replica.locked &&
      this.missing() === undefined &&
      (!this.applierRuns || (this.unapplied() === undefined && this.collision === undefined))
    );
  }

  /** Nothing happens here, before `connectsUs`, as long as the surroundings stay what they are. */
  isInert(): boolean {
    if (this.applying || this.underWay > 0) return false;
    switch (this.receiver) {
      case "stopped":
        return true;
      case "connecting":
        return this.canConnect() === (this.next !== undefined);
      case "running":
        return this.brokenSinceUs !== undefined && !this.flows() && this.next === undefined;
    }
  }

  /** A live edge carried the source's transactions up to there, or an inert one did not. */
  skipTo(gno: number, live: boolean, firstCommitUs: Us): void {
    if (live) {
      this.got.set(this.source, gno);
      if (this.applierRuns) this.replica.apply(this.source, gno);
    } else if (this.receiver === "running") this.unsentSinceUs ??= firstCommitUs;
  }

  state(): ReplicationEvent {
    return {
      kind: "replication",
      replica: this.replica.node,
      source: this.source.node,
      receiverRunning: this.receiver === "running",
      ...(this.receiver === "connecting" ? { connecting: true } : {}),
      applierRunning: this.applierRuns,
      caughtUp: this.caughtUp(),
      lastError: [this.receiverError(), this.applierError].filter(Boolean).join("; "),
    };
  }

  /** As `positionSql` asks: MySQL for all that the source has, MariaDB for what it wrote itself. */
  caughtUp(): boolean {
    const all = this.source.flavour === "mysql-9.7" ? [...this.source.origins()] : [this.source];
    return all.every((origin) => this.replica.executed(origin) >= this.source.executed(origin));
  }

  /** Works on what is in the relay log, if nothing hinders it. */
  kick(): void {
    if (this.applying || !this.applierRuns || !this.canApply()) return;
    if (this.nowUs() < this.idleUntilUs) return;
    if (this.stopsAtCollision()) return;
    const origin = this.unapplied();
    if (origin === undefined) return;
    const from = this.replica.executed(origin);
    const waiting = this.reachOf(origin) - from;
    const rows =
      waiting > BACKLOG_ROWS && this.applyDelayUs === 0 ? Math.min(waiting, BATCH_ROWS) : 1;
    const share = chance(this.world.seed, 2000 + this.index, from + 1);
    const ownUs = rows === 1 ? within(APPLY_US, share) : rows * APPLY_ROW_US;
    const costUs = ownUs + this.stallUs(from + 1);
    const delayedUs = this.delayedUs(origin.ledger.row(from + 1).committedUs);
    this.applying = true;
    const { replica } = this;
    const life = replica.starts;
    this.world.agenda.at(Math.max(this.nowUs() + costUs, delayedUs), () => {
      if (life !== replica.starts) return;
      this.applying = false;
      if (this.applierRuns && this.canApply()) this.apply(origin, from + rows);
    });
  }

  private stallUs(gno: number): Us {
    if (!this.world.spread) return 0;
    const share = chance(this.world.seed, 5000 + this.index, gno) / STALL_SHARE;
    return share < 1 ? Math.round(STALL_US[0] * (STALL_US[1] / STALL_US[0]) ** share) : 0;
  }

  /** After a start of the replica, at its first connection; `starts` counts the first start too, when there is nothing to catch up with. */
  private idleAfterStart(): void {
    const { replica, world } = this;
    if (!world.spread || replica.starts <= this.caughtUpLife) return;
    this.caughtUpLife = replica.starts;
    this.idleUntilUs =
      this.nowUs() + within(CATCH_UP_US, chance(world.seed, 6000 + this.index, replica.starts));
    world.agenda.at(this.idleUntilUs, () => {
      this.kick();
    });
  }

  /**
   * When a delayed applier goes on with a transaction that it looks at now. Both servers count in whole
   * seconds, MySQL rounds the time of the commit up and MariaDB down, and both sleep whole seconds from
   * now, so that the part of a second that was over stays on top. Measured with 2 s: 2.6 to 3.5 s on MySQL 9.7.4, 1.5
   * to 2.4 s on MariaDB 11.8.6, each transaction as this rule says.
   */
  private delayedUs(committedUs: Us): Us {
    const nowUs = this.nowUs();
    if (this.applyDelayUs === 0) return nowUs;
    const round = this.replica.flavour === "mysql-9.7" ? Math.ceil : Math.floor;
    const endUs = round(committedUs / SECOND_US) * SECOND_US + this.applyDelayUs;
    const beganUs = Math.floor(nowUs / SECOND_US) * SECOND_US;
    return beganUs >= endUs ? nowUs : nowUs + (endUs - beganUs);
  }

  /** Of a server's transactions that are in the relay log, the applier gets to this one. */
  private reachOf(origin: MysqlServer): number {
    const { collision } = this;
    const isBefore = collision?.received === true && origin === this.source;
    return isBefore ? Math.min(this.has(origin), collision.after) : this.has(origin);
  }

  /** It is the colliding transaction's turn. */
  private stopsAtCollision(): boolean {
    const { collision, replica, source } = this;
    if (collision?.received !== true || replica.executed(source) < collision.after) return false;
    const dueUs = this.delayedUs(collision.committedUs);
    if (this.nowUs() < dueUs) {
      this.applying = true;
      const life = replica.starts;
      this.world.agenda.at(dueUs, () => {
        if (life !== replica.starts) return;
        this.applying = false;
        this.kick();
      });
      return true;
    }
    this.applierError = duplicateMarker(replica.flavour, source, collision);
    this.applierRuns = false;
    return true;
  }

  /** The applier's commits wait like anybody's; the receiver goes on. */
  private canApply(): boolean {
    return this.replica.answers() && !this.replica.locked;
  }

  private apply(origin: MysqlServer, upTo: number): void {
    const from = this.replica.executed(origin);
    const conflict = this.conflictIn(origin, from, upTo);
    this.replica.apply(origin, conflict === undefined ? upTo : conflict - 1);
    if (this.replica.executed(origin) > from) this.world.executed(this.replica);
    if (conflict === undefined) this.kick();
    else {
      this.applierRuns = false;
      this.applierError = duplicateKey(this.replica.flavour, origin, conflict);
    }
  }

  /** The first transaction whose generated key the replica gave to another row. */
  private conflictIn(origin: MysqlServer, from: number, upTo: number): number | undefined {
    const others = [...this.replica.origins()].filter(
      (other) => other !== origin && !keysAreDisjoint(other.settings, origin.settings),
    );
    if (others.length === 0) return undefined;
    for (let gno = from + 1; gno <= upTo; gno += 1) {
      const { id } = origin.ledger.row(gno);
      if (others.some((other) => other.ledger.hasId(id, this.replica.executed(other)))) return gno;
    }
    return undefined;
  }

  private receive(origin: MysqlServer, gno: number): void {
    if (this.receiver !== "running" || !this.flows()) {
      this.unsentSinceUs ??= this.nowUs();
      return;
    }
    if (gno <= this.has(origin)) return;
    if (gno > this.has(origin) + 1) {
      this.pump();
      return;
    }
    this.got.set(origin, gno);
    if (origin === this.source) this.world.received(this, gno);
    this.takeCollision();
    this.kick();
  }

  /** Sends what is missing, pass by pass. */
  private pump(): void {
    const origin = this.missing();
    if (this.pumping || this.receiver !== "running") return;
    this.takeCollision();
    if (origin === undefined) return;
    const from = this.has(origin);
    const rows = Math.min(BATCH_ROWS, this.source.executed(origin) - from);
    this.pumping = true;
    const { connection } = this;
    this.world.agenda.after(RECEIVE_US[0] + rows * RECEIVE_ROW_US, () => {
      if (connection !== this.connection) return;
      this.pumping = false;
      if (!this.flows()) {
        this.unsentSinceUs ??= this.nowUs();
        return;
      }
      this.got.set(origin, Math.max(this.has(origin), from + rows));
      if (origin === this.source) this.world.received(this, from + rows);
      this.kick();
      this.pump();
    });
  }

  private watchConnection(fromUs: Us, toUs: Us): void {
    if (this.flows()) {
      if (this.brokenSinceUs === undefined) return;
      this.brokenSinceUs = undefined;
      const unsentUs = this.unsentSinceUs ?? (this.missing() === undefined ? undefined : fromUs);
      this.unsentSinceUs = undefined;
      // A frozen end holds nothing back on the wire: it is there as soon as the process runs again.
      const resumeUs = unsentUs === undefined ? fromUs : nextRetransmissionUs(unsentUs, fromUs);
      this.next = this.world.agenda.at(resumeUs, () => {
        this.next = undefined;
        if (this.receiver !== "running") return;
        if (this.flows()) this.pump();
        else this.unsentSinceUs ??= unsentUs;
      });
      return;
    }
    this.next?.cancel();
    this.next = undefined;
    this.brokenSinceUs ??= fromUs;
    if (this.missing() !== undefined) this.unsentSinceUs ??= fromUs;
    const timeoutUs = this.brokenSinceUs + NET_TIMEOUT_US;
    if (toUs >= timeoutUs && this.replica.answers()) {
      this.forgetConnection();
      this.beginConnecting(Math.max(timeoutUs, fromUs));
    }
  }

  private watchAttempts(fromUs: Us): void {
    if (!this.canConnect()) {
      this.next?.cancel();
      this.next = undefined;
      this.connectsUs = undefined;
      const silent = !this.pathIsOpen() || this.source.listening();
      if (silent !== this.attemptIsSilent) {
        this.attemptUs = this.nextAttemptUs(fromUs);
        this.attemptIsSilent = silent;
      }
      return;
    }
    if (this.next !== undefined) return;
    const share = chance(this.world.seed, 3000 + this.index, this.connection);
    const synUs = this.nextAttemptUs(fromUs);
    this.connectsUs = synUs + within(RECONNECT_US, share);
    this.next = this.world.agenda.at(this.connectsUs, () => {
      this.next = undefined;
      this.connectsUs = undefined;
      if (this.receiver === "connecting" && this.canConnect()) this.connected();
    });
  }

  private connected(): void {
    this.receiver = "running";
    this.attempts = 0;
    this.attemptIsSilent = false;
    this.session = {
      accepted: true,
      gone: false,
      unread: false,
      lost: () => {
        this.session = undefined;
        if (this.world.passes(this.source.node, this.replica.node)) {
          this.forgetConnection();
          this.beginConnecting(this.nowUs());
        } else this.orphaned = true;
      },
    };
    this.source.sessions.add(this.session);
    this.idleAfterStart();
    this.pump();
  }

  private beginConnecting(tUs: Us): void {
    this.receiver = "connecting";
    this.attemptUs = tUs;
    this.attempts = 0;
    this.attemptIsSilent = false;
  }

  private forgetConnection(): void {
    if (this.session !== undefined) this.source.sessions.delete(this.session);
    this.session = undefined;
    this.connection += 1;
    this.next?.cancel();
    this.next = undefined;
    this.connectsUs = undefined;
    this.brokenSinceUs = undefined;
    this.unsentSinceUs = undefined;
    this.orphaned = false;
    this.pumping = false;
    this.underWay = 0;
    this.lastReceiveUs = 0;
  }

  /** The next SYN from then on: an attempt a second against a closed port, TCP's own pace in silence. */
  private nextAttemptUs(fromUs: Us): Us {
    if (this.attemptUs >= fromUs) return this.attemptUs;
    if (!this.attemptIsSilent) {
      const tries = Math.ceil((fromUs - this.attemptUs) / RETRY_US);
      this.attempts += tries;
      return this.attemptUs + tries * RETRY_US;
    }
    // An attempt in silence ends after the net timeout; the next one follows a retry later.
    const roundUs = NET_TIMEOUT_US + RETRY_US;
    const startUs = this.attemptUs + Math.floor((fromUs - this.attemptUs) / roundUs) * roundUs;
    let synUs = startUs;
    for (const againUs of SYN_AGAIN_US) {
      if (synUs >= fromUs || synUs + againUs > startUs + NET_TIMEOUT_US) break;
      synUs += againUs;
    }
    return synUs >= fromUs ? synUs : startUs + roundUs;
  }

  private canConnect(): boolean {
    return this.bothAnswer() && !this.source.exhausted;
  }

  private bothAnswer(): boolean {
    return this.pathIsOpen() && this.source.answers() && this.replica.answers();
  }

  private pathIsOpen(): boolean {
    const { source, replica, world } = this;
    return world.passes(source.node, replica.node) && world.passes(replica.node, source.node);
  }

  private flows(): boolean {
    return !this.orphaned && this.bothAnswer();
  }

  private has(origin: MysqlServer): number {
    return Math.max(this.got.get(origin) ?? 0, this.replica.executed(origin));
  }

  /** A server of whose transactions the source has more than the replica. */
  private missing(): MysqlServer | undefined {
    for (const origin of this.source.origins()) {
      if (origin !== this.replica && this.source.executed(origin) > this.has(origin)) return origin;
    }
    return undefined;
  }

  private unapplied(): MysqlServer | undefined {
    for (const origin of this.got.keys()) {
      if (this.reachOf(origin) > this.replica.executed(origin)) return origin;
    }
    return undefined;
  }

  private receiverError(): string {
    // A connection that is on its way has not failed.
    if (this.receiver !== "connecting" || this.next !== undefined) return "";
    const triedUs = this.nowUs() - this.attemptUs;
    if (triedUs < 0) return "";
    const attempts = this.attempts + 1 + Math.floor(triedUs / RETRY_US);
    const address = this.world.addressOf(this.source.node);
    if (this.source.exhausted && this.bothAnswer()) {
      return tooManyConnections(this.replica.flavour, address, attempts);
    }
    return cannotConnect(this.replica.flavour, address, attempts, this.attemptIsSilent);
  }

  private nowUs(): Us {
    return this.world.agenda.nowUs();
  }
}

/** TCP sends again after 200 ms, 400 ms, 800 ms and so on, at most 120 s apart (TCP_RTO_MAX). */
export function nextRetransmissionUs(firstUs: Us, fromUs: Us): Us {
  let waitUs = DATA_AGAIN_US;
  let dueUs = firstUs + waitUs;
  while (dueUs < fromUs) {
    waitUs = Math.min(waitUs * 2, 120_000_000);
    dueUs += waitUs;
  }
  return dueUs;
}

function within(range: Range, share: number): Us {
  return Math.round(range[0] + (range[1] - range[0]) * share);
}
