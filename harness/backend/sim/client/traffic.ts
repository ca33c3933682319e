/**
 * The clients of a simulated cluster, its servers' data and its replication, in bulk.
 *
 * The world holds still between two events of the clock. Before each of them `advanceTo` computes all
 * that the lanes, the health probe and replication did until then, on an agenda of their own; what is
 * under way stays under way and ends in whatever surroundings come next. As long as all is well, or
 * every connection is refused, nothing is computed at all: the ticks since then are one stretch, kept as
 * where it began.
 *
 * Limits of the model: answers of a healthy server never take longer than a tick (`costs.ts` says what
 * was cut); timers do not drift; TCP, servers and replication leave out what `wire.ts`, `server.ts` and
 * `replication.ts` say at their tops; a cluster whose replicas have replicas, one with a delayed
 * replica, clients that go round the VIP, a VIP behind directors (IPVS), and all that is not healthy is computed tick by tick. An
 * INSERT that is refused because replication took its generated key in that instant is left out.
 */
import { present } from "../../../core/assert.ts";
import type { Us } from "../../../core/time.ts";
import type {
  CopyEvent,
  EventBody,
  ReplicationEvent,
  TimedEvent,
} from "../../../history/events.ts";
import { laneAt, type Action, type VipLane, type Workload } from "../../../workload/workload.ts";
import { EventQueue, type Clock } from "../clock.ts";
import type { MysqlServer } from "../mysql/server.ts";
import { copiesOf, Replication, type EdgeSpec } from "../mysql/replication.ts";
import { CLOCK_EVERY_US, TICK_US_MAX } from "./costs.ts";
import { HealthProbe } from "./health.ts";
import { HeldLane, startFreshTick, type LaneParts } from "./lanes.ts";
import { Operations, type Acknowledged } from "./operations.ts";
import { ReplicationWatch } from "./replication-watch.ts";
import {
  expandRefusals,
  heldWritesBefore,
  REFUSALS_A_TICK,
  type Refusals,
  type RefusalsStart,
} from "./refusals.ts";
import {
  expandStretch,
  heldIsWrite,
  OPERATIONS_A_TICK,
  tickWrites,
  writesBefore,
  type Stretch,
  type StretchStart,
} from "./stretch.ts";
import { freshTick, heldTick } from "./timeline.ts";
import { VIP_TARGET, Wire, type TrafficSegment } from "./wire.ts";

export interface TrafficOptions {
  readonly topology: {
    readonly vip: string;
    readonly nodes: readonly { readonly name: string; readonly address: string }[];
    readonly replication: readonly EdgeSpec[];
    /** Directors spread the connections over several real servers. */
    readonly spread?: boolean;
  };
  readonly workload: Workload;
  readonly servers: ReadonlyMap<string, MysqlServer>;
  readonly network: TrafficSegment;
  readonly seed: number;
  readonly record: (tUs: Us, body: EventBody) => void;
  readonly clock: Clock;
  /** The two clocks of the client never part here. */
  readonly wallMinusMonotonicUs?: Us;
  /** False: every tick is computed; the events are the same. */
  readonly stretches?: boolean;
}

/** What every tick does until further notice: it is answered, or it is refused. */
type Calm = {
  readonly firstTick: number;
  /** The first thing that will happen by itself: replication tries again. */
  readonly untilUs: Us;
} & (
  | { readonly kind: "served"; readonly start: StretchStart }
  | { readonly kind: "refused"; readonly start: RefusalsStart }
);

/** Unchanged surroundings are looked at again this often: the network's own memory needs use. */
const REFRESH_US = 1_000_000;
/** A prime: seeds of drills are close together, and so are ticks. */
const DIRECT_SEED_STEP = 1_000_003;

export class Traffic {
  readonly replication: Replication;
  /** Called when all that was under way at `stop` has ended. */
  onEnded: ((tUs: Us) => void) | undefined;
  private readonly options: TrafficOptions;
  private readonly agenda = new EventQueue();
  private readonly wire: Wire;
  private readonly operations: Operations;
  private readonly parts: LaneParts;
  private readonly held: HeldLane;
  /** At the nodes' own addresses. */
  private readonly direct: readonly HeldLane[];
  private readonly probes: readonly HealthProbe[];
  private readonly watch: ReplicationWatch;
  private readonly stretches: Stretch[] = [];
  private readonly refusals: Refusals[] = [];
  /** The stretch that is going on. */
  private calm: Calm | undefined;
  private lastUs: Us = 0;
  private refreshedUs: Us = Number.NEGATIVE_INFINITY;
  private version: number | undefined;
  private serversChanged = true;
  private startUs: Us | undefined;
  private stopUs: Us | undefined;
  private endUs: Us | undefined;
  /** Up to where `drain` has given what there was. */
  private drainedUs: Us = 0;
  private drainedStretches = 0;
  private drainedRefusals = 0;

  constructor(options: TrafficOptions) {
    const { topology, servers, network, seed, record } = options;
    this.options = options;
    const { agenda } = this;
    const { vip, nodes } = topology;
    this.wire = new Wire({ agenda, network, vip, nodes, servers, record });
    const targetOf = (node: string): number =>
      VIP_TARGET + 1 + nodes.findIndex(({ name }) => name === node);
    this.watch = new ReplicationWatch({
      wire: this.wire,
      edges: () => this.replication.edges,
      targetOf,
      record,
    });
    this.replication = new Replication({
      edges: topology.replication,
      onThreads: (edge) => {
        this.watch.changed(edge);
      },
      servers,
      agenda,
      seed,
      spread: topology.spread ?? false,
      passes: (from, to) => this.wire.passes(from, to),
      addressOf: (node) =>
        present(
          nodes.find(({ name }) => name === node),
          node,
        ).address,
    });
    this.operations = new Operations(this.wire, (server, gno, release) => {
      this.replication.whenAcknowledged(server, gno, release);
      this.replication.executed(server);
    });
    const { workload } = options;
    this.parts = { wire: this.wire, operations: this.operations, workload, seed };
    this.held = new HeldLane(this.parts, { lane: "held", target: VIP_TARGET, seed });
    this.direct = (workload.direct === true ? nodes : []).flatMap(({ name }, index) =>
      servers.has(name)
        ? [
            new HeldLane(this.parts, {
              lane: laneAt(name),
              target: VIP_TARGET + 1 + index,
              seed: seed + (index + 1) * DIRECT_SEED_STEP,
            }),
          ]
        : [],
    );
    this.probes = nodes.flatMap(({ name }, index) =>
      servers.has(name)
        ? [
            new HealthProbe({
              wire: this.wire,
              node: name,
              target: VIP_TARGET + 1 + index,
              seed,
              cadenceUs: workload.healthCadenceUs,
              record,
            }),
          ]
        : [],
    );
    for (const server of servers.values()) this.follow(server);
  }

  /** START REPLICA on every edge whose replica runs; servers that start later do it themselves. */
  startReplication(): void {
    this.settle();
    for (const edge of this.replication.edges) edge.start();
  }

  /** START or STOP REPLICA on one edge, or one of its threads alone. */
  replica(
    source: string,
    replica: string,
    act: "start" | "stop" | "start-receiver" | "stop-receiver" | "start-applier" | "stop-applier",
  ): void {
    this.settle();
    const edge = this.replication.edge(source, replica);
    switch (act) {
      case "start":
        edge.start();
        return;
      case "stop":
        edge.stop();
        return;
      case "start-receiver":
        edge.startReceiver();
        return;
      case "stop-receiver":
        edge.stopReceiver();
        return;
      case "start-applier":
        edge.startApplier();
        return;
      case "stop-applier":
        edge.stopApplier();
    }
  }

  /** SOURCE_DELAY, or a replica that lags: transactions are applied when they are this old. */
  delayReplica(source: string, replica: string, delayUs: Us): void {
    this.settle();
    this.replication.edge(source, replica).applyDelayUs = delayUs;
  }

  delayOf(source: string, replica: string): Us {
    return this.replication.edge(source, replica).applyDelayUs;
  }

  /** The source writes a row that somebody wrote on the replica before. */
  collide(source: string, replica: string, row: string): void {
    this.settle();
    this.replication.edge(source, replica).collide(row);
  }

  /** That row is removed on the replica, and the applier started. */
  mend(source: string, replica: string): void {
    this.settle();
    this.replication.edge(source, replica).mend();
  }

  semiSyncStatus(source: string): "ON" | "OFF" | undefined {
    this.settle();
    return this.replication.semiSyncStatus(this.wire.server(source));
  }

  enableSemiSync(source: string, enabled: boolean): void {
    this.settle();
    this.replication.enableSemiSync(this.wire.server(source), enabled);
  }

  /** The client program starts. */
  start(nowUs: Us): void {
    this.advanceTo(nowUs);
    this.startUs = nowUs;
    this.options.record(nowUs, { kind: "observer", observer: "client", state: "watching" });
    for (const probe of this.probes) probe.start(nowUs);
    this.watch.start(nowUs);
    // setInterval fires for the first time after one interval.
    this.boundary(1);
  }

  /** No more ticks; ends when what is under way has, and then says so. */
  stop(nowUs: Us): void {
    this.advanceTo(nowUs);
    this.settle();
    this.stopUs = nowUs;
    for (const probe of this.probes) probe.stop();
    this.watch.stop();
    this.awaitEnd();
  }

  /** Nothing of the client is under way any more. */
  isEnded(): boolean {
    return this.endUs !== undefined;
  }

  /** Computes all that happened until then. Called before each event of the world. */
  advanceTo(tUs: Us): void {
    const { network } = this.options;
    if (this.isUnchanged(tUs)) {
      this.lastUs = tUs;
      return;
    }
    this.version = network.version;
    this.refreshedUs = tUs;
    const passedUs = this.lastUs;
    const before = this.wire.view();
    const changed = this.wire.refresh();
    const isRouted = network.routed === true;
    if (this.calm !== undefined && (changed || this.serversChanged || isRouted)) {
      // What was passed over is computed under what held then.
      const after = this.wire.view();
      this.wire.show(before);
      this.settle();
      this.wire.show(after);
    }
    this.serversChanged = false;
    this.run(passedUs, tUs, changed);
  }

  /** What was passed over is written into servers and queues, for who looks at them. */
  catchUp(): void {
    this.settle();
  }

  /** When the next thing happens here, if nothing happens elsewhere. */
  nextUs(): Us | undefined {
    return this.agenda.peekUs();
  }

  /** The latest acknowledged operation of that kind. */
  lastAcknowledged(lane: VipLane, action: Action): Acknowledged | undefined {
    this.settle();
    return this.operations.last[lane][action];
  }

  copies(): CopyEvent[] {
    this.settle();
    return copiesOf([...this.options.servers.values()]);
  }

  replicationState(source: string, replica: string): ReplicationEvent {
    this.settle();
    return this.replication.state(source, replica);
  }

  caughtUp(): boolean {
    this.settle();
    return this.replication.caughtUp();
  }

  /** Refusals that were not recorded one by one. What is recorded of the same moment came after them. */
  *expandRefusals(): Generator<TimedEvent> {
    this.settle();
    for (const stretch of this.refusals) yield* expandRefusals(stretch);
  }

  /** What else was not recorded one by one: stretches, and the client's reports of its clocks. */
  *expand(): Generator<TimedEvent> {
    this.settle();
    yield* this.clockReports(this.startUs ?? Number.POSITIVE_INFINITY);
    for (const stretch of this.stretches) yield* expandStretch(stretch);
  }

  /** All of these, but each only once: what has come since the last call. */
  *drain(): Generator<TimedEvent> {
    this.settle();
    const refusals = this.refusals.slice(this.drainedRefusals);
    this.drainedRefusals = this.refusals.length;
    const reports = [...this.clockReports(this.drainedUs)];
    this.drainedUs = (this.endUs ?? this.lastUs) + 1;
    const stretches = this.stretches.slice(this.drainedStretches);
    this.drainedStretches = this.stretches.length;
    for (const stretch of refusals) yield* expandRefusals(stretch);
    yield* reports;
    for (const stretch of stretches) yield* expandStretch(stretch);
  }

  /** One at the start, one every half second, one at the end. */
  private *clockReports(fromUs: Us): Generator<TimedEvent> {
    const { startUs, endUs } = this;
    if (startUs === undefined) return;
    const wallMinusMonotonicUs = this.options.wallMinusMonotonicUs ?? 0;
    const first = Math.max(0, Math.ceil((fromUs - startUs) / CLOCK_EVERY_US));
    for (let tUs = startUs + first * CLOCK_EVERY_US; tUs <= this.lastUs; tUs += CLOCK_EVERY_US) {
      if (endUs !== undefined && tUs >= endUs) break;
      yield { kind: "clock", wallMinusMonotonicUs, tUs };
    }
    if (endUs !== undefined && endUs >= fromUs) {
      yield { kind: "clock", wallMinusMonotonicUs, tUs: endUs };
    }
  }

  private isUnchanged(tUs: Us): boolean {
    const { version } = this.options.network;
    return (
      this.calm !== undefined &&
      tUs < this.calm.untilUs &&
      !this.serversChanged &&
      version !== undefined &&
      version === this.version &&
      tUs - this.refreshedUs < REFRESH_US
    );
  }

  private run(fromUs: Us, toUs: Us, changed: boolean): void {
    if (this.calm === undefined) this.replication.sync(fromUs, toUs);
    if (changed) {
      this.wire.releaseParked();
      this.watch.surroundingsChanged();
    }
    for (;;) {
      while (this.calm === undefined && this.agenda.step(toUs)) continue;
      if (this.calm === undefined || this.calm.untilUs > toUs) break;
      // A stretch ends before that which happens by itself.
      this.lastUs = this.calm.untilUs - 1;
      this.settle();
    }
    this.lastUs = toUs;
    if (this.calm === undefined) this.agenda.runUntil(toUs);
  }

  private follow(server: MysqlServer): void {
    server.beforeChange.push(() => {
      this.settle();
    });
    server.afterChange.push(() => {
      this.serversChanged = true;
      this.wire.serverChanged(server);
      this.replication.serverChanged(server);
      this.watch.surroundingsChanged();
    });
  }

  /** Ends a stretch: what was passed over is booked, and the tick that is going on is computed. */
  private settle(): void {
    const { calm, lastUs } = this;
    if (calm === undefined) return;
    const tick = this.resumableTick(calm, lastUs);
    const resumeUs = this.boundaryUs(tick);
    this.book(calm, tick);
    this.calm = undefined;
    this.replication.sync(this.boundaryUs(calm.firstTick), lastUs);
    this.agenda.runUntil(resumeUs);
    for (const probe of this.probes) probe.resume(resumeUs);
    this.schedule(tick);
    this.agenda.runUntil(lastUs);
  }

  /** The last tick that had not begun by then, at a moment when no probe was asking. */
  private resumableTick(calm: Calm, tUs: Us): number {
    let tick = Math.floor((tUs - this.boundaryUs(0)) / this.options.workload.cadenceUs);
    while (
      tick > calm.firstTick &&
      this.probes.some((probe) => probe.isAskingAt(this.boundaryUs(tick)))
    ) {
      tick -= 1;
    }
    return Math.max(tick, calm.firstTick);
  }

  private book(calm: Calm, tick: number): void {
    if (tick === calm.firstTick) return;
    if (calm.kind === "served") this.bookServed(calm.start, tick);
    else this.bookRefused(calm.start, tick);
  }

  private bookRefused(calm: RefusalsStart, tick: number): void {
    const ticks = tick - calm.firstTick;
    this.refusals.push({ ...calm, ticks });
    const { counters } = this.operations;
    counters.operations += ticks * REFUSALS_A_TICK;
    counters.writes.held = heldWritesBefore(calm, tick);
    this.held.turn = calm.turn + ticks;
  }

  private bookServed(calm: StretchStart, tick: number): void {
    const ticks = tick - calm.firstTick;
    this.stretches.push({ ...calm, ticks });
    const { counters } = this.operations;
    counters.operations += ticks * OPERATIONS_A_TICK;
    Object.assign(counters.writes, writesBefore(calm, tick));
    this.held.turn = calm.turn + ticks;
    const server = this.wire.server(calm.node);
    const first = tickWrites(calm, calm.firstTick, freshTick(calm.seed, calm.firstTick));
    const startUs = this.boundaryUs(calm.firstTick);
    server.commitStretch({
      ticks,
      freshSeq: calm.writes.fresh + 1,
      heldSeq: calm.writes.held + 1,
      heldFirst: heldIsWrite(calm, calm.firstTick),
      startUs,
      cadenceUs: calm.cadenceUs,
      heldLeads: (index) => {
        const at = calm.firstTick + index;
        const writes = tickWrites(calm, at, freshTick(calm.seed, at));
        return writes.held !== undefined && writes.held.committedUs < writes.fresh.committedUs;
      },
    });
    const firstUs = Math.min(first.fresh.committedUs, first.held?.committedUs ?? Infinity);
    this.replication.carry(server, startUs + firstUs, calm.live);
    this.rememberLast(calm, tick);
  }

  /** The last answers of a stretch are those of its last ticks. */
  private rememberLast(calm: StretchStart, tick: number): void {
    const { last } = this.operations;
    const server = calm.serverUuid;
    for (let at = Math.max(calm.firstTick, tick - 2); at < tick; at += 1) {
      const atUs = this.boundaryUs(at);
      const fresh = freshTick(calm.seed, at);
      const writes = tickWrites(calm, at, fresh);
      const readUs = fresh.invokedUs + fresh.opening.readyUs + fresh.read.doneUs;
      last.fresh.read = { tUs: atUs + readUs, server };
      last.fresh.write = { tUs: atUs + writes.fresh.answeredUs, server };
      if (writes.held !== undefined) {
        last.held.write = { tUs: atUs + writes.held.answeredUs, server };
        continue;
      }
      const held = heldTick(calm.seed, at, "read");
      last.held.read = { tUs: atUs + held.invokedUs + held.answering.doneUs, server };
    }
  }

  private boundaryUs(tick: number): Us {
    return (this.startUs ?? 0) + tick * this.options.workload.cadenceUs;
  }

  /** The nominal time of a tick: if all is well here, it may all be passed over from now on. */
  private boundary(tick: number): void {
    this.agenda.at(this.boundaryUs(tick), () => {
      if (this.stopUs !== undefined) return;
      const calm = this.calmFrom(tick);
      if (calm === undefined) {
        this.schedule(tick);
        return;
      }
      this.calm = calm;
      for (const probe of this.probes) probe.suspend();
    });
  }

  private schedule(tick: number): void {
    const { agenda, parts } = this;
    const atUs = this.boundaryUs(tick);
    const { seed } = parts;
    const running = (): boolean => this.stopUs === undefined;
    agenda.at(atUs + freshTick(seed, tick).invokedUs, () => {
      if (running()) startFreshTick(parts, tick);
    });
    for (const lane of [this.held, ...this.direct]) {
      agenda.at(atUs + lane.invokedUs(tick), () => {
        if (running() && !lane.busy) lane.tick(tick);
        // A deadline that runs out in this very microsecond comes first, whichever was set first.
        else
          agenda.after(0, () => {
            if (running()) lane.tick(tick);
          });
      });
    }
    this.boundary(tick + 1);
  }

  /** What a stretch would begin with, if one can. */
  private calmFrom(tick: number): Calm | undefined {
    const { options, operations, held } = this;
    if (this.direct.length > 0) return undefined;
    if (options.stretches === false || options.network.lossy === true) return undefined;
    if (options.network.routed === true) return undefined;
    if (options.workload.cadenceUs < TICK_US_MAX) return undefined;
    if (this.wire.isCrowded() || this.watch.isPending()) return undefined;
    if (operations.underWay > 0 || held.busy) return undefined;
    const meeting = this.wire.meet(VIP_TARGET);
    if (meeting.kind === "silence") return undefined;
    if (!this.probes.every((probe) => probe.isSteady())) return undefined;
    const server = meeting.kind === "open" ? this.wire.server(meeting.node) : undefined;
    const isCalm = server === undefined ? held.connection === undefined : this.isServed(server);
    if (!isCalm) return undefined;
    const untilUs = this.replication.calmUntilUs(server);
    if (untilUs <= this.boundaryUs(tick)) return undefined;
    const calm = { firstTick: tick, untilUs };
    return server === undefined
      ? { ...calm, kind: "refused", start: this.refusedFrom(tick, meeting.node) }
      : { ...calm, kind: "served", start: this.servedFrom(tick, server) };
  }

  /** Both lanes get their answers of it. */
  private isServed(server: MysqlServer): boolean {
    const { connection } = this.held;
    if (connection?.isOpen !== true || connection.node() !== server.node) return false;
    return connection.isKnown() && serves(server);
  }

  private servedFrom(tick: number, server: MysqlServer): StretchStart {
    const { options, operations, held } = this;
    return {
      seed: options.seed,
      vip: options.topology.vip,
      node: server.node,
      serverUuid: server.serverUuid,
      baseUs: this.boundaryUs(0),
      cadenceUs: options.workload.cadenceUs,
      firstTick: tick,
      operations: operations.counters.operations,
      writes: { ...operations.counters.writes },
      turn: held.turn,
      seen: { fresh: server.highest("fresh"), held: server.highest("held") },
      live: this.replication.edges.filter((edge) => edge.source === server && edge.isLive()),
      awaited: this.replication.awaited(server),
    };
  }

  private refusedFrom(tick: number, node: string): RefusalsStart {
    const { options, operations, held } = this;
    return {
      seed: options.seed,
      vip: options.topology.vip,
      ...(options.servers.has(node) ? { node } : {}),
      baseUs: this.boundaryUs(0),
      cadenceUs: options.workload.cadenceUs,
      firstTick: tick,
      operations: operations.counters.operations,
      heldWrites: operations.counters.writes.held,
      turn: held.turn,
    };
  }

  /** Looks whether all has ended, each time something has. */
  private awaitEnd(): void {
    const { clock, record } = this.options;
    const lanes = [this.held, ...this.direct];
    const busy =
      this.operations.underWay > 0 ||
      lanes.some((lane) => lane.busy) ||
      this.probes.some((probe) => probe.busy);
    if (busy) {
      const nextUs = this.agenda.peekUs() ?? clock.nowUs();
      clock.at(Math.max(nextUs, clock.nowUs()), () => {
        this.awaitEnd();
      });
      return;
    }
    const endUs = clock.nowUs();
    this.endUs = endUs;
    for (const lane of lanes) lane.close();
    record(endUs, { kind: "observer", observer: "client", state: "ended" });
    this.onEnded?.(endUs);
  }
}

function serves(server: MysqlServer): boolean {
  if (!server.answers() || server.state() !== "up") return false;
  if (server.readOnly || server.locked || server.exhausted) return false;
  // The probe, both lanes and what replicates: far below any limit that makes sense, or not calm.
  return server.sessions.size + 2 < server.maxConnections;
}
