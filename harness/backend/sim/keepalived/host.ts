/**
 * What a simulated keepalived sees of the host it runs on: kernel, wire, processes, log. The daemon
 * model knows nothing else, so it can be tried on a bench of its own.
 */
import type { RandomStream } from "../../../core/random.ts";
import type { Us } from "../../../core/time.ts";
import type { KeepalivedConfig, ScriptCommand } from "../../../keepalived/config.ts";
import type { Clock } from "../clock.ts";
import type { IpvsTable } from "../ipvs.ts";

/** A VRRP advertisement on the wire, as far as a receiver can tell. */
export interface Advert {
  readonly version: 2 | 3;
  readonly source: string;
  /** Multicast group or the address of a unicast peer. */
  readonly destination: string;
  readonly ttl: number;
  readonly vrid: number;
  readonly priority: number;
  readonly addresses: readonly string[];
  /** v2: whole seconds; v3: centiseconds; as microseconds. */
  readonly advertIntUs: Us;
  readonly authentication: "none" | "PASS" | "AH";
  /** v2 PASS: at most eight bytes. */
  readonly password: string;
}

export type Signal = "TERM" | "INT" | "HUP" | "KILL" | "STOP" | "CONT" | "USR1" | "USR2";

/** How a script ended. */
export type ScriptEnd =
  | { readonly kind: "exited"; readonly status: number }
  | { readonly kind: "signalled"; readonly signal: Signal }
  /** Not found, not executable: nothing was run. */
  | { readonly kind: "not-run" };

export interface RunningScript {
  readonly pid: number;
  /** To its process group. */
  kill(signal: Signal): void;
}

/** A mail of keepalived's, as it hands it to the server of its configuration. */
export interface OutgoingMail {
  readonly server: { readonly host: string; readonly port: number };
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly body: string;
  readonly connectTimeoutUs: Us;
}

/** `refused`: nobody listens there; `silent`: nobody answered within the time that the message gives. */
export type MailNews = "connected" | "accepted" | "refused" | "silent";

export type Program = "Keepalived" | "Keepalived_vrrp" | "Keepalived_healthcheckers";

export interface DaemonProcess {
  readonly pid: number;
  /** The process ends by itself; its children are told by the daemon model, not by the host. */
  exit(): void;
}

export interface DaemonHost {
  readonly name: string;
  readonly clock: Clock;
  /** Chance of this daemon alone. */
  readonly random: RandomStream;
  readonly hasIpvs: boolean;
  /** The kernel's table; it outlives those who fill it. */
  readonly ipvs: IpvsTable;

  isUp(interfaceName: string): boolean;
  exists(interfaceName: string): boolean;
  hasAddress(address: string): boolean;
  /** Addresses of the interface in the kernel's order. */
  addressesOf(interfaceName: string): readonly string[];
  addAddress(interfaceName: string, address: string, prefixLength: number): void;
  removeAddress(interfaceName: string, address: string, prefixLength: number): void;
  /** Strict mode: drops what is sent to these addresses and from them; empty: lets all pass. */
  refuseTraffic(addresses: readonly string[]): void;

  send(interfaceName: string, advert: Advert): void;
  /** One gratuitous ARP request. */
  announce(interfaceName: string, address: string): void;

  log(program: Program, text: string): void;

  /**
   * A process of the daemon. The host delivers signals (KILL, STOP and CONT included: the model does
   * what the kernel would) and ends every process when the host loses power.
   */
  spawn(program: Program, parent: number, onSignal: (signal: Signal) => void): DaemonProcess;
  writePidFile(pid: number | undefined): void;
  /** Runs a check or notify script as a child of that process. */
  run(command: ScriptCommand, parent: number, done: (end: ScriptEnd) => void): RunningScript;
  /** As `run`, with words added: what `notify` gets. */
  notify(command: ScriptCommand, extra: readonly string[], parent: number): RunningScript;
  /** Connects for a checker. */
  connect(
    address: string,
    port: number,
    timeoutUs: Us,
    done: (result: "open" | "refused" | "timeout" | "unreachable") => void,
  ): void;
  mail(message: OutgoingMail, heard: (news: MailNews) => void): void;

  /** The configuration file as it is now; nothing when it is missing. */
  readConfig(): KeepalivedConfig | undefined;
}
