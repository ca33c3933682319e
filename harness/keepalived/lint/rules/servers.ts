/** virtual_server blocks: what they need, what their checkers see, and recipes that stop keepalived. */
import { formatSeconds, seconds } from "../../../core/time.ts";
import { masterDownUs } from "../../timing.ts";
import { linesOf } from "../../syntax.ts";
import type { Checker, RealServer, VirtualServer } from "../../config.ts";
import { stopsKeepalived } from "../conduct.ts";
import { isGiven, otherKeyword, placeOf, span } from "../helpers.ts";
import { allAddresses } from "../routers.ts";
import type { LintNode, Rule, RuleContext } from "../rule.ts";
import type { ScriptUse } from "../script-use.ts";

const MYSQL_PORTS: ReadonlySet<number> = new Set([3306, 3307, 3308, 3309]);

interface Server {
  readonly node: LintNode;
  readonly server: VirtualServer;
}

function servers({ nodes }: RuleContext): Server[] {
  return nodes.flatMap((node) =>
    node.read.config.virtualServers.map((server) => ({ node, server })),
  );
}

interface Real extends Server {
  readonly real: RealServer;
}

function reals(context: RuleContext): Real[] {
  return servers(context).flatMap((item) =>
    item.server.realServers.map((real) => ({ ...item, real })),
  );
}

function checkers(context: RuleContext): (Real & { readonly checker: Checker })[] {
  return reals(context).flatMap((item) =>
    item.real.checkers.map((checker) => ({ ...item, checker })),
  );
}

function nameOf({ service }: VirtualServer): string {
  switch (service.kind) {
    case "address":
      return `${service.address}:${service.port}`;
    case "fwmark":
      return `fwmark ${service.mark}`;
    case "group":
      return `group ${service.name}`;
  }
}

/** notify_down of this server, if it is known or bound to stop keepalived. */
function suicide({ scripts }: RuleContext, { node, real }: Real): ScriptUse | undefined {
  const use = scripts.find(
    (item) =>
      item.node === node && item.role.kind === "notify-down" && item.command === real.notifyDown,
  );
  if (use === undefined) return undefined;
  const named = /kill|stop/i.test(use.command.text) && /keepalived/i.test(use.command.text);
  return named || stopsKeepalived(use) ? use : undefined;
}

const needsIpvs: Rule = {
  id: "VD401",
  name: "virtual-server-needs-ipvs",
  severity: "warning",
  title: "a virtual_server needs ip_vs in the kernel",
  why: "Without the module keepalived 1.4 and later ends altogether, VRRP included, with exit code 1; 1.2 restarts its checker child for ever and never checks. No packet has to be balanced for that.",
  mend: "Load ip_vs on the host (in a container: on its host). To watch a mysqld of the same host use a vrrp_script instead.",
  source: "check_daemon.c:start_check, ipvswrapper.c:ipvs_start (2.2.7)",
  *check(context) {
    if (context.options.ipvs === true) return;
    const seen = new Set<LintNode>();
    for (const item of servers(context)) {
      const { node, server } = item;
      if (seen.has(node)) continue;
      seen.add(node);
      // A director that balances is likely to have the module; a recipe for one's own mysqld is not.
      const balances = server.realServers.length > 1;
      const severity = context.options.ipvs === false ? "error" : balances ? "info" : "warning";
      yield {
        node,
        at: server.at,
        severity,
        what: context.profile.endsWithoutIpvs
          ? `Without ip_vs keepalived does not run on ${node.name} because of virtual_server ${nameOf(server)}.`
          : `Without ip_vs the checks of virtual_server ${nameOf(server)} never run on ${node.name}.`,
      };
    }
  },
};

const nbGetRetry: Rule = {
  id: "VD402",
  name: "nb-get-retry",
  severity: "warning",
  title: "TCP_CHECK does not know nb_get_retry",
  why: "The keyword belongs to HTTP_GET. In a TCP_CHECK it is unknown, and the check runs with its one default retry (1.2.13: with none).",
  mend: "Write retry 3.",
  source: "check_tcp.c:install_tcp_check_keyword (2.2.7)",
  hides: ["unknown-keyword"],
  *check(context) {
    for (const { node, checker } of checkers(context)) {
      const at = otherKeyword(checker, "nb_get_retry");
      if (checker.kind !== "TCP_CHECK" || at === undefined) continue;
      const { retry, delayBeforeRetryUs, delayLoopUs } = checker.timing;
      const base = retry * delayBeforeRetryUs;
      yield {
        node,
        at,
        what: `A refused connection takes ${span(base, base + delayLoopUs)} to count as down (${retry} retr${retry === 1 ? "y" : "ies"}).`,
      };
    }
  },
};

const retryIgnored: Rule = {
  id: "VD403",
  name: "tcp-check-never-retries",
  severity: "warning",
  title: "this version's TCP_CHECK never retries",
  why: "Before 1.2.20 one refused connection takes the server down; retry keywords are skipped without a word.",
  mend: "Use a newer keepalived, or a vrrp_script with fall.",
  source: "check_tcp.c:tcp_check_thread (1.2.13)",
  *check(context) {
    if (context.profile.tcpCheckRetries) return;
    for (const { node, checker } of checkers(context)) {
      if (checker.kind !== "TCP_CHECK") continue;
      const at =
        ["retry", "nb_get_retry", "delay_before_retry"]
          .map((word) => checker.given[word] ?? otherKeyword(checker, word))
          .find((place) => place !== undefined) ?? undefined;
      if (at === undefined) continue;
      yield { node, at, what: "One failed connection is enough to count as down." };
    }
  },
};

const gluedBrace: Rule = {
  id: "VD404",
  name: "brace-without-blank",
  severity: "error",
  title: "this version needs a blank before {",
  why: "Before 1.3 braces are found only as words of their own. A word with a brace at its end is an unknown word that is skipped in silence: the block does not exist, and its closing brace ends the block around it early.",
  mend: "Write a blank before the brace.",
  source: "parser.c:read_line, :alloc_strvec (1.2.13)",
  *check({ nodes, profile }) {
    if (profile.bracesAnywhere) return;
    for (const node of nodes) {
      for (const file of node.read.files) {
        for (const { tokens, line } of linesOf(file)) {
          const at = tokens.findIndex(
            ({ kind }, index) => kind === "open" && tokens[index - 1]?.kind === "word",
          );
          const word = tokens[at - 1];
          if (word === undefined) continue;
          yield {
            node,
            at: { file: file.file, line, column: word.column },
            what: `The block ${word.text} does not exist.`,
          };
        }
      }
    }
  },
};

const protocolOmitted: Rule = {
  id: "VD405",
  name: "protocol-omitted",
  severity: "warning",
  title: "virtual_server without protocol",
  why: "Without protocol, and with no checker that tells, the service is UDP.",
  mend: "Write protocol TCP.",
  source: "check_data.c:validate_check_config (2.2.7)",
  speaksFor: ["protocol-missing"],
  *check(context) {
    for (const { node, server } of servers(context)) {
      if (isGiven(server, "protocol") || server.protocol !== "UDP") continue;
      if (server.service.kind !== "address") continue;
      yield {
        node,
        at: server.at,
        what: `${nameOf(server)} balances UDP, so no MySQL connection gets through.`,
      };
    }
  },
};

const suicideAtStart: Rule = {
  id: "VD406",
  name: "recipe-stops-at-start",
  severity: "warning",
  title: "keepalived stops itself when it starts before mysqld",
  why: "At start one failure of the first check is enough, whatever retry says, and alpha does not prevent notify_down. The first check comes 1 s + U(0, delay_loop) after the start. Nothing starts keepalived again.",
  mend: "Order the units (After=mysqld.service), or use a vrrp_script with weight 0: it leads to FAULT and ends by itself.",
  source:
    "check_data.c:validate_check_config, check_tcp.c:tcp_epilog (2.2.7); seen with 2.2.7 and 2.3.4",
  *check(context) {
    for (const item of reals(context)) {
      const use = suicide(context, item);
      const { node, server, real } = item;
      if (use === undefined) continue;
      const delayLoopUs = real.checkers[0]?.timing.delayLoopUs ?? 0;
      const instance = node.read.config.instances.find(({ addresses }) =>
        addresses.some(({ address }) => isServedBy(server, address)),
      );
      const down =
        instance === undefined
          ? undefined
          : masterDownUs(instance.priority, instance.advertIntUs, instance);
      const gap = down === undefined ? 0 : seconds(1) + delayLoopUs - down;
      yield {
        node,
        at: placeOf(real, "notify_down"),
        what:
          `If mysqld does not answer yet, keepalived stops 1 to ${formatSeconds(seconds(1) + delayLoopUs)} after its start.` +
          (gap > 0 && instance?.nopreempt === false
            ? ` Until then it may hold the VIP without a service for up to ${formatSeconds(gap)}.`
            : ""),
      };
    }
  },
};

function isMysql({ realServers }: VirtualServer): boolean {
  return realServers.some(({ port }) => MYSQL_PORTS.has(port));
}

function isServedBy(server: VirtualServer, address: string): boolean {
  return server.service.kind === "address" && server.service.address === address;
}

const frozenPassesTcp: Rule = {
  id: "VD407",
  name: "frozen-passes-tcp-check",
  severity: "info",
  title: "a frozen mysqld passes a TCP check for minutes",
  why: "The kernel completes handshakes until the accept queue is full; mysqld's default back_log is 80 to 900. The probe also leaves before the MySQL handshake, which mysqld counts against the host (max_connect_errors, error 1129).",
  mend: "Ask mysqld itself, with a time-out: a vrrp_script that runs mysqladmin ping.",
  source: "check_tcp.c (2.2.7); MySQL manual, back_log and the host cache",
  *check(context) {
    for (const item of checkers(context)) {
      const { node, real, checker } = item;
      if (checker.kind !== "TCP_CHECK" || !MYSQL_PORTS.has(checker.connectTo.port)) continue;
      if (real.checkers.some(({ kind }) => kind === "MISC_CHECK")) continue;
      yield {
        node,
        at: checker.at,
        severity: real.notifyDown === undefined ? "info" : "warning",
        what: `A mysqld on ${real.address} that hangs is not noticed in the time of a failover.`,
      };
    }
  },
};

const backupCannotReach: Rule = {
  id: "VD408",
  name: "standby-cannot-reach-vip",
  severity: "warning",
  title: "the standby itself cannot connect to the VIP",
  why: "A node with the virtual_server entry schedules its own packets to the VIP, also while the other node has the address: its connections time out. Replication, monitoring or applications on the standby that use the VIP break.",
  mend: "Let clients on the nodes use real addresses, or replace the virtual_server by a vrrp_script.",
  source: "seen with 2.2.7 and 2.3.4 under ip_vs (NAT and DR)",
  *check(context) {
    for (const { node, server } of servers(context)) {
      const vip = node.read.config.instances
        .flatMap(allAddresses)
        .find(({ address }) => isServedBy(server, address));
      if (vip === undefined) continue;
      yield {
        node,
        at: server.at,
        severity: isMysql(server) ? "warning" : "info",
        related: [{ at: vip.at, note: "the same address as a VIP" }],
        what: `While ${node.name} is standby, nothing on it reaches ${nameOf(server)}.`,
      };
    }
  },
};

const drPorts: Rule = {
  id: "VD410",
  name: "direct-routing-keeps-port",
  severity: "warning",
  title: "direct routing cannot change the port",
  why: "With DR or TUN the packet is passed on as it is; keepalived sets the real server's port to the virtual one.",
  mend: "Use the same port, or NAT.",
  source: "check_data.c:validate_check_config (2.2.7)",
  speaksFor: ["port-mismatch"],
  *check(context) {
    for (const { node, server, real } of reals(context)) {
      if (server.service.kind !== "address" || real.forwarding === "NAT") continue;
      if (real.port === server.service.port || real.port === 0) continue;
      yield {
        node,
        at: real.at,
        what: `${real.address} gets connections to port ${server.service.port}, not ${real.port}.`,
      };
    }
  },
};

const uncheckedServer: Rule = {
  id: "VD411",
  name: "real-server-unchecked",
  severity: "warning",
  title: "a real server without a checker",
  why: "keepalived takes it to be alive for ever.",
  mend: "Add a checker, such as MISC_CHECK with a script that asks mysqld.",
  source: "check_data.c (2.2.7)",
  *check(context) {
    for (const { node, real } of reals(context)) {
      if (real.checkers.length > 0) continue;
      yield {
        node,
        at: real.at,
        what: `${real.address}:${real.port} keeps getting connections when its service is dead.`,
      };
    }
  },
};

const writesSpread: Rule = {
  id: "VD412",
  name: "writes-spread",
  severity: "info",
  title: "connections are spread over several MySQL servers",
  why: "ip_vs knows nothing of statements: with two masters both get writes, which asynchronous replication does not reconcile. persistence_timeout ties a client to one server and is no cure: two clients still write to two servers.",
  mend: "Send writes to one server (weight 0 or sorry_server for the other), and let only reads go to several.",
  source: "MySQL manual, replication FAQ; check_data.c (2.2.7)",
  *check(context) {
    for (const { node, server } of servers(context)) {
      const targets = server.realServers.filter(
        ({ port, weight }) => MYSQL_PORTS.has(port) && weight > 0,
      );
      if (targets.length < 2) continue;
      yield {
        node,
        at: server.at,
        what: `${nameOf(server)} sends connections to ${targets.map(({ address }) => address).join(" and ")}.`,
      };
    }
  },
};

const foreignService: Rule = {
  id: "VD413",
  name: "service-address-unknown",
  severity: "warning",
  title: "the virtual_server's address is no VIP of this file",
  why: "Only an address that is on the node gets traffic. A service left over from the sample configuration, or a VIP changed in one place, balances nothing.",
  mend: "Use the VIP of the instance, or take the block out.",
  source: "keepalived.conf(5)",
  *check(context) {
    for (const { node, server } of servers(context)) {
      const { instances } = node.read.config;
      if (server.service.kind !== "address" || instances.length === 0) continue;
      const { address } = server.service;
      const known = instances
        .flatMap((instance) => [
          ...allAddresses(instance).map((vip) => vip.address),
          instance.sourceAddress ?? "",
        ])
        .includes(address);
      if (known) continue;
      yield { node, at: server.at, what: `No instance on ${node.name} brings ${address}.` };
    }
  },
};

const slowDefault: Rule = {
  id: "VD414",
  name: "delay-loop-default",
  severity: "warning",
  title: "checks once a minute",
  why: "Without delay_loop a server is checked every 60 s, so a dead one gets connections for up to a minute and the retries.",
  mend: "Write delay_loop 2, or what your clients can bear.",
  source: "check_data.h:KEEPALIVED_DEFAULT_DELAY (2.2.7)",
  *check(context) {
    for (const { node, server } of servers(context)) {
      const checked = server.realServers.flatMap((real) => real.checkers);
      const slowest = checked.find(({ timing }) => timing.delayLoopUs >= seconds(60));
      if (slowest === undefined || isGiven(server, "delay_loop")) continue;
      if (checked.some((checker) => isGiven(checker, "delay_loop"))) continue;
      const { retry, delayBeforeRetryUs, delayLoopUs } = slowest.timing;
      yield {
        node,
        at: server.at,
        what: `A dead server of ${nameOf(server)} is noticed after up to ${formatSeconds(delayLoopUs + retry * delayBeforeRetryUs)}.`,
      };
    }
  },
};

const severalSuicides: Rule = {
  id: "VD415",
  name: "recipe-for-several-servers",
  severity: "error",
  title: "one of several real servers stops keepalived",
  why: "The recipe is meant for the node's own server. With others in the list a director stops itself because of a server elsewhere, and during a partition all directors stop each other.",
  mend: "Keep only the node's own address, or take notify_down out.",
  source: "ipwrapper.c:perform_svr_state (2.2.7)",
  *check(context) {
    for (const item of reals(context)) {
      if (item.server.realServers.length < 2 || suicide(context, item) === undefined) continue;
      yield {
        node: item.node,
        at: placeOf(item.real, "notify_down"),
        what: `keepalived on ${item.node.name} stops when ${item.real.address} does not answer, although other servers do.`,
      };
    }
  },
};

const copiedServer: Rule = {
  id: "VD416",
  name: "recipe-checks-other-node",
  severity: "error",
  title: "two nodes stop themselves because of the same server",
  why: "Each node has to check its own mysqld. With the same address in both files the death of one mysqld stops keepalived on both, and the death of the other on none.",
  mend: "Put each node's own address into its real_server.",
  source: "ipwrapper.c:perform_svr_state (2.2.7)",
  acrossNodes: true,
  *check(context) {
    const seen = new Map<string, Real>();
    for (const item of reals(context)) {
      if (suicide(context, item) === undefined) continue;
      const key = `${item.real.address}:${item.real.port}`;
      const first = seen.get(key);
      if (first === undefined) seen.set(key, item);
      else if (first.node !== item.node) {
        yield {
          node: item.node,
          at: item.real.at,
          related: [{ at: first.real.at, note: `the same server in ${first.node.name}` }],
          what: `${first.node.name} and ${item.node.name} both stop when ${key} is down.`,
        };
      }
    }
  },
};

const notifyDownDies: Rule = {
  id: "VD417",
  name: "recipe-script-dies",
  severity: "info",
  title: "notify_down dies with the keepalived that it stops",
  why: "The script is a child of the checker process and gets SIGTERM when that ends, 10 to 40 ms after the stop. What comes after the stop in the script (a mail, a log line) is not reliable.",
  mend: "Do everything else first, or start it in the background.",
  source: "notify.c:system_call_script (PR_SET_PDEATHSIG, 1.3.3); seen with 2.2.7 and 2.3.4",
  *check(context) {
    if (!context.profile.childrenDieWithParent) return;
    for (const item of reals(context)) {
      const use = suicide(context, item);
      if (use === undefined) continue;
      yield {
        node: item.node,
        at: placeOf(item.real, "notify_down"),
        what: `Nothing that ${use.command.argv[0] ?? "notify_down"} does after the stop is certain to happen, and nothing starts keepalived again.`,
      };
    }
  },
};

export const serverRules: readonly Rule[] = [
  needsIpvs,
  nbGetRetry,
  retryIgnored,
  gluedBrace,
  protocolOmitted,
  suicideAtStart,
  frozenPassesTcp,
  backupCannotReach,
  drPorts,
  uncheckedServer,
  writesSpread,
  foreignService,
  slowDefault,
  severalSuicides,
  copiedServer,
  notifyDownDies,
];
