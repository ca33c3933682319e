/**
 * The IPVS table of one host: virtual services, their servers, the entry that each connection leaves, and the templates of
 * persistence. It says where a packet goes; `routing.ts` takes it there.
 *
 * Read in Linux (mainline of an undated copy): `ip_vs_wrr.c`, `ip_vs_conn.c:ip_vs_conn_expire`, `:ip_vs_check_template`,
 * `ip_vs_core.c:ip_vs_sched_persist`. What becomes of connections of a removed server, of an empty service and of left-overs was seen in a
 * laboratory with 7.2. Named below, but not looked up for this file: timeouts, order of the list, rr, wlc, lc, the sync daemon's threshold and delay,
 * and since when hooks go with the last service.
 *
 * Left out: schedulers beside rr, wrr, lc and wlc (they schedule as wlc), thresholds of connections, `expire_nodest_conn`,
 * `expire_quiescent_template`, `sloppy_tcp` and the other switches (all at their defaults, off), the netmask of persistence, firewall marks, UDP.
 */
import { seconds, type Us } from "../../core/time.ts";
import type { IpvsServer, IpvsService } from "../../history/events.ts";
import type { Flow, Packet } from "./database.ts";

/** The address that a service has, and what says how it is scheduled. */
export type ServiceSettings = Omit<IpvsService, "servers">;

export type Verdict =
  /** No service of this table, or no connection that it knows: the host's own TCP has it. */
  | { readonly kind: "own" }
  /** No server may take it: port unreachable, which a client sees as a refusal. */
  | { readonly kind: "refused" }
  | { readonly kind: "dropped" }
  /** `due`: the entry is to be told to the peer's table now. */
  | { readonly kind: "server"; readonly server: IpvsServer; readonly due?: Known };

/** What a peer is told of a connection. */
export interface Known {
  readonly server: IpvsServer;
  readonly templateUs: Us | undefined;
  readonly isClosing: boolean;
}

type State = "syn" | "established" | "closing";

/** `ip_vs_proto_tcp.c:tcp_timeouts`; by direct routing only the client's packets are seen, whose FIN leads to FIN_WAIT. */
const TIMEOUT_US: Readonly<Record<State, Us>> = {
  syn: seconds(60),
  established: seconds(15 * 60),
  closing: seconds(120),
};
/** A template that still has connections when it expires is looked at again after this (`ip_vs_conn_expire`). */
const TEMPLATE_AGAIN_US = seconds(60);
/** `sync_threshold` 3 50: told at the third packet, then at every fiftieth (ip-vs sysctl documentation). */
const SYNC_THRESHOLD = 3;
const SYNC_PERIOD = 50;
/** A packet of entries leaves when it is full or this old (`ip_vs_sync.c`, IPVS_SYNC_FLUSH_TIME). */
export const SYNC_FLUSH_US: Us = seconds(2);
const SWEEP_EVERY = 1000;

interface Destination {
  server: IpvsServer;
  /**
   * It is in its service; one that was taken out is kept for its connections, and found again. Absent: only a peer has told of
   * it, which is believed (`ip_vs_sync.c:ip_vs_proc_conn`).
   */
  isIn: boolean | undefined;
}

interface Entry {
  readonly destination: Destination;
  /** The service as the packets name it. */
  readonly place: string;
  state: State;
  expiresUs: Us;
  packets: number;
  /** Told by a peer: in force from then on. */
  readonly fromUs: Us;
  readonly template: Template | undefined;
}

interface Template {
  readonly destination: Destination;
  timeoutUs: Us;
  expiresUs: Us;
  readonly fromUs: Us;
  entries: Entry[];
}

interface Service {
  readonly settings: ServiceSettings;
  /** The newest first, as the kernel's list has them. */
  destinations: Destination[];
  turn: Turn;
}

/** Where the round robins are: the last that was chosen, or the list's head; and the weight that is asked for. */
interface Turn {
  readonly last: Destination | undefined;
  readonly weight: number;
}

export class IpvsTable {
  /** Told of every change that `ipvsadm` would show. */
  onChange: (() => void) | undefined;
  /** There has been a service. */
  used: boolean = false;
  private readonly services = new Map<string, Service>();
  private readonly entries = new Map<string, Entry>();
  private readonly templates = new Map<string, Template>();
  /** Servers by service and address, those that were taken out as well. */
  private readonly known = new Map<string, Destination>();
  private sinceSweep = 0;

  /** Without a service the kernel's hooks are gone, and packets are the host's own (Linux 5.10 and later). */
  get isActive(): boolean {
    return this.services.size > 0;
  }

  list(): IpvsService[] {
    return [...this.services.values()].map(({ settings, destinations }) => ({
      ...settings,
      servers: destinations.map(({ server }) => server).toReversed(),
    }));
  }

  /** False: it is there already and stays as it is. */
  addService(settings: ServiceSettings): boolean {
    const key = placeOf(settings);
    if (this.services.has(key)) return false;
    this.used = true;
    this.services.set(key, { settings, destinations: [], turn: { last: undefined, weight: 0 } });
    this.onChange?.();
    return true;
  }

  removeService(place: Pick<ServiceSettings, "address" | "port">): void {
    const service = this.services.get(placeOf(place));
    if (service === undefined) return;
    for (const destination of service.destinations) destination.isIn = false;
    this.services.delete(placeOf(place));
    this.onChange?.();
  }

  /** False: the service is not there, or the server is there already and keeps its weight. */
  addServer(place: Pick<ServiceSettings, "address" | "port">, server: IpvsServer): boolean {
    const service = this.services.get(placeOf(place));
    if (service === undefined || find(service, server) !== undefined) return false;
    const destination = this.destinationOf(placeOf(place), server);
    destination.server = server;
    destination.isIn = true;
    this.changeServers(service, [destination, ...service.destinations]);
    return true;
  }

  removeServer(
    place: Pick<ServiceSettings, "address" | "port">,
    server: Pick<IpvsServer, "address" | "port">,
  ): void {
    const service = this.services.get(placeOf(place));
    const destination = service === undefined ? undefined : find(service, server);
    if (service === undefined || destination === undefined) return;
    destination.isIn = false;
    this.changeServers(
      service,
      service.destinations.filter((other) => other !== destination),
      destination,
    );
  }

  setWeight(
    place: Pick<ServiceSettings, "address" | "port">,
    server: Pick<IpvsServer, "address" | "port">,
    weight: number,
  ): void {
    const service = this.services.get(placeOf(place));
    const destination = service === undefined ? undefined : find(service, server);
    if (service === undefined || destination === undefined) return;
    if (destination.server.weight === weight) return;
    destination.server = { ...destination.server, weight };
    this.changeServers(service, service.destinations);
  }

  /** Every service; connections and templates stay until they expire, as in `ip_vs_ctl.c:ip_vs_flush`. */
  flush(): void {
    if (!this.isActive) return;
    for (const { destinations } of this.services.values()) {
      for (const destination of destinations) destination.isIn = false;
    }
    this.services.clear();
    this.onChange?.();
  }

  /** The kernel is no more. */
  forget(): void {
    this.flush();
    this.entries.clear();
    this.templates.clear();
    this.known.clear();
  }

  /** A packet of a connection, `packets` of them at once, on its way through this host. */
  handle(flow: Flow, packet: Packet, nowUs: Us, packets = 1): Verdict {
    const key = keyOf(flow);
    let entry = live(this.entries.get(key), nowUs);
    if (entry === undefined) {
      // Only a SYN makes an entry, unless `sloppy_tcp` is set (`ip_vs_proto_tcp.c:tcp_conn_schedule`)
      const service = packet === "syn" ? this.services.get(placeOf(flow)) : undefined;
      if (service === undefined) return { kind: "own" };
      entry = this.newEntry(service, flow, nowUs);
      if (entry === undefined) return { kind: "refused" };
      this.sweep(nowUs);
      this.entries.set(key, entry);
    } else if (packet !== "syn" && entry.state !== "closing") {
      entry.state = packet === "fin" ? "closing" : "established";
    }
    const { destination } = entry;
    if (destination.isIn === false) return { kind: "dropped" };
    entry.expiresUs = nowUs + TIMEOUT_US[entry.state];
    const before = entry.packets;
    entry.packets += packets;
    const { server } = destination;
    const isClosing = entry.state === "closing";
    const ends = packet === "fin" && before >= SYNC_THRESHOLD;
    if (entry.state === "syn" || !(ends || isDue(before, entry.packets))) {
      return { kind: "server", server };
    }
    const templateUs = entry.template?.timeoutUs;
    return { kind: "server", server, due: { server, templateUs, isClosing } };
  }

  /** What a new connection from that host would get; nothing comes of it. */
  look(from: string, place: Pick<ServiceSettings, "address" | "port">, nowUs: Us): Verdict {
    const service = this.services.get(placeOf(place));
    if (service === undefined) return { kind: "own" };
    const template = this.templateFor(service, from, nowUs);
    const chosen = template?.destination ?? this.choose(service, nowUs).chosen;
    return chosen === undefined ? { kind: "refused" } : { kind: "server", server: chosen.server };
  }

  /** A peer's table has that connection; it counts here from then on. */
  learn(flow: Flow, { server, templateUs, isClosing }: Known, fromUs: Us): void {
    const place = placeOf(flow);
    const destination = this.destinationOf(place, server);
    let template: Template | undefined;
    if (templateUs !== undefined) {
      template = this.templates.get(templateKey(flow.from, place));
      if (template?.destination !== destination || template.expiresUs <= fromUs) {
        template = { destination, timeoutUs: templateUs, expiresUs: 0, fromUs, entries: [] };
        this.templates.set(templateKey(flow.from, place), template);
      }
      template.expiresUs = Math.max(template.expiresUs, fromUs + template.timeoutUs);
    }
    const state = isClosing ? "closing" : "established";
    const expiresUs = fromUs + TIMEOUT_US[state];
    const known = this.entries.get(keyOf(flow));
    if (known !== undefined && known.expiresUs > fromUs && known.destination === destination) {
      known.state = state;
      known.expiresUs = expiresUs;
      return;
    }
    const entry: Entry = {
      destination,
      place,
      state,
      expiresUs,
      packets: SYNC_THRESHOLD,
      fromUs,
      template,
    };
    template?.entries.push(entry);
    this.entries.set(keyOf(flow), entry);
  }

  private destinationOf(place: string, server: IpvsServer): Destination {
    const key = `${place} ${server.address}:${server.port}`;
    const known = this.known.get(key) ?? { server, isIn: undefined };
    this.known.set(key, known);
    return known;
  }

  private changeServers(
    service: Service,
    destinations: Destination[],
    removed?: Destination,
  ): void {
    service.turn = turnAfter(service, destinations, removed);
    service.destinations = destinations;
    this.onChange?.();
  }

  private newEntry(service: Service, flow: Flow, nowUs: Us): Entry | undefined {
    const place = placeOf(flow);
    let template = this.templateFor(service, flow.from, nowUs);
    let destination = template?.destination;
    if (destination === undefined) {
      const { chosen, turn } = this.choose(service, nowUs);
      service.turn = turn;
      destination = chosen;
    }
    if (destination === undefined) return undefined;
    const { persistenceUs } = service.settings;
    if (persistenceUs !== undefined) {
      template ??= {
        destination,
        timeoutUs: persistenceUs,
        expiresUs: 0,
        fromUs: nowUs,
        entries: [],
      };
      // Its timer begins anew with every connection
      template.expiresUs = nowUs + template.timeoutUs;
      this.templates.set(templateKey(flow.from, place), template);
    }
    const entry: Entry = {
      destination,
      place,
      state: "syn",
      expiresUs: nowUs + TIMEOUT_US.syn,
      packets: 0,
      fromUs: nowUs,
      template,
    };
    template?.entries.push(entry);
    return entry;
  }

  /** A template whose server was taken out is void; one whose server has weight 0 is not. */
  private templateFor(service: Service, from: string, nowUs: Us): Template | undefined {
    if (service.settings.persistenceUs === undefined) return undefined;
    const key = templateKey(from, placeOf(service.settings));
    const template = this.templates.get(key);
    if (template === undefined || template.fromUs > nowUs) return undefined;
    while (template.expiresUs <= nowUs) {
      const atUs = template.expiresUs;
      template.entries = template.entries.filter((entry) => entry.expiresUs > atUs);
      if (template.entries.length === 0) {
        this.templates.delete(key);
        return undefined;
      }
      template.timeoutUs = TEMPLATE_AGAIN_US;
      template.expiresUs += TEMPLATE_AGAIN_US;
    }
    return template.destination.isIn === true ? template : undefined;
  }

  private choose(
    service: Service,
    nowUs: Us,
  ): { readonly chosen: Destination | undefined; readonly turn: Turn } {
    switch (service.settings.scheduler) {
      case "rr":
        return roundRobin(service);
      case "wrr":
        return weightedRoundRobin(service);
      case "lc":
        return { chosen: this.leastLoaded(service, nowUs, () => 1), turn: service.turn };
      default:
        return {
          chosen: this.leastLoaded(service, nowUs, ({ server }) => server.weight),
          turn: service.turn,
        };
    }
  }

  /** `ip_vs_wlc_dest_overhead`: an active connection counts as 256 that are not. The first of equals is taken. */
  private leastLoaded(
    { settings, destinations }: Service,
    nowUs: Us,
    weightOf: (destination: Destination) => number,
  ): Destination | undefined {
    const load = new Map<Destination, number>();
    const place = placeOf(settings);
    for (const entry of this.entries.values()) {
      if (entry.place !== place || live(entry, nowUs) === undefined) continue;
      const more = entry.state === "established" ? 256 : 1;
      load.set(entry.destination, (load.get(entry.destination) ?? 0) + more);
    }
    let least: Destination | undefined;
    let leastLoad = Number.POSITIVE_INFINITY;
    for (const destination of destinations) {
      if (destination.server.weight === 0) continue;
      const own = (load.get(destination) ?? 0) / weightOf(destination);
      if (own < leastLoad) [least, leastLoad] = [destination, own];
    }
    return least;
  }

  /** What has expired is taken out now and then, so that the table does not grow for ever. */
  private sweep(nowUs: Us): void {
    this.sinceSweep += 1;
    if (this.sinceSweep < SWEEP_EVERY) return;
    this.sinceSweep = 0;
    for (const [key, entry] of this.entries) {
      // A template looks a minute back at what its connections were like
      if (entry.expiresUs + TEMPLATE_AGAIN_US < nowUs) this.entries.delete(key);
    }
    for (const template of this.templates.values()) {
      template.entries = template.entries.filter(
        ({ expiresUs }) => expiresUs + TEMPLATE_AGAIN_US >= nowUs,
      );
    }
  }
}

function live(entry: Entry | undefined, nowUs: Us): Entry | undefined {
  return entry !== undefined && entry.fromUs <= nowUs && entry.expiresUs > nowUs
    ? entry
    : undefined;
}

/** The count of packets has come to the threshold, or to a period after it. */
function isDue(before: number, after: number): boolean {
  const periods = (count: number): number => Math.floor((count - SYNC_THRESHOLD) / SYNC_PERIOD);
  return after >= SYNC_THRESHOLD && periods(after) > periods(before);
}

/** The next after the last one whose weight is not 0; new servers come before it. */
function roundRobin({ destinations, turn }: Service): {
  readonly chosen: Destination | undefined;
  readonly turn: Turn;
} {
  const after = turn.last === undefined ? 0 : destinations.indexOf(turn.last) + 1;
  const order = [...destinations.slice(after), ...destinations.slice(0, after)];
  const chosen = order.find(({ server }) => server.weight > 0);
  return { chosen, turn: chosen === undefined ? turn : { ...turn, last: chosen } };
}

/** Passes through the list with a lower weight asked for each time: 2 and 1 give A, then A and B in list order. */
function weightedRoundRobin({ destinations, turn }: Service): {
  readonly chosen: Destination | undefined;
  readonly turn: Turn;
} {
  const { most, step } = weights(destinations);
  if (most <= 0) return { chosen: undefined, turn };
  let { weight } = turn;
  let at = turn.last === undefined ? 0 : destinations.indexOf(turn.last) + 1;
  // Every weight is at least the least that is asked for in a round, so one round and the rest of this one suffice
  for (let pass = 0; pass <= most / step + 1; pass += 1) {
    for (; at < destinations.length; at += 1) {
      const destination = destinations[at];
      if (destination !== undefined && destination.server.weight >= weight && weight > 0) {
        return { chosen: destination, turn: { last: destination, weight } };
      }
    }
    at = 0;
    weight -= step;
    if (weight <= 0) weight = most;
  }
  return { chosen: undefined, turn };
}

function weights(destinations: readonly Destination[]): {
  readonly most: number;
  readonly step: number;
} {
  const all = destinations.map(({ server }) => server.weight);
  const step = all.filter((weight) => weight > 0).reduce(greatestCommonDivisor, 0) || 1;
  return { most: Math.max(0, ...all) - (step - 1), step };
}

/** `ip_vs_wrr_dest_changed` begins at the list's head; `ip_vs_rr_del_dest` goes back to the one before. */
function turnAfter(
  { settings, destinations: before, turn }: Service,
  destinations: readonly Destination[],
  removed: Destination | undefined,
): Turn {
  if (settings.scheduler === "rr") {
    if (removed === undefined || turn.last !== removed) return turn;
    return { ...turn, last: before[before.indexOf(removed) - 1] };
  }
  const { most, step } = weights(destinations);
  const { weight } = turn;
  if (weight > most || weight === 0) return { last: undefined, weight: most };
  if (step <= 1) return { last: undefined, weight };
  return { last: undefined, weight: Math.floor(weight / step) * step + 1 };
}

function greatestCommonDivisor(a: number, b: number): number {
  let [high, low] = [a, b];
  while (low !== 0) [high, low] = [low, high % low];
  return high;
}

function find(
  { destinations }: Service,
  { address, port }: Pick<IpvsServer, "address" | "port">,
): Destination | undefined {
  return destinations.find(({ server }) => server.address === address && server.port === port);
}

function placeOf({ address, port }: { readonly address: string; readonly port: number }): string {
  return `${address}:${port}`;
}

function keyOf({ from, sourcePort, address, port }: Flow): string {
  return `${from}:${sourcePort} ${address}:${port}`;
}

function templateKey(from: string, place: string): string {
  return `${from} ${place}`;
}
