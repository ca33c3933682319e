/**
 * The vrrp child: reads its configuration, listens, and ends (sections 2.1, 4.4, 5).
 *
 * Sources: `vrrp_daemon.c:start_vrrp`, `:vrrp_terminate_phase1`, `:reload_vrrp_thread`, `vrrp.c:
 * vrrp_thread_timeout_handler`, `keepalived_netlink.c:netlink_if_address_filter`, 2.3.4.
 */
import type { Us } from "../../../core/time.ts";
import type { KeepalivedConfig } from "../../../keepalived/config.ts";
import type { VersionProfile } from "../../../keepalived/versions.ts";
import { isIpv6 } from "./addresses.ts";
import { sendAdvert, setSource } from "./advert.ts";
import {
  BACKSTOP_US,
  draw,
  LATE_TIMER_US,
  LINGER_US,
  SOCKET_BUFFER_PACKETS,
  type DaemonCosts,
  type Range,
} from "./costs.ts";
import { initialiseOld, oldAdvertReceived, oldDeadlinePassed } from "./fsm-old.ts";
import { leaveMaster, letGo, loseVip } from "./fsm.ts";
import {
  buildGeneration,
  faultAtStart,
  findSource,
  initialiseStates,
  initialiseTracking,
  keepAddresses,
  keepScriptResults,
  keepStates,
  removeLeftovers,
} from "./generation.ts";
import type { Advert, DaemonHost, Signal } from "./host.ts";
import { Loop, NEVER } from "./loop.ts";
import { Children, type Generation, type Instance } from "./model.ts";
import { notifyGroup, notifyInstance } from "./notify.ts";
import { SimProcess, type ProcessEnd } from "./process.ts";
import { advertReceived, deadlinePassed } from "./receive.ts";
import { startScripts } from "./scripts.ts";
import { bringDown, interfaceChanged, tryUp } from "./track.ts";

/** `scheduler.h` KEEPALIVED_EXIT_CONFIG. */
const EXIT_CONFIG = 2;
const VRIDS = 256;

export class VrrpChild {
  readonly process: SimProcess;
  private readonly host: DaemonHost;
  private readonly profile: VersionProfile;
  private readonly costs: DaemonCosts;
  private readonly children = new Children();
  private generation: Generation | undefined;
  /** By interface, then VRID, IPv6 after IPv4. */
  private listeners = new Map<string, (Instance | undefined)[]>();
  private queued: { interfaceName: string; advert: Advert }[] = [];
  private isStopping = false;
  /** When the last message from the kernel is handled. */
  private netlinkUs: Us = 0;

  constructor(
    host: DaemonHost,
    profile: VersionProfile,
    costs: DaemonCosts,
    parent: number,
    ended: (end: ProcessEnd) => void,
  ) {
    this.host = host;
    this.profile = profile;
    this.costs = costs;
    this.process = new SimProcess(host, "Keepalived_vrrp", parent, {
      signal: (signal) => this.signalled(signal),
      frozen: () => this.setFrozen(true),
      thawed: () => this.thawed(),
      ended: (end) => {
        this.generation?.loop.end();
        // Scripts get SIGTERM when the process that forked them dies (`notify.c:system_call_script`)
        if (profile.childrenDieWithParent && end.kind !== "lost") this.children.killAll();
        ended(end);
      },
    });
    this.process.loop.after(draw(host.random, costs.childReadUs), () => this.start());
  }

  get instances(): readonly Instance[] {
    return this.generation?.instances ?? [];
  }

  receive(interfaceName: string, advert: Advert): void {
    if (!this.process.alive || this.isStopping) return;
    if (!this.process.frozen) this.dispatch(interfaceName, advert);
    else if (this.queued.length < SOCKET_BUFFER_PACKETS && this.generation !== undefined) {
      this.queued.push({ interfaceName, advert });
    }
  }

  linkChanged(interfaceName: string, isUp: boolean): void {
    this.later(this.costs.linkUs, (generation) =>
      interfaceChanged(generation, interfaceName, isUp),
    );
  }

  /** The interface is gone, and its sockets with it; one of that name that comes later is another one. */
  interfaceRemoved(interfaceName: string): void {
    if (!this.profile.deafAfterInterfaceReturns) return;
    this.later(this.costs.linkUs, ({ instances }) => {
      for (const instance of instances) {
        if (instance.config.interface === interfaceName) instance.isDeaf = true;
      }
    });
  }

  addressRemoved(interfaceName: string, address: string, prefixLength: number): void {
    this.later(this.costs.addressUs, (generation) =>
      this.lostAddress(generation, interfaceName, address, prefixLength),
    );
  }

  addressAdded(interfaceName: string, address: string): void {
    this.later(this.costs.addressUs, (generation) =>
      this.gotAddress(generation, interfaceName, address),
    );
  }

  private log(text: string): void {
    this.host.log("Keepalived_vrrp", text);
  }

  /** Netlink keeps its order, and is handled by the generation that is there then. */
  private later(cost: Range, run: (generation: Generation) => void): void {
    const { loop } = this.process;
    this.netlinkUs = Math.max(this.netlinkUs, loop.nowUs() + draw(this.host.random, cost));
    loop.after(this.netlinkUs - loop.nowUs(), () => {
      if (this.generation !== undefined && !this.isStopping) run(this.generation);
    });
  }

  private start(): void {
    const config = this.host.readConfig();
    this.log("Registering Kernel netlink reflector");
    this.log("Registering Kernel netlink command channel");
    if (config === undefined || !this.isRunnable(config)) {
      this.process.exit(EXIT_CONFIG);
      return;
    }
    const generation = this.newGeneration(config, false);
    for (const { name } of generation.interfaces.values()) {
      for (const address of this.host.addressesOf(name)) {
        this.log(`Assigned address ${address} for interface ${name}`);
      }
    }
    const { startupDelayUs } = config.globals;
    if (startupDelayUs > 0) this.delayStart(generation, startupDelayUs);
    initialiseTracking(generation);
    this.log("Registering gratuitous ARP shared channel");
    removeLeftovers(generation);
    this.initialise(generation, undefined);
  }

  /** Section 10.2: an instance without interface or VRID is the end of the child. */
  private isRunnable(config: KeepalivedConfig): boolean {
    if (config.instances.some(({ usable }) => !usable)) return false;
    if (config.globals.dynamicInterfaces) return true;
    const missing = config.instances.find((i) => !this.host.exists(i.interface));
    if (missing === undefined) return true;
    this.log(
      `WARNING - interface ${missing.interface} for vrrp_instance ${missing.name} doesn't exist`,
    );
    this.log("Non-existent interface specified in configuration");
    return false;
  }

  /** Section 2.2: deadlines count from the end of the delay. */
  private delayStart(generation: Generation, delayUs: Us): void {
    this.log(`Delaying startup for ${delayUs / 1_000_000} seconds`);
    generation.startupEndsUs = this.process.loop.nowUs() + delayUs;
    generation.loop.after(delayUs, () => {
      generation.startupEndsUs = 0;
      if (this.profile.startupDelayIgnoresAdverts) this.log("Delayed start completed");
    });
  }

  private newGeneration(config: KeepalivedConfig, isReload: boolean): Generation {
    const { host, profile, costs, children, process } = this;
    const generation: Generation = {
      host,
      profile,
      costs,
      random: host.random,
      loop: new Loop(host.clock, costs.timerLateUs),
      processLoop: process.loop,
      pid: process.pid,
      globals: config.globals,
      isReload,
      children,
      instances: [],
      groups: [],
      scripts: [],
      trackFiles: config.trackFiles,
      interfaces: new Map(),
      garpQueues: new Map(),
      startupEndsUs: 0,
      log: (text) => this.log(text),
    };
    buildGeneration(
      generation,
      config,
      profile.faultsNoticedAtTimer ? oldDeadlinePassed : deadlinePassed,
    );
    this.generation = generation;
    this.listeners = new Map();
    for (const instance of generation.instances) this.listen(instance);
    return generation;
  }

  private listen(instance: Instance): void {
    const { interface: interfaceName, virtualRouterId, family } = instance.config;
    const listeners = this.listeners.get(interfaceName) ?? [];
    listeners[virtualRouterId + (family === "inet6" ? VRIDS : 0)] = instance;
    this.listeners.set(interfaceName, listeners);
  }

  /** Sockets are bound to their group or source and to their protocol: what is meant for others never comes. */
  private dispatch(interfaceName: string, advert: Advert): void {
    const family = isIpv6(advert.source) ? VRIDS : 0;
    const instance = this.listeners.get(interfaceName)?.[advert.vrid + family];
    if (instance === undefined || instance.isDeaf) return;
    const { config, generation } = instance;
    if (generation.startupEndsUs !== 0 && this.profile.startupDelayIgnoresAdverts) return;
    const expected = instance.isUnicast ? instance.source : config.multicastGroup;
    if (advert.destination !== expected) return;
    const isAh = config.version === 2 && config.authentication?.type === "AH";
    if (isAh !== (advert.authentication === "AH")) return;
    if (this.profile.faultsNoticedAtTimer) oldAdvertReceived(instance, advert);
    else advertReceived(instance, advert);
  }

  private signalled(signal: Signal): void {
    switch (signal) {
      case "TERM":
      case "INT":
        this.stop();
        break;
      case "HUP":
        this.reload();
        break;
      case "USR1":
        this.log(`Printing VRRP data for process(${this.process.pid}) on signal`);
        break;
      case "USR2":
        this.log(`Printing VRRP stats for process(${this.process.pid}) on signal`);
        break;
      case "KILL":
      case "STOP":
      case "CONT":
        break;
    }
  }

  private setFrozen(isFrozen: boolean): void {
    if (this.generation !== undefined) this.generation.loop.frozen = isFrozen;
  }

  /** Section 5, SIGSTOP: what is in the sockets is read before any timer is looked at. */
  private thawed(): void {
    const { generation } = this;
    if (generation === undefined) return;
    generation.loop.frozen = false;
    const lateUs = generation.loop.overdueUs();
    const late = (lateUs / 1_000_000).toFixed(6);
    if (lateUs > LATE_TIMER_US) this.log(`A thread timer expired ${late} seconds ago`);
    this.giveUpAfterFreeze(generation, late);
    const { queued } = this;
    this.queued = [];
    for (const { interfaceName, advert } of queued) this.dispatch(interfaceName, advert);
    if (generation.loop.alive) generation.loop.thaw();
  }

  /** `timer_expired_backup`: the peers must have taken over by now, so do not fight them. */
  private giveUpAfterFreeze(generation: Generation, late: string): void {
    const nowUs = generation.loop.nowUs();
    let isLogged = false;
    for (const instance of generation.instances) {
      const { config, lastAdvertSentUs } = instance;
      if (instance.state !== "MASTER" || !config.timerExpiredBackup) continue;
      // 254, the default of the keyword's argument: the shortest wait that a peer can have
      const share = 256 - 254;
      const base = config.version === 2 ? 1_000_000 : config.advertIntUs;
      const waitUs = 3 * config.advertIntUs + Math.floor((share * base) / 256);
      if (lastAdvertSentUs === -NEVER || lastAdvertSentUs + waitUs > nowUs) continue;
      if (!isLogged) this.log(`VRRP thread timer expired ${late} seconds ago`);
      isLogged = true;
      instance.wantState = "BACKUP";
      leaveMaster(instance, false);
    }
  }

  /** Section 5, SIGTERM: the word that it stops, addresses off, scripts told; gone a second later. */
  private stop(): void {
    if (this.isStopping) return;
    this.isStopping = true;
    const { generation, children, process } = this;
    if (generation === undefined) {
      process.exit(0);
      return;
    }
    children.killChecks("TERM");
    for (const instance of generation.instances) {
      instance.deadline.off();
      if (instance.state === "MASTER") letGo(instance, true);
    }
    generation.loop.end();
    this.tellStop(generation);
    if (!this.profile.lingersAfterStop || generation.instances.length === 0) {
      process.exit(0);
      return;
    }
    process.loop.after(LINGER_US, () => {
      if (children.hasChecks) {
        children.killChecks("KILL");
        process.loop.after(BACKSTOP_US, () => this.stopped());
      } else {
        this.stopped();
      }
    });
  }

  private tellStop(generation: Generation): void {
    for (const instance of generation.instances) {
      instance.state = "INIT";
      notifyInstance(instance, "STOP");
    }
    for (const group of generation.groups) notifyGroup(generation, group, "STOP");
  }

  private stopped(): void {
    this.log("Stopped");
    this.process.exit(0);
  }

  /** Section 5, SIGHUP: a MASTER advertises, then everything is read anew, and it advertises again. */
  private reload(): void {
    const old = this.generation;
    if (old === undefined || this.isStopping) return;
    for (const instance of old.instances) {
      if (instance.state === "MASTER") sendAdvert(instance, instance.effectivePriority);
    }
    this.log("Reloading");
    this.children.killChecks("TERM");
    const config = this.host.readConfig();
    old.loop.end();
    if (config === undefined || !this.isRunnable(config)) {
      for (const instance of old.instances) if (instance.state === "MASTER") letGo(instance, true);
      this.tellStop(old);
      this.process.exit(EXIT_CONFIG);
      return;
    }
    const generation = this.newGeneration(config, true);
    keepScriptResults(generation, old);
    initialiseTracking(generation);
    this.initialise(generation, old);
  }

  /** Before 2.0.0 nothing is faulty until a timer looks. */
  private initialise(generation: Generation, old: Generation | undefined): void {
    const isOld = this.profile.faultsNoticedAtTimer;
    if (!isOld) faultAtStart(generation, old);
    if (old !== undefined) {
      keepStates(generation, old);
      keepAddresses(generation, old);
    }
    if (isOld) initialiseOld(generation);
    else initialiseStates(generation);
    startScripts(generation);
  }

  private lostAddress(
    generation: Generation,
    interfaceName: string,
    address: string,
    prefixLength: number,
  ): void {
    for (const instance of generation.instances) {
      const { config } = instance;
      if (config.interface !== interfaceName || instance.source !== address) continue;
      if (config.sourceAddress !== undefined) continue;
      const other = findSource(instance);
      if (other !== undefined) {
        setSource(instance, other);
        continue;
      }
      this.log(`Deassigned address ${address} from interface ${interfaceName}`);
      if (this.profile.faultsNoticedAtTimer) continue;
      bringDown(instance, "no-source");
      setSource(instance, undefined);
    }
    if (!this.profile.deletedVipNoticed) return;
    const owner = generation.instances.find(
      (i) =>
        i.state === "MASTER" &&
        [...i.config.addresses, ...i.config.excludedAddresses].some(
          (vip) =>
            vip.interface === interfaceName &&
            vip.address === address &&
            !vip.options.includes("no_track") &&
            (this.profile.anyPrefixDeletesVip || vip.prefixLength === prefixLength),
        ),
    );
    if (owner === undefined) return;
    this.log(`Netlink reflector reports IP ${address} removed from ${interfaceName}`);
    loseVip(owner);
  }

  private gotAddress(generation: Generation, interfaceName: string, address: string): void {
    for (const instance of generation.instances) {
      const { config } = instance;
      if (!instance.hasNoSource || config.interface !== interfaceName) continue;
      if (config.sourceAddress !== undefined) continue;
      const source = findSource(instance);
      if (source === undefined) continue;
      this.log(`Assigned address ${address} for interface ${interfaceName}`);
      setSource(instance, source);
      tryUp(instance, "no-source");
    }
  }
}
