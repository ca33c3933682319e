/**
 * The checker child (sections 9.2 to 9.7 and the checkers' laboratory page): when a server is tried, what
 * its end means, the scripts that follow, and the kernel's IPVS table, which it fills (`virtual-table.ts`).
 *
 * TCP_CHECK and MISC_CHECK are modelled. A server with a checker of another kind counts as up by it.
 *
 * Sources: `check_api.c:register_checkers_thread`, `check_tcp.c:tcp_epilog`, `check_misc.c:
 * misc_check_child_thread`, `ipwrapper.c:update_svr_checker_state`, `:update_quorum_state`, 2.2.7 and 2.3.4.
 */
import type { Us } from "../../../core/time.ts";
import type {
  GlobalDefs,
  Checker,
  KeepalivedConfig,
  RealServer,
  ScriptCommand,
  VirtualServer,
} from "../../../keepalived/config.ts";
import type { VersionProfile } from "../../../keepalived/versions.ts";
import {
  CHECKER_BOOTSTRAP_US,
  draw,
  SCRIPT_KILL_AGAIN_US,
  SCRIPT_KILL_GRACE_US,
  SCRIPT_TERM_GRACE_US,
  type DaemonCosts,
} from "./costs.ts";
import { sendAlert } from "./alert.ts";
import type { DaemonHost, RunningScript, ScriptEnd, Signal } from "./host.ts";
import { Loop } from "./loop.ts";
import { Children } from "./model.ts";
import { SimProcess, type ProcessEnd } from "./process.ts";
import { VirtualTable } from "./virtual-table.ts";

const EXIT_FATAL = 1;
/** `misc_dynamic`: 2 to 255 say how much weight, from 0. */
const DYNAMIC_WEIGHT_STATUS_MIN = 2;

interface Service {
  readonly config: VirtualServer;
  readonly name: string;
  readonly servers: Server[];
  readonly table: VirtualTable;
  isQuorumUp: boolean;
  isSorry: boolean;
}

interface Server {
  readonly config: RealServer;
  readonly name: string;
  isAlive: boolean;
  weight: number;
  failedCheckers: number;
  readonly checks: Check[];
}

interface Check {
  readonly config: Checker;
  readonly service: Service;
  readonly server: Server;
  isUp: boolean;
  hasRun: boolean;
  retried: number;
}

export class CheckersChild {
  readonly process: SimProcess;
  private readonly host: DaemonHost;
  private readonly profile: VersionProfile;
  private readonly costs: DaemonCosts;
  private readonly children = new Children();
  private loop: Loop;
  private services: Service[] = [];
  private globals: GlobalDefs | undefined;
  private isStopping = false;

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
    this.loop = new Loop(host.clock);
    this.process = new SimProcess(host, "Keepalived_healthcheckers", parent, {
      signal: (signal) => this.signalled(signal),
      frozen: () => {
        this.loop.frozen = true;
      },
      thawed: () => this.loop.thaw(),
      ended: (end) => {
        this.loop.end();
        // Its scripts get SIGTERM with it: within 10-40 ms of a stop, not after a second
        if (profile.childrenDieWithParent && end.kind !== "lost") this.children.killAll();
        ended(end);
      },
    });
    this.process.loop.after(draw(host.random, costs.childReadUs), () => this.start());
  }

  private log(text: string): void {
    this.host.log("Keepalived_healthcheckers", text);
  }

  private start(): void {
    const config = this.host.readConfig();
    if (!this.host.hasIpvs) {
      this.log("IPVS: Can't initialize ipvs: No such file or directory");
      this.process.exit(this.profile.permanentErrorsEnd ? EXIT_FATAL : 0);
      return;
    }
    if (config === undefined) {
      this.process.exit(EXIT_FATAL);
      return;
    }
    this.build(config, undefined);
    for (const service of this.services) {
      this.fill(service, undefined);
      this.startService(service);
    }
    this.startChecks();
  }

  private build(config: KeepalivedConfig, old: readonly Service[] | undefined): void {
    this.services = [];
    this.globals = config.globals;
    for (const virtual of config.virtualServers) {
      if (!virtual.usable) continue;
      const service: Service = {
        config: virtual,
        name: serviceName(virtual),
        servers: [],
        table: new VirtualTable(this.host.ipvs, virtual, config, (text) => this.log(text)),
        isQuorumUp: false,
        isSorry: false,
      };
      for (const real of virtual.realServers) service.servers.push(this.addServer(service, real));
      const before = old?.find(({ name }) => name === service.name);
      if (before !== undefined) keepService(service, before);
      else service.isQuorumUp = liveWeight(service) >= virtual.quorum + virtual.hysteresis;
      this.services.push(service);
    }
  }

  private addServer(service: Service, config: RealServer): Server {
    const server: Server = {
      config,
      name: serverName(config),
      isAlive: true,
      weight: config.weight,
      failedCheckers: 0,
      checks: [],
    };
    for (const checker of config.checkers) {
      const isModelled = checker.kind === "TCP_CHECK" || checker.kind === "MISC_CHECK";
      if (!isModelled) {
        this.log(
          `${checker.kind} is not part of the simulation, ${server.name} counts as up by it`,
        );
        continue;
      }
      const isUp = !checker.alpha;
      if (!isUp) server.failedCheckers += 1;
      server.checks.push({
        config: checker,
        service,
        server,
        isUp,
        hasRun: false,
        // Section 9.2: at start one failure is enough, so the counter begins at its end
        retried: checker.timing.retry,
      });
    }
    if (server.failedCheckers > 0) server.isAlive = false;
    return server;
  }

  /**
   * Servers that wait for their first success (alpha) are not in it. After a reload services and servers that are new come
   * in, what is gone goes, weights follow (`ipwrapper.c:clear_diff_services`, `:init_services`).
   */
  private fill(service: Service, before: Service | undefined): void {
    const { table } = service;
    if (before === undefined) table.addService();
    for (const server of service.servers) {
      const known = before?.servers.find(({ name }) => name === server.name);
      const { config, isAlive, weight } = server;
      if (known !== undefined) {
        if (isAlive) table.setWeight(config, weight);
      } else if (isAlive && !service.isSorry) table.addServer(config, weight);
      else if (config.inhibitOnFailure) table.addServer(config, 0);
    }
    for (const { name, config } of before?.servers ?? []) {
      if (!service.servers.some((server) => server.name === name)) table.dropServer(config);
    }
  }

  /** quorum_up is run at start for a quorum that is there (laboratory page, section 2). */
  private startService(service: Service): void {
    const { config } = service;
    if (service.isQuorumUp) this.runNotify(config.quorumUp);
    else if (config.sorryServer !== undefined) {
      this.log(`Starting with quorum down for VS ${service.name}`);
      this.setSorry(service, true);
      this.runNotify(config.quorumDown);
    }
  }

  private startChecks(): void {
    for (const service of this.services) {
      for (const server of service.servers) {
        for (const check of server.checks) {
          this.log(`Activating healthchecker for service ${server.name} for VS ${service.name}`);
          const { warmupUs } = check.config.timing;
          const shareUs = warmupUs === 0 ? 0 : this.host.random.integer(0, warmupUs);
          this.schedule(check, CHECKER_BOOTSTRAP_US + shareUs);
        }
      }
    }
  }

  private schedule(check: Check, delayUs: Us): void {
    this.loop.after(delayUs, () => {
      if (check.config.kind === "MISC_CHECK") this.runScript(check);
      else this.connect(check);
    });
  }

  private connect(check: Check): void {
    const { loop, host } = this;
    const { connectTo, timing } = check.config;
    host.connect(connectTo.address, connectTo.port, timing.connectTimeoutUs, (result) => {
      loop.after(draw(host.random, this.costs.reapUs), () =>
        this.connected(check, result === "open"),
      );
    });
  }

  /** Delays count from the end of an attempt; a server that is down has no retries since 2.3.3. */
  private connected(check: Check, isOpen: boolean): void {
    const { timing } = check.config;
    const retry = this.profile.tcpCheckRetries ? timing.retry : 0;
    const counts = check.isUp || !check.hasRun;
    const isFinal = check.retried >= retry && (counts || !this.profile.downServerTriedOnce);
    let delayUs = timing.delayLoopUs;
    if (isOpen || isFinal) {
      check.retried = 0;
      if (isOpen && (!check.isUp || !check.hasRun)) {
        this.log(`TCP connection to ${connectName(check)} success.`);
        this.setCheck(check, true);
      } else if (!isOpen && counts) {
        const after = retry > 0 && check.hasRun ? ` after ${retry} retries` : "";
        this.log(`TCP_CHECK on service ${connectName(check)} failed${after}.`);
        this.setCheck(check, false);
      }
    } else if (check.isUp || !this.profile.downServerTriedOnce) {
      delayUs = timing.delayBeforeRetryUs;
      check.retried += 1;
    }
    check.hasRun = true;
    this.schedule(check, delayUs);
  }

  /** MISC_CHECK: both delays count from the start of the run; a script that hangs is killed. */
  private runScript(check: Check): void {
    const { host, loop, children, process, costs } = this;
    const { command, scriptTimeoutUs, timing } = check.config;
    if (command === undefined) return;
    const startedUs = loop.nowUs();
    const limitUs = scriptTimeoutUs ?? timing.delayLoopUs;
    let isOver = false;
    const run: { script?: RunningScript } = {};
    run.script = host.run(command, process.pid, (end) => {
      if (run.script !== undefined) children.removeCheck(run.script);
      loop.after(draw(host.random, costs.reapUs), () => {
        isOver = true;
        this.scriptEnded(check, end, startedUs);
      });
    });
    children.addCheck(run.script);
    const { script } = run;
    const ladder: [Signal, Us][] = [
      ["TERM", SCRIPT_TERM_GRACE_US],
      ["KILL", SCRIPT_KILL_GRACE_US],
    ];
    const limit = loop.alarm(() => {
      if (isOver) return;
      const [signal, graceUs] = ladder.shift() ?? ["KILL", SCRIPT_KILL_AGAIN_US];
      script.kill(signal);
      limit.set(loop.nowUs() + graceUs);
    });
    limit.set(startedUs + limitUs);
  }

  private scriptEnded(check: Check, end: ScriptEnd, startedUs: Us): void {
    const { config } = check;
    const { timing } = config;
    const status = end.kind === "exited" ? end.status : end.kind === "not-run" ? 0 : -1;
    const isDynamic = config.dynamicWeight === true && status >= DYNAMIC_WEIGHT_STATUS_MIN;
    const isGood = status === 0 || isDynamic;
    const counts = check.isUp || !check.hasRun;
    if (isGood) {
      if (isDynamic) this.setWeight(check, status - DYNAMIC_WEIGHT_STATUS_MIN);
      check.retried = 0;
      if (counts && check.isUp && check.hasRun) {
        // Was up, is up
      } else {
        this.logScript(check, "succeeded");
        this.setCheck(check, true);
      }
    } else if (counts) {
      if (check.retried < timing.retry) {
        check.retried += 1;
      } else {
        check.retried = 0;
        this.logScript(check, end.kind === "signalled" ? "timed out" : "failed");
        this.setCheck(check, false);
      }
    }
    check.hasRun = true;
    const delayUs = check.retried > 0 ? timing.delayBeforeRetryUs : timing.delayLoopUs;
    this.schedule(check, Math.max(1, startedUs + delayUs - this.loop.nowUs()));
  }

  private setWeight({ server, service }: Check, weight: number): void {
    if (server.weight === weight) return;
    server.weight = weight;
    if (server.isAlive) service.table.setWeight(server.config, weight);
  }

  private logScript(check: Check, how: string): void {
    const { server, service, config } = check;
    const script = config.command?.argv[0] ?? "";
    this.log(`Misc check for [${server.name} VS ${service.name}] by [${script}] ${how}.`);
  }

  /** `ipwrapper.c:update_svr_checker_state`: the first of several that fails takes the server down. */
  private setCheck(check: Check, isUp: boolean): void {
    const { server } = check;
    if (check.isUp === isUp) {
      // alpha is told of its first failure though nothing changes (section 9.2)
      if (!check.hasRun && (check.config.alpha || !isUp)) this.tellServer(server);
      check.hasRun = true;
      return;
    }
    check.hasRun = true;
    if (isUp && server.failedCheckers <= 1) this.setServer(check, true);
    if (!isUp && server.failedCheckers === 0) this.setServer(check, false);
    check.isUp = isUp;
    server.failedCheckers += isUp ? -1 : 1;
  }

  private setServer({ server, service }: Check, isAlive: boolean): void {
    if (server.isAlive === isAlive) return;
    const isInhibited = server.config.inhibitOnFailure;
    const [verb, where] = isInhibited
      ? [isAlive ? "Enabling" : "Disabling", "of"]
      : isAlive
        ? ["Adding", "to"]
        : ["Removing", "from"];
    this.log(`${verb} service ${server.name} ${where} VS ${service.name}`);
    server.isAlive = isAlive;
    // While the sorry server is in, the table has it alone; it is changed when the quorum is
    if (!service.isSorry) {
      if (isAlive) service.table.addServer(server.config, server.weight);
      else service.table.removeServer(server.config);
    }
    this.tellServer(server);
    this.updateQuorum(service);
  }

  private tellServer({ config, name, isAlive }: Server): void {
    this.runNotify(isAlive ? config.notifyUp : config.notifyDown);
    if (config.smtpAlert) {
      const subject = `Realserver ${name} - ${isAlive ? "UP" : "DOWN"}`;
      if (this.globals === undefined) return;
      // What its body says was not tried.
      sendAlert(
        { host: this.host, globals: this.globals, program: "Keepalived_healthcheckers" },
        { subject, body: "" },
      );
    }
  }

  /** Section 9.6: gained at quorum + hysteresis, lost below quorum - hysteresis or with nothing left. */
  private updateQuorum(service: Service): void {
    const { config } = service;
    const weight = liveWeight(service);
    const { quorum, hysteresis } = config;
    if (!service.isQuorumUp && weight >= quorum + hysteresis) {
      service.isQuorumUp = true;
      const sum = quorum + hysteresis;
      this.log(`Gained quorum ${quorum}+${hysteresis}=${sum} <= ${weight} for VS ${service.name}`);
      if (service.isSorry) this.setSorry(service, false);
      this.runNotify(config.quorumUp);
    } else if (service.isQuorumUp && (weight === 0 || weight < quorum - hysteresis)) {
      service.isQuorumUp = false;
      const rest = quorum - hysteresis;
      this.log(`Lost quorum ${quorum}-${hysteresis}=${rest} > ${weight} for VS ${service.name}`);
      if (config.sorryServer !== undefined) this.setSorry(service, true);
      this.runNotify(config.quorumDown);
    }
  }

  private setSorry(service: Service, isIn: boolean): void {
    const { sorryServer } = service.config;
    if (sorryServer === undefined) return;
    const where = isIn ? "Adding sorry server" : "Removing sorry server";
    const name = `[${sorryServer.address}]:tcp:${sorryServer.port}`;
    this.log(`${where} ${name} ${isIn ? "to" : "from"} VS ${service.name}`);
    service.isSorry = isIn;
    service.table.setSorry(isIn);
    for (const { config, isAlive, weight } of service.servers) {
      if (!isAlive) continue;
      if (isIn) service.table.removeServer(config);
      else service.table.addServer(config, weight);
    }
  }

  private runNotify(command: ScriptCommand | undefined): void {
    if (command === undefined) return;
    this.children.addNotify(this.host.notify(command, [], this.process.pid));
  }

  private signalled(signal: Signal): void {
    if (signal === "TERM" || signal === "INT") this.stop();
    else if (signal === "HUP") this.reload();
  }

  /** Without omega nobody is told; with it notify_down of the living and quorum_down of all (page, section 7). */
  private stop(): void {
    if (this.isStopping) return;
    this.isStopping = true;
    this.loop.end();
    this.children.killChecks("TERM");
    for (const service of this.services) {
      for (const server of service.servers) {
        this.log(`Shutting down service ${server.name} from VS ${service.name}`);
        if (!server.isAlive) continue;
        server.isAlive = false;
        if (service.config.omega) this.runNotify(server.config.notifyDown);
      }
      if (service.config.omega) this.runNotify(service.config.quorumDown);
    }
    this.process.loop.after(draw(this.host.random, this.costs.checkerExitUs), () => {
      for (const { table } of this.services) table.removeService();
      this.log("Stopped");
      this.process.exit(0);
    });
  }

  /** States and counters of retries are kept, checks begin anew with their warmup (page, section 7). */
  private reload(): void {
    if (this.isStopping) return;
    const config = this.host.readConfig();
    if (config === undefined) return;
    this.log("Reloading");
    this.loop.end();
    this.loop = new Loop(this.host.clock);
    this.children.killChecks("TERM");
    const before = this.services;
    this.build(config, before);
    for (const old of before) {
      if (!this.services.some(({ name }) => name === old.name)) old.table.removeService();
    }
    for (const service of this.services) {
      this.fill(
        service,
        before.find(({ name }) => name === service.name),
      );
    }
    this.startChecks();
  }
}

function keepService(service: Service, before: Service): void {
  service.isQuorumUp = before.isQuorumUp;
  service.isSorry = before.isSorry;
  for (const server of service.servers) {
    const known = before.servers.find(({ name }) => name === server.name);
    if (known === undefined) continue;
    server.isAlive = known.isAlive;
    server.weight = known.weight;
    server.failedCheckers = 0;
    for (const [index, check] of server.checks.entries()) {
      const same = known.checks[index];
      if (same?.config.kind !== check.config.kind) continue;
      check.isUp = same.isUp;
      check.hasRun = same.hasRun;
      check.retried = same.retried;
      if (!check.isUp) server.failedCheckers += 1;
    }
  }
}

function liveWeight({ servers }: Service): number {
  let sum = 0;
  for (const server of servers) if (server.isAlive) sum += server.weight;
  return sum;
}

function serverName({ address, port }: RealServer): string {
  return `[${address}]:tcp:${port}`;
}

function connectName({ config }: Check): string {
  return `[${config.connectTo.address}]:tcp:${config.connectTo.port}`;
}

function serviceName({ service, protocol }: VirtualServer): string {
  switch (service.kind) {
    case "address":
      return `[${service.address}]:${protocol.toLowerCase()}:${service.port}`;
    case "fwmark":
      return `FWM ${service.mark}`;
    case "group":
      return `[${service.name}]`;
  }
}
