/**
 * One switched segment: stations, directed rules on their way to each other, and what a capture at each
 * station would show. Adverts and gratuitous ARP travel as frames; TCP is asked as a question ("what
 * would this segment meet now?"), because nothing here depends on single data packets.
 *
 * Where a rule sits decides who sees the frame: a drop on the way out (`out`) is seen nowhere, one in
 * the switch (`link`) at the sender, one on the way in (`in`) also by the receiver's capture, as with
 * nftables on a real host, where captures come after the output and before the input hooks.
 *
 * Delays, copies and a changed order are for adverts and announcements only.
 *
 * Left out: bandwidth, several segments, TCP retransmission (a lost segment means silence until the
 * caller's own deadline), MAC learning of the switch, IPv6 neighbour discovery.
 */
import { present } from "../../core/assert.ts";
import type { RandomStream } from "../../core/random.ts";
import { seconds, type Us } from "../../core/time.ts";
import type { EventBody } from "../../history/events.ts";
import type { Clock } from "./clock.ts";
import type { Flow, Meeting, Packet, TrafficNetwork } from "./database.ts";
import type { IpvsTable } from "./ipvs.ts";
import type { Advert } from "./keepalived/host.ts";
import { has, Routing } from "./routing.ts";

export type Protocol = "vrrp" | "arp" | "garp" | "tcp" | "icmp";

export type Effect =
  | { readonly kind: "drop"; readonly share: number }
  | { readonly kind: "delay"; readonly delayUs: Us; readonly jitterUs: Us }
  | { readonly kind: "duplicate"; readonly share: number }
  | { readonly kind: "reorder"; readonly share: number; readonly byUs: Us };

/** Absent ends and protocols stand for all. */
export interface LinkRule {
  readonly point: "out" | "link" | "in";
  readonly from?: string;
  readonly to?: string;
  readonly protocols?: readonly Protocol[];
  /** Source address of what is asked about TCP and ICMP; absent: any, and adverts and ARP as well. */
  readonly source?: string;
  readonly effect: Effect;
}

export interface InstalledRule {
  readonly rule: LinkRule;
  /** Frames that it has dropped, delayed or doubled. */
  readonly hits: number;
  /** Frames that it was about, and has left alone by chance. */
  readonly misses: number;
  readonly installed: boolean;
  remove(): void;
}

/** A machine on the segment, as the switch and its peers see it. */
export interface Station {
  readonly name: string;
  /** Where its capture is filed: its name, or `segment` for the observer; absent: nobody captures there. */
  readonly seenAt?: string;
  readonly mac: string;
  /** It routes packets for others (`net.ipv4.ip_forward`), which a database host does not. */
  readonly forwards: boolean;
  isUp(): boolean;
  hasAddress(address: string): boolean;
  /** It takes what is sent to the address, which is on its loopback interface, and is no holder by that. */
  onLoopback?(address: string): boolean;
  /** It answers ARP for an address on its loopback interface, as Linux does unless told otherwise (`arp_ignore` 0). */
  answersArp?(address: string): boolean;
  readonly ipvs?: IpvsTable;
  /** What its kernel's sync daemon does with entries of connections. */
  syncRole?(): "master" | "backup" | undefined;
  /** Its kernel lets traffic to and from the address pass (strict mode does not). */
  accepts(address: string): boolean;
  listens(address: string, port: number): boolean;
  receiveAdvert(advert: Advert): void;
}

/**
 * One way between two containers of one host, mean of what netlink and packet stamps of real runs
 * differ by (0.02 to 1.6 ms with a median near 0.1 ms, which includes the process's own work).
 */
export const WIRE_US: Us = 60;

/**
 * Half to one and a half of Linux `base_reachable_time_ms` (30 s), drawn for each interface when it comes up
 * (`neighbour.c:neigh_rand_reach_time`; drawn anew every five minutes, which is left out).
 */
const ARP_REACHABLE_US: readonly [leastUs: Us, mostUs: Us] = [seconds(15), seconds(45)];
/** Linux `delay_first_probe_time`: a stale entry that is used is asked for after this, if nothing confirms it. */
const ARP_PROBE_AFTER_US = seconds(5);
/** `ucast_solicit`: 3 probes, 1 s apart. */
const ARP_FAILED_AFTER_US: Us = ARP_PROBE_AFTER_US + seconds(3);
/** Linux `retrans_time_ms`: a question that nobody answered is repeated after this. */
const ARP_AGAIN_US = seconds(1);

interface Neighbour {
  /** Absent while nobody has answered. */
  station: string | undefined;
  askedUs: Us;
  confirmedUs: Us;
  /** When the entry was first used after it had gone stale. */
  probedSinceUs: Us | undefined;
}

interface Rule extends LinkRule {
  hits: number;
  misses: number;
}

interface Fate {
  readonly passes: boolean;
  readonly delayUs: Us;
  readonly copies: number;
}

const PLAIN: Fate = { passes: true, delayUs: 0, copies: 1 };
const LOST: Fate = { passes: false, delayUs: 0, copies: 0 };

export class Segment implements TrafficNetwork {
  private readonly clock: Clock;
  private readonly random: RandomStream;
  private readonly record: (tUs: Us, body: EventBody) => void;
  private readonly stations: Station[] = [];
  private readonly byName = new Map<string, Station>();
  private readonly byAddress = new Map<string, string>();
  private readonly neighbours = new Map<string, Map<string, Neighbour>>();
  /** How long each station's kernel takes an entry for confirmed. */
  private readonly reachableUs = new Map<string, Us>();
  /** ARP is recorded where it is about one of these, as the observers of containers do. */
  private readonly vips: ReadonlySet<string>;
  private readonly routing: Routing;
  private rules: Rule[] = [];
  private changes = 0;

  constructor(
    clock: Clock,
    random: RandomStream,
    record: (tUs: Us, body: EventBody) => void,
    addresses: ReadonlyMap<string, string>,
    vips: readonly string[],
  ) {
    this.clock = clock;
    this.random = random;
    this.record = record;
    this.vips = new Set(vips);
    for (const [name, address] of addresses) this.byAddress.set(address, name);
    this.routing = new Routing({
      stations: this.stations,
      station: (name) => this.station(name),
      ownerOf: (address) => this.byName.get(this.byAddress.get(address) ?? ""),
      resolve: (from, address) => this.resolve(from, address),
      passes: (from, to, source) => this.passes(from, to, source),
      confirm: (from, address) => {
        this.confirm(from, address);
      },
      nowUs: () => clock.nowUs(),
    });
  }

  attach(station: Station): void {
    this.stations.push(station);
    this.byName.set(station.name, station);
    this.neighbours.set(station.name, new Map());
    this.reachableUs.set(station.name, this.random.integer(...ARP_REACHABLE_US));
  }

  /** Moves whenever an answer to a question about TCP could change. */
  get version(): number {
    return this.changes;
  }

  /** Frames are lost by chance, so that the same question gets different answers. */
  get lossy(): boolean {
    return this.rules.some(
      ({ effect, protocols }) =>
        effect.kind === "drop" &&
        effect.share < 1 &&
        (protocols === undefined || protocols.includes("tcp") || protocols.includes("arp")),
    );
  }

  /** A host's addresses, or what it lets pass, are not what they were. */
  hostChanged(): void {
    this.changes += 1;
  }

  has(which: (rule: LinkRule) => boolean): boolean {
    return this.rules.some(which);
  }

  install(rule: LinkRule): InstalledRule {
    this.changes += 1;
    const installed: Rule = { ...rule, hits: 0, misses: 0 };
    this.rules.push(installed);
    const inForce = (): boolean => this.rules.includes(installed);
    return {
      rule,
      get installed() {
        return inForce();
      },
      get hits() {
        return installed.hits;
      },
      get misses() {
        return installed.misses;
      },
      remove: () => {
        this.changes += 1;
        this.rules = this.rules.filter((other) => other !== installed);
      },
    };
  }

  /** A station's interface went away: its kernel forgets whom it knew. */
  forgetNeighbours(name: string): void {
    this.changes += 1;
    for (const address of this.neighbours.get(name)?.keys() ?? []) {
      this.recordNeighbour(this.station(name), address, undefined, "deleted");
    }
    this.neighbours.set(name, new Map());
  }

  /** To the group, or to the one station that has the destination. */
  sendAdvert(from: string, advert: Advert, multicast: boolean): void {
    const sender = this.station(from);
    const body = this.advertBody(advert);
    this.leave(sender, "vrrp", () => {
      this.captured(sender, (seenAt) => ({ ...body, seenAt }));
      for (const receiver of this.stations) {
        if (receiver === sender) continue;
        if (!multicast && !receiver.hasAddress(advert.destination)) continue;
        this.carry(sender, receiver, "vrrp", (passesIn) => {
          this.captured(receiver, (seenAt) => ({ ...body, seenAt }));
          if (passesIn) receiver.receiveAdvert(advert);
        });
      }
    });
  }

  /** A broadcast ARP request for one's own address: neighbours that know the address change their mind. */
  announce(from: string, address: string): void {
    const sender = this.station(from);
    this.leave(sender, "garp", () => {
      this.recordArp(sender, sender, "request", address, address);
      for (const receiver of this.stations) {
        if (receiver === sender) continue;
        this.carry(sender, receiver, "garp", (passesIn) => {
          this.recordArp(receiver, sender, "request", address, address);
          const entry = this.neighbours.get(receiver.name)?.get(address);
          if (!passesIn || entry === undefined || receiver.hasAddress(address)) return;
          // An announcement of what is known already changes nothing (`neighbour.c:__neigh_update`).
          if (entry.station === sender.name) return;
          this.changes += 1;
          entry.station = sender.name;
          // Announced is not confirmed: the kernel asks for itself, once the entry is used.
          entry.confirmedUs = Number.NEGATIVE_INFINITY;
          entry.probedSinceUs = undefined;
          this.recordNeighbour(receiver, address, sender, "STALE");
        });
      }
    });
  }

  /** Multicast echo request, as the probe of `settle`: which other stations see it. */
  echo(from: string): string[] {
    const sender = this.station(from);
    if (!sender.isUp() || !this.passesOut(sender, "icmp")) return [];
    return this.stations
      .filter((to) => to !== sender && to.isUp() && this.fate("link", sender, to, "icmp").passes)
      .flatMap(({ seenAt }) => (seenAt === undefined ? [] : [seenAt]));
  }

  /** A VRRP packet that every keepalived skips, to see whether the filters on its way bite. */
  probe(from: string): void {
    const sender = this.station(from);
    this.leave(sender, "vrrp", () => {
      for (const receiver of this.stations) {
        if (receiver !== sender) this.carry(sender, receiver, "vrrp", () => undefined);
      }
    });
  }

  connect(from: string, address: string, port: number): Meeting {
    return this.routing.meet({ from, address, port });
  }

  continue(from: string, address: string, port: number, node: string): Meeting {
    return this.routing.meet({ from, address, port, node });
  }

  /** A station has virtual services, or had them: where a connection ends up hangs on more than its address. */
  get routed(): boolean {
    return this.stations.some(({ ipvs }) => ipvs?.used === true);
  }

  /** Packets of one connection, so many at once; `node` is who has it by now. */
  follow(flow: Flow, packet: Packet, node: string | undefined, nowUs: Us, count = 1): Meeting {
    const { from, address, port } = flow;
    return this.routing.meet({ from, address, port, node, sent: { flow, packet, nowUs, count } });
  }

  /** What the node sends from an address that it has, be it on its loopback interface, gets there. */
  returns(node: string, address: string, to: string): boolean {
    return has(this.station(node), address) && this.passes(node, to, address);
  }

  passes(from: string, to: string, source?: string): boolean {
    if (from === to) return true;
    const sender = this.station(from);
    const receiver = this.station(to);
    return (
      sender.isUp() &&
      receiver.isUp() &&
      this.fate("out", sender, undefined, "tcp", source).passes &&
      this.fate("link", sender, receiver, "tcp", source).passes &&
      this.fate("in", sender, receiver, "tcp", source).passes
    );
  }

  /** An echo request that is answered. */
  ping(from: string, address: string): boolean {
    const target = this.resolve(from, address);
    if (target === undefined || !has(target, address)) return false;
    return this.passes(from, target.name) && this.passes(target.name, from, address);
  }

  /** By the names in the hosts files of the lab. */
  addressOf(name: string): string | undefined {
    if (name === "localhost") return "127.0.0.1";
    for (const [address, owner] of this.byAddress) if (owner === name) return address;
    return undefined;
  }

  /** The station that a place's frames for the address go to right now, without asking the segment. */
  neighbourOf(from: string, address: string): string | undefined {
    return this.neighbours.get(from)?.get(address)?.station;
  }

  private resolve(from: string, address: string): Station | undefined {
    const own = this.station(from);
    if (has(own, address)) return own;
    const entry = this.neighbours.get(from)?.get(address);
    if (entry === undefined) return this.ask(own, address);
    const { station } = entry;
    if (station === undefined) {
      const isFresh = this.clock.nowUs() - entry.askedUs < ARP_AGAIN_US;
      return isFresh ? undefined : this.ask(own, address);
    }
    if (this.isFailed(own, entry, station, address)) return this.ask(own, address);
    return this.byName.get(station);
  }

  /** Stale entries are used until the kernel's own probes have gone unanswered. */
  private isFailed(own: Station, entry: Neighbour, station: string, address: string): boolean {
    const now = this.clock.nowUs();
    if (now - entry.confirmedUs < (this.reachableUs.get(own.name) ?? 0)) return false;
    entry.probedSinceUs ??= now;
    if (now - entry.probedSinceUs < ARP_PROBE_AFTER_US) return false;
    const target = this.station(station);
    const answers =
      answersArp(target, address) && this.arpPasses(own, target) && this.arpPasses(target, own);
    if (answers) this.confirm(own.name, address);
    const isOver = now - entry.probedSinceUs >= ARP_FAILED_AFTER_US;
    if (answers || !isOver) return false;
    this.recordNeighbour(own, address, undefined, "FAILED");
    entry.station = undefined;
    return true;
  }

  private arpPasses(from: Station, to: Station): boolean {
    return (
      from.isUp() &&
      to.isUp() &&
      this.passesOut(from, "arp") &&
      this.fate("link", from, to, "arp").passes &&
      this.fate("in", from, to, "arp").passes
    );
  }

  private confirm(from: string, address: string): void {
    const entry = this.neighbours.get(from)?.get(address);
    if (entry === undefined) return;
    entry.confirmedUs = this.clock.nowUs();
    entry.probedSinceUs = undefined;
  }

  /** MAC addresses that answer a question of a tool's (`arping`), which its kernel does not learn from. */
  answersFor(from: string, address: string): string[] {
    return this.question(this.station(from), address).map(({ mac }) => mac);
  }

  /** Who has it? The first answer counts; which of several comes first is chance. */
  private ask(own: Station, address: string): Station | undefined {
    this.changes += 1;
    const answers = this.question(own, address);
    const first =
      answers.length <= 1 ? answers[0] : answers[this.random.integer(0, answers.length - 1)];
    const nowUs = this.clock.nowUs();
    const known = this.neighbours.get(own.name)?.get(address);
    if (first !== undefined) this.recordNeighbour(own, address, first, "REACHABLE");
    else if (known === undefined || known.station !== undefined) {
      this.recordNeighbour(own, address, undefined, "FAILED");
    }
    this.neighbours.get(own.name)?.set(address, {
      station: first?.name,
      askedUs: nowUs,
      confirmedUs: nowUs,
      probedSinceUs: undefined,
    });
    return first;
  }

  /** Everybody who answers, in no order that counts. */
  private question(own: Station, address: string): Station[] {
    const answers: Station[] = [];
    const heard = own.isUp() && this.passesOut(own, "arp");
    if (heard) this.recordArp(own, own, "request", this.ownAddress(own), address);
    for (const other of heard ? this.stations : []) {
      if (other === own || !other.isUp()) continue;
      if (!this.fate("link", own, other, "arp").passes) continue;
      this.recordArp(other, own, "request", this.ownAddress(own), address);
      if (!this.fate("in", own, other, "arp").passes || !answersArp(other, address)) continue;
      if (!this.passesOut(other, "arp")) continue;
      this.recordArp(other, other, "reply", address, this.ownAddress(own));
      if (!this.fate("link", other, own, "arp").passes) continue;
      this.recordArp(own, other, "reply", address, this.ownAddress(own));
      if (this.fate("in", other, own, "arp").passes) answers.push(other);
    }
    return answers;
  }

  private carry(
    sender: Station,
    receiver: Station,
    protocol: Protocol,
    arrive: (passesIn: boolean) => void,
  ): void {
    const fate = this.fate("link", sender, receiver, protocol);
    if (!fate.passes) return;
    for (let copy = 0; copy < fate.copies; copy += 1) {
      this.clock.after(WIRE_US + fate.delayUs, () => {
        if (!receiver.isUp()) return;
        arrive(this.fate("in", sender, receiver, protocol).passes);
      });
    }
  }

  /** Out of a station, as often and as late as the rules there will have it; its own capture comes after them. */
  private leave(sender: Station, protocol: Protocol, go: () => void): void {
    if (!sender.isUp()) return;
    const fate = this.fate("out", sender, undefined, protocol);
    for (let copy = 0; fate.passes && copy < fate.copies; copy += 1) {
      if (fate.delayUs === 0) go();
      else
        this.clock.after(fate.delayUs, () => {
          if (sender.isUp()) go();
        });
    }
  }

  private passesOut(sender: Station, protocol: Protocol): boolean {
    return this.fate("out", sender, undefined, protocol).passes;
  }

  private fate(
    point: LinkRule["point"],
    from: Station,
    to: Station | undefined,
    protocol: Protocol,
    source?: string,
  ): Fate {
    if (this.rules.length === 0) return PLAIN;
    let fate = PLAIN;
    for (const rule of this.rules) {
      if (rule.point !== point || !matches(rule, from, to, protocol)) continue;
      if (rule.source !== undefined && rule.source !== source) continue;
      fate = this.apply(rule, fate);
      if (!fate.passes) return LOST;
    }
    return fate;
  }

  private apply(rule: Rule, fate: Fate): Fate {
    const { effect } = rule;
    if ("share" in effect && effect.share < 1 && this.random.next() >= effect.share) {
      rule.misses += 1;
      return fate;
    }
    rule.hits += 1;
    switch (effect.kind) {
      case "drop":
        return LOST;
      case "delay": {
        const jitterUs = effect.jitterUs === 0 ? 0 : this.random.integer(0, effect.jitterUs);
        return { ...fate, delayUs: fate.delayUs + effect.delayUs + jitterUs };
      }
      case "duplicate":
        return { ...fate, copies: fate.copies + 1 };
      case "reorder":
        return { ...fate, delayUs: fate.delayUs + effect.byUs };
    }
  }

  private advertBody(advert: Advert): Omit<Extract<EventBody, { kind: "advert" }>, "seenAt"> {
    const sender = this.byAddress.get(advert.source);
    const { source, vrid, priority, addresses } = advert;
    const body = { kind: "advert", source, vrid, priority, addresses } as const;
    return sender === undefined ? body : { ...body, sender };
  }

  private recordArp(
    at: Station,
    sender: Station,
    operation: "request" | "reply",
    senderAddress: string,
    targetAddress: string,
  ): void {
    if (!this.vips.has(senderAddress) && !this.vips.has(targetAddress)) return;
    this.captured(at, (seenAt) => ({
      kind: "arp",
      seenAt,
      operation,
      gratuitous: senderAddress === targetAddress,
      senderMac: sender.mac,
      ...(this.isNode(sender) ? { sender: sender.name } : {}),
      senderAddress,
      targetAddress,
    }));
  }

  private captured(at: Station, body: (seenAt: string) => EventBody): void {
    if (at.seenAt !== undefined) this.record(this.clock.nowUs(), body(at.seenAt));
  }

  /**
   * What the place's kernel tells its netlink watcher. Its way through DELAY and PROBE is left out, and an
   * address that nobody has is FAILED at once, 3 s before the kernel says so.
   */
  private recordNeighbour(
    at: Station,
    address: string,
    neighbour: Station | undefined,
    state: string,
  ): void {
    if (!this.vips.has(address) || at.seenAt === undefined) return;
    this.record(this.clock.nowUs(), {
      kind: "neighbour",
      at: at.name,
      address,
      ...(neighbour === undefined ? {} : { mac: neighbour.mac }),
      ...(neighbour !== undefined && this.isNode(neighbour) ? { node: neighbour.name } : {}),
      state,
    });
  }

  private isNode(station: Station): boolean {
    return station.seenAt === station.name;
  }

  private ownAddress(station: Station): string {
    for (const [address, name] of this.byAddress) if (name === station.name) return address;
    return "0.0.0.0";
  }

  private station(name: string): Station {
    return present(this.byName.get(name), `station ${name}`);
  }
}

function answersArp(station: Station, address: string): boolean {
  return station.hasAddress(address) || station.answersArp?.(address) === true;
}

function matches(rule: Rule, from: Station, to: Station | undefined, protocol: Protocol): boolean {
  if (rule.from !== undefined && rule.from !== from.name) return false;
  if (rule.to !== undefined && rule.to !== to?.name) return false;
  const { protocols } = rule;
  if (protocols === undefined || protocols.includes(protocol)) return true;
  return protocol === "garp" && protocols.includes("arp");
}
