/**
 * A simulated keepalived: the parent, its children, and what the host may do to them (section 5 and 9.7
 * of the semantics).
 *
 * What is left out:
 * - a daemon is taken to run with `-D` (detailed logging), as the packages start it; no `-P`, `-R`, `-V`, `-X`;
 * - VMAC, IPv6 link-local handling, BFD, virtual routes and rules, FIFO, D-Bus, SNMP;
 * - linkbeat polling and `interface_up_down_delays`; `garp_group` (one interval for all interfaces);
 * - authentication by AH is compared by its presence only: no sequence numbers, no digest;
 * - packet lengths, checksums and types: peers of the model send what is well formed;
 * - `track_file` keeps its initial value; `track_process` fails as in a network namespace; `track_bfd` none;
 * - `timer_expired_backup` counts with 254, the default of its argument;
 * - of the checkers TCP_CHECK and MISC_CHECK; the others count as up;
 *   the offset of a first check is drawn for each process, where the real one depends on the second of its start;
 * - `pkill -9` and the like on one CPU, which is a race of the processes: each is ended when it is signalled;
 * - after SIGCONT queued adverts come first, then late timers, then signals; which of the last two the
 *   kernel reports first is not known;
 * - the work within one turn takes no time; what the kernel does for it (addresses, announcements) takes
 *   the time that the host says;
 * - before 2.0.0 (read, never observed): log lines beside the main ones follow later versions; a reload is
 *   that of later versions; 1.2.13's announcements after a priority 0 are missing; notify_stop of 1.4.3 runs at the start of the second it waits, not after it.
 *
 * Sources: `main.c:start_keepalived`, `:sigend`, `scheduler.c:report_child_status`, `:calc_restart_delay`,
 * `vrrp_daemon.c:vrrp_respawn_thread`, `check_daemon.c:start_check`, 2.2.7 and 2.3.4.
 */
import type { KeepalivedConfig } from "../../../keepalived/config.ts";
import type { VersionProfile } from "../../../keepalived/versions.ts";
import { CheckersChild } from "./checkers.ts";
import {
  CHILD_WAIT_US,
  DEFAULT_COSTS,
  draw,
  RESPAWN_DELAY_SECONDS_MAX,
  RESPAWN_QUIET_US,
  type DaemonCosts,
} from "./costs.ts";
import type { Advert, DaemonHost, Signal } from "./host.ts";
import type { Alarm } from "./loop.ts";
import type { VrrpState } from "./model.ts";
import { SimProcess, type ProcessEnd } from "./process.ts";
import { VrrpChild } from "./vrrp-child.ts";

export interface DaemonProcessView {
  readonly pid: number;
  readonly program: string;
  readonly parent: number;
  readonly frozen: boolean;
}

export interface InstanceView {
  readonly instance: string;
  readonly state: VrrpState;
  readonly effectivePriority: number;
}

type ChildKind = "vrrp" | "checkers";

/** What the parent keeps of a child. */
interface Nursery {
  readonly kind: ChildKind;
  readonly title: string;
  readonly program: "Keepalived_vrrp" | "Keepalived_healthcheckers";
  process: SimProcess | undefined;
  startedUs: number;
  nextDelaySeconds: number;
  respawn: Alarm | undefined;
}

/** `scheduler.h`: FATAL, CONFIG, MISSING_PERMISSION. */
const PERMANENT_ERRORS: ReadonlyMap<number, string> = new Map([
  [1, "FATAL"],
  [2, "CONFIG"],
  [4, "missing permission"],
]);

const INIT_PID = 1;

export class KeepalivedDaemon {
  private readonly host: DaemonHost;
  private readonly profile: VersionProfile;
  private readonly costs: DaemonCosts;
  private parent: SimProcess | undefined;
  private vrrp: VrrpChild | undefined;
  private checkers: CheckersChild | undefined;
  private nurseries: readonly Nursery[] = [];
  private isStopping = false;
  private exitStatus = 0;
  /** The instance of `lvs_sync_daemon`, as last read: the kernel's daemon takes its side. */
  syncDaemon: string | undefined;

  constructor(host: DaemonHost, profile: VersionProfile, costs: DaemonCosts = DEFAULT_COSTS) {
    this.host = host;
    this.profile = profile;
    this.costs = costs;
  }

  /** Also after it has ended; while any of its processes lives it only says so. */
  start(): void {
    const { host, profile } = this;
    if (this.isRunning()) {
      host.log("Keepalived", "daemon is already running");
      return;
    }
    this.isStopping = false;
    this.exitStatus = 0;
    this.vrrp = undefined;
    this.checkers = undefined;
    this.nurseries = [
      nursery("checkers", "Healthcheck", "Keepalived_healthcheckers"),
      nursery("vrrp", "VRRP", "Keepalived_vrrp"),
    ];
    const parent = new SimProcess(host, "Keepalived", INIT_PID, {
      signal: (signal) => this.parentSignalled(parent, signal),
      frozen: () => undefined,
      thawed: () => undefined,
      ended: (end) => this.parentEnded(end),
    });
    this.parent = parent;
    this.log(`Starting Keepalived v${profile.version}`);
    parent.loop.after(draw(host.random, this.costs.parentReadUs), () => this.begin(parent));
  }

  isRunning(): boolean {
    return this.all().some((process) => process.alive);
  }

  /** Power is gone: all processes at once, without a word, and nothing is tidied up. */
  powerOff(): void {
    for (const process of this.all()) process.lose();
  }

  receive(interfaceName: string, advert: Advert): void {
    this.vrrp?.receive(interfaceName, advert);
  }

  addressRemoved(
    interfaceName: string,
    address: string,
    prefixLength: number,
    byUs: boolean,
  ): void {
    if (!byUs) this.vrrp?.addressRemoved(interfaceName, address, prefixLength);
  }

  addressAdded(interfaceName: string, address: string, _prefixLength: number, byUs: boolean): void {
    if (!byUs) this.vrrp?.addressAdded(interfaceName, address);
  }

  interfaceRemoved(interfaceName: string): void {
    this.vrrp?.interfaceRemoved(interfaceName);
  }

  linkChanged(interfaceName: string, up: boolean): void {
    this.vrrp?.linkChanged(interfaceName, up);
  }

  processes(): readonly DaemonProcessView[] {
    return this.all()
      .filter((process) => process.alive)
      .map(({ pid, program, parent, frozen }) => ({ pid, program, parent, frozen }));
  }

  state(): readonly InstanceView[] {
    if (this.vrrp?.process.alive !== true) return [];
    return this.vrrp.instances.map(({ config, state, effectivePriority }) => ({
      instance: config.name,
      state,
      effectivePriority,
    }));
  }

  private all(): SimProcess[] {
    return [this.parent, this.checkers?.process, this.vrrp?.process].filter(
      (process) => process !== undefined,
    );
  }

  private log(text: string): void {
    this.host.log("Keepalived", text);
  }

  private begin(parent: SimProcess): void {
    if (this.isStopping) return;
    const config = this.host.readConfig();
    if (config === undefined) {
      // Section 10.3: a running daemon without a file ends with 6
      this.log("Unable to find configuration file");
      parent.exit(6);
      return;
    }
    this.syncDaemon = config.globals.lvsSyncDaemon?.instance;
    this.host.writePidFile(parent.pid);
    for (const child of this.nurseries) if (this.isWanted(child, config)) this.fork(child);
    this.log("Startup complete");
  }

  /** Section 9.7: no virtual_server, no checker child. */
  private isWanted({ kind }: Nursery, config: KeepalivedConfig): boolean {
    return kind === "vrrp" ? config.instances.length > 0 : config.virtualServers.length > 0;
  }

  private fork(child: Nursery): void {
    const { host, profile, costs, parent } = this;
    if (parent === undefined) return;
    const ended = (end: ProcessEnd): void => this.childEnded(child, end);
    if (child.kind === "vrrp") {
      this.vrrp = new VrrpChild(host, profile, costs, parent.pid, ended);
      child.process = this.vrrp.process;
    } else {
      this.checkers = new CheckersChild(host, profile, costs, parent.pid, ended);
      child.process = this.checkers.process;
    }
    child.startedUs = host.clock.nowUs();
    this.log(`Starting ${child.title} child process, pid=${child.process.pid}`);
  }

  private parentSignalled(parent: SimProcess, signal: Signal): void {
    if (this.isStopping) return;
    if (signal === "TERM" || signal === "INT") this.stop(parent, 0);
    else if (signal === "HUP") this.reload(parent);
  }

  /** Children get the signal and five seconds; the parent waits for them. */
  private stop(parent: SimProcess, status: number): void {
    this.isStopping = true;
    this.exitStatus = status;
    this.log("Stopping");
    for (const child of this.nurseries) {
      child.respawn?.off();
      this.send(child, "TERM");
    }
    parent.loop.after(CHILD_WAIT_US, () => {
      for (const child of this.nurseries) {
        if (child.process?.alive !== true) continue;
        this.log(`${child.title} process failed to die - forcing termination`);
        child.process.deliver("KILL");
      }
    });
    this.endIfAlone(parent);
  }

  /** A signal takes a moment, and the child may be gone by then. */
  private send(child: Nursery, signal: Signal): void {
    const { process } = child;
    if (process?.alive !== true) return;
    const delayUs = draw(this.host.random, this.costs.signalUs);
    this.host.clock.after(delayUs, () => process.deliver(signal));
  }

  private reload(parent: SimProcess): void {
    this.log("Reloading ...");
    const config = this.host.readConfig();
    if (config === undefined) return;
    this.syncDaemon = config.globals.lvsSyncDaemon?.instance;
    for (const child of this.nurseries) {
      const isAlive = child.process?.alive === true;
      if (isAlive) this.send(child, "HUP");
      else if (this.isWanted(child, config) && child.respawn?.isSet !== true) this.fork(child);
    }
    parent.loop.after(draw(this.host.random, this.costs.childReadUs), () =>
      this.log("Reload complete"),
    );
  }

  /** Without a parent children get SIGTERM from the kernel, since 1.3.3. */
  private parentEnded(end: ProcessEnd): void {
    if (end.kind !== "killed") return;
    if (!this.profile.childrenDieWithParent) return;
    for (const child of this.nurseries) this.send(child, "TERM");
  }

  private childEnded(child: Nursery, end: ProcessEnd): void {
    const { parent } = this;
    if (end.kind === "lost" || parent?.alive !== true) return;
    const delayUs = draw(this.host.random, this.costs.signalUs);
    parent.loop.after(delayUs, () => this.reap(parent, child, end));
  }

  private reap(parent: SimProcess, child: Nursery, end: ProcessEnd): void {
    if (this.isStopping) {
      this.endIfAlone(parent);
      return;
    }
    if (end.kind !== "exited") {
      this.log(
        `${child.program} exited due to signal 9 (Killed) - has rlimit_rttime been exceeded?`,
      );
    } else {
      const error = PERMANENT_ERRORS.get(end.status);
      if (error !== undefined && this.profile.permanentErrorsEnd) {
        this.log(`${child.program} exited with permanent error ${error}. Terminating`);
        this.stop(parent, end.status);
        return;
      }
      if (end.status !== 0) this.log(`${child.program} exited with status ${end.status}`);
    }
    this.log(`${child.title} child process(${child.process?.pid ?? 0}) died: Respawning`);
    this.respawn(parent, child);
  }

  /** At once, then after 1, 2, 4 ... 60 s unless it lived a minute. */
  private respawn(parent: SimProcess, child: Nursery): void {
    const livedUs = parent.loop.nowUs() - child.startedUs;
    const delay = child.nextDelaySeconds;
    if (!this.profile.respawnIsDelayed) {
      this.fork(child);
      return;
    }
    if (livedUs >= RESPAWN_QUIET_US) {
      child.nextDelaySeconds = 0;
      this.fork(child);
      return;
    }
    if (delay === 0) child.nextDelaySeconds = 1;
    else if (delay > 30) child.nextDelaySeconds = RESPAWN_DELAY_SECONDS_MAX;
    else child.nextDelaySeconds = delay * 2;
    this.log(`Restart of ${child.title} process delayed ${delay} seconds to limit respawn rate`);
    if (delay === 0) this.fork(child);
    else child.respawn = parent.loop.after(delay * 1_000_000, () => this.fork(child));
  }

  private endIfAlone(parent: SimProcess): void {
    if (this.nurseries.some(({ process }) => process?.alive === true)) return;
    parent.loop.after(draw(this.host.random, this.costs.parentExitUs), () => {
      this.log(`Stopped Keepalived v${this.profile.version}`);
      this.host.writePidFile(undefined);
      parent.exit(this.exitStatus);
    });
  }
}

function nursery(kind: ChildKind, title: string, program: Nursery["program"]): Nursery {
  return {
    kind,
    title,
    program,
    process: undefined,
    startedUs: 0,
    nextDelaySeconds: 0,
    respawn: undefined,
  };
}
