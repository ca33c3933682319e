/**
 * What a keepalived of a given version ends up with after reading its configuration: effective values,
 * every default filled in, every clearing and clamping done. How a value came about is in the
 * diagnostics; where a keyword was written is in `given`.
 *
 * Times are whole microseconds. Leaves out VMAC details, BFD sessions, SNMP and D-Bus settings, virtual
 * routes and rules (kept as words): they are in `other` of their block.
 */
import type { Us } from "../core/time.ts";
import type { Location } from "./location.ts";
import type { KeepalivedVersion } from "./versions.ts";

/** Common to all blocks. */
export interface Block {
  readonly at: Location;
  /** The keyword as written, without what an alias stands for; the last place counts. */
  readonly given: Readonly<Record<string, Location>>;
  /** Keywords that are known to the daemon and of no interest here, and unknown ones. */
  readonly other: readonly OtherKeyword[];
}

export interface OtherKeyword {
  readonly at: Location;
  readonly words: readonly string[];
  /** False when this version does not know the keyword. */
  readonly known: boolean;
}

/** A script line as the daemon splits it. */
export interface ScriptCommand {
  readonly at: Location;
  /** The words after the keyword as written, for messages. */
  readonly text: string;
  /** What is executed. */
  readonly argv: readonly string[];
  /** Effective identity; absent: the default of the daemon (script_user, keepalived_script, root). */
  readonly user?: string;
  readonly group?: string;
}

export interface NotifyScripts {
  readonly master?: ScriptCommand;
  readonly backup?: ScriptCommand;
  readonly fault?: ScriptCommand;
  readonly stop?: ScriptCommand;
  readonly deleted?: ScriptCommand;
  readonly masterRxLowerPri?: ScriptCommand;
  /** Gets TYPE NAME STATE PRIORITY. */
  readonly any?: ScriptCommand;
}

export interface GlobalDefs extends Block {
  readonly routerId?: string;
  readonly notificationEmails: readonly string[];
  readonly notificationEmailFrom?: string;
  readonly smtpServer?: { readonly host: string; readonly port: number };
  readonly smtpHeloName?: string;
  readonly smtpConnectTimeoutUs: Us;
  /** `smtp_alert`, `smtp_alert_vrrp`, `smtp_alert_checker`; absent when not given. */
  readonly smtpAlert?: boolean;
  readonly smtpAlertVrrp?: boolean;
  readonly smtpAlertChecker?: boolean;
  readonly scriptUser?: { readonly user: string; readonly group?: string };
  readonly enableScriptSecurity: boolean;
  readonly vrrpStrict: boolean;
  readonly vrrpVersion: 2 | 3;
  readonly vrrpMcastGroup4: string;
  readonly vrrpMcastGroup6: string;
  readonly startupDelayUs: Us;
  readonly dynamicInterfaces: boolean;
  readonly notifyFifo?: string;
  readonly vrrpNotifyFifo?: string;
  readonly lvsSyncDaemon?: { readonly interface: string; readonly instance: string };
  readonly vrrpPriority?: number;
  readonly vrrpRealTimePriority?: number;
}

export interface VrrpScript extends Block {
  readonly name: string;
  readonly command: ScriptCommand;
  readonly intervalUs: Us;
  /** Effective: equal to the interval when none was given. */
  readonly timeoutUs: Us;
  /** 0: a failing check means FAULT. */
  readonly weight: number;
  readonly reverse: boolean;
  readonly rise: number;
  readonly fall: number;
  readonly initFail: boolean;
  /** False: the daemon drops it (not found, insecure, no command); instances then run without it. */
  readonly usable: boolean;
}

export interface VrrpTrackFile extends Block {
  readonly name: string;
  readonly file: string;
  readonly weight: number;
  readonly reverse: boolean;
  readonly initValue?: number;
}

export interface VrrpTrackProcess extends Block {
  readonly name: string;
  readonly process: string;
  readonly weight: number;
  readonly quorum: number;
  readonly delayUs: Us;
}

/** A reference to a tracked thing, with the weight that holds for this instance. */
export interface Tracked {
  readonly at: Location;
  readonly name: string;
  readonly weight: number;
  readonly reverse: boolean;
}

export interface VirtualAddress {
  readonly at: Location;
  readonly address: string;
  readonly prefixLength: number;
  /** Was a prefix written, or is it the daemon's /32 (/128)? */
  readonly prefixGiven: boolean;
  readonly interface: string;
  readonly label?: string;
  readonly options: readonly string[];
}

export interface UnicastPeer {
  readonly at: Location;
  readonly address: string;
  readonly minTtl?: number;
  readonly maxTtl?: number;
}

/** Gratuitous ARP as it will be sent (section 6 of the semantics: repeats, delays, refresh). */
export interface GarpSettings {
  readonly masterDelayUs: Us;
  readonly masterRepeat: number;
  readonly masterRefreshUs: Us;
  readonly masterRefreshRepeat: number;
  readonly lowerPrioDelayUs: Us;
  readonly lowerPrioRepeat: number;
  /** Least spacing of packets on the interface; 0: back to back. */
  readonly intervalUs: Us;
}

export interface VrrpInstance extends Block {
  readonly name: string;
  /** False: fatal for it (no VRID, unknown interface ...). The daemon does not run then. */
  readonly usable: boolean;
  /** Wanted at start; forced to what the daemon makes of it. */
  readonly state: "MASTER" | "BACKUP";
  readonly interface: string;
  readonly version: 2 | 3;
  readonly family: "inet" | "inet6";
  readonly virtualRouterId: number;
  readonly priority: number;
  readonly advertIntUs: Us;
  /** `down_timer_adverts`. */
  readonly downTimerAdverts: number;
  readonly nopreempt: boolean;
  readonly preemptDelayUs: Us;
  readonly strict: boolean;
  /** False: the daemon drops traffic to the VIPs (strict mode, not an owner). */
  readonly accept: boolean;
  /** Password as compared: at most 8 bytes. */
  readonly authentication?: { readonly type: "PASS" | "AH"; readonly password: string };
  /** `mcast_src_ip` or `unicast_src_ip`; absent: first address of the interface that is no VIP. */
  readonly sourceAddress?: string;
  readonly multicastGroup: string;
  /** Empty: multicast. */
  readonly unicastPeers: readonly UnicastPeer[];
  readonly lowerPrioNoAdvert: boolean;
  readonly higherPrioSendAdvert: boolean;
  readonly skipCheckAdvAddr: boolean;
  readonly checkUnicastSrc: boolean;
  readonly ownerIgnoreAdverts: boolean;
  readonly timerExpiredBackup: boolean;
  readonly dontTrackPrimary: boolean;
  readonly useVmac: boolean;
  readonly garp: GarpSettings;
  readonly addresses: readonly VirtualAddress[];
  readonly excludedAddresses: readonly VirtualAddress[];
  readonly trackScripts: readonly Tracked[];
  readonly trackInterfaces: readonly Tracked[];
  readonly trackFiles: readonly Tracked[];
  readonly trackProcesses: readonly Tracked[];
  readonly notify: NotifyScripts;
  readonly smtpAlert: boolean;
  /** Name of the vrrp_sync_group it belongs to. */
  readonly syncGroup?: string;
}

export interface VrrpSyncGroup extends Block {
  readonly name: string;
  readonly members: readonly string[];
  readonly trackScripts: readonly Tracked[];
  readonly trackInterfaces: readonly Tracked[];
  readonly trackFiles: readonly Tracked[];
  readonly trackProcesses: readonly Tracked[];
  readonly trackingWeight: boolean;
  readonly notify: NotifyScripts;
  readonly smtpAlert: boolean;
  readonly usable: boolean;
}

export type VirtualService =
  | { readonly kind: "address"; readonly address: string; readonly port: number }
  | { readonly kind: "fwmark"; readonly mark: number }
  | { readonly kind: "group"; readonly name: string };

export interface VirtualServerGroup extends Block {
  readonly name: string;
  readonly services: readonly VirtualService[];
}

/** Timing of a checker after the most specific of virtual_server, real_server and checker has won. */
export interface CheckTiming {
  readonly delayLoopUs: Us;
  readonly connectTimeoutUs: Us;
  readonly retry: number;
  readonly delayBeforeRetryUs: Us;
  readonly warmupUs: Us;
}

export type CheckerKind =
  | "TCP_CHECK"
  | "HTTP_GET"
  | "SSL_GET"
  | "SMTP_CHECK"
  | "DNS_CHECK"
  | "MISC_CHECK"
  | "PING_CHECK"
  | "UDP_CHECK"
  | "BFD_CHECK"
  | "FILE_CHECK";

export interface Checker extends Block {
  readonly kind: CheckerKind;
  readonly timing: CheckTiming;
  readonly alpha: boolean;
  /** Where it connects to; the real server unless said. */
  readonly connectTo: { readonly address: string; readonly port: number };
  readonly bindTo?: string;
  /** MISC_CHECK. */
  readonly command?: ScriptCommand;
  readonly scriptTimeoutUs?: Us;
  readonly dynamicWeight?: boolean;
  /** HTTP_GET, SSL_GET. */
  readonly urls: readonly {
    readonly path: string;
    readonly words: readonly (readonly string[])[];
  }[];
}

export interface RealServer extends Block {
  readonly address: string;
  readonly port: number;
  readonly weight: number;
  readonly forwarding: "DR" | "NAT" | "TUN";
  readonly inhibitOnFailure: boolean;
  readonly alpha: boolean;
  readonly notifyUp?: ScriptCommand;
  readonly notifyDown?: ScriptCommand;
  readonly smtpAlert: boolean;
  readonly checkers: readonly Checker[];
}

export interface VirtualServer extends Block {
  readonly service: VirtualService;
  readonly protocol: "TCP" | "UDP" | "SCTP";
  readonly scheduler: string;
  readonly forwarding: "DR" | "NAT" | "TUN";
  readonly persistenceTimeoutUs: Us;
  readonly alpha: boolean;
  readonly omega: boolean;
  readonly quorum: number;
  readonly hysteresis: number;
  readonly quorumUp?: ScriptCommand;
  readonly quorumDown?: ScriptCommand;
  readonly sorryServer?: { readonly address: string; readonly port: number };
  readonly realServers: readonly RealServer[];
  /** False: the daemon ignores it (no real server ...). */
  readonly usable: boolean;
}

export interface KeepalivedConfig {
  readonly version: KeepalivedVersion;
  readonly globals: GlobalDefs;
  readonly scripts: readonly VrrpScript[];
  readonly trackFiles: readonly VrrpTrackFile[];
  readonly trackProcesses: readonly VrrpTrackProcess[];
  readonly instances: readonly VrrpInstance[];
  readonly syncGroups: readonly VrrpSyncGroup[];
  readonly virtualServerGroups: readonly VirtualServerGroup[];
  readonly virtualServers: readonly VirtualServer[];
}
