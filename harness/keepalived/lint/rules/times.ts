/** Gratuitous ARP, mails, and the time that a failover may take. */
import { formatSeconds, seconds, type Us } from "../../../core/time.ts";
import { linesOf } from "../../syntax.ts";
import { masterDownUs, skewUs } from "../../timing.ts";
import { failingCheck, hangingCheck, type Bounds } from "../check-times.ts";
import { conductOf, stopsKeepalived } from "../conduct.ts";
import { healthyPriority, priorityWith, ranking } from "../election.ts";
import { eachInstance, isGiven, liveChecks, placeOf, span } from "../helpers.ts";
import type { Member } from "../routers.ts";
import type { Problem, Rule, RuleContext } from "../rule.ts";

const failoverTooSlow: Rule = {
  id: "VD601",
  name: "failover-too-slow",
  severity: "error",
  title: "the timers do not meet the wanted failover time",
  why: "The time is made of what the check needs (interval, fall, retries) and of what VRRP needs: the skew after a goodbye, up to three intervals and the skew after silence or a lowered priority.",
  mend: "Shorten the check (interval, fall, timeout), prefer weight 0 over a weight, or use version 3 with a shorter advert_int.",
  source: "vrrp.h:VRRP_MS_DOWN_TIMER, vrrp_scheduler.c (2.2.7); see predict",
  *check(context) {
    const limitUs = context.options.failoverWithinUs;
    if (limitUs === undefined) return;
    for (const router of context.routers) {
      const [leader] = ranking(router);
      if (leader === undefined) continue;
      // A file on its own has to stand for both nodes.
      const standby = ranking(router)[1] ?? leader;
      for (const path of pathsOf(context, leader, standby)) {
        if (path.maxUs <= limitUs) continue;
        yield {
          node: leader.node,
          at: path.at,
          severity: path.minUs > limitUs ? "error" : "warning",
          what: `${path.event}: the VIP moves after ${span(path.minUs, path.maxUs)}, wanted within ${formatSeconds(limitUs)}.`,
        };
      }
    }
  },
};

interface Path extends Bounds {
  readonly event: string;
  readonly at: Problem["at"];
}

function pathsOf(context: RuleContext, leader: Member, standby: Member): Path[] {
  const { advertIntUs } = leader.instance;
  const { priority, version } = standby.instance;
  const skew = skewUs(priority, advertIntUs, version);
  const down = masterDownUs(priority, advertIntUs, standby.instance);
  const silence: Bounds = { minUs: down - advertIntUs, maxUs: down };
  const { node } = leader;
  return [
    {
      event: `${node.name} falls silent`,
      at: placeOf(leader.instance, "advert_int"),
      ...silence,
    },
    ...checkPaths(context, leader, standby, { skew, silence }),
    ...serverPaths(context, leader, skew),
  ];
}

function checkPaths(
  { scripts, profile }: RuleContext,
  leader: Member,
  standby: Member,
  { skew, silence }: { readonly skew: Us; readonly silence: Bounds },
): Path[] {
  return liveChecks(leader).flatMap(({ tracked, script }) => {
    const use = scripts.find(
      ({ node, role }) =>
        node === leader.node && role.kind === "check" && role.script.name === script.name,
    );
    const down = use === undefined ? undefined : conductOf(use, "mysqld-down");
    const hangs = use !== undefined && conductOf(use, "mysqld-frozen")?.ends === "hangs";
    const at = placeOf(script, "interval", "fall");
    const crosses =
      tracked.weight === 0 ||
      priorityWith(leader.instance, new Set([tracked])) < healthyPriority(standby.instance);
    const move = tracked.weight === 0 ? { minUs: skew, maxUs: skew } : silence;
    const runUs = Math.min(down?.elapsedUs ?? 0, script.timeoutUs);
    const stopsItself = down?.stops !== undefined && down.stops.atUs <= script.timeoutUs;
    const stops: Bounds = {
      minUs: runUs + skew,
      maxUs: script.intervalUs + runUs + skew,
    };
    const found = stopsItself ? stops : plus(failingCheck(script, runUs), move);
    if (!crosses && !stopsItself) return []; // weight-cannot-cross says it
    return [
      { event: `mysqld dies and ${script.name} fails`, at, ...found },
      ...(hangs && crosses
        ? [
            {
              event: `mysqld freezes and ${script.name} hangs`,
              at: placeOf(script, "timeout", "interval"),
              ...plus(hangingCheck(script, profile), move),
            },
          ]
        : []),
    ];
  });
}

function plus(a: Bounds, b: Bounds): Bounds {
  return { minUs: a.minUs + b.minUs, maxUs: a.maxUs + b.maxUs };
}

/** From the removal of the server to the goodbye: 25 to 70 ms were seen. */
const NOTIFY_DOWN: Bounds = { minUs: 25_000, maxUs: 70_000 };

function serverPaths({ scripts }: RuleContext, { node }: Member, skew: Us): Path[] {
  return scripts.flatMap((use) => {
    if (use.node !== node || use.role.kind !== "notify-down" || !stopsKeepalived(use)) return [];
    const real = node.read.config.virtualServers
      .flatMap(({ realServers }) => realServers)
      .find(({ notifyDown }) => notifyDown === use.command);
    const checker = real?.checkers[0];
    if (checker === undefined) return [];
    const { retry, delayBeforeRetryUs, delayLoopUs } = checker.timing;
    const base = retry * delayBeforeRetryUs + skew;
    return [
      {
        event: `mysqld dies and ${checker.kind} finds it`,
        at: checker.at,
        ...plus({ minUs: base, maxUs: base + delayLoopUs }, NOTIFY_DOWN),
      },
    ];
  });
}

const garpCollapses: Rule = {
  id: "VD602",
  name: "garp-burst-collapses",
  severity: "warning",
  title: "vrrp_garp_interval cuts the announcements down",
  why: "Before 2.3.2 a burst of gratuitous ARPs with an interval yields one packet and one pending mark for each VIP: two packets instead of five. One that is lost leaves neighbours with the old holder.",
  mend: "Take the interval out, or use 2.3.2 or later; garp_master_refresh repairs what was missed.",
  source: "vrrp_arp.c:queue_garp (2.2.7); b1d9e375 (2.3.2)",
  *check(context) {
    if (!context.profile.garpIntervalCollapses) return;
    for (const { node, instance } of eachInstance(context)) {
      if (instance.garp.intervalUs === 0) continue;
      yield {
        node,
        at: placeOf(node.read.config.globals, "vrrp_garp_interval"),
        what: `${instance.name} announces each VIP with 2 packets at once instead of ${instance.garp.masterRepeat}.`,
      };
    }
  },
};

const garpZero: Rule = {
  id: "VD603",
  name: "garp-interval-zero",
  severity: "info",
  title: "an ARP interval of 0 is refused",
  why: "The line is in the CentOS sample. 0 is out of range, so keepalived reports an error and keeps its default, which is 0.",
  mend: "Take the line out.",
  source: "global_parser.c:vrrp_garp_interval_handler (2.2.7)",
  hides: ["value-out-of-range"],
  *check({ nodes }) {
    for (const node of nodes) {
      for (const file of node.read.files) {
        for (const { text, line } of linesOf(file)) {
          const match = /^(\s*)(vrrp_(?:garp|gna)_interval)\s+0+(?:\.0*)?\s*(?:[!#].*)?$/.exec(
            text,
          );
          if (match === null) continue;
          const [, indent = "", keyword = ""] = match;
          yield {
            node,
            at: { file: file.file, line, column: indent.length + 1 },
            what: `${keyword} 0 changes nothing but the exit code of keepalived -t.`,
          };
        }
      }
    }
  },
};

const refreshPilesUp: Rule = {
  id: "VD604",
  name: "garp-refresh-piles-up",
  severity: "info",
  title: "garp_master_refresh gets faster with every failover",
  why: "From 2.3.2 the refresh has a timer that is never cancelled: each time the node becomes MASTER one more runs.",
  mend: "Harmless at 60 s; with short intervals restart keepalived now and then.",
  source: "vrrp_scheduler.c:vrrp_gratuitous_arp_refresh_thread (2.3.2, b1d9e375)",
  *check(context) {
    if (!context.profile.garpRefreshLeaks) return;
    for (const { node, instance } of eachInstance(context)) {
      if (instance.garp.masterRefreshUs === 0) continue;
      yield {
        node,
        at: placeOf(instance, "garp_master_refresh"),
        severity: instance.garp.masterRefreshUs < seconds(10) ? "warning" : "info",
        what: `After n turns as MASTER ${instance.name} announces its VIPs n times every ${formatSeconds(instance.garp.masterRefreshUs)}.`,
      };
    }
  },
};

const SAMPLE_MAIL = /@firewall\.loc$|@example\.(com|org|net)$/i;

const sampleMail: Rule = {
  id: "VD605",
  name: "sample-mail-addresses",
  severity: "info",
  title: "mail goes to the addresses of the sample",
  why: "The addresses and the server 192.168.200.1 are those of the sample configuration; nobody reads the alerts.",
  mend: "Name your own address and server, or take the mail settings out.",
  source: "keepalived.conf.sample",
  *check({ nodes }) {
    for (const node of nodes) {
      const { globals } = node.read.config;
      const sample = globals.notificationEmails.find((address) => SAMPLE_MAIL.test(address));
      if (sample === undefined && globals.smtpServer?.host !== "192.168.200.1") continue;
      yield {
        node,
        at: placeOf(globals, "notification_email", "smtp_server"),
        what: sample === undefined ? "Alerts go through 192.168.200.1." : `Alerts go to ${sample}.`,
      };
    }
  },
};

const mailWithoutAlert: Rule = {
  id: "VD606",
  name: "mail-without-smtp-alert",
  severity: "info",
  title: "mail is set up, and a failover sends none",
  why: "VRRP changes are mailed only with smtp_alert; for real servers it is on by default.",
  mend: "Write smtp_alert in the instance, or smtp_alert_vrrp true in global_defs (2.0 and later).",
  source: "global_data.c, vrrp_notify.c:vrrp_smtp_notifier (2.2.7)",
  *check({ nodes }) {
    for (const node of nodes) {
      const { globals, instances, syncGroups } = node.read.config;
      if (globals.notificationEmails.length === 0 || instances.length === 0) continue;
      if (globals.smtpAlert === true || globals.smtpAlertVrrp === true) continue;
      if ([...instances, ...syncGroups].some(({ smtpAlert }) => smtpAlert)) continue;
      if ([...instances, ...syncGroups].some((block) => isGiven(block, "smtp_alert"))) continue;
      yield {
        node,
        at: placeOf(globals, "notification_email"),
        what: `No mail is sent when ${node.name} becomes MASTER or loses the VIP.`,
      };
    }
  },
};

export const timeRules: readonly Rule[] = [
  failoverTooSlow,
  garpCollapses,
  garpZero,
  refreshPilesUp,
  sampleMail,
  mailWithoutAlert,
];
