/** What the keyword handlers fill in, before the whole is checked and completed. */
import type {
  Block,
  GarpSettings,
  GlobalDefs,
  NotifyScripts,
  OtherKeyword,
  Tracked,
  UnicastPeer,
  VrrpScript,
  VrrpTrackFile,
  VrrpTrackProcess,
} from "../config.ts";
import type { Location } from "../location.ts";
import type { Line, Reader } from "../reading/reader.ts";
import type { Family } from "./values.ts";

export type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export interface BlockDraft {
  readonly at: Location;
  readonly given: Record<string, Location>;
  readonly other: OtherKeyword[];
}

export interface AddressDraft {
  readonly at: Location;
  readonly address: string;
  readonly family: Family;
  readonly prefixLength: number;
  readonly prefixGiven: boolean;
  readonly interface?: string;
  readonly label?: string;
  readonly options: readonly string[];
}

export interface TrackDraft {
  readonly scripts: Tracked[];
  readonly interfaces: Tracked[];
  readonly files: Tracked[];
  readonly processes: Tracked[];
}

export interface InstanceDraft extends BlockDraft {
  readonly name: string;
  usable: boolean;
  state?: "MASTER" | "BACKUP";
  interface?: string;
  /** Named, and not there. */
  unknownInterface?: string;
  version?: 2 | 3;
  family?: Family;
  virtualRouterId?: number;
  priority?: number;
  advertIntUs?: number;
  downTimerAdverts: number;
  nopreempt: boolean;
  preemptDelayUs: number;
  strict?: boolean;
  accept?: boolean;
  authType?: "PASS" | "AH";
  authPass?: string;
  sourceAddress?: string;
  multicastGroup?: string;
  readonly unicastPeers: UnicastPeer[];
  unicastConfigured: boolean;
  unicastFaultNoPeers: boolean;
  unicastTtl?: number;
  lowerPrioNoAdvert?: boolean;
  higherPrioSendAdvert?: boolean;
  skipCheckAdvAddr: boolean;
  checkUnicastSrc: boolean;
  ownerIgnoreAdverts?: boolean;
  timerExpiredBackup: boolean;
  dontTrackPrimary: boolean;
  useVmac: boolean;
  vmacName?: string;
  vmacXmitBase: boolean;
  noVirtualIpaddress: boolean;
  garp: Partial<Mutable<GarpSettings>>;
  readonly addresses: AddressDraft[];
  readonly excludedAddresses: AddressDraft[];
  /** Addresses and peers that were seen, in a form that compares. */
  readonly seen: Set<string>;
  readonly track: TrackDraft;
  readonly notify: Mutable<NotifyScripts>;
  smtpAlert?: boolean;
  syncGroup?: string;
}

export interface SyncGroupDraft extends BlockDraft {
  readonly name: string;
  usable: boolean;
  members?: readonly { readonly text: string; readonly at: Location }[];
  readonly track: TrackDraft;
  trackingWeight: boolean;
  readonly notify: Mutable<NotifyScripts>;
  smtpAlert?: boolean;
}

type Draft<T extends Block> = Mutable<Omit<T, keyof Block>> & BlockDraft;

/** `reads`: the block itself is good, whatever becomes of the file that it names. */
export type ScriptDraft = Draft<VrrpScript> & { reads: boolean };

/** Things by name, the first of each name; big files have tens of thousands. */
export class Named<T extends { readonly name: string }> {
  readonly all: T[] = [];
  readonly #byName = new Map<string, T>();

  add(thing: T): void {
    this.all.push(thing);
    if (!this.#byName.has(thing.name)) this.#byName.set(thing.name, thing);
  }

  get(name: string): T | undefined {
    return this.#byName.get(name);
  }
}

export interface VrrpDraft {
  readonly instances: Named<InstanceDraft>;
  readonly syncGroups: Named<SyncGroupDraft>;
  readonly scripts: Named<ScriptDraft>;
  readonly trackFiles: Named<VrrpTrackFile>;
  readonly trackProcesses: Named<VrrpTrackProcess>;
  readonly bfds: Set<string>;
  /** Names of interfaces that instances will make. */
  readonly vmacNames: Set<string>;
}

/** What the process that reads global_defs hands to the others. */
export interface GlobalState {
  readonly defs: Draft<GlobalDefs>;
  readonly garp: Mutable<GarpSettings>;
  garpLowerPrioDelayUs?: number;
  garpLowerPrioRepeat?: number;
  downTimerAdverts: number;
  lowerPrioNoAdvert: boolean;
  higherPrioSendAdvert: boolean;
  skipCheckAdvAddr: boolean;
  checkUnicastSrc: boolean;
  ownerIgnoreAdverts: boolean;
  /** No default user could be set: scripts without one of their own are dropped. */
  defaultUserFails: boolean;
  /** notify_fifo_script and its like. */
  hasFifoScript: boolean;
}

export function emptyBlock(at: Location): BlockDraft {
  return { at, given: {}, other: [] };
}

export function emptyTrack(): TrackDraft {
  return { scripts: [], interfaces: [], files: [], processes: [] };
}

/** Notes where a keyword was written. */
export function note(block: BlockDraft, line: Line): void {
  const [word] = line.words;
  if (word !== undefined) block.given[word.text] = word.at;
}

/** Keeps a keyword that is known and of no interest here. */
export function keep(block: BlockDraft, line: Line, known = true): void {
  const [word] = line.words;
  if (word === undefined) return;
  if (known) note(block, line);
  block.other.push({ at: word.at, words: line.words.map(({ text }) => text), known });
}

/** Does this host have the interface? Unknown hosts have all. */
export function hasInterface(reader: Reader, name: string): boolean {
  const found = reader.host.interfaces?.has(name) ?? true;
  if (!found) reader.missesInterface = true;
  return found;
}
