/** A simulated host as its scripts see it: sockets, processes, files, services, the database. */
import type { Us } from "../../core/time.ts";
import type {
  AddressEntry,
  FileKind,
  HostView,
  MysqlAnswer,
  MysqlRequest,
  ProcessEntry,
  ServiceAction,
  ServiceOutcome,
  SocketEntry,
} from "../../shell/host.ts";
import type { Signal } from "./keepalived/host.ts";
import type { Meeting } from "./database.ts";
import type { ServerFlavour } from "./mysql/server.ts";
import type { ProcessTable } from "./processes.ts";
import type { ServiceAction as InitAction, ServiceName, ServiceRun } from "./services.ts";

export interface ViewedHost {
  readonly name: string;
  readonly interface: string;
  readonly flavour: ServerFlavour | undefined;
  readonly processes: ProcessTable;
  readonly files: Map<string, string>;
  nowUs(): Us;
  addresses(): readonly { readonly address: string; readonly prefixLength: number }[];
  changeAddress(action: "added" | "removed", address: string, prefixLength: number): void;
  mysqld(): { readonly pid: number; readonly name: string; readonly port: number } | undefined;
  service(name: ServiceName, action: InitAction): ServiceRun;
  /** How long that action will take; it has been asked for already. */
  durationOf(name: ServiceName, action: InitAction): Us;
  connect(address: string, port: number): Meeting;
  mysql(request: MysqlRequest): MysqlAnswer;
  ping(address: string): boolean;
  arp(address: string): readonly string[];
  readonly arping: "iputils" | "habets";
  log(program: string, text: string): void;
}

/** Names under which the services of a lab host are known; others are misspelt. */
const SERVICES: Readonly<Record<string, ServiceName>> = {
  keepalived: "keepalived",
  mysql: "mysql",
};
/** LSB: no such service. */
const NO_SUCH_SERVICE = 5;
const LOOKUP_US = 5000;
const DIRECTORIES = ["/", "/etc", "/var", "/var/log", "/var/run", "/run", "/tmp", "/opt", "/root"];

const SIGNALS: ReadonlySet<string> = new Set([
  "TERM",
  "INT",
  "HUP",
  "KILL",
  "STOP",
  "CONT",
  "USR1",
  "USR2",
]);

export function hostView(host: ViewedHost): HostView {
  return {
    nowUs: () => host.nowUs(),
    hostname: () => host.name,
    sockets: () => socketsOf(host),
    processes: () => processesOf(host),
    addresses: () => addressesOf(host),
    readFile: (path) => host.files.get(path),
    writeFile: (path, text, append) => {
      host.files.set(path, append ? `${host.files.get(path) ?? ""}${text}` : text);
      return true;
    },
    removeFile: (path) => host.files.delete(path),
    fileKind: (path) => kindOf(host, path),
    lacksCommand: (name) => LACKING.has(name),
    signal: (pid, signal) => {
      const name = signal.replace(/^SIG/, "");
      if (!SIGNALS.has(name)) return host.processes.isAlive(pid);
      return host.processes.signal(pid, name as Signal);
    },
    service: (name, action) => serviceOf(host, name, action),
    startDaemon: () => undefined,
    changeAddress: (_interface, address, prefixLength, change) => {
      const held = host.addresses().some((own) => own.address === address);
      if (held === (change === "add")) return false;
      host.changeAddress(change === "add" ? "added" : "removed", address, prefixLength ?? 32);
      return true;
    },
    connect: (address, port) => {
      const meeting = host.connect(address, port);
      return meeting.kind === "silence" ? "silent" : meeting.kind;
    },
    mysql: (request) => host.mysql(request),
    ping: (address) => host.ping(address),
    arp: (address) => host.arp(address),
    arpingOf: () => host.arping,
    log: (program, text) => {
      host.log(program, text);
    },
    mail: () => true,
    act: () => undefined,
  };
}

/** What the lab's images do not have: no MHA, no cloud tools, no mail program. */
const LACKING: ReadonlySet<string> = new Set(["mail", "mailx", "sendmail", "curl", "wget", "nc"]);

function socketsOf(host: ViewedHost): SocketEntry[] {
  const server = host.mysqld();
  if (server === undefined) return [];
  const { pid, name: process, port } = server;
  const own: SocketEntry = { protocol: "tcp6", address: "::", port, state: "LISTEN", process, pid };
  // The X plugin is on by default (MySQL manual 22.5.2); MariaDB has none.
  return isMysql(host) ? [own, { ...own, port: X_PLUGIN_PORT }] : [own];
}

const X_PLUGIN_PORT = 33_060;

function isMysql(host: ViewedHost): boolean {
  return host.flavour === "mysql-9.7";
}

function processesOf(host: ViewedHost): ProcessEntry[] {
  return host.processes.list().map(({ pid, ppid, name, args, user, stopped }) => ({
    pid,
    ppid,
    name,
    args,
    user,
    state: stopped ? "stopped" : "running",
  }));
}

function addressesOf(host: ViewedHost): AddressEntry[] {
  return [
    { interface: "lo", address: "127.0.0.1", prefixLength: 8 },
    ...host.addresses().map((own) => ({ interface: host.interface, ...own })),
  ];
}

function kindOf(host: ViewedHost, path: string): FileKind | undefined {
  if (host.files.has(path)) return "file";
  if (path.endsWith(".sock")) return host.mysqld() === undefined ? undefined : "socket";
  const below = `${path.replace(/\/$/, "")}/`;
  if (DIRECTORIES.includes(path)) return "directory";
  return [...host.files.keys()].some((name) => name.startsWith(below)) ? "directory" : undefined;
}

function serviceOf(host: ViewedHost, asked: string, action: ServiceAction): ServiceOutcome {
  const name = asked.replace(/\.service$/, "");
  const known =
    (Object.hasOwn(SERVICES, name) ? SERVICES[name] : undefined) ??
    (name === "mariadb" && !isMysql(host) ? "mysql" : undefined);
  if (known === undefined) return { status: NO_SUCH_SERVICE, stdout: "", durationUs: LOOKUP_US };
  if (action === "kill") {
    for (const process of host.processes.named(name)) host.processes.signal(process.pid, "TERM");
    return { status: 0, stdout: "", durationUs: LOOKUP_US };
  }
  const run = host.service(known, action);
  return { status: run.status(), stdout: run.output, durationUs: host.durationOf(known, action) };
}
