/**
 * One mysqld: its process, its port, its connections as the server sees them, and its rows.
 *
 * Whatever changes a server from outside first calls `beforeChange`, so that what is computed in bulk
 * catches up under the old state, and afterwards `afterChange`.
 *
 * Left out: locks between transactions (the workload never waits for its own), isolation levels, a
 * start on a full disk and what else than the binary log finds none left, a crash that loses committed rows (sync_binlog = 1 and innodb_flush_log_at_trx_commit = 1, the
 * defaults of MySQL 8.4 and later, are taken for granted, also on MariaDB), host cache and error 1129.
 */
import type { RandomStream } from "../../../core/random.ts";
import type { Us } from "../../../core/time.ts";
import { defaultBackLog, granted, type BackLogRule } from "../../../mysql/listen-queue.ts";
import type { Lane } from "../../../workload/workload.ts";
import type { Clock, Timer } from "../clock.ts";
import { SERVER_COSTS, type Range, type ServerCosts } from "./costs.ts";
import { Ledger, type Stretch } from "./ledger.ts";

export type ServerFlavour = "mysql-9.7" | "mariadb-10.11" | "mariadb-11.8";
export type ServerState = "down" | "recovering" | "up" | "stopping";

export interface ServerSettings {
  readonly autoIncrementOffset: number;
  readonly autoIncrementIncrement: number;
  /** Default 151, as in both flavours. */
  readonly maxConnections?: number;
  /** As asked for; the kernel may grant less. */
  readonly backLog?: number;
  /** What the settings file says: `read_only` is this again after every start. */
  readonly readOnly?: boolean;
}

export interface ServerOptions {
  /** Name of the node. */
  readonly node: string;
  readonly flavour: ServerFlavour;
  /** Identity that rows and answers carry: UUID, or `server-id-N` on MariaDB. */
  readonly serverUuid: string;
  readonly settings: ServerSettings;
  readonly clock: Clock;
  readonly random: RandomStream;
  readonly costs?: ServerCosts;
}

/** A connection that the kernel of the server's host has completed. */
export interface Session {
  /** The process has it; until then it waits in the listen queue. */
  accepted: boolean;
  /** The other end has gone. */
  gone: boolean;
  /** Sent by the client and not read by the process: the kernel resets such a connection. */
  unread: boolean;
  /** A statement of it waits for a lock: it has its place until then, even when the other end has gone. */
  waiting?: boolean;
  /** The server's end is closed by the process or its death. */
  lost(how: "fin" | "rst"): void;
}

const MAX_CONNECTIONS = 151;
const BACK_LOG_RULE: Readonly<Record<ServerFlavour, BackLogRule>> = {
  "mysql-9.7": "mysql-9.7",
  "mariadb-10.11": "mariadb",
  "mariadb-11.8": "mariadb",
};
/** mysys `MY_WAIT_FOR_USER_TO_FIX_PANIC`: 60 s, on MySQL and MariaDB; measured on both. */
const DISK_AGAIN_US: Us = 60_000_000;

export class MysqlServer {
  readonly node: string;
  readonly flavour: ServerFlavour;
  readonly serverUuid: string;
  readonly settings: ServerSettings;
  readonly ledger: Ledger = new Ledger();
  readonly sessions: Set<Session> = new Set();
  readonly maxConnections: number;
  /** As the kernel grants it. */
  readonly backLog: number;
  /** For the one who runs the world. */
  onChange: (() => void) | undefined;
  /** For what is computed in bulk. */
  readonly beforeChange: (() => void)[] = [];
  readonly afterChange: (() => void)[] = [];
  /** It is a source and a replica: MySQL then takes its time to stop. */
  isSource: boolean = false;
  isReplica: boolean = false;
  frozen: boolean = false;
  /** Counts the lives of the process. */
  starts: number = 0;
  private current: ServerState = "down";
  private port = false;
  private crashed = false;
  /** Administrators' writes are refused as well; no client of the model is one. */
  superReadOnly: boolean = false;
  private isReadOnly: boolean;
  private isExhausted = false;
  private isLocked = false;
  private isDiskFull = false;
  private diskFullSinceUs: Us = 0;
  /** It has found no space, and has not tried again since there is some. */
  private waitsForSpace = false;
  private timer: Timer | undefined;
  private stopped: (() => void) | undefined;
  /** What fell due while the process was frozen. */
  private overdue: (() => void) | undefined;
  private readonly clock: Clock;
  private readonly random: RandomStream;
  private readonly costs: ServerCosts;
  private readonly executedBy = new Map<MysqlServer, number>();
  private readonly highestOf = new Map<Lane, number>();
  private lastId = 0;

  constructor(options: ServerOptions) {
    const { settings } = options;
    this.node = options.node;
    this.flavour = options.flavour;
    this.serverUuid = options.serverUuid;
    this.settings = settings;
    this.clock = options.clock;
    this.random = options.random;
    this.costs = options.costs ?? SERVER_COSTS[options.flavour];
    this.isReadOnly = settings.readOnly ?? false;
    this.maxConnections = settings.maxConnections ?? MAX_CONNECTIONS;
    this.backLog =
      settings.backLog === undefined
        ? defaultBackLog(BACK_LOG_RULE[options.flavour], this.maxConnections)
        : granted(settings.backLog);
  }

  state(): ServerState {
    return this.current;
  }

  /** The kernel completes handshakes; says nothing of the process. */
  listening(): boolean {
    return this.port;
  }

  /** The process does its work. */
  answers(): boolean {
    return !this.frozen && this.port && (this.current === "up" || this.current === "stopping");
  }

  start(): void {
    if (this.current !== "down") return;
    this.change(() => {
      // A process that was killed may still be giving back its memory: the new one waits for the port.
      if (this.port) this.closePort();
      this.timer?.cancel();
      this.current = "recovering";
      this.waitsForSpace = this.isDiskFull;
      this.frozen = false;
      this.overdue = undefined;
      const extraUs = this.crashed ? this.draw(this.costs.recoveryUs) : 0;
      this.later(this.draw(this.costs.startUs) + extraUs, () => {
        this.current = "up";
        this.starts += 1;
        this.port = true;
        this.crashed = false;
        this.isReadOnly = this.settings.readOnly ?? false;
        this.superReadOnly = false;
        this.isExhausted = false;
        this.isLocked = false;
      });
    });
  }

  /** SIGTERM. `done` is called when the process has ended. */
  stop(done?: () => void): void {
    if (this.current === "down") {
      done?.();
      return;
    }
    const earlier = this.stopped;
    this.stopped = () => {
      earlier?.();
      done?.();
    };
    if (this.current === "stopping") return;
    this.change(() => {
      this.current = "stopping";
      const both = this.isSource && this.isReplica;
      const portUs = this.draw(this.costs.portCloseUs);
      const restUs = this.draw(both ? this.costs.stopAsPairUs : this.costs.stopUs) - portUs;
      this.timer?.cancel();
      this.later(portUs, () => {
        this.closePort();
        this.later(Math.max(0, restUs), () => {
          this.end();
        });
      });
    });
  }

  /** SIGKILL: nothing runs any more at once; the kernel closes the sockets a little later. */
  kill(): void {
    if (this.current === "down") return;
    this.change(() => {
      this.crashed = true;
      this.end();
      this.timer?.cancel();
      if (!this.port) return;
      this.timer = this.clock.after(this.draw(this.costs.teardownUs), () => {
        this.change(() => {
          this.closePort();
        });
      });
    });
  }

  freeze(): void {
    if (this.frozen || this.current === "down") return;
    this.change(() => {
      this.frozen = true;
    });
  }

  thaw(): void {
    if (!this.frozen) return;
    this.change(() => {
      this.frozen = false;
      const { overdue } = this;
      this.overdue = undefined;
      overdue?.();
    });
  }

  get readOnly(): boolean {
    return this.isReadOnly;
  }

  set readOnly(value: boolean) {
    this.change(() => {
      this.isReadOnly = value;
    });
  }

  /** Something else has all connections but those that exist: error 1040 for new ones. */
  get exhausted(): boolean {
    return this.isExhausted;
  }

  set exhausted(value: boolean) {
    this.change(() => {
      this.isExhausted = value;
    });
  }

  /** Writes wait, reads do not: FLUSH TABLES WITH READ LOCK, or no space for the binary log. */
  get locked(): boolean {
    return this.isLocked || this.waitsForSpace;
  }

  set locked(value: boolean) {
    this.change(() => {
      this.isLocked = value;
    });
  }

  /** No block is left on the disk of its data directory. The first commit is taken to notice at once. */
  get diskFull(): boolean {
    return this.isDiskFull;
  }

  set diskFull(full: boolean) {
    if (full === this.isDiskFull) return;
    this.isDiskFull = full;
    if (full) {
      this.diskFullSinceUs = this.clock.nowUs();
      this.change(() => {
        this.waitsForSpace = true;
      });
      return;
    }
    const rounds = Math.max(
      1,
      Math.ceil((this.clock.nowUs() - this.diskFullSinceUs) / DISK_AGAIN_US),
    );
    const life = this.starts;
    this.clock.at(this.diskFullSinceUs + rounds * DISK_AGAIN_US, () => {
      // A process that was started meanwhile has found space at once.
      if (this.isDiskFull || life !== this.starts) return;
      this.change(() => {
        this.waitsForSpace = false;
      });
    });
  }

  /** Is there room in the listen queue? Linux lets one more in than it was told. */
  takesHandshake(): boolean {
    if (!this.port) return false;
    if (this.answers()) return true;
    let waiting = 0;
    for (const session of this.sessions) if (!session.accepted) waiting += 1;
    return waiting <= this.backLog;
  }

  /** Error 1040 is due for the connection that was taken last. */
  isFull(): boolean {
    if (this.isExhausted) return true;
    if (this.sessions.size <= this.maxConnections) return false;
    let taken = 0;
    for (const session of this.sessions) if (session.accepted) taken += 1;
    return taken > this.maxConnections;
  }

  /** Executes and logs a write of its own; returns its GTID number. */
  commit(lane: Lane, seq: number, committedUs: Us): number {
    this.lastId = this.nextId();
    const gno = this.ledger.append({ lane, seq, id: this.lastId, committedUs });
    this.executedBy.set(this, gno);
    this.raise(lane, seq);
    return gno;
  }

  /** A regular stretch of writes of its own, keys filled in. */
  commitStretch(stretch: Omit<Stretch, "id" | "idStep">): number {
    if (stretch.ticks === 0) return this.executed(this);
    const idStep = this.settings.autoIncrementIncrement;
    const before = this.ledger.count();
    const gno = this.ledger.appendStretch({ ...stretch, id: this.nextId(), idStep });
    this.execute(this, before, gno);
    return gno;
  }

  /** Transactions of a server that this one has executed: always its first so many. */
  executed(origin: MysqlServer): number {
    return this.executedBy.get(origin) ?? 0;
  }

  /** Executes transactions of another server after what it has up to there. */
  apply(origin: MysqlServer, upTo: number): void {
    this.execute(origin, this.executed(origin), upTo);
  }

  highest(lane: Lane): number {
    return this.highestOf.get(lane) ?? 0;
  }

  origins(): IterableIterator<MysqlServer> {
    return this.executedBy.keys();
  }

  private execute(origin: MysqlServer, from: number, upTo: number): void {
    if (upTo <= from) return;
    this.executedBy.set(origin, upTo);
    this.lastId = Math.max(this.lastId, origin.ledger.row(upTo).id);
    for (const lane of origin.ledger.lanes)
      this.raise(lane, origin.ledger.highest(lane, from, upTo));
  }

  private raise(lane: Lane, seq: number): void {
    if (seq > this.highest(lane)) this.highestOf.set(lane, seq);
  }

  /**
   * The next generated key: above everything in the table, and in this server's residue class (MySQL
   * manual 19.1.6.2, auto_increment_offset).
   */
  private nextId(): number {
    const { autoIncrementOffset: offset, autoIncrementIncrement: step } = this.settings;
    const above = this.lastId + 1;
    return above <= offset ? offset : offset + Math.ceil((above - offset) / step) * step;
  }

  private end(): void {
    this.current = "down";
    this.frozen = false;
    this.overdue = undefined;
    const { stopped } = this;
    this.stopped = undefined;
    stopped?.();
  }

  private closePort(): void {
    this.port = false;
    const sessions = [...this.sessions];
    this.sessions.clear();
    for (const session of sessions) {
      session.lost(session.unread || !session.accepted ? "rst" : "fin");
    }
  }

  /** The process's own next step; a frozen one takes it when it is thawed. */
  private later(delayUs: Us, step: () => void): void {
    this.timer = this.clock.after(delayUs, () => {
      if (this.frozen) this.overdue = step;
      else this.change(step);
    });
  }

  private change(act: () => void): void {
    for (const listener of this.beforeChange) listener();
    act();
    for (const listener of this.afterChange) listener();
    this.onChange?.();
  }

  private draw(range: Range): Us {
    return this.random.integer(range[0], range[1]);
  }
}

/** Two servers cannot generate the same key: their residue classes have no number in common. */
export function keysAreDisjoint(a: ServerSettings, b: ServerSettings): boolean {
  const common = greatestCommonDivisor(a.autoIncrementIncrement, b.autoIncrementIncrement);
  return (a.autoIncrementOffset - b.autoIncrementOffset) % common !== 0;
}

function greatestCommonDivisor(a: number, b: number): number {
  let [high, low] = [a, b];
  while (low !== 0) [high, low] = [low, high % low];
  return high;
}
