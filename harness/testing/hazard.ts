/**
 * Small worlds for showing what goes wrong: nodes with their keepalived.conf as text, acts of an operator
 * or of fate, and questions about what the observers saw. Times are in seconds from `mark()`.
 *
 * Unlike a drill nothing is required of the cluster: that it never settles is often the point.
 */
import { expect } from "vitest";
import { present } from "../core/assert.ts";
import { MICROSECONDS_PER_SECOND, milliseconds, seconds } from "../core/time.ts";
import { SIMULATED_IMAGES, simulatedImage } from "../backend/sim/images.ts";
import type { SimHost } from "../backend/sim/host.ts";
import type { Program, Signal } from "../backend/sim/keepalived/host.ts";
import type { InstalledRule, LinkRule } from "../backend/sim/network.ts";
import { World } from "../backend/sim/world.ts";
import type { CopyEvent, EventBody, TimedEventOf } from "../history/events.ts";
import { holdersAfter } from "../history/queries.ts";
import type { KeepalivedVersion } from "../keepalived/versions.ts";
import { resolveTopology } from "../topology/resolve.ts";
import { KEEPALIVED_CONF, type NodeFile } from "../topology/topology.ts";
import { defaultWorkload } from "../workload/workload.ts";

export const VIP = "198.18.0.100";
export const A = "198.18.0.11";
export const B = "198.18.0.12";
/** keepalived 2.3.4, 2.3.3 and 2.2.7. */
export const IMAGES: readonly string[] = SIMULATED_IMAGES;

const DEFAULTS: readonly string[] = [
  "interface eth0",
  "virtual_router_id 51",
  "advert_int 1",
  `virtual_ipaddress { ${VIP}/24 }`,
];

/** A vrrp_instance of these lines; what every one needs is added unless a line begins with the same word. */
export function instance(...lines: readonly string[]): string {
  const given = new Set(lines.map((line) => line.split(" ")[0]));
  const rest = DEFAULTS.filter((line) => !given.has(line.split(" ")[0]));
  return block("vrrp_instance VI_1", [...rest, ...lines]);
}

/** A vrrp_script `chk` that runs `/opt/chk.sh`, every 2 s, with fall 2. */
export function check(...lines: readonly string[]): string {
  const given = new Set(lines.map((line) => line.split(" ")[0]));
  const rest = ['script "/opt/chk.sh"', "interval 2", "fall 2", "rise 1"];
  return block("vrrp_script chk", [
    ...rest.filter((line) => !given.has(line.split(" ")[0])),
    ...lines,
  ]);
}

export const TRACK = "track_script { chk }";

/** The VIP's port 3306, served by one's own mysqld alone; its failure runs `/opt/down.sh`. */
export function virtualServer(own: string, ...checker: readonly string[]): string {
  const tcp = block("TCP_CHECK", ["connect_port 3306", ...checker]);
  const real = block(`real_server ${own} 3306`, ["weight 1", "notify_down /opt/down.sh", tcp]);
  return block(`virtual_server ${VIP} 3306`, [
    "delay_loop 2",
    "lb_algo rr",
    "lb_kind DR",
    "protocol TCP",
    real,
  ]);
}

export function globals(...lines: readonly string[]): string {
  return block("global_defs", lines);
}

function block(head: string, lines: readonly string[]): string {
  const inner = lines.flatMap((line) => {
    const short = /^(\w+) \{ (.*) \}$/.exec(line);
    return short === null ? [line] : [`${short[1] ?? ""} {`, short[2] ?? "", "}"];
  });
  return `${head} {\n${inner.join("\n")}\n}\n`;
}

export interface HazardOptions {
  /** Default `sid`. */
  readonly image?: string;
  /** Instead of the image's keepalived. */
  readonly version?: KeepalivedVersion;
  readonly seed?: number;
  /** Text of executable scripts by path, on both nodes. */
  readonly scripts?: Readonly<Record<string, string>>;
  /** Files that may not be executed. */
  readonly files?: Readonly<Record<string, string>>;
  /** Seconds between the starts of A's keepalived and of B's; negative: B first. Absent: A, at once B. */
  readonly bLater?: number;
  /** Nodes whose keepalived is not started. */
  readonly idle?: readonly Node[];
  /** Nodes whose mysqld is not started. */
  readonly without?: readonly Node[];
  /** The kernels have ip_vs. */
  readonly ipvs?: boolean;
  /** Both servers generate the same keys. */
  readonly sameKeys?: boolean;
  /** Seconds to wait after the start; 10 unless said. */
  readonly settle?: number;
}

export type Node = "a" | "b";
export type Which = "parent" | "vrrp" | "checkers" | "all";

const PROGRAMS: Readonly<Record<Exclude<Which, "all">, Program>> = {
  parent: "Keepalived",
  vrrp: "Keepalived_vrrp",
  checkers: "Keepalived_healthcheckers",
};

/** Both mysqlds run, then both keepalived; by then ten seconds are over. */
export function pair(a: string, b: string, options: HazardOptions = {}): Hazard {
  return new Hazard({ a, b }, options);
}

export class Hazard {
  readonly world: World;
  private markUs = 0;

  constructor(texts: Readonly<Record<Node, string>>, options: HazardOptions) {
    this.world = worldOf(texts, options);
    const { without = [], idle = [], bLater = 0, settle = 10, ipvs = false } = options;
    for (const host of this.world.hosts) host.hasIpvs = ipvs;
    this.world.startObservers();
    for (const name of NODES) {
      if (!without.includes(name)) this.host(name).service("mysql", "start");
    }
    this.run(3);
    this.world.traffic.startReplication();
    const wait: Readonly<Record<Node, number>> = {
      a: Math.max(0, -bLater),
      b: Math.max(0, bLater),
    };
    this.mark();
    for (const name of NODES) {
      if (idle.includes(name)) continue;
      this.world.clock.after(seconds(wait[name]), () => {
        this.host(name).keepalived.start();
      });
    }
    this.run(settle);
  }

  // --- time

  /** From now on times count from here. */
  mark(): void {
    this.markUs = this.world.clock.nowUs();
  }

  run(forSeconds: number): void {
    this.world.clock.runUntil(this.world.clock.nowUs() + Math.round(seconds(forSeconds)));
  }

  /** To the given time after the last advert that the node sent. */
  runToAge(node: Node, age: number): void {
    const last = this.all("advert").findLast(
      (event) => event.sender === node && event.seenAt === node,
    );
    const lastUs = present(last, `an advert of ${node}`).tUs;
    const nowUs = this.world.clock.nowUs();
    const turns = Math.ceil((nowUs - lastUs - seconds(age)) / seconds(1));
    this.world.clock.runUntil(lastUs + seconds(age) + Math.max(0, turns) * seconds(1));
  }

  // --- acts

  signal(node: Node, which: Which, signal: Signal): void {
    const host = this.host(node);
    const pids = host.keepalived
      .processes()
      .filter((process) => which === "all" || process.program === PROGRAMS[which])
      .map((process) => process.pid);
    expect(pids, `processes to signal on ${node}`).not.toEqual([]);
    for (const pid of pids) host.processes.signal(pid, signal);
  }

  mysqld(node: Node, act: "KILL" | "STOP" | "CONT" | "TERM" | "start" | "restart"): void {
    const host = this.host(node);
    if (act === "start" || act === "restart") {
      host.service("mysql", act);
      return;
    }
    for (const { pid } of host.processesOf("mysql")) host.processes.signal(pid, act);
  }

  keepalived(node: Node, act: "start" | "stop" | "restart"): void {
    this.host(node).service("keepalived", act);
  }

  reload(node: Node, text: string): void {
    this.host(node).files.set(KEEPALIVED_CONF, text);
    this.signal(node, "parent", "HUP");
  }

  deleteVip(node: Node, prefixLength = 24): void {
    this.host(node).changeAddress("removed", VIP, prefixLength, "by-hand");
  }

  drop(rule: Omit<LinkRule, "point" | "effect"> & { readonly share?: number }): InstalledRule {
    const { share = 1, ...rest } = rule;
    return this.world.segment.install({ point: "link", ...rest, effect: { kind: "drop", share } });
  }

  cut(node: Node): () => void {
    const rules = [this.drop({ from: node }), this.drop({ to: node })];
    return () => {
      for (const rule of rules) rule.remove();
    };
  }

  load(): void {
    this.world.traffic.startLoad();
  }

  /** The load ends, and replication gets half a minute. */
  endLoad(): void {
    this.world.traffic.stopLoad();
    this.world.until(() => this.world.traffic.loadEnded(), seconds(90));
    this.world.until(() => this.world.traffic.caughtUp(), seconds(30));
  }

  // --- questions

  host(node: Node): SimHost {
    return present(
      this.world.hosts.find((host) => host.name === node),
      `host ${node}`,
    );
  }

  holders(address: string = VIP): string {
    return holdersAfter(this.world.recorder.eventsOf("address"), address).join(" and ");
  }

  /** Seconds from the mark to the first time that the node got it; undefined: never. */
  gained(node: Node, address: string = VIP): number | undefined {
    return this.changes("added", address, node)[0];
  }

  lost(node: Node, address: string = VIP): number | undefined {
    return this.changes("removed", address, node)[0];
  }

  /**
   * Every change since the mark, as `+b` and `-a`. In a hand-over by an advert the two are less than a
   * millisecond apart, in either order; it is told as `+b -a`.
   */
  moves(address: string = VIP): string {
    const changes = this.since("address").filter((event) => event.address === address);
    const ranked = changes.map((event, index) => {
      const next = changes[index + 1];
      const isHandOver =
        event.action === "removed" &&
        next?.action === "added" &&
        next.node !== event.node &&
        next.tUs - event.tUs < milliseconds(1);
      return { event, rank: isHandOver ? index + 1.5 : index };
    });
    return ranked
      .sort((one, other) => one.rank - other.rank)
      .map(({ event: { action, node } }) => `${action === "added" ? "+" : "-"}${node}`)
      .join(" ");
  }

  /** Times and priorities of what the node sent, since the mark. */
  adverts(node: Node): readonly { readonly at: number; readonly priority: number }[] {
    return this.since("advert")
      .filter((event) => event.sender === node && event.seenAt === node)
      .map((event) => ({ at: this.at(event.tUs), priority: event.priority }));
  }

  /** Announcements of the VIP, seen by everybody, since the mark. */
  announcements(node: Node): readonly number[] {
    return this.since("arp")
      .filter((event) => event.gratuitous && event.sender === node && event.seenAt === "segment")
      .map((event) => this.at(event.tUs));
  }

  /** Times of log lines with that text, since the mark. */
  logged(node: Node, text: string): readonly number[] {
    return this.since("log")
      .filter((event) => event.node === node && event.text.includes(text))
      .map((event) => this.at(event.tUs));
  }

  keepalivedRuns(node: Node): boolean {
    return this.host(node).keepalived.isRunning();
  }

  /** What has happened to writes since the mark, by outcome. */
  writes(outcome: "ok" | "failed" | "indeterminate"): number {
    return this.world
      .eventsOf("complete")
      .filter((e) => e.tUs >= this.markUs && e.action === "write" && e.outcome === outcome).length;
  }

  /** Operations since the mark that ended with that error. */
  errors(error: string): number {
    return this.world
      .eventsOf("complete")
      .filter((event) => event.tUs >= this.markUs && event.error === error).length;
  }

  /** Times of acknowledged writes since the mark. */
  acknowledged(server?: Node): readonly number[] {
    const identity =
      server === undefined ? undefined : this.world.traffic.server(server)?.serverUuid;
    return this.world
      .eventsOf("complete")
      .filter((e) => e.tUs >= this.markUs && e.action === "write" && e.outcome === "ok")
      .filter((e) => identity === undefined || e.server === identity)
      .map((e) => this.at(e.tUs));
  }

  copies(): readonly CopyEvent[] {
    return this.world.traffic.copies();
  }

  private changes(action: "added" | "removed", address: string, node: Node): number[] {
    return this.since("address")
      .filter((e) => e.node === node && e.address === address && e.action === action)
      .map((e) => this.at(e.tUs));
  }

  private all<K extends EventBody["kind"]>(kind: K): readonly TimedEventOf<K>[] {
    return this.world.recorder.eventsOf(kind);
  }

  private since<K extends EventBody["kind"]>(kind: K): readonly TimedEventOf<K>[] {
    return this.all(kind).filter((event) => event.tUs >= this.markUs);
  }

  private at(tUs: number): number {
    return (tUs - this.markUs) / MICROSECONDS_PER_SECOND;
  }
}

/** The model's own costs (signals, forks, addresses) are below this. */
const COSTS_SECONDS = 0.03;

/** A time from the oracle, or a range of them; the model's costs may come on top. */
export function expectTime(actual: number | undefined, least: number, most: number = least): void {
  expect(actual, `a time between ${least} and ${most} s`).toBeDefined();
  expect(actual).toBeGreaterThanOrEqual(least - 0.002);
  expect(actual).toBeLessThanOrEqual(most + COSTS_SECONDS);
}

const NODES: readonly Node[] = ["a", "b"];

function worldOf(texts: Readonly<Record<Node, string>>, options: HazardOptions): World {
  const { image: name = "sid", version, seed = 1, scripts = {}, files = {} } = options;
  const image = present(simulatedImage(name), `image ${name}`);
  const placed: readonly NodeFile[] = [
    ...Object.entries(scripts).map(([path, text]) => ({ path, mode: 0o755, text })),
    ...Object.entries(files).map(([path, text]) => ({ path, mode: 0o644, text })),
  ];
  const step = options.sameKeys === true ? 1 : 2;
  const topology = resolveTopology(
    {
      name: "hazard",
      nodes: NODES.map((node, index) => ({
        name: node,
        hostPart: 11 + index,
        interface: "eth0",
        mysql: {
          serverId: index + 1,
          autoIncrementOffset: options.sameKeys === true ? 1 : index + 1,
          autoIncrementIncrement: step,
        },
        keepalived: texts[node],
        files: placed,
      })),
      vips: [{ name: "vip", hostPart: 100 }],
      vrids: [],
      replication: [
        { source: "a", replica: "b" },
        { source: "b", replica: "a" },
      ],
    },
    { subnetPrefix: "198.18.0", prefixLength: 24, vrids: [] },
  );
  return new World({
    topology,
    workload: defaultWorkload,
    image: version === undefined ? image : { ...image, keepalived: version },
    seed,
  });
}
