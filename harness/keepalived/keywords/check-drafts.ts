/** What the keywords of virtual servers fill in, before defaults are passed down (check_data.h). */
import type { CheckerKind, ScriptCommand, VirtualServerGroup, VirtualService } from "../config.ts";
import type { BlockDraft, Named } from "./drafts.ts";
import type { Family } from "./values.ts";

export type Forwarding = "DR" | "NAT" | "TUN";

/** Absent: taken from the next outer block, or the default. */
export interface TimingDraft {
  delayLoopUs?: number;
  connectTimeoutUs?: number;
  retry?: number;
  delayBeforeRetryUs?: number;
  warmupUs?: number;
}

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

export interface CheckerDraft extends BlockDraft {
  readonly kind: CheckerKind;
  readonly timing: TimingDraft;
  alpha?: boolean;
  connectIp?: string;
  connectPort?: number;
  bindTo?: string;
  bindIf?: string;
  command?: ScriptCommand;
  scriptTimeoutUs?: number;
  dynamicWeight: boolean;
  readonly urls: { path?: string; readonly words: (readonly string[])[] }[];
  /** What a track_file or BFD is called. */
  tracked?: string;
  usable: boolean;
}

export interface RealServerDraft extends BlockDraft {
  readonly endpoint: Endpoint;
  readonly family: Family;
  readonly timing: TimingDraft;
  weight?: number;
  forwarding?: Forwarding;
  inhibitOnFailure?: boolean;
  alpha?: boolean;
  notifyUp?: ScriptCommand;
  notifyDown?: ScriptCommand;
  smtpAlert?: boolean;
  readonly checkers: CheckerDraft[];
}

export interface VirtualServerDraft extends BlockDraft {
  readonly service: VirtualService;
  family?: Family;
  readonly timing: TimingDraft;
  protocol?: "TCP" | "UDP" | "SCTP";
  scheduler?: string;
  forwarding?: Forwarding;
  persistenceTimeoutUs: number;
  alpha: boolean;
  omega: boolean;
  onePacket: boolean;
  haSuspend: boolean;
  inhibitOnFailure: boolean;
  quorum: number;
  hysteresis: number;
  weight: number;
  quorumUp?: ScriptCommand;
  quorumDown?: ScriptCommand;
  sorryServer?: Endpoint & { readonly family: Family; forwarding?: Forwarding; inhibit: boolean };
  smtpAlert?: boolean;
  readonly realServers: RealServerDraft[];
}

export interface CheckDraft {
  readonly groups: Named<VirtualServerGroup>;
  readonly servers: VirtualServerDraft[];
  readonly bfds: Set<string>;
  readonly trackFiles: Set<string>;
}
