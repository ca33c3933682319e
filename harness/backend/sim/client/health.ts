/**
 * The probe of one node's mysqld at the node's own address, by the rules of
 * `images/observer/client/health.ts`: only changes are told, each with the last moment at which the old
 * state was known; a connection that the server closes is an event, not a poll.
 */
import type { Us } from "../../../core/time.ts";
import type { EventBody, MysqldEvent } from "../../../history/events.ts";
import { chance, quantile } from "./chance.ts";
import {
  HEALTH_ASK_US,
  HEALTH_CONNECT_US,
  HEALTH_DEADLINE_US,
  PREPARE_US,
  REFUSED_US,
  ROUND_TRIP_US,
  TIMER_LATE_US_MAX,
} from "./costs.ts";
import { answering } from "./timeline.ts";
import { Connection, type Wire } from "./wire.ts";

/** Streams of chance of the first probe; each has ten of its own. */
const STREAMS = 100;

export interface HealthParts {
  readonly wire: Wire;
  readonly node: string;
  /** Index of the node's address among the wire's targets. */
  readonly target: number;
  readonly seed: number;
  readonly cadenceUs: Us;
  readonly record: (tUs: Us, body: EventBody) => void;
}

export class HealthProbe {
  busy: boolean = false;
  private readonly parts: HealthParts;
  private connection: Connection | undefined;
  private known: string | undefined;
  private confirmedUs: Us = 0;
  private baseUs: Us = 0;
  private stopped = false;
  private nextTick = 0;
  /** Ticks of before an interruption are void. */
  private turn = 0;
  /** The latest attempt to connect, and the tick that began it. */
  private attempt: Connection | undefined;
  private attemptTick = 0;
  /** While suspended: where a row of attempts, all in silence, began. */
  private silentTick: number | undefined;

  constructor(parts: HealthParts) {
    this.parts = parts;
  }

  start(nowUs: Us): void {
    this.baseUs = nowUs;
    this.confirmedUs = nowUs;
    this.arm(0);
  }

  /** No more ticks, and nothing more is told. */
  stop(): void {
    this.stopped = true;
    this.turn += 1;
    if (!this.busy) this.connection?.close();
  }

  /** The answer will be the same at every tick as long as the surroundings are. */
  isSteady(): boolean {
    if (this.isSilent()) return true;
    if (this.busy) return false;
    const { wire, target, node } = this.parts;
    const server = wire.server(node);
    const { connection } = this;
    if (connection !== undefined) {
      const sound = connection.isOpen && connection.isKnown() && connection.reaches();
      const up = keyOf("up", !server.readOnly, server.serverUuid);
      return sound && server.answers() && this.known === up;
    }
    return wire.meet(target).kind === "refused" && this.known === DOWN;
  }

  /** Every attempt runs into its deadline, the one that is under way as well. */
  private isSilent(): boolean {
    if (this.connection !== undefined || this.known !== UNRESPONSIVE) return false;
    const { wire, target, node } = this.parts;
    const meeting = wire.meet(target);
    const frozen = meeting.kind === "open" && wire.server(node).frozen;
    if (meeting.kind !== "silence" && !frozen) return false;
    // An attempt that is younger may still be told of a refusal that it met before.
    const ageUs = wire.agenda.nowUs() - this.startOf(this.attemptTick);
    return !this.busy || ageUs > SETTLED_US;
  }

  /** Nothing of it is on the agenda until it is resumed. */
  suspend(): void {
    this.turn += 1;
    this.silentTick = undefined;
    if (!this.isSilent()) return;
    this.silentTick = this.busy ? this.attemptTick : this.nextTick;
    if (this.busy) this.attempt?.abandon();
    this.busy = false;
    this.attempt = undefined;
  }

  /** In steady surroundings: is a question under way at that time, so that it cannot be resumed then? */
  isAskingAt(tUs: Us): boolean {
    if (this.silentTick !== undefined) return false;
    const tick = this.lastTickBy(tUs);
    return tick >= this.nextTick && this.endOf(tick) > tUs;
  }

  /** Goes on from there as if it had asked all the time. */
  resume(tUs: Us): void {
    if (this.silentTick === undefined) {
      const tick = this.lastTickBy(tUs);
      if (tick >= this.nextTick) this.confirmedUs = this.endOf(tick);
      this.arm(Math.max(tick + 1, this.nextTick));
      return;
    }
    let tick = this.silentTick;
    for (;;) {
      const endUs = this.startOf(tick) + HEALTH_DEADLINE_US;
      if (endUs > tUs) break;
      this.confirmedUs = endUs;
      this.leaveInQueue();
      tick = this.lastTickBy(endUs) + 1;
    }
    this.silentTick = undefined;
    const startUs = this.startOf(tick);
    if (startUs > tUs) {
      this.arm(tick);
      return;
    }
    this.arm(this.lastTickBy(tUs) + 1);
    this.busy = true;
    this.open(tick, tUs - startUs);
  }

  /** A frozen process finds the connections of all attempts when it runs again. */
  private leaveInQueue(): void {
    const { wire, node } = this.parts;
    const server = wire.server(node);
    if (!server.frozen || !this.reachesNode() || !server.takesHandshake()) return;
    server.sessions.add({
      accepted: false,
      gone: true,
      unread: false,
      lost: () => undefined,
    });
  }

  private reachesNode(): boolean {
    return this.parts.wire.meet(this.parts.target).kind === "open";
  }

  private lastTickBy(tUs: Us): number {
    const guess = Math.floor((tUs - this.baseUs) / this.parts.cadenceUs);
    return this.startOf(guess) <= tUs ? guess : guess - 1;
  }

  private startOf(tick: number): Us {
    const { cadenceUs } = this.parts;
    // Odd and even by turns: the fifth tick from here never falls on the end of an attempt's 500 ms.
    const lateUs = 2 * Math.floor((this.draw(0, tick) * TIMER_LATE_US_MAX) / 2) + (tick & 1);
    return this.baseUs + tick * cadenceUs + (tick === 0 ? 0 : lateUs);
  }

  /** When a check that begins at that tick is over, in steady surroundings. */
  private endOf(tick: number): Us {
    const refusedUs = Math.max(this.refusedUs(tick), this.synUs(tick) + ROUND_TRIP_US);
    return this.startOf(tick) + (this.connection === undefined ? refusedUs : this.askUs(tick));
  }

  private arm(tick: number): void {
    this.nextTick = tick;
    const { turn } = this;
    this.parts.wire.agenda.at(this.startOf(tick), () => {
      if (turn !== this.turn) return;
      this.arm(tick + 1);
      if (!this.busy) this.check(tick);
    });
  }

  private check(tick: number): void {
    this.busy = true;
    if (this.connection !== undefined) {
      this.ask(this.connection, tick);
      return;
    }
    this.open(tick, 0);
  }

  /** An attempt to connect that began so long ago. */
  private open(tick: number, elapsedUs: Us): void {
    const { wire, target } = this.parts;
    this.attemptTick = tick;
    const synUs = this.synUs(tick);
    const readyUs = synUs + quantile(HEALTH_CONNECT_US, this.draw(2, tick));
    const connection = new Connection(wire, {
      target,
      opening: { synUs, readyUs, refusedUs: this.refusedUs(tick) },
      deadlineUs: HEALTH_DEADLINE_US,
      elapsedUs,
      failed: (code) => {
        this.busy = false;
        this.report(code === "ETIMEDOUT" ? "unresponsive" : "down");
      },
      ready: () => {
        this.connection = connection;
        connection.onClosed = () => {
          if (this.connection === connection) this.lose("down");
        };
        this.ask(connection, tick);
      },
    });
    this.attempt = connection;
  }

  private ask(connection: Connection, tick: number): void {
    connection.ask(
      answering(this.askUs(tick)),
      HEALTH_DEADLINE_US,
      (server, respond) => {
        // Whether it accepts writes rides on `read`, which this question has no other use for.
        respond({ kind: "answered", server: server.serverUuid, read: server.readOnly ? 1 : 0 });
      },
      (answer) => {
        this.busy = false;
        if (answer.kind === "answered") this.report("up", answer.read === 0, answer.server);
        else this.lose(answer.code === "DEADLINE" ? "unresponsive" : "down");
        if (this.stopped) this.connection?.close();
      },
    );
  }

  private lose(state: MysqldEvent["state"]): void {
    const { connection } = this;
    this.connection = undefined;
    if (connection?.isOpen === true) connection.close();
    this.report(state);
  }

  private report(state: MysqldEvent["state"], writable?: boolean, server?: string): void {
    if (this.stopped) return;
    const { node, record, wire } = this.parts;
    const nowUs = wire.agenda.nowUs();
    const key = keyOf(state, writable, server);
    if (key !== this.known) {
      record(nowUs, {
        kind: "mysqld",
        node,
        state,
        ...(writable === undefined ? {} : { writable }),
        ...(server === undefined ? {} : { server }),
        notBeforeUs: this.confirmedUs,
      });
    }
    this.known = key;
    this.confirmedUs = nowUs;
  }

  private askUs(tick: number): Us {
    return quantile(HEALTH_ASK_US, this.draw(3, tick));
  }

  private synUs(tick: number): Us {
    return quantile(PREPARE_US, this.draw(1, tick));
  }

  private refusedUs(tick: number): Us {
    return quantile(REFUSED_US, this.draw(4, tick));
  }

  private draw(stream: number, tick: number): number {
    return chance(this.parts.seed, STREAMS + this.parts.target * 10 + stream, tick);
  }
}

const DOWN = keyOf("down", undefined, undefined);
const UNRESPONSIVE = keyOf("unresponsive", undefined, undefined);
/** A refusal is known after 1.5 ms at most (`costs.ts`). */
const SETTLED_US = 5_000;

function keyOf(state: string, writable: boolean | undefined, server: string | undefined): string {
  return `${state} ${String(writable)} ${String(server)}`;
}
