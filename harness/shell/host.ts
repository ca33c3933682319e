/**
 * What a script can see of the host it runs on, and what it can do to it. Every call answers at once;
 * how long an act takes is in its answer, and the driver lets that time pass.
 */
import type { Us } from "../core/time.ts";

export interface SocketEntry {
  readonly protocol: "tcp" | "tcp6";
  readonly address: string;
  readonly port: number;
  readonly state: "LISTEN" | "ESTABLISHED" | "TIME_WAIT";
  readonly peer?: { readonly address: string; readonly port: number };
  readonly process?: string;
  readonly pid?: number;
}

export interface ProcessEntry {
  readonly pid: number;
  readonly ppid: number;
  /** As the kernel has it in `comm`: at most 15 characters count. */
  readonly name: string;
  readonly args: string;
  readonly user: string;
  readonly state: "running" | "stopped";
}

export interface AddressEntry {
  readonly interface: string;
  readonly address: string;
  readonly prefixLength: number;
}

export type FileKind = "file" | "directory" | "socket" | "fifo";

export type ServiceAction = "start" | "stop" | "restart" | "reload" | "status" | "kill";

export interface ServiceOutcome {
  /** 0 done (for `status`: running), 3 not running, 5 no such service, else failed (LSB init script actions). */
  readonly status: number;
  readonly stdout: string;
  readonly durationUs: Us;
}

export interface MysqlRequest {
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly socket: string | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** Empty: log in and leave. */
  readonly sql: string;
  /** Absent: as long as it takes. */
  readonly connectTimeoutUs: Us | undefined;
}

export interface ResultSet {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
}

export type MysqlAnswer =
  | { readonly kind: "answer"; readonly sets: readonly ResultSet[]; readonly durationUs: Us }
  | {
      readonly kind: "error";
      readonly code: number;
      readonly message: string;
      /** What statements before the failing one gave. */
      readonly sets?: readonly ResultSet[];
      readonly durationUs: Us;
    }
  | { readonly kind: "hangs" }
  | { readonly kind: "unmodelled"; readonly why: string };

export interface HostView {
  /** The host's clock: microseconds since 1970 where dates matter, else since any origin. */
  nowUs(): Us;
  hostname(): string;
  sockets(): readonly SocketEntry[];
  processes(): readonly ProcessEntry[];
  addresses(): readonly AddressEntry[];

  readFile(path: string): string | undefined;
  /** False where the file cannot be written. */
  writeFile(path: string, text: string, append: boolean): boolean;
  removeFile(path: string): boolean;
  fileKind(path: string): FileKind | undefined;
  /** True only if the host certainly has no such command. */
  lacksCommand(name: string): boolean;

  /** False: no such process. */
  signal(pid: number, signal: string): boolean;
  service(name: string, action: ServiceAction): ServiceOutcome;
  /** A daemon started by its program file rather than as a service, such as `mysqld_safe &`. */
  startDaemon(program: string, args: readonly string[]): ServiceOutcome | undefined;
  /** An address put on an interface or taken off it; false: it was there already, or was not. */
  changeAddress(
    interfaceName: string,
    address: string,
    prefixLength: number | undefined,
    change: "add" | "remove",
  ): boolean;

  connect(address: string, port: number): "open" | "refused" | "silent";
  mysql(request: MysqlRequest): MysqlAnswer;
  ping(address: string): boolean;
  /** MAC addresses of the hosts that answer an ARP request for it, this one excepted. */
  arp(address: string): readonly string[];
  /** Which of the two programs of that name it has; absent: not known. */
  arpingOf(): "iputils" | "habets" | undefined;
  /** A line of syslog. */
  log(program: string, text: string): void;
  mail(recipient: string, subject: string): boolean;
  /** An act that changes something outside this interface, such as `mount` or `reboot`, for the record. */
  act(argv: readonly string[]): void;
}

/** Who runs a command: what it finds in the process list, and what it inherits. */
export interface CommandContext {
  readonly pid: number;
  readonly parentPid: number;
  /** The script as it was called. */
  readonly script: string;
  readonly args: readonly string[];
  /** Commands of the same pipeline, which run at the same time. */
  readonly siblings: readonly (readonly string[])[];
  environment(name: string): string | undefined;
}

export type CommandEnd =
  | {
      readonly kind: "ended";
      readonly stdout: string;
      readonly stderr: string;
      readonly status: number;
      readonly durationUs: Us;
    }
  | { readonly kind: "hangs" }
  | { readonly kind: "unmodelled"; readonly why: string };
