/** virtual_server blocks: what they need, and what their checkers see. */
import { formatSeconds, seconds } from "../../../core/time.ts";
import type { VirtualServer } from "../../config.ts";
import { linesOf } from "../../syntax.ts";
import { isGiven, otherKeyword, span } from "../helpers.ts";
import { allAddresses } from "../routers.ts";
import type { LintNode, Rule } from "../rule.ts";
import { serviceName } from "../../services.ts";
import { checkers, isServedBy, MYSQL_PORTS, reals, servers } from "./server-walk.ts";

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
          ? `Without ip_vs keepalived does not run on ${node.name} because of virtual_server ${serviceName(server)}.`
          : `Without ip_vs the checks of virtual_server ${serviceName(server)} never run on ${node.name}.`,
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
      const { delayBeforeRetryUs, delayLoopUs } = checker.timing;
      const retry = context.profile.tcpCheckRetries ? checker.timing.retry : 0;
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
        what: `${serviceName(server)} balances UDP, so no MySQL connection gets through.`,
      };
    }
  },
};

function isMysql({ realServers }: VirtualServer): boolean {
  return realServers.some(({ port }) => MYSQL_PORTS.has(port));
}

const frozenPassesTcp: Rule = {
  id: "VD407",
  name: "frozen-passes-tcp-check",
  severity: "info",
  title: "a frozen mysqld passes a TCP check for minutes",
  why: "The kernel completes handshakes until the accept queue is full; mysqld's is 80 places long by default with MariaDB and MySQL 5.7 (50 + max_connections / 5), 151 with MySQL 8.0 (max_connections), 4096 with 9.7 (10,000 asked for, cut to net.core.somaxconn). The probe also leaves before the MySQL handshake, which mysqld counts against the host (max_connect_errors, error 1129).",
  mend: "Ask mysqld itself, with a time-out: a vrrp_script that runs mysqladmin ping.",
  source:
    "check_tcp.c (2.2.7); MySQL manual, back_log and the host cache; WL#9704; 9.7.4 and MariaDB 11.8 as they run (ss -ltn)",
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
        what: `While ${node.name} is standby, nothing on it reaches ${serviceName(server)}.`,
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
        what: `${serviceName(server)} sends connections to ${targets.map(({ address }) => address).join(" and ")}.`,
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
        what: `A dead server of ${serviceName(server)} is noticed after up to ${formatSeconds(delayLoopUs + retry * delayBeforeRetryUs)}.`,
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
  frozenPassesTcp,
  backupCannotReach,
  drPorts,
  uncheckedServer,
  writesSpread,
  foreignService,
  slowDefault,
];
