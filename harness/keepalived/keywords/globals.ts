/** global_defs and the keywords that stand beside it (global_parser.c). Read by the first process only. */
import type { Keyword, KeywordTable, Line, Reader } from "../reading/reader.ts";
import { emptyBlock, keep, note, type GlobalState } from "./drafts.ts";
import { readGarp } from "./garp.ts";
import { keywordsOf } from "./known.ts";
import { asIdentity, isUser, readNotifyScript } from "./scripts.ts";
import {
  isLinkLocal,
  isMulticast,
  problem,
  readDecimal,
  readSwitch,
  readWhole,
  socketFamilyOf,
  UINT_MAX,
  wholeOf,
} from "./values.ts";
import { LONGEST_SECONDS } from "./vrrp-script.ts";

const SECOND = 1_000_000;
const from = (handler: string): string => `global_parser.c:${handler}`;

/** Defaults of global_data.c:alloc_global_data and :set_vrrp_defaults. */
export function newGlobals(reader: Reader): GlobalState {
  const defs: GlobalState["defs"] = {
    ...emptyBlock(reader.at),
    notificationEmails: [],
    smtpConnectTimeoutUs: 30 * SECOND,
    enableScriptSecurity: false,
    vrrpStrict: false,
    vrrpVersion: 2,
    vrrpMcastGroup4: "224.0.0.18",
    vrrpMcastGroup6: "ff02::12",
    startupDelayUs: 0,
    dynamicInterfaces: false,
  };
  return {
    defs,
    garp: {
      masterDelayUs: 5 * SECOND,
      masterRepeat: 5,
      masterRefreshUs: 0,
      masterRefreshRepeat: 1,
      lowerPrioDelayUs: 5 * SECOND,
      lowerPrioRepeat: 5,
      intervalUs: 0,
    },
    downTimerAdverts: 3,
    lowerPrioNoAdvert: false,
    higherPrioSendAdvert: false,
    skipCheckAdvAddr: false,
    checkUnicastSrc: false,
    ownerIgnoreAdverts: false,
    defaultUserFails: false,
    hasFifoScript: false,
  };
}

type Take = (line: Line) => void;

export function globalKeywords(
  reader: Reader,
  globals: GlobalState,
  checks: (line: Line) => void,
): KeywordTable {
  const takes: Readonly<Record<string, Take | undefined>> = {
    ...mailHandlers(reader, globals),
    ...vrrpHandlers(reader, globals),
    ...processHandlers(reader, globals),
    ...garpHandlers(reader, globals),
    ...scriptHandlers(reader, globals),
    include_check: checks,
  };
  const sub = new Map<string, Keyword>();
  for (const name of keywordsOf("global_defs", reader.profile.version)) {
    const take = takes[name];
    const handler = (line: Line): void => {
      if (take === undefined) {
        checkPlain(reader, line);
        keep(globals.defs, line);
      } else {
        note(globals.defs, line);
        take(line);
      }
    };
    sub.set(name, { handler, quoted: name.endsWith("_script") });
  }
  const ignored: Keyword = { handler: (line) => keep(globals.defs, line) };
  return new Map<string, Keyword>([
    ["global_defs", { sub, unknown: (line) => keep(globals.defs, line, false) }],
    ...["linkbeat_use_polling", "net_namespace_ipvs", "namespace_with_ipsets", "use_pid_dir"].map(
      (name): [string, Keyword] => [name, ignored],
    ),
    ["net_namespace", { handler: (line) => takeNamespace(reader, globals, line) }],
    ["instance", ignored],
    ["child_wait_time", ignored],
  ]);
}

function takeNamespace(reader: Reader, globals: GlobalState, line: Line): void {
  keep(globals.defs, line);
  const word = line.words[1];
  if (word === undefined || reader.host.networkNamespaces?.has(word.text) !== false) return;
  reader.report.fatal({
    code: "net-namespace-missing",
    at: word.at,
    message: `there is no network namespace ${word.text}`,
    effect: "keepalived ends, and keepalived -t ends without having looked at the rest, with 0",
    source: "main.c:keepalived_main",
    test: undefined,
  });
}

/** Keywords of no interest here whose handlers ask for a parameter all the same. */
const NEED_PARAMETER: ReadonlySet<string> = new Set([
  "process_name",
  "vrrp_process_name",
  "checker_process_name",
  "lvs_process_name",
  "bfd_process_name",
  "vrrp_rlimit_rttime",
  "vrrp_rlimit_rtime",
  "checker_rlimit_rttime",
  "checker_rlimit_rtime",
  "bfd_rlimit_rttime",
  "bfd_rlimit_rtime",
  "umask",
  "random_seed",
  "config_save_dir",
  "vmac_prefix",
  "vmac_addr_prefix",
]);

/** Real-time and nice values, and others: without a parameter it is an error, not the end. */
const WANT_PARAMETER: ReadonlySet<string> = new Set([
  "router_id",
  "notification_email_from",
  "default_interface",
  "snmp_socket",
  "dbus_service_name",
  "vrrp_rt_priority",
  "checker_rt_priority",
  "bfd_rt_priority",
  "checker_priority",
  "bfd_priority",
  "tmp_config_directory",
  "vrrp_rx_bufs_policy",
  "vrrp_rx_bufs_multiplier",
  "min_auto_priority_delay",
  "lvs_sync_daemon",
  "notify_fifo",
  "vrrp_notify_fifo",
  "lvs_notify_fifo",
]);

const DEPRECATED: Readonly<Record<string, string>> = {
  // Distributions build without iptables, and nftables takes its place.
  vrrp_iptables: "nftables",
  vrrp_vmac_garp_intvl: "vrrp_garp_extra_if",
};

const SWITCHES: ReadonlySet<string> = new Set([
  "checker_log_all_failures",
  "vrrp_notify_priority_changes",
  "rs_init_notifies",
  "no_checker_emails",
  "data_use_instance",
  "vrrp_netlink_cmd_rcv_bufs_force",
  "vrrp_netlink_monitor_rcv_bufs_force",
  "process_monitor_rcv_bufs_force",
  "lvs_netlink_cmd_rcv_bufs_force",
  "lvs_netlink_monitor_rcv_bufs_force",
]);

function checkPlain(reader: Reader, line: Line): void {
  const [word] = line.words;
  if (word === undefined) return;
  if (NEED_PARAMETER.has(word.text)) reader.need(line, 1);
  if (SWITCHES.has(word.text)) readSwitch(reader, line, from(`${word.text}_handler`));
  if (WANT_PARAMETER.has(word.text) && line.words.length < 2) {
    problem(reader, word, {
      code: "parameter-missing",
      message: `${word.text} needs a parameter`,
      effect: "it is ignored",
      source: from(`${word.text}_handler`),
    });
  }
  const now = DEPRECATED[word.text];
  if (now === undefined || reader.profile.version === "1.4.3") return;
  problem(reader, word, {
    code: "deprecated-keyword",
    message: `${word.text} is called ${now}`,
    effect: "it is read as that",
    source: from(`${word.text}_handler`),
  });
}

function needsName(reader: Reader, line: Line): string | undefined {
  const [word, value] = line.words;
  if (value !== undefined) return value.text;
  if (word !== undefined) checkPlain(reader, line);
  return undefined;
}

function mailHandlers(reader: Reader, { defs }: GlobalState): Readonly<Record<string, Take>> {
  const onOff =
    (take: (on: boolean) => void): Take =>
    (line) => {
      const value = readSwitch(reader, line, from("smtp_alert_handler"));
      if (value !== undefined) take(value);
    };
  return {
    router_id: (line) => {
      const name = needsName(reader, line);
      if (name !== undefined) defs.routerId = name;
    },
    notification_email_from: (line) => {
      const name = needsName(reader, line);
      if (name !== undefined) defs.notificationEmailFrom = name;
    },
    notification_email: (line) => {
      const words = reader.valueWords(line);
      defs.notificationEmails = [...defs.notificationEmails, ...words.map(({ text }) => text)];
      if (words.length > 0) return;
      problem(reader, reader.need(line, 0), {
        code: "empty-block",
        message: "notification_email lists nobody",
        effect: "no mail is sent",
        source: from("email_handler"),
      });
    },
    smtp_server: (line) => {
      const port = line.words[2];
      if (port !== undefined) {
        const source = "utils.c:domain_stosockaddr";
        const rule = {
          min: 1,
          max: 65535,
          what: "port",
          otherwise: "there is no mail server",
          source,
        };
        if (wholeOf(reader, port, rule) === undefined) return;
      }
      defs.smtpServer = {
        host: reader.need(line, 1).text,
        port: Number(line.words[2]?.text ?? 25) || 25,
      };
    },
    smtp_helo_name: (line) => {
      const name = line.words[1]?.text;
      if (name !== undefined) defs.smtpHeloName = name;
    },
    smtp_connect_timeout: (line) => readMailTimeout(reader, defs, line),
    smtp_alert: onOff((on) => void (defs.smtpAlert = on)),
    smtp_alert_vrrp: onOff((on) => void (defs.smtpAlertVrrp = on)),
    smtp_alert_checker: onOff((on) => void (defs.smtpAlertChecker = on)),
  };
}

function readMailTimeout(reader: Reader, defs: GlobalState["defs"], line: Line): void {
  const rule = {
    min: 0,
    max: LONGEST_SECONDS,
    what: "smtp_connect_timeout",
    otherwise: "it is ignored",
    source: from("smtpto_handler"),
  };
  const value = readWhole(reader, line, 1, rule);
  if (value !== undefined) defs.smtpConnectTimeoutUs = Math.max(value, 1) * SECOND;
  if (value !== 0) return;
  problem(reader, reader.need(line, 1), {
    code: "value-out-of-range",
    message: "smtp_connect_timeout 0 is too short",
    effect: "it is one second",
    source: from("smtpto_handler"),
  });
}

function vrrpHandlers(reader: Reader, globals: GlobalState): Readonly<Record<string, Take>> {
  const { defs } = globals;
  /** Before 2.3.0 some switches were on whatever followed them. */
  const honoured = (line: Line): boolean =>
    !reader.profile.globalSwitchesHonoured ||
    (readSwitch(reader, line, `${from("vrrp_strict_handler")} (2.3.4)`) ?? false);
  return {
    vrrp_strict: (line) => void (defs.vrrpStrict = honoured(line)),
    vrrp_skip_check_adv_addr: (line) => void (globals.skipCheckAdvAddr = honoured(line)),
    vrrp_check_unicast_src: () => void (globals.checkUnicastSrc = true),
    vrrp_owner_ignore_adverts: () => void (globals.ownerIgnoreAdverts = true),
    vrrp_version: (line) => {
      const rule = {
        min: 2,
        max: 3,
        what: "vrrp_version",
        otherwise: "it is ignored",
        source: from("vrrp_version_handler"),
      };
      const version = readWhole(reader, line, 1, rule);
      if (version !== undefined) defs.vrrpVersion = version === 2 ? 2 : 3;
    },
    vrrp_mcast_group4: (line) => {
      const group = readGroup(reader, line, "inet");
      if (group !== undefined) defs.vrrpMcastGroup4 = group;
    },
    vrrp_mcast_group6: (line) => {
      const group = readGroup(reader, line, "inet6");
      if (group !== undefined) defs.vrrpMcastGroup6 = group;
    },
    vrrp_startup_delay: (line) => {
      const source = from("vrrp_startup_delay_handler");
      const rule = {
        min: 1000,
        max: UINT_MAX,
        shift: 6,
        what: "vrrp_startup_delay",
        otherwise: "there is none",
        source,
      };
      defs.startupDelayUs = readDecimal(reader, line, 1, rule) ?? defs.startupDelayUs;
    },
    vrrp_down_timer_adverts: (line) => {
      const source = from("vrrp_down_timer_adverts_handler");
      const rule = {
        min: 1,
        max: 100,
        what: "vrrp_down_timer_adverts",
        otherwise: "it is ignored",
        source,
      };
      globals.downTimerAdverts = readWhole(reader, line, 1, rule) ?? globals.downTimerAdverts;
    },
  };
}

function processHandlers(reader: Reader, globals: GlobalState): Readonly<Record<string, Take>> {
  const { defs } = globals;
  return {
    vrrp_lower_prio_no_advert: (line) => {
      globals.lowerPrioNoAdvert =
        readSwitch(reader, line, from("vrrp_lower_prio_no_advert_handler")) ??
        globals.lowerPrioNoAdvert;
    },
    vrrp_higher_prio_send_advert: (line) => {
      globals.higherPrioSendAdvert =
        readSwitch(reader, line, from("vrrp_higher_prio_send_advert_handler")) ??
        globals.higherPrioSendAdvert;
    },
    dynamic_interfaces: (line) => {
      defs.dynamicInterfaces = true;
      const option = line.words[1];
      if (option === undefined || option.text === "allow_if_changes") return;
      problem(reader, option, {
        code: "unknown-option",
        message: `dynamic_interfaces has no option ${option.text}`,
        effect: "the option is ignored",
        source: from("dynamic_interfaces_handler"),
      });
    },
    vrrp_priority: (line) => {
      const rule = {
        min: -20,
        max: 19,
        signed: true,
        what: "vrrp_priority",
        otherwise: "it is 0",
        source: from("get_priority"),
      };
      if (needsName(reader, line) !== undefined)
        defs.vrrpPriority = readWhole(reader, line, 1, rule) ?? 0;
    },
    vrrp_rt_priority: (line) => {
      if (needsName(reader, line) === undefined) return;
      const rule = {
        min: 1,
        max: 99,
        signed: true,
        what: "vrrp_rt_priority",
        otherwise: "it is set to the nearest",
        source: from("get_realtime_priority"),
      };
      const value = readWhole(reader, line, 1, rule);
      if (value !== undefined) defs.vrrpRealTimePriority = value;
    },
    lvs_sync_daemon: (line) => {
      const device = needsName(reader, line);
      if (device === undefined) return;
      const named = line.words.findIndex(({ text }) => text === "inst");
      const instance = line.words[named < 0 ? 2 : named + 1]?.text;
      if (instance !== undefined) defs.lvsSyncDaemon = { interface: device, instance };
    },
  };
}

function readGroup(reader: Reader, line: Line, family: "inet" | "inet6"): string | undefined {
  const word = reader.need(line, 1);
  const keyword = line.words[0]?.text ?? "";
  const source = from(`${keyword}_handler`);
  const of = socketFamilyOf(word.text);
  if (of !== family || !isMulticast(word.text)) {
    problem(reader, word, {
      code: of === undefined ? "invalid-address" : "not-multicast",
      message: `${word.text} is no ${family === "inet" ? "IPv4" : "IPv6"} multicast address`,
      effect: "the line is ignored",
      source,
    });
    return undefined;
  }
  if (family === "inet6" && !/^ff[0-9a-f]2/iu.test(word.text) && !isLinkLocal(word.text)) {
    problem(reader, word, {
      code: "not-link-local",
      message: `${word.text} is not of link-local scope`,
      effect: "it is used",
      source,
    });
  }
  return word.text;
}

function garpHandlers(reader: Reader, globals: GlobalState): Readonly<Record<string, Take>> {
  const { garp } = globals;
  const plain: Take = (line) => readGarp(reader, line, garp);
  const lower: Take = (line) => {
    const read: { lowerPrioDelayUs?: number; lowerPrioRepeat?: number } = {};
    readGarp(reader, line, read);
    if (read.lowerPrioDelayUs !== undefined) globals.garpLowerPrioDelayUs = read.lowerPrioDelayUs;
    if (read.lowerPrioRepeat !== undefined) globals.garpLowerPrioRepeat = read.lowerPrioRepeat;
  };
  const interval: Take = (line) => {
    const what = line.words[0]?.text ?? "";
    const rule = {
      min: 1,
      max: UINT_MAX,
      shift: 6,
      what,
      otherwise: "there is none",
      source: from(`${what}_handler`),
    };
    const value = readDecimal(reader, line, 1, rule);
    if (what === "vrrp_garp_interval" && value !== undefined) garp.intervalUs = value;
  };
  return {
    vrrp_garp_master_delay: plain,
    vrrp_garp_master_repeat: plain,
    vrrp_garp_master_refresh: plain,
    vrrp_garp_master_refresh_repeat: plain,
    vrrp_garp_lower_prio_delay: lower,
    vrrp_garp_lower_prio_repeat: lower,
    vrrp_garp_interval: interval,
    vrrp_gna_interval: interval,
    vrrp_min_garp: (line) => {
      if (readSwitch(reader, line, from("vrrp_min_garp_handler")) !== true) return;
      // Only what still has its default.
      if (garp.masterRepeat === 5) garp.masterRepeat = 1;
      if (garp.masterRefreshRepeat === 1) garp.masterRefreshRepeat = 0;
      if (garp.masterDelayUs === 5 * SECOND) garp.masterDelayUs = 0;
    },
  };
}

function scriptHandlers(reader: Reader, globals: GlobalState): Readonly<Record<string, Take>> {
  const { defs } = globals;
  const fifoScript: Take = (line) => {
    if (needsName(reader, line) === undefined) return;
    if (readNotifyScript(reader, line, globals) !== undefined) globals.hasFifoScript = true;
    keep(defs, line);
  };
  const fifo =
    (take: (name: string) => void): Take =>
    (line) => {
      const name = needsName(reader, line);
      if (name !== undefined) take(name);
    };
  return {
    script_user: (line) => {
      const [word, user, group] = line.words;
      if (user !== undefined && isUser(reader, user.text)) {
        defs.scriptUser = asIdentity(user, group);
        globals.defaultUserFails = false;
        return;
      }
      if (user !== undefined) globals.defaultUserFails = true;
      const at = user ?? word;
      if (at === undefined) return;
      problem(reader, at, {
        code: user === undefined ? "parameter-missing" : "script-user-unknown",
        message: user === undefined ? "script_user names no user" : `there is no user ${user.text}`,
        effect:
          user === undefined ? "it is ignored" : "scripts without a user of their own are dropped",
        source: from("script_user_handler"),
      });
    },
    enable_script_security: () => void (defs.enableScriptSecurity = true),
    notify_fifo: fifo((name) => void (defs.notifyFifo ??= name)),
    vrrp_notify_fifo: fifo((name) => void (defs.vrrpNotifyFifo ??= name)),
    notify_fifo_script: fifoScript,
    vrrp_notify_fifo_script: fifoScript,
    lvs_notify_fifo_script: fifoScript,
    startup_script: fifoScript,
    shutdown_script: fifoScript,
  };
}
