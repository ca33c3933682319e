/**
 * A host that stands still in one situation, for asking what a script would do there. What the script
 * does to it is recorded, with the time and line, and has its effect as far as the script could notice.
 */
import { milliseconds, seconds, type Us } from "../core/time.ts";
import { MYSQL_CLIENT_US, SYSTEMCTL_US } from "./costs.ts";
import { isKnownCommand } from "./commands/execute.ts";
import type { DriveClock } from "./drive.ts";
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
} from "./host.ts";
import { answerSql, type ServerFacts, type SqlEffect } from "./sql.ts";

export const SITUATIONS = [
  "mysqld-up",
  /** Port closed, process gone. */
  "mysqld-down",
  /** The port listens, the kernel shakes hands, nobody answers. */
  "mysqld-frozen",
  "mysqld-readonly",
  /** No free connection. */
  "mysqld-refuses",
  "replication-broken",
] as const;

export type Situation = (typeof SITUATIONS)[number];

export interface CannedOptions {
  /** Whether a start or restart of mysqld brings it up; default: it stays down. */
  readonly restart?: "fails" | "succeeds";
  /** Default: the server takes whatever the script has. */
  readonly credentials?: "right" | "wrong";
  readonly port?: number;
  readonly hostname?: string;
  /** Default: loopback and 192.0.2.11/24 on eth0. */
  readonly addresses?: readonly AddressEntry[];
  /** Other hosts; default: they answer. */
  readonly others?: "up" | "down";
  readonly serverVersion?: string;
  /** Other services of the host; one that is not named here is not known, which is reported. */
  readonly services?: Readonly<Record<string, "running" | "stopped">>;
  /** Files that the script may read or source, by path. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Something the script did that reaches beyond itself. */
export type Action = { readonly atUs: Us; readonly line: number } & ActionKind;

export type ActionKind =
  | {
      readonly kind: "stops-keepalived";
      readonly how: "service-stop" | "TERM" | "KILL-parent" | "KILL-all";
    }
  | { readonly kind: "kills-keepalived-child" }
  | { readonly kind: "restarts-keepalived" | "starts-keepalived" | "reloads-keepalived" }
  | { readonly kind: "starts-mysqld" | "restarts-mysqld" | "stops-mysqld" | "kills-mysqld" }
  | {
      readonly kind: "adds-address" | "removes-address";
      readonly address: string;
      readonly interface: string;
    }
  | { readonly kind: "sends-mail"; readonly recipient: string; readonly subject: string }
  | { readonly kind: "changes-mysql"; readonly effect: SqlEffect }
  | { readonly kind: "changes-service"; readonly name: string; readonly action: ServiceAction }
  | { readonly kind: "signals-process"; readonly name: string; readonly signal: string }
  | { readonly kind: "writes-file"; readonly path: string }
  | { readonly kind: "removes-file"; readonly path: string }
  | { readonly kind: "runs"; readonly command: string };

const KEEPALIVED_PID = 1000;
/** The VRRP process, which starts check and notify scripts. */
export const VRRP_PID = 1001;
const CHECKER_PID = 1002;
const MYSQLD_PID = 2000;
const OTHER_PID = 3000;

/**
 * A script gets SIGTERM when the process that forked it ends, which after a stop of keepalived is about
 * a second later (notify_stop gets that long: keepalived vrrp_daemon.c:vrrp_shutdown_timer_thread, 2.3.4).
 */
const STOP_US: Us = seconds(1);
/** `systemctl stop` and init scripts wait until the daemon is gone, a little longer than that. */
const SERVICE_STOP_US: Us = STOP_US + milliseconds(100);
/** Typical, not measured: a small data directory. */
const MYSQLD_START_US: Us = seconds(3);
const MYSQLD_STOP_US: Us = seconds(2);

const MYSQL_SERVICES = /^(?:mysql|mysqld|mysqld?@?\d*|mariadb|percona-server|mysql\.server)$/;
const FOLDERS =
  /^\/(?:tmp|root|etc|run|var|usr|opt|home|bin|sbin|lib|proc|dev|sys)(?:\/(?:keepalived|lib|log|run|mysql|mysqld|local|bin|sbin|tmp|lock|init\.d|rc\.d|lib\/mysql|run\/mysqld|log\/mysql|local\/bin))*\/?$/;

export class CannedHost implements HostView {
  readonly actions: Action[] = [];
  /** What the script asked of the host that it has no answer to. */
  readonly unknown: { what: string; line: number }[] = [];
  line = 0;
  readonly #clock: DriveClock;
  readonly #options: CannedOptions;
  #mysqld: Situation;
  readonly #files: Map<string, string>;
  #addresses: AddressEntry[];
  readonly #services: Map<string, "running" | "stopped">;
  readonly #signals: { pid: number; signal: string }[] = [];
  readonly #globals: Record<string, string> = {};

  constructor(situation: Situation, clock: DriveClock, options: CannedOptions) {
    this.#mysqld = situation;
    this.#clock = clock;
    this.#options = options;
    this.#addresses = [
      ...(options.addresses ?? [
        { interface: "lo", address: "127.0.0.1", prefixLength: 8 },
        { interface: "eth0", address: "192.0.2.11", prefixLength: 24 },
      ]),
    ];
    this.#services = new Map(Object.entries(options.services ?? {}));
    this.#files = new Map(Object.entries(options.files ?? {}));
    for (const folder of ["/run", "/var/run"]) {
      this.#files.set(`${folder}/keepalived.pid`, `${String(KEEPALIVED_PID)}\n`);
      if (this.#running) this.#files.set(`${folder}/mysqld/mysqld.pid`, `${String(MYSQLD_PID)}\n`);
    }
  }

  get #running(): boolean {
    return this.#mysqld !== "mysqld-down";
  }

  get #port(): number {
    return this.#options.port ?? 3306;
  }

  #record(action: ActionKind): void {
    this.actions.push({ atUs: this.#clock.nowUs, line: this.line, ...action });
  }

  nowUs(): Us {
    return this.#clock.nowUs;
  }

  hostname(): string {
    return this.#options.hostname ?? "db1";
  }

  sockets(): readonly SocketEntry[] {
    const listen = (address: string, port: number, process: string, pid: number): SocketEntry => ({
      protocol: address === "::" ? "tcp6" : "tcp",
      address,
      port,
      state: "LISTEN",
      process,
      pid,
    });
    const own = [listen("0.0.0.0", 22, "sshd", 600), listen("::", 22, "sshd", 600)];
    if (!this.#running) return own;
    // The X plugin of MySQL 8 listens on ten times the port; `grep 3306` finds it too.
    return [
      ...own,
      listen("::", this.#port * 10, "mysqld", MYSQLD_PID),
      listen("::", this.#port, "mysqld", MYSQLD_PID),
    ];
  }

  processes(): readonly ProcessEntry[] {
    const entry = (pid: number, ppid: number, args: string, user = "root"): ProcessEntry => ({
      pid,
      ppid,
      name: args.split(" ")[0]?.split("/").at(-1) ?? "",
      args,
      user,
      state: "running",
    });
    const list = [entry(1, 0, "/sbin/init"), entry(600, 1, "/usr/sbin/sshd -D")];
    for (const pid of [KEEPALIVED_PID, VRRP_PID, CHECKER_PID]) {
      list.push(
        entry(pid, pid === KEEPALIVED_PID ? 1 : KEEPALIVED_PID, "/usr/sbin/keepalived --dont-fork"),
      );
    }
    if (this.#running) {
      const mysqld = entry(MYSQLD_PID, 1, "/usr/sbin/mysqld", "mysql");
      list.push(this.#mysqld === "mysqld-frozen" ? { ...mysqld, state: "stopped" } : mysqld);
    }
    return list;
  }

  addresses(): readonly AddressEntry[] {
    return this.#addresses;
  }

  readFile(path: string): string | undefined {
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    // An option file that a script names is taken to be there: its content goes with the credentials.
    return /\/\.?[\w.-]*my[\w.-]*\.cnf$|\.my\.cnf$/.test(path) ? "[client]\n" : undefined;
  }

  writeFile(path: string, text: string, append: boolean): boolean {
    if (!this.#files.has(path) || text !== "") {
      const seen = this.actions.some((one) => one.kind === "writes-file" && one.path === path);
      if (!seen) this.#record({ kind: "writes-file", path });
    }
    this.#files.set(path, append ? (this.#files.get(path) ?? "") + text : text);
    return true;
  }

  removeFile(path: string): boolean {
    if (this.#files.delete(path)) {
      this.#record({ kind: "removes-file", path });
      return true;
    }
    return false;
  }

  fileKind(path: string): FileKind | undefined {
    if (
      this.#running &&
      /^(?:\/var\/lib\/mysql\/mysql\.sock|\/(?:var\/)?run\/mysqld\/mysqld\.sock|\/tmp\/mysql\.sock)$/.test(
        path,
      )
    )
      return "socket";
    if (this.readFile(path) !== undefined) return "file";
    // Option files of clients are rarely given; without one, no script of theirs could be judged.
    if (path.endsWith(".cnf")) return "file";
    if (/bin\/[^/]+$/.test(path) && isKnownCommand(path)) return "file";
    const proc = /^\/proc\/(\d+)$/.exec(path);
    if (proc !== null)
      return this.processes().some((one) => one.pid === Number(proc[1])) ? "directory" : undefined;
    const folder = path.endsWith("/") ? path : `${path}/`;
    return FOLDERS.test(path) || [...this.#files.keys()].some((file) => file.startsWith(folder))
      ? "directory"
      : undefined;
  }

  lacksCommand(): boolean {
    return false;
  }

  signal(pid: number, signal: string): boolean {
    const target = this.processes().find((one) => one.pid === Math.abs(pid));
    if (target === undefined) return false;
    if (signal === "0") return true;
    if (target.name === "keepalived") this.#signals.push({ pid: Math.abs(pid), signal });
    else if (target.name === "mysqld") this.#signalMysqld(signal);
    else this.#record({ kind: "signals-process", name: target.name, signal });
    return true;
  }

  #signalMysqld(signal: string): void {
    if (signal === "KILL") this.#record({ kind: "kills-mysqld" });
    else if (signal === "TERM") this.#record({ kind: "stops-mysqld" });
    else this.#record({ kind: "signals-process", name: "mysqld", signal });
    // A stopped process takes SIGTERM only when it goes on.
    if (signal === "KILL" || (signal === "TERM" && this.#mysqld !== "mysqld-frozen"))
      this.#setDown();
  }

  /** What the signals of one command meant for keepalived as a whole. */
  settle(): void {
    const signals = this.#signals.splice(0);
    const got = (pid: number, ...names: string[]): boolean =>
      signals.some((one) => one.pid === pid && names.includes(one.signal));
    if (signals.length === 0) return;
    const parent = got(KEEPALIVED_PID, "KILL");
    const children = got(VRRP_PID, "KILL");
    if (parent && children) this.#stopKeepalived("KILL-all", 0);
    else if (parent) this.#stopKeepalived("KILL-parent", STOP_US);
    else if (got(KEEPALIVED_PID, "TERM", "INT")) this.#stopKeepalived("TERM", STOP_US);
    else if (got(KEEPALIVED_PID, "HUP")) this.#record({ kind: "reloads-keepalived" });
    else {
      this.#record({ kind: "kills-keepalived-child" });
      // The one that forked the script takes it along.
      if (got(VRRP_PID, "TERM", "KILL", "INT")) this.#endScriptAt(children ? 0 : STOP_US);
    }
  }

  #stopKeepalived(how: "service-stop" | "TERM" | "KILL-parent" | "KILL-all", afterUs: Us): void {
    this.#record({ kind: "stops-keepalived", how });
    this.#endScriptAt(afterUs);
  }

  #endScriptAt(afterUs: Us): void {
    const atUs = this.#clock.nowUs + afterUs;
    this.#clock.endsAtUs = Math.min(this.#clock.endsAtUs ?? atUs, atUs);
  }

  service(name: string, action: ServiceAction): ServiceOutcome {
    if (name === "keepalived") return this.#keepalivedService(action);
    if (MYSQL_SERVICES.test(name)) return this.#mysqlService(name, action);
    const known = this.#services.get(name);
    if (known !== undefined) return this.#otherService(name, known, action);
    this.unknown.push({ what: `service ${name} is not part of this host`, line: this.line });
    if (action !== "status") this.#record({ kind: "changes-service", name, action });
    return { status: 5, stdout: "", durationUs: SYSTEMCTL_US };
  }

  #otherService(name: string, known: "running" | "stopped", action: ServiceAction): ServiceOutcome {
    if (action === "status") return status(name, known === "running", OTHER_PID);
    this.#record({ kind: "changes-service", name, action });
    if (action !== "reload") {
      this.#services.set(name, action === "stop" || action === "kill" ? "stopped" : "running");
    }
    return { status: 0, stdout: "", durationUs: SYSTEMCTL_US };
  }

  #keepalivedService(action: ServiceAction): ServiceOutcome {
    if (action === "status") return status("keepalived", true, KEEPALIVED_PID);
    if (action === "reload") this.#record({ kind: "reloads-keepalived" });
    if (action === "start") this.#record({ kind: "starts-keepalived" });
    if (action === "stop" || action === "kill") this.#stopKeepalived("service-stop", STOP_US);
    if (action === "restart") {
      this.#record({ kind: "restarts-keepalived" });
      this.#endScriptAt(STOP_US);
    }
    const stops = action === "stop" || action === "restart" || action === "kill";
    return { status: 0, stdout: "", durationUs: stops ? SERVICE_STOP_US : SYSTEMCTL_US };
  }

  #mysqlService(name: string, action: ServiceAction): ServiceOutcome {
    if (action === "status") return status(name, this.#running, MYSQLD_PID);
    if (action === "reload") return { status: 0, stdout: "", durationUs: SYSTEMCTL_US };
    if (action === "stop" || action === "kill") {
      this.#record({ kind: "stops-mysqld" });
      this.#setDown();
      return { status: 0, stdout: "", durationUs: MYSQLD_STOP_US };
    }
    this.#record({ kind: action === "start" ? "starts-mysqld" : "restarts-mysqld" });
    if (action === "start" && this.#running)
      return { status: 0, stdout: "", durationUs: SYSTEMCTL_US };
    return this.#startMysqld(action === "restart" && this.#running ? MYSQLD_STOP_US : 0);
  }

  #startMysqld(beforeUs: Us): ServiceOutcome {
    const works = this.#options.restart === "succeeds";
    if (works) {
      this.#mysqld = "mysqld-up";
      for (const folder of ["/run", "/var/run"])
        this.#files.set(`${folder}/mysqld/mysqld.pid`, `${String(MYSQLD_PID)}\n`);
    } else this.#setDown();
    return { status: works ? 0 : 1, stdout: "", durationUs: beforeUs + MYSQLD_START_US };
  }

  #setDown(): void {
    this.#mysqld = "mysqld-down";
    for (const folder of ["/run", "/var/run"]) this.#files.delete(`${folder}/mysqld/mysqld.pid`);
  }

  startDaemon(program: string): ServiceOutcome | undefined {
    if (program === "keepalived") return this.#keepalivedService("start");
    this.#record({ kind: "starts-mysqld" });
    return this.#running
      ? { status: 1, stdout: "", durationUs: SYSTEMCTL_US }
      : this.#startMysqld(0);
  }

  changeAddress(
    name: string,
    address: string,
    prefixLength: number | undefined,
    change: "add" | "remove",
  ): boolean {
    const has = this.#addresses.some(
      (one) => one.address === address && (name === "" || one.interface === name),
    );
    this.#record({
      kind: change === "add" ? "adds-address" : "removes-address",
      address,
      interface: name,
    });
    if (has === (change === "add")) return false;
    if (change === "add")
      this.#addresses.push({ interface: name, address, prefixLength: prefixLength ?? 32 });
    else this.#addresses = this.#addresses.filter((one) => one.address !== address);
    return true;
  }

  #isLocal(address: string): boolean {
    return (
      address === "localhost" ||
      address === this.hostname() ||
      address.startsWith("127.") ||
      this.#addresses.some((one) => one.address === address)
    );
  }

  connect(address: string, port: number): "open" | "refused" | "silent" {
    if (!this.#isLocal(address)) return this.#options.others === "down" ? "silent" : "open";
    return this.sockets().some((one) => one.port === port && one.state === "LISTEN")
      ? "open"
      : "refused";
  }

  mysql(request: MysqlRequest): MysqlAnswer {
    const { host } = request;
    if (host !== undefined && !this.#isLocal(host)) return this.#otherMysql(request);
    const overSocket = (host === undefined || host === "localhost") && request.port === undefined;
    const wrongPort =
      request.port !== undefined &&
      request.port !== this.#port &&
      host !== undefined &&
      host !== "localhost";
    if (!this.#running || wrongPort) return noConnection(request, overSocket, this.#port);
    if (this.#mysqld === "mysqld-frozen") return noGreeting(request);
    if (this.#mysqld === "mysqld-refuses")
      return {
        kind: "error",
        code: 1040,
        message: "Too many connections",
        durationUs: MYSQL_CLIENT_US,
      };
    if (this.#options.credentials === "wrong") {
      const user = request.user ?? "root";
      return {
        kind: "error",
        code: 1045,
        message: `Access denied for user '${user}'@'localhost' (using password: ${request.password === undefined ? "NO" : "YES"})`,
        durationUs: MYSQL_CLIENT_US,
      };
    }
    const reply = answerSql(request.sql, this.#facts());
    for (const effect of reply.effects) this.#apply(effect);
    if (reply.unmodelled !== undefined)
      return { kind: "unmodelled", why: `SQL: ${reply.unmodelled}` };
    if (reply.error !== undefined)
      return { kind: "error", ...reply.error, sets: reply.sets, durationUs: MYSQL_CLIENT_US };
    return { kind: "answer", sets: reply.sets, durationUs: MYSQL_CLIENT_US };
  }

  #otherMysql(request: MysqlRequest): MysqlAnswer {
    if (this.#options.others === "down") {
      return {
        kind: "error",
        code: 2003,
        message: `Can't connect to MySQL server on '${request.host ?? ""}:3306' (110)`,
        durationUs: request.connectTimeoutUs ?? seconds(127),
      };
    }
    const reply = answerSql(request.sql, this.#factsOf("mysqld-up"));
    for (const effect of reply.effects) this.#record({ kind: "changes-mysql", effect });
    if (reply.unmodelled !== undefined)
      return { kind: "unmodelled", why: `SQL: ${reply.unmodelled}` };
    return { kind: "answer", sets: reply.sets, durationUs: MYSQL_CLIENT_US };
  }

  #apply(effect: SqlEffect): void {
    this.#record({ kind: "changes-mysql", effect });
    if (effect.kind === "set-global") this.#globals[effect.name] = effect.value;
    if (effect.kind === "shutdown") this.#setDown();
  }

  #facts(): ServerFacts {
    return this.#factsOf(this.#mysqld);
  }

  #factsOf(situation: Situation): ServerFacts {
    const broken = situation === "replication-broken";
    const readOnly = situation === "mysqld-readonly";
    return {
      version: this.#options.serverVersion ?? "8.0.36",
      hostname: this.hostname(),
      serverId: 1,
      port: this.#port,
      readOnly,
      superReadOnly: readOnly,
      uptimeSeconds: 3600,
      threadsConnected: 3,
      maxConnections: 151,
      logFile: "binlog.000003",
      logPosition: 1500,
      replica: {
        sourceHost: "192.0.2.12",
        sourcePort: this.#port,
        ioRunning: "Yes",
        sqlRunning: broken ? "No" : "Yes",
        secondsBehind: broken ? null : 0,
        lastIoErrno: 0,
        lastIoError: "",
        lastSqlErrno: broken ? 1062 : 0,
        lastSqlError: broken
          ? "Could not execute Write_rows event; Duplicate entry '7' for key 'PRIMARY', Error_code: 1062"
          : "",
        sourceLogFile: "binlog.000003",
        readPosition: 1500,
        executedPosition: broken ? 1200 : 1500,
      },
      variables: this.#globals,
    };
  }

  ping(address: string): boolean {
    return this.#isLocal(address) || this.#options.others !== "down";
  }

  arp(address: string): readonly string[] {
    const isAnswered = !this.#isLocal(address) && this.#options.others !== "down";
    return isAnswered ? ["02:00:c0:00:02:0c"] : [];
  }

  arpingOf(): undefined {
    return undefined;
  }

  /** What logs is a command, which is recorded as one. */
  log(): void {
    return;
  }

  mail(recipient: string, subject: string): boolean {
    this.#record({ kind: "sends-mail", recipient, subject });
    return true;
  }

  act(argv: readonly string[]): void {
    this.#record({ kind: "runs", command: argv.join(" ") });
  }
}

function status(name: string, running: boolean, pid: number): ServiceOutcome {
  const state = running ? `active (running)\n   Main PID: ${String(pid)}` : "inactive (dead)";
  return {
    status: running ? 0 : 3,
    stdout: `${running ? "●" : "○"} ${name}.service\n     Loaded: loaded\n     Active: ${state}\n`,
    durationUs: SYSTEMCTL_US,
  };
}

/** CR_CONNECTION_ERROR over the socket, CR_CONN_HOST_ERROR over TCP (MySQL errmsg, client errors). */
function noConnection(request: MysqlRequest, overSocket: boolean, port: number): MysqlAnswer {
  const socket = request.socket ?? "/var/run/mysqld/mysqld.sock";
  return overSocket
    ? {
        kind: "error",
        code: 2002,
        message: `Can't connect to local MySQL server through socket '${socket}' (2)`,
        durationUs: MYSQL_CLIENT_US,
      }
    : {
        kind: "error",
        code: 2003,
        message: `Can't connect to MySQL server on '${request.host ?? "localhost"}:${String(request.port ?? port)}' (111)`,
        durationUs: MYSQL_CLIENT_US,
      };
}

/** The kernel accepts, the server never greets: the client waits without end, or its connect timeout. */
function noGreeting(request: MysqlRequest): MysqlAnswer {
  if (request.connectTimeoutUs === undefined) return { kind: "hangs" };
  return {
    kind: "error",
    code: 2013,
    message:
      "Lost connection to MySQL server at 'reading initial communication packet', system error: 110",
    durationUs: request.connectTimeoutUs,
  };
}
