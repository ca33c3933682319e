/**
 * A bench for the daemon alone: hosts that are little more than lists, on a bus without delay. For tests.
 */
import { randomStream, type RandomStream } from "../../../core/random.ts";
import { seconds, type Us } from "../../../core/time.ts";
import type {
  Block,
  CheckTiming,
  GlobalDefs,
  KeepalivedConfig,
  NotifyScripts,
  RealServer,
  ScriptCommand,
  Tracked,
  VirtualAddress,
  VirtualServer,
  VrrpInstance,
  VrrpScript,
  VrrpSyncGroup,
} from "../../../keepalived/config.ts";
import { profileOf, type KeepalivedVersion } from "../../../keepalived/versions.ts";
import { EventQueue } from "../clock.ts";
import type { DaemonCosts } from "./costs.ts";
import { IpvsTable } from "../ipvs.ts";
import { KeepalivedDaemon } from "./daemon.ts";
import type {
  Advert,
  DaemonHost,
  DaemonProcess,
  OutgoingMail,
  Program,
  RunningScript,
  ScriptEnd,
  Signal,
} from "./host.ts";

/** Nothing costs time: figures are those of the timers. */
export const NO_COSTS: DaemonCosts = {
  timerLateUs: 0,
  parentReadUs: [0, 0],
  childReadUs: [0, 0],
  signalUs: [0, 0],
  reapUs: [1, 1],
  linkUs: [0, 0],
  addressUs: [0, 0],
  parentExitUs: [0, 0],
  checkerExitUs: [0, 0],
};

export type Happening =
  | { readonly kind: "advert"; readonly priority: number; readonly vrid: number }
  | { readonly kind: "vip"; readonly address: string; readonly isThere: boolean }
  | { readonly kind: "garp"; readonly address: string }
  | { readonly kind: "log"; readonly program: Program; readonly text: string }
  | { readonly kind: "notify"; readonly words: readonly string[] }
  | { readonly kind: "script"; readonly text: string }
  | { readonly kind: "connect"; readonly port: number }
  | { readonly kind: "refuse"; readonly addresses: readonly string[] }
  | { readonly kind: "script-killed"; readonly text: string; readonly signal: Signal };

export type Recorded = Happening & { readonly tUs: Us };

/** How a check script behaves from now on; `hangs` ends only by a signal. */
export interface ScriptBehaviour {
  readonly takesUs: Us;
  readonly status: number;
  readonly hangs?: boolean;
  /** Ends with that status after SIGTERM. */
  readonly trapsTerm?: number;
  /** Only SIGKILL helps. */
  readonly ignoresTerm?: boolean;
}

const GOOD: ScriptBehaviour = { takesUs: 0, status: 0 };

export class BenchHost implements DaemonHost {
  readonly name: string;
  readonly clock: EventQueue;
  readonly random: RandomStream;
  hasIpvs = true;
  readonly ipvs: IpvsTable = new IpvsTable();
  readonly daemon: KeepalivedDaemon;
  config: KeepalivedConfig | undefined;
  readonly record: Recorded[] = [];
  readonly interfaces: Map<string, { isUp: boolean; addresses: [string, number][] }> = new Map();
  readonly behaviours: Map<string, ScriptBehaviour> = new Map();
  /** Of TCP ports; open unless said. */
  readonly ports: Map<number, "open" | "refused" | "timeout"> = new Map();
  /** What it does not hear. */
  isDeaf = false;
  /** What it says is not heard. */
  isMute = false;
  pidFile: number | undefined;
  readonly mails: string[] = [];
  private readonly bus: Bus;
  private readonly signals = new Map<number, (signal: Signal) => void>();
  private nextPid: number;

  constructor(bus: Bus, name: string, index: number, config: KeepalivedConfig, costs: DaemonCosts) {
    this.bus = bus;
    this.name = name;
    this.clock = bus.queue;
    this.random = randomStream(bus.seed, name);
    this.config = config;
    this.nextPid = 1000 * (index + 1);
    this.interfaces.set("eth0", { isUp: true, addresses: [[`10.0.0.${index + 11}`, 24]] });
    this.interfaces.set("eth1", { isUp: true, addresses: [[`10.1.0.${index + 11}`, 24]] });
    this.daemon = new KeepalivedDaemon(this, profileOf(config.version), costs);
  }

  note(happening: Happening): void {
    this.record.push({ ...happening, tUs: this.clock.nowUs() });
  }

  isUp(name: string): boolean {
    return this.interfaces.get(name)?.isUp === true;
  }
  exists(name: string): boolean {
    return this.interfaces.has(name);
  }
  hasAddress(address: string): boolean {
    return [...this.interfaces.values()].some((i) => i.addresses.some(([a]) => a === address));
  }
  addressesOf(name: string): readonly string[] {
    return this.interfaces.get(name)?.addresses.map(([address]) => address) ?? [];
  }
  addAddress(name: string, address: string, prefixLength: number): void {
    if (this.hasAddress(address)) return;
    this.interfaces.get(name)?.addresses.push([address, prefixLength]);
    this.note({ kind: "vip", address, isThere: true });
    this.daemon.addressAdded(name, address, prefixLength, true);
  }
  removeAddress(name: string, address: string, prefixLength: number): void {
    this.takeAway(name, address, prefixLength, true);
  }
  /** As an administrator would. */
  deleteAddress(name: string, address: string, prefixLength: number): void {
    this.takeAway(name, address, prefixLength, false);
  }
  giveAddress(name: string, address: string, prefixLength: number): void {
    this.interfaces.get(name)?.addresses.push([address, prefixLength]);
    this.daemon.addressAdded(name, address, prefixLength, false);
  }
  private takeAway(name: string, address: string, prefixLength: number, byUs: boolean): void {
    const held = this.interfaces.get(name);
    if (held === undefined) return;
    held.addresses = held.addresses.filter(([a]) => a !== address);
    this.note({ kind: "vip", address, isThere: false });
    this.daemon.addressRemoved(name, address, prefixLength, byUs);
  }
  setLink(name: string, isUp: boolean): void {
    const held = this.interfaces.get(name);
    if (held === undefined) return;
    held.isUp = isUp;
    this.daemon.linkChanged(name, isUp);
  }
  refuseTraffic(addresses: readonly string[]): void {
    this.note({ kind: "refuse", addresses });
  }
  send(interfaceName: string, advert: Advert): void {
    if (!this.isUp(interfaceName)) return;
    if (this.bus.isRecording) {
      this.note({ kind: "advert", priority: advert.priority, vrid: advert.vrid });
    }
    if (!this.isMute) this.bus.carry(this, interfaceName, advert);
  }
  announce(_interfaceName: string, address: string): void {
    this.note({ kind: "garp", address });
  }
  log(program: Program, text: string): void {
    this.note({ kind: "log", program, text });
  }
  spawn(_program: Program, _parent: number, onSignal: (signal: Signal) => void): DaemonProcess {
    const pid = this.nextPid;
    this.nextPid += 1;
    this.signals.set(pid, onSignal);
    return { pid, exit: () => this.signals.delete(pid) };
  }
  writePidFile(pid: number | undefined): void {
    this.pidFile = pid;
  }
  run(command: ScriptCommand, _parent: number, done: (end: ScriptEnd) => void): RunningScript {
    this.note({ kind: "script", text: command.text });
    const behaviour = this.behaviours.get(command.text) ?? GOOD;
    let isOver = false;
    const end = (how: ScriptEnd): void => {
      if (isOver) return;
      isOver = true;
      done(how);
    };
    if (behaviour.hangs !== true) {
      this.clock.after(behaviour.takesUs, () => end({ kind: "exited", status: behaviour.status }));
    }
    return {
      pid: 1,
      kill: (signal) => {
        if (isOver) return;
        this.note({ kind: "script-killed", text: command.text, signal });
        if (signal === "TERM" && behaviour.ignoresTerm === true) return;
        if (signal === "TERM" && behaviour.trapsTerm !== undefined) {
          end({ kind: "exited", status: behaviour.trapsTerm });
        } else {
          end({ kind: "signalled", signal });
        }
      },
    };
  }
  notify(command: ScriptCommand, extra: readonly string[], _parent: number): RunningScript {
    this.note({ kind: "notify", words: [command.text, ...extra] });
    return {
      pid: 1,
      kill: (signal) => this.note({ kind: "script-killed", text: command.text, signal }),
    };
  }
  connect(
    _address: string,
    port: number,
    timeoutUs: Us,
    done: (result: "open" | "refused" | "timeout" | "unreachable") => void,
  ): void {
    this.note({ kind: "connect", port });
    const result = this.ports.get(port) ?? "open";
    this.clock.after(result === "timeout" ? timeoutUs : 0, () => done(result));
  }
  mail({ subject }: OutgoingMail): void {
    this.mails.push(subject);
  }
  readConfig(): KeepalivedConfig | undefined {
    return this.config;
  }

  /** To the process of that program, as `kill` does. */
  signal(program: Program, signal: Signal): void {
    const process = this.daemon.processes().find((p) => p.program === program);
    if (process !== undefined) this.signals.get(process.pid)?.(signal);
  }
  signalAll(signal: Signal): void {
    for (const { pid } of this.daemon.processes()) this.signals.get(pid)?.(signal);
  }

  state(): string {
    return this.daemon.state()[0]?.state ?? "none";
  }
  logs(): string[] {
    return this.record.flatMap((r) => (r.kind === "log" ? [r.text] : []));
  }
  /** Times of log lines with that text. */
  logTimes(text: string): Us[] {
    return this.record.flatMap((r) => (r.kind === "log" && r.text.includes(text) ? [r.tUs] : []));
  }
  adverts(fromUs: Us = 0): { tUs: Us; priority: number }[] {
    return this.record.flatMap((r) =>
      r.kind === "advert" && r.tUs >= fromUs ? [{ tUs: r.tUs, priority: r.priority }] : [],
    );
  }
  /** When the address came (or went), first time not before then. */
  vipChange(isThere: boolean, fromUs: Us, address = "10.0.0.100"): Us | undefined {
    return this.record.find(
      (r) => r.kind === "vip" && r.isThere === isThere && r.tUs >= fromUs && r.address === address,
    )?.tUs;
  }
}

export class Bus {
  readonly queue: EventQueue = new EventQueue();
  readonly hosts: BenchHost[] = [];
  readonly seed: number;
  readonly costs: DaemonCosts;
  isRecording = true;

  constructor(costs: DaemonCosts = NO_COSTS, seed = 1) {
    this.costs = costs;
    this.seed = seed;
  }

  add(name: string, config: KeepalivedConfig): BenchHost {
    const host = new BenchHost(this, name, this.hosts.length, config, this.costs);
    this.hosts.push(host);
    return host;
  }

  carry(from: BenchHost, interfaceName: string, advert: Advert): void {
    for (const host of this.hosts) {
      if (host === from || host.isDeaf || !host.isUp(interfaceName)) continue;
      const isUnicast = !advert.destination.startsWith("224.");
      if (isUnicast && !host.hasAddress(advert.destination)) continue;
      this.queue.at(this.queue.nowUs(), () => host.daemon.receive(interfaceName, advert));
    }
  }

  runUntil(tUs: Us): void {
    this.queue.runUntil(tUs);
  }
  runFor(us: Us): void {
    this.queue.runUntil(this.queue.nowUs() + us);
  }
}

const BLOCK: Block = { at: { file: "test", line: 1, column: 1 }, given: {}, other: [] };

export function command(text: string): ScriptCommand {
  return { at: BLOCK.at, text, argv: text.split(" ") };
}

export function tracked(name: string, weight = 0, reverse = false): Tracked {
  return { at: BLOCK.at, name, weight, reverse };
}

export function vip(
  address = "10.0.0.100",
  prefixLength = 24,
  interfaceName = "eth0",
): VirtualAddress {
  return {
    at: BLOCK.at,
    address,
    prefixLength,
    prefixGiven: true,
    interface: interfaceName,
    options: [],
  };
}

export function vrrpScript(name: string, more: Partial<VrrpScript> = {}): VrrpScript {
  const intervalUs = more.intervalUs ?? seconds(2);
  return {
    ...BLOCK,
    name,
    command: command(name),
    intervalUs,
    timeoutUs: intervalUs,
    weight: 0,
    reverse: false,
    rise: 1,
    fall: 2,
    initFail: false,
    usable: true,
    ...more,
  };
}

export function vrrpInstance(priority: number, more: Partial<VrrpInstance> = {}): VrrpInstance {
  return {
    ...BLOCK,
    name: "VI_1",
    usable: true,
    state: "BACKUP",
    interface: "eth0",
    version: 2,
    family: "inet",
    virtualRouterId: 51,
    priority,
    advertIntUs: seconds(1),
    downTimerAdverts: 3,
    nopreempt: false,
    preemptDelayUs: 0,
    strict: false,
    accept: true,
    multicastGroup: "224.0.0.18",
    unicastPeers: [],
    lowerPrioNoAdvert: false,
    higherPrioSendAdvert: false,
    skipCheckAdvAddr: false,
    checkUnicastSrc: false,
    ownerIgnoreAdverts: false,
    timerExpiredBackup: false,
    dontTrackPrimary: false,
    useVmac: false,
    garp: {
      masterDelayUs: seconds(5),
      masterRepeat: 5,
      masterRefreshUs: 0,
      masterRefreshRepeat: 1,
      lowerPrioDelayUs: seconds(5),
      lowerPrioRepeat: 5,
      intervalUs: 0,
    },
    addresses: [vip()],
    excludedAddresses: [],
    trackScripts: [],
    trackInterfaces: [],
    trackFiles: [],
    trackProcesses: [],
    notify: {},
    smtpAlert: false,
    ...more,
  };
}

export function syncGroup(
  members: readonly string[],
  more: Partial<VrrpSyncGroup> = {},
): VrrpSyncGroup {
  return {
    ...BLOCK,
    name: "G",
    members,
    trackScripts: [],
    trackInterfaces: [],
    trackFiles: [],
    trackProcesses: [],
    trackingWeight: false,
    notify: {},
    smtpAlert: false,
    usable: true,
    ...more,
  };
}

export function tcpServer(
  port: number,
  timing: Partial<CheckTiming> = {},
  more: Partial<RealServer> = {},
): VirtualServer {
  const checker: RealServer["checkers"][number] = {
    ...BLOCK,
    kind: "TCP_CHECK",
    timing: {
      delayLoopUs: seconds(2),
      connectTimeoutUs: seconds(3),
      retry: 3,
      delayBeforeRetryUs: seconds(3),
      warmupUs: timing.delayLoopUs ?? seconds(2),
      ...timing,
    },
    alpha: more.alpha ?? false,
    connectTo: { address: "10.0.0.11", port },
    urls: [],
  };
  return virtualServer(port, [realServer(port, { checkers: [checker], ...more })]);
}

export function realServer(port: number, more: Partial<RealServer> = {}): RealServer {
  return {
    ...BLOCK,
    address: "10.0.0.11",
    port,
    weight: 1,
    forwarding: "DR",
    inhibitOnFailure: false,
    alpha: false,
    notifyDown: command(`down ${port}`),
    notifyUp: command(`up ${port}`),
    smtpAlert: false,
    checkers: [],
    ...more,
  };
}

export function virtualServer(
  port: number,
  realServers: readonly RealServer[],
  more: Partial<VirtualServer> = {},
): VirtualServer {
  return {
    ...BLOCK,
    service: { kind: "address", address: "10.0.0.100", port },
    protocol: "TCP",
    scheduler: "rr",
    forwarding: "DR",
    persistenceTimeoutUs: 0,
    alpha: false,
    omega: false,
    quorum: 1,
    hysteresis: 0,
    realServers,
    usable: true,
    ...more,
  };
}

const GLOBALS: GlobalDefs = {
  ...BLOCK,
  notificationEmails: [],
  smtpConnectTimeoutUs: seconds(30),
  enableScriptSecurity: true,
  vrrpStrict: false,
  vrrpVersion: 2,
  vrrpMcastGroup4: "224.0.0.18",
  vrrpMcastGroup6: "ff02::12",
  startupDelayUs: 0,
  dynamicInterfaces: false,
};

export function configOf(
  version: KeepalivedVersion,
  instances: readonly VrrpInstance[],
  more: Partial<Omit<KeepalivedConfig, "globals">> & { globals?: Partial<GlobalDefs> } = {},
): KeepalivedConfig {
  return {
    version,
    scripts: [],
    trackFiles: [],
    trackProcesses: [],
    instances,
    syncGroups: [],
    virtualServerGroups: [],
    virtualServers: [],
    ...more,
    globals: { ...GLOBALS, ...more.globals },
  };
}

/** All scripts that a transition can start, named after it. */
export const ALL_NOTIFIES: NotifyScripts = {
  master: command("to-master"),
  backup: command("to-backup"),
  fault: command("to-fault"),
  stop: command("to-stop"),
  any: command("any"),
};

export const VIP = "10.0.0.100";

export interface Pair {
  readonly bus: Bus;
  readonly a: BenchHost;
  readonly b: BenchHost;
}

/** 101 and 99, started together and left alone until A is MASTER for a while. */
export function settledPair(
  version: KeepalivedVersion,
  more: {
    readonly a?: Partial<VrrpInstance>;
    readonly b?: Partial<VrrpInstance>;
    readonly config?: Parameters<typeof configOf>[2];
    readonly costs?: DaemonCosts;
    readonly settleUs?: Us;
  } = {},
): Pair {
  const bus = new Bus(more.costs ?? NO_COSTS);
  const a = bus.add("a", configOf(version, [vrrpInstance(101, more.a)], more.config));
  const b = bus.add("b", configOf(version, [vrrpInstance(99, more.b)], more.config));
  a.daemon.start();
  b.daemon.start();
  bus.runUntil(more.settleUs ?? seconds(20));
  return { bus, a, b };
}
