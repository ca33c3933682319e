/** Scripts as the configuration names them: definition, quoting, paths, times. */
import { formatSeconds } from "../../../core/time.ts";
import { hangingCheck } from "../check-times.ts";
import { eachInstance, eachScript, isGiven, placeOf, span } from "../helpers.ts";
import type { LintNode, Rule } from "../rule.ts";
import { roleName, type ScriptUse } from "../script-use.ts";
import { baseName } from "../script-text.ts";

const checkDropped: Rule = {
  id: "VD201",
  name: "check-dropped",
  severity: "error",
  title: "the check is dropped, and the instance runs unwatched",
  why: "A check that is defined after its use or not at all, cannot be found or is not safe is taken out at start; nothing else fails, and the node becomes MASTER all the same.",
  mend: "Define the vrrp_script before the instance, and make sure that the file is there, executable and writable by root only.",
  source: "vrrp_track.c:alloc_track_script, vrrp.c:check_vrrp_script_security (2.2.7)",
  speaksFor: [
    "track-script-not-found",
    "script-not-found",
    "script-missing",
    "script-not-executable",
  ],
  *check(context) {
    for (const { node, script } of eachScript(context)) {
      const used = usersOf(node, script.name);
      if (script.usable || used.length === 0) continue;
      yield {
        node,
        at: placeOf(script, "script"),
        related: used.map(({ at, name }) => ({ at, note: `${name} relies on it` })),
        what: `${script.name} is never run, so ${used.map(({ name }) => name).join(", ")} keeps the VIP whatever the service does.`,
      };
    }
  },
};

function usersOf(
  node: LintNode,
  script: string,
): { name: string; at: ScriptUse["command"]["at"] }[] {
  const { instances, syncGroups } = node.read.config;
  return [...instances, ...syncGroups].flatMap(({ name, trackScripts }) =>
    trackScripts.filter((tracked) => tracked.name === script).map(({ at }) => ({ name, at })),
  );
}

const checkUnused: Rule = {
  id: "VD202",
  name: "check-unused",
  severity: "warning",
  title: "a check that nobody tracks",
  why: "A vrrp_script takes effect only through a track_script block. keepalived does not even run one that nobody tracks.",
  mend: "Name it in the track_script block of the instance, or take it out.",
  source: "vrrp_data.c, vrrp.c:vrrp_complete_init (2.2.7)",
  speaksFor: ["script-unused"],
  *check(context) {
    for (const { node, script } of eachScript(context)) {
      if (usersOf(node, script.name).length > 0) continue;
      yield { node, at: script.at, what: `${script.name} has no effect.` };
    }
  },
};

/** A second word that is a likely user, not an argument. */
const USERS = new Set(["root", "nobody", "mysql", "keepalived", "keepalived_script", "daemon"]);

const unquotedArguments: Rule = {
  id: "VD203",
  name: "unquoted-arguments",
  severity: "error",
  title: "arguments without quotes do not reach the script",
  why: "Only one word or one quoted string is the command. Behind a vrrp_script the rest is lost; behind notify_* and notify_down the second word is taken for a user name, and if there is no such user the script is not run. keepalived -t does not complain.",
  mend: 'Put the whole command in double quotes: "/path/script argument".',
  source: "notify.c:set_script_params_array, :notify_script_init (2.2.7)",
  speaksFor: ["script-arguments-lost"],
  *check({ scripts }) {
    for (const { node, role, command } of scripts) {
      const match = /^([^"'\s]\S*)\s+(\S+)/.exec(command.text.trim());
      if (match === null) continue;
      const [, program = "", second = ""] = match;
      const isUser = role.kind !== "check" && USERS.has(second);
      if (isUser || command.argv.length > 1) continue;
      yield {
        node,
        at: command.at,
        what:
          role.kind === "check"
            ? `${roleName(role)} runs ${program} without ${second}.`
            : `${roleName(role)} takes ${second} for a user and is not run if there is none.`,
      };
    }
  },
};

const bareName: Rule = {
  id: "VD204",
  name: "bare-script-name",
  severity: "warning",
  title: "a script without its path",
  why: "keepalived looks for a bare name in PATH, not beside its configuration; a script that it does not find is dropped without failing anything.",
  mend: "Write the whole path.",
  source: "notify.c:find_path (2.2.7)",
  *check({ scripts }) {
    for (const { node, role, command } of scripts) {
      const program = command.argv[0] ?? "";
      if (program.includes("/") || !/\.(sh|bash|py|pl|php|rb)$/.test(program)) continue;
      yield { node, at: command.at, what: `${roleName(role)} looks for ${program} in PATH.` };
    }
  },
};

/** Directories that are symbolic links where /usr is merged, or that always are. */
const LINKED = /^\/(bin|sbin|lib|lib32|lib64|libx32|var\/run|var\/lock)\//;

const symlinkedPath: Rule = {
  id: "VD205",
  name: "symlinked-script-path",
  severity: "error",
  title: "a path through a symbolic link disables the script",
  why: "From 2.3.0 a script run as root may have no symbolic link among its directories as written. /bin, /sbin and /lib are links on all systems with a merged /usr, /var/run on nearly all. The script is dropped, whatever enable_script_security says.",
  mend: "Write the real path (/usr/bin, /usr/sbin, /run), or run the script as another user.",
  source: "notify.c:check_script_secure (2.3.0, ebf37b95)",
  speaksFor: ["script-path-symlink"],
  *check({ scripts, profile }) {
    if (!profile.symlinkedScriptPathsRefused) return;
    for (const use of scripts) {
      const { node, role, command } = use;
      const program = command.argv[0] ?? "";
      if (!LINKED.test(program) || !mayRunAsRoot(use)) continue;
      if (role.kind === "check" && usersOf(node, role.script.name).length === 0) continue;
      yield {
        node,
        at: command.at,
        what:
          role.kind === "check"
            ? `${roleName(role)} is disabled because of ${program}; its instances run unwatched.`
            : `${roleName(role)} is not run because of ${program}; keepalived -t says nothing.`,
      };
    }
  },
};

/** Without any user named, it is keepalived_script if the host has that user, else root. */
function mayRunAsRoot({ node, command }: ScriptUse): boolean {
  const user = command.user ?? node.read.config.globals.scriptUser?.user;
  return user === undefined || user === "root";
}

const escapedQuotes: Rule = {
  id: "VD206",
  name: "escaped-quotes",
  severity: "error",
  title: "escaped quotes are characters, not quotes",
  why: "From 2.3.2 an escaped quote within a script line is passed on as a character; before, it grouped words. The command gets other arguments than before the upgrade.",
  mend: "Use single quotes inside the double quotes; they group words in every version.",
  source: "parser.c:alloc_strvec_quoted (2.3.2, af7aa8bf)",
  *check({ scripts, profile }) {
    if (!profile.escapedQuotesLiteral) return;
    for (const { node, role, command } of scripts) {
      const broken = command.argv.filter((word) => word.includes('"'));
      if (!command.text.includes(String.raw`\"`) || broken.length === 0) continue;
      yield {
        node,
        at: command.at,
        what: `${roleName(role)} gets ${broken.map((word) => JSON.stringify(word)).join(", ")} as separate words.`,
      };
    }
  },
};

const timeoutNotBelow: Rule = {
  id: "VD207",
  name: "timeout-not-below-interval",
  severity: "info",
  title: "the time-out of the check is not below its interval",
  why: "A hanging check is killed only at its time-out, which is the interval by default. From 2.3.3 a run that is still under way at the next tick is skipped, so hanging runs come at half the pace.",
  mend: "Set timeout below interval.",
  source: "vrrp_scheduler.c:vrrp_script_thread (2.3.3, 94d40e3b)",
  *check(context) {
    for (const { node, script } of eachScript(context)) {
      if (!script.usable || script.timeoutUs < script.intervalUs) continue;
      const { minUs, maxUs } = hangingCheck(script, context.profile);
      yield {
        node,
        at: placeOf(script, "timeout", "interval"),
        severity: script.timeoutUs > script.intervalUs ? "warning" : "info",
        what: `If ${script.name} hangs, it is believed to be down after ${span(minUs, maxUs)} (interval ${formatSeconds(script.intervalUs)}, time-out ${formatSeconds(script.timeoutUs)}, fall ${script.fall}).`,
      };
    }
  },
};

const initFail: Rule = {
  id: "VD208",
  name: "init-fail-ignored",
  severity: "warning",
  title: "init_fail has no effect",
  why: "From 2.2.5 on the keyword is read and then overwritten when an instance tracks the script.",
  mend: "Do not rely on it: a weight-0 check holds the instance back until its first result anyway.",
  source: "vrrp_track.c:alloc_track_script (2.2.5, 1ebdb277; still so in 2.3.4)",
  speaksFor: ["init-fail-ignored"],
  *check(context) {
    if (!context.profile.initFailIgnored) return;
    for (const { node, script } of eachScript(context)) {
      if (!script.initFail && !isGiven(script, "init_fail")) continue;
      yield {
        node,
        at: placeOf(script, "init_fail"),
        what: `${script.name} starts as if init_fail were not there.`,
      };
    }
  },
};

const WRITABLE = /^\/(tmp|var\/tmp|dev\/shm|home|vagrant|mnt|media)\//;

const writablePlace: Rule = {
  id: "VD209",
  name: "script-in-writable-place",
  severity: "warning",
  title: "a script where others than root may write",
  why: "keepalived runs it as root. Where a directory of its path belongs to somebody else the script is dropped as soon as enable_script_security is on, and what is in /tmp is gone after a restart of the host: the instance then runs unwatched.",
  mend: "Keep it in /etc/keepalived or /usr/local/libexec, owned by root.",
  source: "notify.c:check_script_secure (2.2.7)",
  *check({ scripts }) {
    for (const { node, role, command } of scripts) {
      const program = command.argv[0] ?? "";
      if (!WRITABLE.test(program)) continue;
      yield { node, at: command.at, what: `${roleName(role)} is ${program}.` };
    }
  },
};

const noScriptSecurity: Rule = {
  id: "VD210",
  name: "no-script-security",
  severity: "info",
  title: "scripts run as root without enable_script_security",
  why: "keepalived then runs a script even if others can change it, logs a security violation, and keepalived -t exits with 6, which hides every other mistake.",
  mend: "Write enable_script_security and script_user root in global_defs.",
  source: "vrrp.c:check_vrrp_script_security, main.c:config_test_exit (2.2.7)",
  speaksFor: ["script-security-not-enabled"],
  check: () => [],
};

const syncGroupDropsWeights: Rule = {
  id: "VD211",
  name: "sync-group-drops-weights",
  severity: "error",
  title: "a member of a sync group cannot have weighted checks",
  why: "Without sync_group_tracking_weight keepalived drops weighted scripts of members, and turns weighted interfaces into faults.",
  mend: "Use weight 0, or write sync_group_tracking_weight in the group and the same priorities in all members.",
  source: "vrrp.c:vrrp_complete_instance (2.2.7)",
  speaksFor: ["weight-in-sync-group"],
  *check(context) {
    for (const { node, instance } of eachInstance(context)) {
      const group = node.read.config.syncGroups.find(({ name }) => name === instance.syncGroup);
      if (group === undefined || group.trackingWeight) continue;
      for (const tracked of instance.trackScripts) {
        if (tracked.weight === 0) continue;
        yield {
          node,
          at: tracked.at,
          related: [{ at: group.at, note: "the sync group" }],
          what: `${instance.name} runs without ${tracked.name}.`,
        };
      }
    }
  },
};

const trackProcessInContainer: Rule = {
  id: "VD212",
  name: "track-process-in-container",
  severity: "info",
  title: "track_process does not work in a container",
  why: "Process events of the kernel are given in the first network namespace only. Elsewhere the instance stays in FAULT for ever, even while the process runs.",
  mend: "In containers use a vrrp_script that asks the process.",
  source: "track_process.c; seen with 2.2.7 and 2.3.4",
  *check({ nodes }) {
    for (const node of nodes) {
      for (const process of node.read.config.trackProcesses) {
        yield {
          node,
          at: process.at,
          what: `In a container, instances that track ${process.name} never leave FAULT.`,
        };
      }
    }
  },
};

const notifyOrder: Rule = {
  id: "VD213",
  name: "notify-out-of-order",
  severity: "info",
  title: "notify scripts of successive changes can overlap",
  why: "Each is started without waiting for the one before, so after a quick change back the script for the old state may end last. None is run on the survivor of a split brain, and none after a SIGKILL.",
  mend: "Let the script look at the present state rather than trust its argument, take a lock, or read a notify_fifo.",
  source: "vrrp_notify.c:send_instance_notifies (2.2.7)",
  *check(context) {
    for (const { node, instance } of eachInstance(context)) {
      const { master, backup, fault } = instance.notify;
      const other = backup ?? fault;
      if (master === undefined || other === undefined) continue;
      yield {
        node,
        at: master.at,
        related: [{ at: other.at, note: "may still run, or end later" }],
        what: `After a quick change, ${baseName(other.argv[0] ?? "")} may end after ${baseName(master.argv[0] ?? "")}.`,
      };
    }
  },
};

const riseOfUnweighted: Rule = {
  id: "VD214",
  name: "weight-out-of-place",
  severity: "warning",
  title: "a positive weight lifts a node only while its check succeeds",
  why: "A positive weight is added while the check succeeds. Where only one node of a router has it, the base priorities no longer say who leads.",
  mend: "Give the same check with the same weight to all nodes, or use weight 0.",
  source: "vrrp_track.c:process_script_update_priority (2.2.7)",
  acrossNodes: true,
  *check(context) {
    for (const { members } of context.routers) {
      if (members.length < 2) continue;
      const sums = members.map(({ instance }) =>
        instance.trackScripts.reduce((sum, { weight }) => sum + Math.max(0, weight), 0),
      );
      const highest = Math.max(...sums);
      for (const [index, member] of members.entries()) {
        const sum = sums[index] ?? 0;
        if (sum === highest || highest === 0) continue;
        const from = members.find((_, other) => sums[other] === highest);
        yield {
          node: member.node,
          at: placeOf(member.instance, "track_script"),
          ...(from === undefined
            ? {}
            : { related: [{ at: from.instance.at, note: `${from.node.name} gains ${highest}` }] }),
          what: `While all checks succeed, ${member.node.name} gains ${sum} and ${from?.node.name ?? "another node"} gains ${highest}.`,
        };
      }
    }
  },
};

export const scriptRules: readonly Rule[] = [
  checkDropped,
  checkUnused,
  unquotedArguments,
  bareName,
  symlinkedPath,
  escapedQuotes,
  timeoutNotBelow,
  initFail,
  writablePlace,
  noScriptSecurity,
  syncGroupDropsWeights,
  trackProcessInContainer,
  notifyOrder,
  riseOfUnweighted,
];
