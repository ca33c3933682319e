/**
 * The simulated world of one run: clock, segment, hosts, database traffic, and what its observers
 * write down. Everything in it follows from the topology, the image and the seed.
 */
import { randomStream, type RandomStream } from "../../core/random.ts";
import { milliseconds, type Us } from "../../core/time.ts";
import type { EventBody, TimedEvent, TimedEventOf } from "../../history/events.ts";
import { MAIL_SINK } from "../../observe/mail.ts";
import { profileOf } from "../../keepalived/versions.ts";
import { onlyRouter, type ResolvedTopology } from "../../topology/resolve.ts";
import { configOf } from "../../topology/routers.ts";
import type { Workload } from "../../workload/workload.ts";
import { observerAddress, SMTP_PORT, takesMail } from "../mail.ts";
import { EventQueue } from "./clock.ts";
import { SimHost } from "./host.ts";
import type { SimulatedImage } from "./images.ts";
import { mailOf } from "./mail.ts";
import { SimMonitors } from "./monitors.ts";
import { Segment, type Station } from "./network.ts";
import { ForeignStation, foreignAddress } from "./foreign.ts";
import { listOf, Merged, put, SimRecorder } from "./recorder.ts";
import { SimTraffic } from "./traffic.ts";

/** Name of the observer's station. */
const CLIENT = "client";

export interface WorldRequest {
  readonly topology: ResolvedTopology;
  readonly workload: Workload;
  readonly image: SimulatedImage;
  readonly seed: number;
  /** When each node's keepalived is started, after the first one; absent: one after the other. */
  readonly keepalivedStartOffsetsUs?: Readonly<Record<string, Us>>;
}

/** While a condition is waited for it is looked at after every event, and this often: clients are computed in bulk. */
const LOOK_US = milliseconds(10);

/** Container to container: `service keepalived start` on one node, then on the next. */
const NEXT_START_US = milliseconds(120);

export class World {
  readonly clock: EventQueue = new EventQueue();
  /** Of those who type commands. */
  readonly chance: RandomStream;
  readonly recorder: SimRecorder = new SimRecorder();
  readonly topology: ResolvedTopology;
  readonly segment: Segment;
  readonly hosts: readonly SimHost[];
  readonly traffic: SimTraffic;
  readonly monitors: SimMonitors;
  readonly versions: Readonly<Record<string, string>>;
  private readonly request: WorldRequest;
  private foreign: ForeignStation | undefined;
  /** What was computed in one go and has been asked for, by kind. */
  private readonly computed = new Map<EventBody["kind"], TimedEvent[]>();
  private readonly merged = new Map<EventBody["kind"], Merged>();

  constructor(request: WorldRequest) {
    this.request = request;
    const { topology, image, seed } = request;
    this.topology = topology;
    this.chance = randomStream(seed, "commands");
    const record = (tUs: Us, body: EventBody): void => {
      this.recorder.record(tUs, body);
    };
    const vips = topology.vips.map((vip) => vip.address);
    this.segment = new Segment(
      this.clock,
      randomStream(seed, "segment"),
      record,
      new Map([
        ...topology.nodes.map((node) => [node.name, node.address] as const),
        [CLIENT, observerAddress(topology)] as const,
      ]),
      vips,
    );
    this.traffic = new SimTraffic({
      topology,
      workload: request.workload,
      image,
      seed,
      clock: this.clock,
      network: this.segment,
      record,
    });
    const { clock, segment } = this;
    const beside = { clock, segment, record, station: CLIENT };
    const deliver = mailOf({ ...beside, chance: randomStream(seed, "mail") });
    this.monitors = new SimMonitors({
      ...beside,
      monitors: topology.monitors ?? [],
      chance: randomStream(seed, "monitors"),
      address: observerAddress(topology),
    });
    this.hosts = topology.nodes.map((node, index) => {
      const host = new SimHost({
        node,
        loopbackVip: topology.vips.find(({ name }) => name === node.realServer?.vip)?.address,
        mac: macOf(index),
        clock: this.clock,
        random: randomStream(seed, `host ${node.name}`),
        segment: this.segment,
        profile: profileOf(image.keepalived),
        record,
        readConfig: (text, files) =>
          configOf({ name: node.name, keepalived: text, files }, image.keepalived),
        mysql: this.traffic.server(node.name),
        mysqldName: image.process,
        deliver,
        queues: (meeting, port) => this.traffic.queues(meeting, port),
        query: (request_) => this.traffic.query(node.name, request_),
      });
      this.segment.attach(host);
      return host;
    });
    this.segment.attach(clientStation(topology));
    this.clock.onAdvance = (tUs) => {
      this.traffic.advanceTo(tUs);
    };
    this.versions = Object.fromEntries(
      topology.nodes.flatMap(({ name, mysql, keepalived }) => [
        ...(mysql === undefined ? [] : [[`${name} mysqld`, image.mysqld] as const]),
        ...(keepalived === undefined ? [] : [[`${name} keepalived`, image.keepalived] as const]),
      ]),
    );
  }

  /** Everything known by now, what was computed in one go included. */
  events(): readonly TimedEvent[] {
    const { traffic, recorder } = this;
    return [...traffic.expandRefusals(), ...recorder.events(), ...traffic.expand()];
  }

  eventsOf<K extends EventBody["kind"]>(kind: K): readonly TimedEventOf<K>[] {
    if (!COMPUTED_KINDS.has(kind)) return this.recorder.eventsOf(kind);
    // Draining ends a stretch, and what goes on at its end is recorded.
    for (const event of this.traffic.drain()) put(this.computed, event);
    const recorded = this.recorder.eventsOf(kind);
    const merged = this.merged.get(kind) ?? new Merged();
    this.merged.set(kind, merged);
    return merged.with(recorded, listOf(this.computed, kind)) as TimedEventOf<K>[];
  }

  /** Lets time pass until it holds or the bound is over. */
  until(holds: () => boolean, boundUs: Us, lookUs: Us = LOOK_US): boolean {
    const endUs = this.clock.nowUs() + boundUs;
    while (!holds()) {
      const nowUs = this.clock.nowUs();
      if (nowUs >= endUs) return false;
      const nextUs = this.clock.peekUs() ?? endUs;
      this.clock.runUntil(Math.min(Math.max(nextUs, nowUs + 1), nowUs + lookUs, endUs));
    }
    return true;
  }

  /** The same for what no client has a part in: nothing changes between two events. */
  untilEvent(holds: () => boolean, boundUs: Us): boolean {
    return this.until(holds, boundUs, Number.POSITIVE_INFINITY);
  }

  /** A host that is none of the topology's; it joins the segment when it is first asked for. */
  stranger(): ForeignStation {
    if (this.foreign === undefined) {
      this.foreign = new ForeignStation(this.strangerAddress);
      this.segment.attach(this.foreign);
    }
    return this.foreign;
  }

  /** Its address, whether it is there or not. */
  get strangerAddress(): string {
    return foreignAddress(this.topology.subnet);
  }

  /** In a simulation nothing escapes; that is what these events stand for. */
  startObservers(): void {
    const watching = (observer: string): void => {
      this.recorder.record(this.clock.nowUs(), { kind: "observer", observer, state: "watching" });
    };
    for (const host of this.hosts) {
      watching(`netlink at ${host.name}`);
      watching(`packets at ${host.name}`);
      if (!host.hasIpvs) continue;
      watching(`ipvs at ${host.name}`);
      host.recordIpvs();
    }
    watching("neighbours at client");
    watching("packets at segment");
    if (takesMail(this.topology)) watching(MAIL_SINK);
  }

  /** The preferred holder first, as the container backend does it. */
  startKeepalived(): void {
    const offsets = this.request.keepalivedStartOffsetsUs;
    const order = onlyRouter(this.topology).members.toSorted((a, b) => b.priority - a.priority);
    order.forEach((member, index) => {
      const delayUs = offsets?.[member.node] ?? index * NEXT_START_US;
      this.clock.after(delayUs, () => {
        this.hosts.find((host) => host.name === member.node)?.keepalived.start();
      });
    });
  }
}

/** Kinds of facts that a calm stretch of traffic consists of. */
const COMPUTED_KINDS: ReadonlySet<EventBody["kind"]> = new Set([
  "invoke",
  "complete",
  "mysqld",
  "tcp",
  "clock",
]);

/** Docker's own scheme: 02:42 and the address. */
function macOf(index: number): string {
  return `02:42:c6:12:00:${(11 + index).toString(16).padStart(2, "0")}`;
}

/** The observer's container: it runs the client and the monitors, takes mail, and captures the segment. */
function clientStation(topology: ResolvedTopology): Station {
  const own = observerAddress(topology);
  const takes = takesMail(topology);
  return {
    name: CLIENT,
    seenAt: "segment",
    mac: "02:42:c6:12:00:fa",
    forwards: false,
    isUp: () => true,
    hasAddress: (address) => address === own,
    accepts: () => true,
    listens: (address, port) => takes && address === own && port === SMTP_PORT,
    receiveAdvert: () => undefined,
  };
}
