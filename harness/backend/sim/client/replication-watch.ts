/**
 * The watch over the nodes' replication threads, by the rules of `images/observer/client/replication.ts`:
 * only changes are told, and only of a replica that answers. Nothing changes by itself, so it looks when
 * something has, at the next of its turns.
 *
 * Left out: its own connections, which take a place each in a server, and in the queue of a frozen one.
 */
import { milliseconds, type Us } from "../../../core/time.ts";
import type { EventBody } from "../../../history/events.ts";
import type { Timer } from "../clock.ts";
import type { Edge } from "../mysql/edge.ts";
import type { Wire } from "./wire.ts";

/** `EVERY_MS` of the real client. */
const EVERY_US = milliseconds(200);
/** From the turn to the answer; on an open connection, near that of any cheap question. */
const ANSWER_US: Us = 2501;

export interface WatchParts {
  readonly wire: Wire;
  readonly edges: () => readonly Edge[];
  /** Index of a node's address among the wire's targets. */
  readonly targetOf: (node: string) => number;
  readonly record: (tUs: Us, body: EventBody) => void;
}

export class ReplicationWatch {
  private readonly parts: WatchParts;
  private readonly known = new Map<Edge, string>();
  /** Not looked at since their threads changed. */
  private readonly dirty = new Set<Edge>();
  private readonly timers = new Map<Edge, Timer>();
  private baseUs: Us | undefined;

  constructor(parts: WatchParts) {
    this.parts = parts;
  }

  start(nowUs: Us): void {
    this.baseUs = nowUs;
    for (const edge of this.parts.edges()) this.changed(edge);
  }

  stop(): void {
    this.baseUs = undefined;
    for (const timer of this.timers.values()) timer.cancel();
    this.timers.clear();
  }

  /** Something is about to be told. */
  isPending(): boolean {
    return this.timers.size > 0;
  }

  changed(edge: Edge): void {
    this.dirty.add(edge);
    this.arm(edge);
  }

  /** Servers or the way to them changed: what could not be looked at may be now. */
  surroundingsChanged(): void {
    for (const edge of this.dirty) this.arm(edge);
  }

  private arm(edge: Edge): void {
    const { baseUs } = this;
    if (baseUs === undefined || this.timers.has(edge) || !this.reaches(edge)) return;
    const { agenda } = this.parts.wire;
    const turns = Math.ceil((agenda.nowUs() - baseUs) / EVERY_US);
    const timer = agenda.at(baseUs + turns * EVERY_US + ANSWER_US, () => {
      this.timers.delete(edge);
      this.look(edge);
    });
    this.timers.set(edge, timer);
  }

  private look(edge: Edge): void {
    if (!this.reaches(edge)) return;
    this.dirty.delete(edge);
    const { wire, record } = this.parts;
    const state = edge.state();
    const { receiverRunning, connecting = false, applierRunning, lastError } = state;
    // The attempts of a receiver that keeps trying are no change.
    const key = [receiverRunning, connecting, applierRunning, connecting ? "" : lastError].join(
      " ",
    );
    if (key === this.known.get(edge)) return;
    this.known.set(edge, key);
    const caughtUp = receiverRunning && applierRunning && state.caughtUp;
    record(wire.agenda.nowUs(), { ...state, caughtUp });
  }

  private reaches({ replica }: Edge): boolean {
    const { wire, targetOf } = this.parts;
    return wire.meet(targetOf(replica.node)).kind === "open" && replica.answers();
  }
}
