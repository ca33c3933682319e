/**
 * What the vrrp child keeps in memory: instances, sync groups, scripts. Data only; what happens to it is
 * in the files beside this one. One `Generation` lives from a start or reload to the next.
 *
 * Names follow `vrrp.h` and `vrrp_track.h` of keepalived 2.3.4 where there is a counterpart.
 */
import type { RandomStream } from "../../../core/random.ts";
import type { Us } from "../../../core/time.ts";
import type {
  GlobalDefs,
  VirtualAddress,
  VrrpInstance,
  VrrpScript,
  VrrpSyncGroup,
  VrrpTrackFile,
} from "../../../keepalived/config.ts";
import type { VersionProfile } from "../../../keepalived/versions.ts";
import type { DaemonCosts } from "./costs.ts";
import type { Advert, DaemonHost, RunningScript } from "./host.ts";
import { NEVER, type Alarm, type Loop } from "./loop.ts";

export type VrrpState = "INIT" | "BACKUP" | "MASTER" | "FAULT";

/** As scripts are told. */
export type NotifiedState = VrrpState | "STOP" | "DELETED";

/** Before 2.0.0 there are states on the way to others, in the state or the wanted state. */
export type WantedState = "BACKUP" | "MASTER" | "FAULT" | "GOTO_MASTER" | "GOTO_FAULT";

export const PRIORITY_OWNER = 255;
export const PRIORITY_STOP = 0;

export interface Generation {
  readonly host: DaemonHost;
  readonly profile: VersionProfile;
  readonly costs: DaemonCosts;
  readonly random: RandomStream;
  /** Ends with the generation. */
  readonly loop: Loop;
  /** Ends with the process. */
  readonly processLoop: Loop;
  readonly pid: number;
  readonly globals: GlobalDefs;
  readonly isReload: boolean;
  /** Scripts that were started and may still run. */
  readonly children: Children;
  readonly instances: Instance[];
  readonly groups: Group[];
  readonly scripts: Script[];
  readonly trackFiles: readonly VrrpTrackFile[];
  /** Interfaces in the order in which instances named them, with who tracks them. */
  readonly interfaces: Map<string, TrackedInterface>;
  /** By interface. */
  readonly garpQueues: Map<string, GarpQueue>;
  /** End of `vrrp_startup_delay`; 0: none. */
  startupEndsUs: Us;
  readonly log: (text: string) => void;
}

export interface Tracker {
  readonly instance: Instance;
  weight: number;
  multiplier: 1 | -1;
}

export interface TrackedInterface {
  readonly name: string;
  isUp: boolean;
  readonly trackers: Tracker[];
}

export interface GarpQueue {
  /** No packet before; 0: none was sent yet. */
  nextUs: Us;
  readonly waiting: PendingAnnouncement[];
  readonly alarm: Alarm;
}

export interface PendingAnnouncement {
  readonly instance: Instance;
  readonly address: VirtualAddress;
  count: number;
}

/** Scripts that a process has started, so that they can die with it. */
export class Children {
  private readonly checks = new Set<RunningScript>();
  private readonly notifies: RunningScript[] = [];

  addCheck(script: RunningScript): void {
    this.checks.add(script);
  }

  removeCheck(script: RunningScript): void {
    this.checks.delete(script);
  }

  get hasChecks(): boolean {
    return this.checks.size > 0;
  }

  /** Nobody tells how these end; the oldest are forgotten. */
  addNotify(script: RunningScript): void {
    this.notifies.push(script);
    if (this.notifies.length > NOTIFIES_REMEMBERED) this.notifies.shift();
  }

  killChecks(signal: "TERM" | "KILL"): void {
    for (const script of this.checks) script.kill(signal);
  }

  killAll(): void {
    this.killChecks("TERM");
    for (const script of this.notifies.splice(0)) script.kill("TERM");
  }
}

const NOTIFIES_REMEMBERED = 64;

export class Instance {
  readonly generation: Generation;
  readonly config: VrrpInstance;
  readonly isUnicast: boolean;
  /** `check_unicast_src`, or a TTL of a peer, which implies it (`vrrp_data.c:alloc_unicast_peer`). */
  readonly checksPeers: boolean;
  /** One timer for both roles: next advert as MASTER, master down as BACKUP. */
  readonly deadline: Alarm;
  state: VrrpState = "INIT";
  wantState: WantedState;
  /** Before 2.0.0: on the way to MASTER after `state MASTER`. */
  isGoingMaster = false;
  basePriority: number;
  effectivePriority: number;
  totalPriority: number;
  /** Faults by scripts, files, processes. */
  trackerFaults = 0;
  /** Faults by interfaces: a count, or one bit (`interfaceFaultsShareABit`). */
  interfaceFaults = 0;
  hasNoSource = false;
  /** Weight-0 scripts without a result so far. */
  scriptsInInit = 0;
  group: Group | undefined;
  source: string | undefined;
  masterAdvertIntUs: Us;
  masterDownUs: Us;
  /** End of preempt_delay; 0: not begun. */
  preemptUntilUs: Us = 0;
  isVipSet = false;
  isReloadMaster = false;
  /** Its interface was replaced under it: it hears nothing, and no timer of it runs. */
  isDeaf = false;
  notifiesSent = false;
  /** State of the last mail: one for each change. */
  mailed: NotifiedState | undefined;
  masterSource: string | undefined;
  /** Kinds of bad packets that were logged already. */
  loggedKinds = 0;
  lastAdvertSentUs: Us = -NEVER;
  /** Addresses that were found right: the same array needs no second look. */
  knownAddresses: readonly string[] | undefined;
  /** What it sends now, one for each destination; made anew when the priority or source changes. */
  packets: readonly Advert[] = [];
  packetPriority = -1;
  readonly vips: readonly string[];
  /** Owner conflict, 2.3.3 and later: adverts still to send before a rogue is judged. */
  rogueCounter = 0;
  rogueAdvertIntUs: Us = 0;
  readonly rogueTimer: Alarm;
  /** Before 2.0.0: next `garp_master_refresh`; 0: none. */
  garpRefreshUs: Us = 0;

  constructor(generation: Generation, config: VrrpInstance, onDeadline: (i: Instance) => void) {
    this.generation = generation;
    this.config = config;
    this.isUnicast = config.unicastPeers.length > 0;
    this.checksPeers =
      config.checkUnicastSrc ||
      config.unicastPeers.some(
        ({ minTtl, maxTtl }) => minTtl !== undefined || maxTtl !== undefined,
      );
    this.wantState = config.state;
    this.basePriority = config.priority;
    this.effectivePriority = config.priority;
    this.totalPriority = config.priority;
    this.masterAdvertIntUs = config.advertIntUs;
    this.masterDownUs = 0;
    this.vips = config.addresses.map(({ address }) => address);
    this.deadline = generation.loop.alarm(() => onDeadline(this));
    this.rogueTimer = generation.loop.alarm(() =>
      say(this, ": rogue address owner appears to have stopped advertising", ""),
    );
  }

  get isFaulty(): boolean {
    return this.trackerFaults !== 0 || this.interfaceFaults !== 0 || this.hasNoSource;
  }
}

export class Group {
  readonly config: VrrpSyncGroup;
  readonly members: Instance[] = [];
  state: VrrpState = "INIT";
  memberFaults = 0;
  membersInInit = 0;
  isSameAtReload = false;
  mailed: NotifiedState | undefined;

  constructor(config: VrrpSyncGroup) {
    this.config = config;
  }
}

export type ScriptActivity = "idle" | "running" | "terminating" | "killing";

export class Script {
  readonly config: VrrpScript;
  readonly trackers: Tracker[] = [];
  activity: ScriptActivity = "idle";
  /** The counter of section 3.3: up when it is not below `rise`. */
  result = -1;
  /** No result so far; the first one decides alone. */
  init: "start" | "reload" | "failed" | "done";
  lastStatus = 0;

  constructor(config: VrrpScript, init: "start" | "reload" | "failed") {
    this.config = config;
    this.init = init;
  }

  get isUp(): boolean {
    return this.result >= this.config.rise;
  }
}

/** A log line about an instance, in the form of its version. */
export function say(instance: Instance, text: string, gap = " "): void {
  const { generation, config } = instance;
  const name = generation.profile.logsInstanceByWord
    ? `VRRP_Instance(${config.name})`
    : `(${config.name})`;
  generation.log(`${name}${gap}${text}`);
}
