/**
 * One simulated host: an interface with addresses, a process table, files, and the two services. It is
 * a station on the segment and what its keepalived sees of the world.
 */
import { present } from "../../core/assert.ts";
import type { RandomStream } from "../../core/random.ts";
import { milliseconds, type Us } from "../../core/time.ts";
import type { EventBody } from "../../history/events.ts";
import type { KeepalivedConfig, ScriptCommand } from "../../keepalived/config.ts";
import type { VersionProfile } from "../../keepalived/versions.ts";
import type { MysqlAnswer, MysqlRequest } from "../../shell/host.ts";
import { KEEPALIVED_CONF, type NodeFile } from "../../topology/topology.ts";
import type { ResolvedNode } from "../../topology/resolve.ts";
import { SYN_AGAIN_US } from "./client/costs.ts";
import type { Clock } from "./clock.ts";
import type { Meeting } from "./database.ts";
import { IpvsTable } from "./ipvs.ts";
import { KeepalivedDaemon } from "./keepalived/daemon.ts";
import type {
  Advert,
  DaemonHost,
  DaemonProcess,
  MailNews,
  OutgoingMail,
  Program,
  RunningScript,
  ScriptEnd,
  Signal,
} from "./keepalived/host.ts";
import type { Deliver } from "./mail.ts";
import type { MysqlServer } from "./mysql/server.ts";
import type { Segment, Station } from "./network.ts";
import { ProcessTable, type ProcessEntry } from "./processes.ts";
import { hostView } from "./hostview.ts";
import { SERVER_COSTS } from "./mysql/costs.ts";
import { runScript, type ScriptHost } from "./scripts.ts";
import {
  INIT_SCRIPT_US,
  runService,
  type Service,
  type ServiceAction,
  type ServiceName,
  type ServiceRun,
} from "./services.ts";

export interface HostParts {
  readonly node: ResolvedNode;
  /** Address of the VIP that it has on `lo`. */
  readonly loopbackVip: string | undefined;
  readonly mac: string;
  readonly clock: Clock;
  readonly random: RandomStream;
  readonly segment: Segment;
  readonly profile: VersionProfile;
  readonly record: (tUs: Us, body: EventBody) => void;
  readonly readConfig: (text: string, files: readonly NodeFile[]) => KeepalivedConfig | undefined;
  readonly mysql: MysqlServer | undefined;
  /** Name of the database's process. */
  readonly mysqldName: string;
  readonly deliver: Deliver;
  /** The listen queue of who answered takes a connection that is closed at once; false: it is full. */
  readonly queues: (meeting: Meeting, port: number) => boolean;
  /** Asks the servers what a client on this host would get. */
  readonly query: (request: MysqlRequest) => MysqlAnswer;
}

/** `gone`: it is no longer there, as after `docker network disconnect`. */
export type LinkState = "up" | "down" | "gone";

const OWN_PREFIX_LENGTH = 24;
const MYSQL_PORT = 3306;
const PID_FILE = "/run/keepalived.pid";
const CONNECT_US = milliseconds(1);
/**
 * From the first advert of a new master to the address 0.3 to 0.4 ms, from there to the announcements 0.1 ms
 * (netlink and packets of container runs with keepalived 2.3.4). So the peer's answer to that advert is on
 * the wire before the address is there.
 */
const ADD_ADDRESS_US: Us = 350;
const REMOVE_ADDRESS_US: Us = 80;
const ANNOUNCE_US: Us = 30;

/** Texts by path. A check may look for a file, so that a change of one counts. */
class Files extends Map<string, string> {
  version: number = 0;

  override set(path: string, text: string): this {
    if (this.get(path) !== text) this.version += 1;
    return super.set(path, text);
  }

  override delete(path: string): boolean {
    if (this.has(path)) this.version += 1;
    return super.delete(path);
  }
}

export class SimHost implements Station, DaemonHost {
  readonly name: string;
  readonly seenAt: string;
  readonly mac: string;
  readonly clock: Clock;
  readonly random: RandomStream;
  /** As its node asks for; see `docs/simulator.md`. Tests give it to a host before its start. */
  hasIpvs: boolean;
  readonly ipvs: IpvsTable = new IpvsTable();
  /** Tests make it a host that routes. */
  forwards = false;
  readonly processes: ProcessTable = new ProcessTable();
  readonly files: Files = new Files();
  readonly keepalived: KeepalivedDaemon;
  private readonly parts: HostParts;
  private readonly executable = new Set<string>();
  private readonly scriptHost: ScriptHost;
  private readonly addresses: { readonly address: string; readonly prefixLength: number }[];
  private refused: ReadonlySet<string> = new Set();
  private link: LinkState = "up";
  private mysqldPid: number | undefined;
  private busyUntilUs: Us = 0;
  private changes = 0;
  private powerCuts = 0;
  private ipvsToTell = false;

  constructor(parts: HostParts) {
    const { node } = parts;
    this.parts = parts;
    this.name = node.name;
    this.seenAt = node.name;
    this.mac = parts.mac;
    this.clock = parts.clock;
    this.random = parts.random;
    this.hasIpvs = node.kernel?.includes("ip_vs") === true;
    this.ipvs.onChange = () => {
      parts.segment.hostChanged();
      this.tellIpvs();
    };
    this.addresses = [{ address: node.address, prefixLength: OWN_PREFIX_LENGTH }];
    if (node.keepalived !== undefined) this.files.set(KEEPALIVED_CONF, node.keepalived);
    for (const file of node.files) {
      this.files.set(file.path, file.text);
      if ((file.mode & 0o111) !== 0) this.executable.add(file.path);
    }
    this.keepalived = new KeepalivedDaemon(this, parts.profile);
    if (parts.mysql !== undefined) this.followMysqld(parts.mysql);
    this.scriptHost = this.makeScriptHost();
  }

  // --- station on the segment

  /** Of its interface, unless it is asked for another one. */
  isUp(interfaceName: string = this.parts.node.interface): boolean {
    return interfaceName === "lo" || (this.exists(interfaceName) && this.link === "up");
  }

  hasAddress(address: string): boolean {
    return this.addresses.some((own) => own.address === address);
  }

  /** `realServer` gives it the VIP on `lo`: it takes what a director forwards, and nobody is told of an address. */
  onLoopback(address: string): boolean {
    return address === this.parts.loopbackVip;
  }

  answersArp(address: string): boolean {
    return this.onLoopback(address) && this.parts.node.realServer?.arp === "answers";
  }

  /** keepalived tells the kernel's sync daemon which side it is on (`ipvswrapper.c:ipvs_syncd_master`, `_backup`). */
  syncRole(): "master" | "backup" | undefined {
    if (!this.hasIpvs) return undefined;
    const daemon = this.keepalived.syncDaemon;
    if (daemon === undefined) return undefined;
    const state = this.keepalived.state().find(({ instance }) => instance === daemon)?.state;
    if (state === undefined) return undefined;
    return state === "MASTER" ? "master" : "backup";
  }

  accepts(address: string): boolean {
    return !this.refused.has(address);
  }

  listens(_address: string, port: number): boolean {
    return port === MYSQL_PORT && this.parts.mysql?.listening() === true;
  }

  receiveAdvert(advert: Advert): void {
    this.keepalived.receive(this.parts.node.interface, advert);
  }

  // --- kernel, as keepalived sees it

  exists(interfaceName: string): boolean {
    if (interfaceName === "lo") return true;
    return interfaceName === this.parts.node.interface && this.link !== "gone";
  }

  /**
   * Takes its interface up or down, or away. Addresses stay on one that is down, and go with one that goes;
   * the node's own comes back with it. Netlink tells keepalived and the observer.
   */
  setLink(link: LinkState): void {
    const before = this.link;
    if (link === before) return;
    const { node, segment, record } = this.parts;
    this.link = link;
    segment.forgetNeighbours(this.name);
    const tell = (up: boolean): void => {
      record(this.clock.nowUs(), { kind: "link", node: this.name, interface: node.interface, up });
      this.keepalived.linkChanged(node.interface, up);
    };
    if (before === "up") tell(false);
    if (link === "gone") this.keepalived.interfaceRemoved(node.interface);
    if (link === "gone") {
      for (const { address, prefixLength } of this.addresses.slice()) {
        this.changeAddress("removed", address, prefixLength, "by-hand");
      }
    }
    if (before === "gone") this.changeAddress("added", node.address, OWN_PREFIX_LENGTH, "by-hand");
    if (link === "up") tell(true);
  }

  addressesOf(interfaceName: string): readonly string[] {
    if (interfaceName !== this.parts.node.interface) return [];
    return this.addresses.map((own) => own.address);
  }

  addAddress(interfaceName: string, address: string, prefixLength: number): void {
    if (!this.exists(interfaceName)) return;
    this.work(ADD_ADDRESS_US, () => {
      this.changeAddress("added", address, prefixLength, "keepalived");
    });
  }

  removeAddress(interfaceName: string, address: string, prefixLength: number): void {
    if (!this.exists(interfaceName)) return;
    this.work(REMOVE_ADDRESS_US, () => {
      this.changeAddress("removed", address, prefixLength, "keepalived");
    });
  }

  /** keepalived's own work, one thing after the other: each takes effect when those before it have. */
  private work(costUs: Us, act: () => void): void {
    this.busyUntilUs = Math.max(this.busyUntilUs, this.clock.nowUs()) + costUs;
    const { powerCuts } = this;
    this.clock.at(this.busyUntilUs, () => {
      if (powerCuts === this.powerCuts) act();
    });
  }

  /** All processes at once, without a word, and what the kernel had beside the node's own address. */
  powerOff(): void {
    this.powerCuts += 1;
    this.keepalived.powerOff();
    for (const { pid } of this.processes.list()) this.processes.signal(pid, "KILL");
    for (const { address, prefixLength } of this.addresses.slice()) {
      if (address !== this.parts.node.address) {
        this.changeAddress("removed", address, prefixLength, "by-hand");
      }
    }
    this.refuseTraffic([]);
    this.ipvs.forget();
    this.parts.segment.forgetNeighbours(this.name);
  }

  /** What a watcher sees: changes of one moment together. In the simulator a change is known to the microsecond. */
  private tellIpvs(): void {
    if (this.ipvsToTell) return;
    this.ipvsToTell = true;
    this.clock.after(0, () => {
      this.ipvsToTell = false;
      this.recordIpvs();
    });
  }

  recordIpvs(): void {
    const tUs = this.clock.nowUs();
    const services = this.ipvs.list();
    this.parts.record(tUs, { kind: "ipvs", node: this.name, services, notBeforeUs: tUs });
  }

  /** What is in /run does not outlive a boot. */
  clearRun(): void {
    this.writePidFile(undefined);
  }

  /** The services that the topology gives it. */
  get services(): readonly ServiceName[] {
    const { mysql, keepalived } = this.parts.node;
    return [
      ...(mysql === undefined ? [] : (["mysql"] as const)),
      ...(keepalived === undefined ? [] : (["keepalived"] as const)),
    ];
  }

  get server(): MysqlServer | undefined {
    return this.parts.mysql;
  }

  /** Every change of an address, whoever makes it; netlink tells keepalived and the observer. */
  changeAddress(
    action: "added" | "removed",
    address: string,
    prefixLength: number,
    by: "keepalived" | "by-hand",
  ): void {
    const at = this.addresses.findIndex((own) => own.address === address);
    if ((action === "added") === at >= 0) return;
    if (action === "added") this.addresses.push({ address, prefixLength });
    else this.addresses.splice(at, 1);
    this.parts.segment.hostChanged();
    const interfaceName = this.parts.node.interface;
    this.parts.record(this.clock.nowUs(), {
      kind: "address",
      node: this.name,
      interface: interfaceName,
      address,
      action,
    });
    const own = by === "keepalived";
    if (action === "added") {
      this.keepalived.addressAdded(interfaceName, address, prefixLength, own);
    } else {
      this.keepalived.addressRemoved(interfaceName, address, prefixLength, own);
    }
  }

  allAddresses(): readonly string[] {
    return ["127.0.0.1", ...this.addresses.map((own) => own.address)];
  }

  refuseTraffic(addresses: readonly string[]): void {
    this.refused = new Set(addresses);
    this.parts.segment.hostChanged();
  }

  send(_interfaceName: string, advert: Advert): void {
    this.parts.segment.sendAdvert(this.name, advert, isMulticast(advert.destination));
  }

  announce(_interfaceName: string, address: string): void {
    this.work(ANNOUNCE_US, () => {
      this.parts.segment.announce(this.name, address);
    });
  }

  connect(
    address: string,
    port: number,
    timeoutUs: Us,
    done: (result: "open" | "refused" | "timeout" | "unreachable") => void,
  ): void {
    // Without a link there is no route, which is known at once (laboratory page on checkers, section 1.2)
    if (!this.isUp() && !this.allAddresses().includes(address)) {
      this.clock.after(CONNECT_US, () => {
        done("unreachable");
      });
      return;
    }
    const endUs = this.clock.nowUs() + timeoutUs;
    this.attempt({ address, port }, endUs, SYN_AGAIN_US, done);
  }

  /** A SYN, and another one after a second or so if nobody answers it. */
  private attempt(
    to: { readonly address: string; readonly port: number },
    endUs: Us,
    [againUs, ...later]: readonly Us[],
    done: (result: "open" | "refused" | "timeout") => void,
  ): void {
    const { segment, queues } = this.parts;
    const meeting = segment.connect(this.name, to.address, to.port);
    if (meeting.kind !== "silence" && queues(meeting, to.port)) {
      this.clock.after(CONNECT_US, () => {
        done(meeting.kind === "open" ? "open" : "refused");
      });
      return;
    }
    const nextUs = this.clock.nowUs() + (againUs ?? Number.POSITIVE_INFINITY);
    if (nextUs >= endUs) {
      this.clock.at(endUs, () => {
        done("timeout");
      });
      return;
    }
    this.clock.at(nextUs, () => {
      this.attempt(to, endUs, later, done);
    });
  }

  // --- log, files, configuration

  log(program: Program, text: string): void {
    this.parts.record(this.clock.nowUs(), { kind: "log", node: this.name, program, text });
  }

  mail(message: OutgoingMail, heard: (news: MailNews) => void): void {
    const { powerCuts } = this;
    this.parts.deliver(this.name, message, (news) => {
      if (powerCuts === this.powerCuts && this.keepalived.isRunning()) heard(news);
    });
  }

  readConfig(): KeepalivedConfig | undefined {
    const text = this.files.get(KEEPALIVED_CONF);
    return text === undefined ? undefined : this.parts.readConfig(text, this.textFiles());
  }

  private textFiles(): NodeFile[] {
    return [...this.files].map(([path, text]) => ({ path, mode: 0o644, text }));
  }

  writePidFile(pid: number | undefined): void {
    this.changes += 1;
    for (const path of [PID_FILE, `/var${PID_FILE}`]) {
      if (pid === undefined) this.files.delete(path);
      else this.files.set(path, `${pid}\n`);
    }
  }

  // --- processes

  spawn(_program: Program, parent: number, onSignal: (signal: Signal) => void): DaemonProcess {
    const pid = this.processes.spawn(
      { ppid: parent, name: "keepalived", args: "/usr/sbin/keepalived" },
      onSignal,
    );
    return {
      pid,
      exit: () => {
        this.processes.exit(pid);
      },
    };
  }

  run(command: ScriptCommand, parent: number, done: (end: ScriptEnd) => void): RunningScript {
    if (!isKnownUser(command)) return notRun(this.clock, done);
    return runScript(this.scriptHost, command.argv, parent, done);
  }

  notify(command: ScriptCommand, extra: readonly string[], parent: number): RunningScript {
    if (!isKnownUser(command)) return notRun(this.clock, () => undefined);
    return runScript(this.scriptHost, [...command.argv, ...extra], parent, () => undefined);
  }

  processesOf(service: ServiceName): readonly ProcessEntry[] {
    return this.processes.named(service === "mysql" ? this.parts.mysqldName : "keepalived");
  }

  service(name: ServiceName, action: ServiceAction): ServiceRun {
    return runService(this.clock, this.random, name, this.serviceOf(name), action);
  }

  mysqlAnswers(): boolean {
    const server = this.parts.mysql;
    return server === undefined || (server.state() === "up" && !server.frozen);
  }

  private serviceOf(name: ServiceName): Service {
    if (name === "keepalived") {
      const signalParent = (signal: Signal): void => {
        const pid = Number(this.files.get(PID_FILE) ?? Number.NaN);
        if (Number.isInteger(pid)) this.processes.signal(pid, signal);
      };
      return {
        isRunning: () => this.keepalived.isRunning(),
        isReady: () => this.keepalived.isRunning(),
        start: () => {
          this.keepalived.start();
        },
        stop: () => {
          signalParent("TERM");
        },
        reload: () => {
          signalParent("HUP");
        },
        stopWaits: false,
      };
    }
    const server = present(this.parts.mysql, `mysqld on ${this.name}`);
    return {
      isRunning: () => server.state() !== "down",
      isReady: () => this.mysqlAnswers(),
      start: () => {
        server.start();
      },
      stop: () => {
        if (this.mysqldPid !== undefined) this.processes.signal(this.mysqldPid, "TERM");
      },
      reload: () => undefined,
      stopWaits: true,
    };
  }

  /** The database's process comes and goes with its server's state. */
  private followMysqld(server: MysqlServer): void {
    server.onChange = () => {
      this.changes += 1;
      const alive = server.state() !== "down";
      if (alive && this.mysqldPid === undefined) {
        this.mysqldPid = this.processes.spawn(
          {
            ppid: 1,
            name: this.parts.mysqldName,
            args: `/usr/sbin/${this.parts.mysqldName} --user=mysql`,
            user: "mysql",
          },
          (signal) => {
            signalMysqld(server, signal);
          },
        );
      }
      if (!alive && this.mysqldPid !== undefined) {
        this.processes.exit(this.mysqldPid);
        this.mysqldPid = undefined;
      }
    };
  }

  private makeScriptHost(): ScriptHost {
    const { parts } = this;
    return {
      name: this.name,
      clock: this.clock,
      processes: this.processes,
      isExecutable: (path) => this.executable.has(path),
      version: () =>
        this.changes + this.files.version + this.processes.version + parts.segment.version,
      view: hostView({
        name: this.name,
        interface: parts.node.interface,
        flavour: parts.mysql?.flavour,
        processes: this.processes,
        files: this.files,
        nowUs: () => this.clock.nowUs(),
        addresses: () => this.addresses,
        changeAddress: (action, address, prefixLength) => {
          this.changeAddress(action, address, prefixLength, "by-hand");
        },
        mysqld: () =>
          this.mysqldPid !== undefined && parts.mysql?.listening() === true
            ? { pid: this.mysqldPid, name: parts.mysqldName, port: MYSQL_PORT }
            : undefined,
        service: (name, action) => this.service(name, action),
        durationOf: (name, action) => this.durationOf(name, action),
        connect: (address, port) =>
          parts.segment.connect(this.name, parts.segment.addressOf(address) ?? address, port),
        mysql: parts.query,
        ping: (address) =>
          parts.segment.ping(this.name, parts.segment.addressOf(address) ?? address),
        arp: (address) => parts.segment.answersFor(this.name, address),
        arping: "iputils",
        log: (program, text) => {
          parts.record(this.clock.nowUs(), { kind: "log", node: this.name, program, text });
        },
      }),
    };
  }

  /** For scripts, which are told beforehand: the longest that the service takes. */
  private durationOf(name: ServiceName, action: ServiceAction): Us {
    const server = this.parts.mysql;
    if (name === "keepalived" || server === undefined) {
      return action === "restart" ? KEEPALIVED_RESTART_US : INIT_SCRIPT_US[1];
    }
    const costs = SERVER_COSTS[server.flavour];
    const startUs = INIT_SCRIPT_US[1] + costs.startUs[1] + costs.recoveryUs[1];
    const stopUs = INIT_SCRIPT_US[1] + costs.stopAsPairUs[1];
    switch (action) {
      case "start":
        return startUs;
      case "stop":
        return stopUs;
      case "restart":
        return startUs + stopUs;
      case "reload":
      case "status":
        return INIT_SCRIPT_US[1];
    }
  }
}

/**
 * Users of a Debian host with a database. A script for anybody else is dropped when the configuration is
 * read (`notify.c:set_script_uid_gid`, 2.2.7), which for what follows is the same as not to run it.
 */
const USERS: ReadonlySet<string> = new Set(
  "root daemon bin sys sync games man lp mail news uucp proxy www-data backup list irc _apt nobody mysql".split(
    " ",
  ),
);

function isKnownUser({ user }: ScriptCommand): boolean {
  return user === undefined || USERS.has(user);
}

function notRun(clock: Clock, done: (end: ScriptEnd) => void): RunningScript {
  clock.after(0, () => {
    done({ kind: "not-run" });
  });
  return { pid: 0, kill: () => undefined };
}

/** A clean stop was measured to end after 1.01 to 1.04 s; then the start. */
const KEEPALIVED_RESTART_US = milliseconds(1100);

function signalMysqld(server: MysqlServer, signal: Signal): void {
  switch (signal) {
    case "KILL":
      server.kill();
      return;
    case "TERM":
      server.stop(() => undefined);
      return;
    case "STOP":
      server.freeze();
      return;
    case "CONT":
      server.thaw();
      return;
    default:
      return; // INT, HUP and the rest do not end it
  }
}

/** 224.0.0.0/4 (RFC 5771), ff00::/8 (RFC 4291). */
function isMulticast(address: string): boolean {
  if (address.includes(":")) return address.toLowerCase().startsWith("ff");
  const first = Number(address.split(".")[0]);
  return first >= 224 && first <= 239;
}
