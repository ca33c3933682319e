/** Defaults passed down and consistency of virtual servers (check_data.c:validate_check_config). */
import type {
  CheckTiming,
  Checker,
  RealServer,
  VirtualServer,
  VirtualServerGroup,
} from "../config.ts";
import type {
  CheckDraft,
  CheckerDraft,
  Endpoint,
  Forwarding,
  RealServerDraft,
  TimingDraft,
  VirtualServerDraft,
} from "../keywords/check-drafts.ts";
import type { GlobalState } from "../keywords/drafts.ts";
import { fateOf } from "../keywords/scripts.ts";
import { PERSISTENCE_US } from "../keywords/virtual-server.ts";
import { canonicalAddress } from "../keywords/values.ts";
import type { Location } from "../location.ts";
import type { Reader } from "../reading/reader.ts";
import { isNotifyKept, Security } from "./scripts.ts";

const SOURCE = "check_data.c:validate_check_config";
const SECOND = 1_000_000;

export function completeCheck(
  reader: Reader,
  check: CheckDraft,
  globals: GlobalState,
): readonly VirtualServer[] {
  const security = new Security(reader, globals);
  const servers = check.servers.map((draft) =>
    new ServerCompletion(reader, check, globals, draft, security).complete(),
  );
  security.finish("check_data.c:check_check_script_security");
  return servers;
}

class ServerCompletion {
  readonly #reader: Reader;
  readonly #globals: GlobalState;
  readonly #it: VirtualServerDraft;
  readonly #group: VirtualServerGroup | undefined;
  readonly #security: Security;
  #usable = true;

  constructor(
    reader: Reader,
    check: CheckDraft,
    globals: GlobalState,
    it: VirtualServerDraft,
    security: Security,
  ) {
    this.#reader = reader;
    this.#globals = globals;
    this.#it = it;
    this.#security = security;
    const { service } = it;
    this.#group = service.kind === "group" ? check.groups.get(service.name) : undefined;
  }

  complete(): VirtualServer {
    const it = this.#it;
    this.#checkUsable();
    const protocol = this.#protocol();
    const persistenceTimeoutUs = this.#persistence();
    if (this.#usable && it.scheduler === undefined) {
      this.#error("lb_algo", "scheduler-missing", "there is no scheduler", "it is wlc");
    }
    const forwarding = this.#forwarding();
    const reals = this.#withoutDuplicates();
    const quorum = this.#quorum(reals);
    this.#checkSorryServer(reals);
    this.#checkPorts(reals, forwarding);
    const { quorumUp, quorumDown } = it;
    const keepsUp = quorumUp !== undefined && isNotifyKept(this.#reader, quorumUp, this.#security);
    const keepsDown =
      quorumDown !== undefined && isNotifyKept(this.#reader, quorumDown, this.#security);
    return {
      at: it.at,
      given: it.given,
      other: it.other,
      service: it.service,
      protocol,
      scheduler: it.scheduler ?? "wlc",
      forwarding,
      persistenceTimeoutUs,
      alpha: it.alpha,
      omega: it.omega,
      ...quorum,
      ...(keepsUp ? { quorumUp } : {}),
      ...(keepsDown ? { quorumDown } : {}),
      ...this.#sorryServer(forwarding),
      realServers: reals.map((real) => this.#real(real, forwarding)),
      usable: this.#usable,
    };
  }

  #error(keyword: string, code: string, message: string, effect: string): void {
    this.#errorAt(this.#it.given[keyword] ?? this.#it.at, code, message, effect);
  }

  #errorAt(at: Location, code: string, message: string, effect: string): void {
    this.#reader.report.error({
      code,
      at,
      message: `virtual server ${this.#name()}: ${message}`,
      effect,
      source: SOURCE,
    });
  }

  #name(): string {
    const { service } = this.#it;
    if (service.kind === "address") return `${service.address} ${service.port}`;
    return service.kind === "fwmark" ? `fwmark ${service.mark}` : `group ${service.name}`;
  }

  #checkUsable(): void {
    if (this.#it.service.kind === "group" && this.#group === undefined) {
      this.#usable = false;
      this.#reader.report.warning({
        code: "virtual-server-group-unknown",
        at: this.#it.at,
        message: `there is no virtual_server_group ${this.#it.service.name}`,
        effect: "the virtual server is ignored",
        source: "ipwrapper.c:link_vsg_to_vs",
      });
      return;
    }
    if (this.#it.realServers.length > 0) return;
    this.#usable = false;
    this.#error(
      "real_server",
      "real-server-missing",
      "there is no real server",
      "the virtual server is ignored",
    );
  }

  #marks(): boolean {
    const { service } = this.#it;
    return (
      service.kind === "fwmark" ||
      (this.#group?.services.some(({ kind }) => kind === "fwmark") ?? false)
    );
  }

  #addresses(): readonly Endpoint[] {
    const { service } = this.#it;
    if (service.kind === "address") return [service];
    return (this.#group?.services ?? []).flatMap((each) => (each.kind === "address" ? [each] : []));
  }

  #protocol(): VirtualServer["protocol"] {
    const { protocol, onePacket, haSuspend } = this.#it;
    if (!this.#usable) return protocol ?? "UDP";
    if (haSuspend && this.#marks())
      this.#error(
        "ha_suspend",
        "ha-suspend-with-fwmark",
        "ha_suspend does not go with fwmark",
        "it is cleared",
      );
    if (this.#addresses().length === 0) {
      if (protocol !== undefined)
        this.#error(
          "protocol",
          "protocol-with-fwmark",
          "a fwmark has no protocol",
          "the protocol is ignored",
        );
      return protocol ?? "UDP";
    }
    if (protocol === undefined)
      this.#error("protocol", "protocol-missing", "there is no protocol", "it is UDP");
    if (onePacket && protocol !== undefined && protocol !== "UDP") {
      this.#error("ops", "one-packet-without-udp", "ops is for UDP only", "it is cleared");
    }
    return protocol ?? "UDP";
  }

  #persistence(): number {
    const { persistenceTimeoutUs } = this.#it;
    if (
      !this.#usable ||
      persistenceTimeoutUs > 0 ||
      this.#addresses().every(({ port }) => port > 0)
    )
      return persistenceTimeoutUs;
    this.#error(
      "persistence_timeout",
      "port-missing",
      "a service without a port has to be persistent",
      "persistence_timeout is 360 s",
    );
    return PERSISTENCE_US;
  }

  #forwarding(): Forwarding {
    const it = this.#it;
    const wanted = it.realServers.some(({ forwarding }) => forwarding === undefined);
    const sorry = it.sorryServer !== undefined && it.sorryServer.forwarding === undefined;
    if (this.#usable && it.forwarding === undefined && (wanted || sorry)) {
      this.#error("lb_kind", "forwarding-missing", "there is no lb_kind", "it is NAT");
    }
    return it.forwarding ?? "NAT";
  }

  #withoutDuplicates(): readonly RealServerDraft[] {
    const seen = new Set<string>();
    return this.#it.realServers.filter(({ endpoint, at }) => {
      const key = `${canonicalAddress(endpoint.address)} ${endpoint.port}`;
      if (!seen.has(key)) return seen.add(key);
      this.#errorAt(
        at,
        "duplicate-real-server",
        `real server ${key} is there already`,
        "this second one is dropped",
      );
      return false;
    });
  }

  #quorum(reals: readonly RealServerDraft[]): { quorum: number; hysteresis: number } {
    let { quorum, hysteresis } = this.#it;
    const total = reals.reduce((sum, { weight }) => sum + (weight ?? this.#it.weight), 0);
    if (!this.#usable) return { quorum, hysteresis };
    if (quorum > total) {
      this.#error(
        "quorum",
        "quorum-too-high",
        `quorum ${quorum} is more than the weights of the real servers, ${total}`,
        `it is ${total}`,
      );
      quorum = total;
    }
    if (hysteresis >= quorum) {
      // With a quorum of 0 the daemon takes 1 off an unsigned number.
      this.#error(
        "hysteresis",
        "hysteresis-too-high",
        `hysteresis ${hysteresis} is not less than the quorum, ${quorum}`,
        `it is ${Math.max(quorum - 1, 0)}`,
      );
      hysteresis = Math.max(quorum - 1, 0);
    }
    return { quorum, hysteresis };
  }

  #checkSorryServer(reals: readonly RealServerDraft[]): void {
    const { sorryServer: sorry, inhibitOnFailure } = this.#it;
    if (sorry === undefined || !this.#usable) return;
    for (const { endpoint, inhibitOnFailure: own = inhibitOnFailure } of reals) {
      if (
        endpoint.address !== sorry.address ||
        endpoint.port !== sorry.port ||
        own === sorry.inhibit
      )
        continue;
      this.#error(
        "sorry_server",
        "sorry-server-inhibit",
        `the sorry server is also the real server ${endpoint.address}, with another inhibit_on_failure`,
        "that of the real server holds",
      );
      sorry.inhibit = own;
    }
  }

  #checkPorts(reals: readonly RealServerDraft[], forwarding: Forwarding): void {
    if (!this.#usable) return;
    const sorry = this.#it.sorryServer;
    const all = reals.map(({ endpoint, at, forwarding: own }) => ({
      ...endpoint,
      at,
      own: own ?? forwarding,
      what: "real server",
    }));
    if (sorry !== undefined) {
      all.push({
        ...sorry,
        at: this.#it.given["sorry_server"] ?? this.#it.at,
        own: sorry.forwarding ?? forwarding,
        what: "sorry server",
      });
    }
    for (const { address, port, at, own, what } of all) {
      if (own === "NAT" || port === 0) continue;
      if (this.#marks()) {
        this.#errorAt(
          at,
          "port-with-fwmark",
          `${what} ${address} has a port, and the service is a fwmark`,
          "the port is ignored",
        );
      }
      const differs = this.#addresses().find((each) => each.port !== port);
      if (differs === undefined) continue;
      this.#errorAt(
        at,
        "port-mismatch",
        `${what} ${address} has port ${port}, the virtual server ${differs.port}`,
        `with ${own} the port is that of the virtual server`,
      );
    }
  }

  #port({ port }: Endpoint, forwarding: Forwarding): number {
    const { service } = this.#it;
    if (service.kind === "fwmark") return forwarding === "NAT" ? port : 0;
    if (service.kind === "group") return port;
    return port === 0 || forwarding !== "NAT" ? service.port : port;
  }

  #sorryServer(forwarding: Forwarding): { sorryServer?: Endpoint } {
    const sorry = this.#it.sorryServer;
    if (sorry === undefined) return {};
    const own = sorry.forwarding ?? forwarding;
    return {
      sorryServer: {
        address: sorry.address,
        port: own === "NAT" ? sorry.port : this.#port(sorry, own),
      },
    };
  }

  #real(real: RealServerDraft, outer: Forwarding): RealServer {
    const it = this.#it;
    const { defs } = this.#globals;
    const forwarding = real.forwarding ?? outer;
    const endpoint = {
      address: real.endpoint.address,
      port: this.#port(real.endpoint, forwarding),
    };
    // A checker has the port as it was written before it is cleared for a fwmark (check_api.c:queue_checker's co->dst).
    const checked = endpoint.port === 0 ? real.endpoint : endpoint;
    const alpha = real.alpha ?? it.alpha;
    const { notifyUp, notifyDown } = real;
    const keepsUp = notifyUp !== undefined && isNotifyKept(this.#reader, notifyUp, this.#security);
    const keepsDown =
      notifyDown !== undefined && isNotifyKept(this.#reader, notifyDown, this.#security);
    return {
      at: real.at,
      given: real.given,
      other: real.other,
      ...endpoint,
      weight: real.weight ?? it.weight,
      forwarding,
      inhibitOnFailure: real.inhibitOnFailure ?? it.inhibitOnFailure,
      alpha,
      ...(keepsUp ? { notifyUp } : {}),
      ...(keepsDown ? { notifyDown } : {}),
      smtpAlert: real.smtpAlert ?? defs.smtpAlertChecker ?? defs.smtpAlert ?? true,
      checkers: real.checkers
        .filter((checker) => this.#keepsScript(checker))
        .map((checker) =>
          completeChecker(checker, { ...it.timing, ...real.timing }, checked, alpha),
        ),
    };
  }

  #keepsScript({ command }: CheckerDraft): boolean {
    if (command === undefined) return true;
    const fate = fateOf(this.#reader, command);
    this.#security.saw(fate, command);
    if (fate === "runs" || fate === "open") return true;
    this.#reader.report.warning({
      code:
        fate === "missing"
          ? "script-not-found"
          : fate === "insecure"
            ? "script-path-symlink"
            : "script-not-executable",
      at: command.at,
      message: `${command.argv[0] ?? ""} cannot be run (${fate})`,
      effect: "the checker is dropped: the real server counts as up",
      source: "check_misc.c:check_misc_script_security",
    });
    return false;
  }
}

/** Defaults of the kinds (check_api.c:queue_checker, check_misc.c, check_dns.c, check_http.c). */
function defaultsOf(kind: Checker["kind"]): {
  readonly retry: number;
  readonly delayBeforeRetryUs: number | undefined;
} {
  switch (kind) {
    case "MISC_CHECK":
      return { retry: 0, delayBeforeRetryUs: SECOND };
    case "DNS_CHECK":
      return { retry: 3, delayBeforeRetryUs: undefined };
    case "HTTP_GET":
    case "SSL_GET":
      return { retry: 1, delayBeforeRetryUs: 3 * SECOND };
    default:
      return { retry: 1, delayBeforeRetryUs: SECOND };
  }
}

function completeChecker(
  it: CheckerDraft,
  outer: TimingDraft,
  endpoint: Endpoint,
  alpha: boolean,
): Checker {
  const given = { ...outer, ...it.timing };
  const defaults = defaultsOf(it.kind);
  const delayLoopUs = given.delayLoopUs ?? 60 * SECOND;
  const timing: CheckTiming = {
    delayLoopUs,
    connectTimeoutUs: given.connectTimeoutUs ?? 5 * SECOND,
    retry: given.retry ?? defaults.retry,
    delayBeforeRetryUs: given.delayBeforeRetryUs ?? defaults.delayBeforeRetryUs ?? delayLoopUs,
    warmupUs: given.warmupUs ?? delayLoopUs,
  };
  const { bindTo, command, scriptTimeoutUs } = it;
  return {
    at: it.at,
    given: it.given,
    other: it.other,
    kind: it.kind,
    timing,
    alpha: it.alpha ?? alpha,
    connectTo: { address: it.connectIp ?? endpoint.address, port: it.connectPort ?? endpoint.port },
    ...(bindTo === undefined ? {} : { bindTo }),
    ...(command === undefined ? {} : { command }),
    ...(command === undefined
      ? {}
      : { scriptTimeoutUs: scriptTimeoutUs || delayLoopUs, dynamicWeight: it.dynamicWeight }),
    urls: it.urls.map(({ path = "", words }) => ({ path, words })),
  };
}
