/**
 * Where TCP packets end up: at the machine that the frames go to, at one that it forwards to, or at the real server that a
 * director with IPVS picks. A question notes nothing; a packet of a connection leaves entries in the directors' tables.
 *
 * Left out: TUN (as direct routing), the ICMP error's own way beyond whether it passes, gratuitous resets of a director that closes.
 */
import type { Us } from "../../core/time.ts";
import type { IpvsServer } from "../../history/events.ts";
import type { Flow, Meeting, Packet } from "./database.ts";
import { SYNC_FLUSH_US, type IpvsTable, type Verdict } from "./ipvs.ts";
import type { Station } from "./network.ts";

/** What there is to know of the segment on the way. */
export interface Terrain {
  readonly stations: readonly Station[];
  station(name: string): Station;
  /** Whose own address it is. */
  ownerOf(address: string): Station | undefined;
  resolve(from: string, address: string): Station | undefined;
  passes(from: string, to: string, source?: string): boolean;
  /** The neighbour entry has proved good. */
  confirm(from: string, address: string): void;
  nowUs(): Us;
}

export interface Way {
  readonly from: string;
  readonly address: string;
  readonly port: number;
  /** Of an established connection: the node that has it. */
  readonly node?: string | undefined;
  /** Absent: asked, and not sent. */
  readonly sent?: {
    readonly flow: Flow;
    readonly packet: Packet;
    readonly nowUs: Us;
    readonly count: number;
  };
}

const SILENCE = { kind: "silence" } as const;
/** Two directors that are real servers of each other can pass a packet on and on; its TTL ends that. */
const HOPS_MAX = 64;

export class Routing {
  private readonly terrain: Terrain;

  constructor(terrain: Terrain) {
    this.terrain = terrain;
  }

  meet(way: Way): Meeting {
    const { terrain } = this;
    const own = terrain.station(way.from);
    // What a director without the address sends itself is scheduled on its way out (`ip_vs_local_request4`)
    if (own.ipvs?.isActive === true && !has(own, way.address)) {
      const verdict = this.ask(own, own.ipvs, way);
      if (verdict.kind !== "own") return this.obey(own, way, verdict, HOPS_MAX);
    }
    const target = terrain.resolve(way.from, way.address);
    if (target === undefined || !terrain.passes(way.from, target.name)) return SILENCE;
    return this.arrive(target, way, HOPS_MAX);
  }

  private arrive(at: Station, way: Way, hops: number): Meeting {
    if (!has(at, way.address)) return this.forward(at, way);
    if (!at.accepts(way.address)) return SILENCE;
    if (at.ipvs?.isActive === true) {
      const verdict = hops > 0 ? this.ask(at, at.ipvs, way) : { kind: "dropped" as const };
      if (verdict.kind !== "own") return this.obey(at, way, verdict, hops - 1);
    }
    return this.take(at, way, way.port);
  }

  /** The host's own TCP. */
  private take(at: Station, way: Way, port: number): Meeting {
    const { from, address, node } = way;
    if (!this.terrain.passes(at.name, from, address)) return SILENCE;
    const known = node === undefined || node === at.name;
    if (!known || !at.listens(address, port)) return { kind: "refused", node: at.name };
    // A reset confirms nothing; data that is acknowledged does (`tcp_input.c:tcp_ack`).
    this.terrain.confirm(from, address);
    return { kind: "open", node: at.name };
  }

  /** What reaches a machine that has lost the address goes on to who has it now, if it forwards. */
  private forward(via: Station, { from, address, port, node }: Way): Meeting {
    const { terrain } = this;
    if (!via.forwards) return SILENCE;
    const next = terrain.resolve(via.name, address);
    if (next === undefined || !next.hasAddress(address)) return { kind: "silence", parked: true };
    if (!terrain.passes(via.name, next.name) || !next.accepts(address)) return SILENCE;
    if (!terrain.passes(next.name, from, address)) return SILENCE;
    const known = node === undefined || node === next.name;
    if (!known || !next.listens(address, port)) return { kind: "refused", node: next.name };
    return { kind: "open", node: next.name };
  }

  private ask(at: Station, table: IpvsTable, way: Way): Verdict {
    const { sent, from, node } = way;
    if (sent === undefined) {
      return node === undefined ? table.look(from, way, this.terrain.nowUs()) : { kind: "own" };
    }
    const { flow, packet, nowUs, count } = sent;
    const verdict = table.handle(flow, packet, nowUs, count);
    if (verdict.kind === "server" && verdict.due !== undefined) {
      this.tell(at, (peer) => {
        if (verdict.due !== undefined) peer.learn(flow, verdict.due, nowUs + SYNC_FLUSH_US);
      });
    }
    return verdict;
  }

  /** The sync daemon of a master multicasts its entries; those of backups take them. */
  private tell(master: Station, learn: (peer: IpvsTable) => void): void {
    if (master.syncRole?.() !== "master") return;
    for (const peer of this.terrain.stations) {
      if (peer === master || peer.ipvs === undefined || peer.syncRole?.() !== "backup") continue;
      if (this.terrain.passes(master.name, peer.name)) learn(peer.ipvs);
    }
  }

  private obey(at: Station, way: Way, verdict: Verdict, hops: number): Meeting {
    switch (verdict.kind) {
      case "own":
      case "dropped":
        return SILENCE;
      case "refused":
        return this.terrain.passes(at.name, way.from)
          ? { kind: "refused", node: at.name, icmp: true }
          : SILENCE;
      case "server":
        return verdict.server.forwarding === "masq"
          ? this.masquerade(at, way, verdict.server)
          : this.route(at, way, verdict.server, hops);
    }
  }

  /** As it came: who gets it takes it if it has the address, too, and answers the client itself. */
  private route(at: Station, way: Way, { address }: IpvsServer, hops: number): Meeting {
    const server = this.serverOf(at, address);
    if (server === undefined || !has(server, way.address)) return SILENCE;
    if (server === at) return this.take(at, way, way.port);
    if (!this.terrain.passes(at.name, server.name)) return SILENCE;
    return this.arrive(server, way, hops);
  }

  /** To the server's address; its answer has to come back through the director, or the client does not know the sender. */
  private masquerade(at: Station, way: Way, { address, port }: IpvsServer): Meeting {
    const { terrain } = this;
    const server = this.serverOf(at, address);
    if (server === undefined) return SILENCE;
    if (server === at) return has(at, way.address) ? this.take(at, way, port) : SILENCE;
    // A client of the same segment is answered directly, past the director
    if (way.from !== at.name) return SILENCE;
    if (!terrain.passes(at.name, server.name) || !terrain.passes(server.name, at.name))
      return SILENCE;
    const known = way.node === undefined || way.node === server.name;
    const takes = known && server.accepts(address) && server.listens(address, port);
    return { kind: takes ? "open" : "refused", node: server.name };
  }

  private serverOf(at: Station, address: string): Station | undefined {
    return has(at, address) ? at : this.terrain.ownerOf(address);
  }
}

/** Loopback is every station's own and never leaves it (RFC 1122 3.2.1.3). */
export function has(station: Station, address: string): boolean {
  return (
    isLoopback(address) || station.hasAddress(address) || station.onLoopback?.(address) === true
  );
}

export function isLoopback(address: string): boolean {
  return address.startsWith("127.");
}
