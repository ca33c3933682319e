/** Scripts that stop, kill or restart keepalived themselves, found by running them. */
import { formatSeconds } from "../../../core/time.ts";
import type { VrrpScript } from "../../config.ts";
import { conductOf, passes, type Conduct } from "../conduct.ts";
import { listed, placeOf, trackersOf } from "../helpers.ts";
import type { Rule, RuleContext } from "../rule.ts";
import { placeIn, type ScriptText } from "../script-text.ts";
import { roleName, type ScriptUse } from "../script-use.ts";
import { at, mysqlChecks, sure, whenDead } from "./check-walk.ts";

interface Ran extends ScriptUse {
  readonly text: ScriptText;
  readonly conduct: Conduct;
}

/** Every script with what it does when it is called for: checks and notify_down with mysqld dead. */
function called({ scripts }: RuleContext): Ran[] {
  return scripts.flatMap((use) => {
    const { text, role } = use;
    if (text === undefined) return [];
    const conduct = conductOf(use, role.kind === "notify" ? "mysqld-up" : "mysqld-down");
    return conduct === undefined ? [] : [{ ...use, text, conduct }];
  });
}

function howWords(how: NonNullable<Conduct["stops"]>["how"]): string {
  switch (how) {
    case "service-stop":
      return "stops the service";
    case "TERM":
      return "sends it SIGTERM";
    case "KILL-parent":
      return "kills the process of the pid file with SIGKILL";
    case "KILL-all":
      return "kills all its processes with SIGKILL";
  }
}

const checkStops: Rule = {
  id: "VD304",
  name: "check-stops-keepalived",
  severity: "warning",
  title: "the check stops keepalived itself",
  why: "One failing run is enough: fall, rise and weight play no part. Nothing starts keepalived again when mysqld is back, and keepalived that starts before mysqld stops at once. The script dies with keepalived, so what stands after the stop may not happen.",
  mend: "Let the check only exit 1 and give it weight 0: keepalived goes to FAULT, and comes back by itself.",
  source:
    "notify.c:system_call_script, vrrp_scheduler.c (2.2.7); the script was run in the simulator's shell",
  *check(context) {
    for (const use of called(context)) {
      const { role, conduct } = use;
      const { stops } = conduct;
      if (stops === undefined || (role.kind !== "check" && role.kind !== "misc-check")) continue;
      // It is killed before it comes to that: check-outlives-timeout.
      if (role.kind === "check" && stops.atUs > role.script.timeoutUs) continue;
      yield {
        ...at(use, stops.line),
        what: `${whenDead(use.text)} ${roleName(role)} ${howWords(stops.how)} after ${formatSeconds(stops.atUs)}${role.kind === "check" ? inert(role.script) : ""}.`,
      };
    }
  },
};

function inert({ fall, weight, given }: VrrpScript): string {
  const words = [
    ...(given["fall"] === undefined || fall === 1 ? [] : [`fall ${fall}`]),
    ...(weight === 0 ? [] : [`weight ${weight}`]),
  ];
  return words.length === 0 ? "" : `; ${listed(words)} never count${words.length === 1 ? "s" : ""}`;
}

const killLeavesAddress: Rule = {
  id: "VD305",
  name: "kill-leaves-vip",
  severity: "error",
  title: "killing all of keepalived leaves the VIP behind",
  why: "SIGKILL for all processes leaves nobody who could remove the address or say goodbye. The peer takes over after its master-down time, and both hosts hold the VIP until keepalived is started again.",
  mend: "Use systemctl stop keepalived, or pkill without -9. Better, let the check exit 1.",
  source: "keepalived 2.2.7, 15 of 15 kills on two processors; on one processor it is a race",
  *check(context) {
    for (const use of called(context)) {
      const { stops } = use.conduct;
      if (stops?.how !== "KILL-all") continue;
      yield {
        ...at(use, stops.line),
        what: `${roleName(use.role)} leaves the VIP on ${use.node.name} when it kills keepalived: two hosts answer for it.`,
      };
    }
  },
};

const killOfParent: Rule = {
  id: "VD306",
  name: "kill-by-pid-file",
  severity: "warning",
  title: "SIGKILL for the process of the pid file",
  why: "From 1.3.3 the children get SIGTERM when their parent dies, so it works like a stop. Where keepalived is process 1 of a container the kernel ignores the signal and nothing happens. Before 1.3.3 the VRRP process lives on, keeps the VIP and goes on sending.",
  mend: "Use kill without -9, or systemctl stop keepalived. Better, let the check exit 1.",
  source: "vrrp_daemon.c:start_vrrp_child (1.3.3, e4059872); pid_namespaces(7)",
  *check(context) {
    for (const use of called(context)) {
      const { stops } = use.conduct;
      if (stops?.how !== "KILL-parent") continue;
      const orphan = !context.profile.childrenDieWithParent;
      yield {
        ...at(use, stops.line),
        severity: orphan ? "error" : "warning",
        what: orphan
          ? `${roleName(use.role)} kills the parent only: the VRRP process keeps the VIP, no failover happens, and a new start finds the daemon already running.`
          : `${roleName(use.role)} does nothing where keepalived is process 1 of a container.`,
      };
    }
  },
};

const restartsKeepalived: Rule = {
  id: "VD318",
  name: "check-restarts-keepalived",
  severity: "warning",
  title: "the check restarts keepalived",
  why: "The script is a child of keepalived and dies when it stops, so the restart may end as a stop and what follows is not reached. If keepalived does come back, its first failing check starts it all again.",
  mend: "Let the check exit 1 with weight 0; FAULT gives the VIP away without a restart.",
  source: "notify.c:system_call_script (PR_SET_PDEATHSIG, 1.3.3)",
  *check(context) {
    for (const use of called(context)) {
      const restart = use.conduct.actions.find(({ kind }) => kind === "restarts-keepalived");
      if (restart === undefined || use.role.kind !== "check") continue;
      yield {
        ...at(use, restart.line),
        what: `${whenDead(use.text)} ${roleName(use.role)} restarts the daemon that runs it.`,
      };
    }
  },
};

const powerlessUser: Rule = {
  id: "VD323",
  name: "user-may-not-stop",
  severity: "error",
  title: "the script's user may not stop keepalived",
  why: "keepalived runs as root; another user can neither signal it nor stop the service. The script's only effect fails.",
  mend: "Let the check exit 1 instead of stopping keepalived.",
  source: "kill(2); notify.c:set_script_env (2.2.7)",
  *check(context) {
    for (const use of called(context)) {
      const user = use.command.user ?? use.node.read.config.globals.scriptUser?.user;
      const { stops } = use.conduct;
      if (stops === undefined || user === undefined || user === "root") continue;
      if (/\bsudo\b/.test(use.text.text)) continue;
      yield {
        ...at(use, stops.line),
        related: [{ at: use.command.at, note: `run as user ${user}` }],
        what: `${roleName(use.role)} runs as ${user} and cannot stop keepalived.`,
      };
    }
  },
};

const resultUnused: Rule = {
  id: "VD324",
  name: "check-result-unused",
  severity: "info",
  title: "weight and fall of a check that always exits 0",
  why: "The script acts itself and reports success, so keepalived's own settings for it have no effect.",
  mend: "Let the script exit 1 and leave the rest to keepalived.",
  source:
    "vrrp_scheduler.c:vrrp_script_child_thread (2.2.7); the script was run in the simulator's shell",
  *check(context) {
    for (const use of mysqlChecks(context)) {
      const down = sure(use, "mysqld-down");
      if (down?.stops === undefined || !passes(down)) continue;
      const tracker = trackersOf(use.node, use.script).find(({ tracked }) => tracked.weight !== 0);
      if (tracker === undefined) continue;
      yield {
        node: use.node,
        at: placeOf(use.script, "weight"),
        related: [
          { at: placeIn(use.text, use.command, down.stops.line), note: "the script acts here" },
        ],
        what: `${use.script.name} never reports a failure, so its weight of ${tracker.tracked.weight} is never used.`,
      };
    }
  },
};

export const stoppingRules: readonly Rule[] = [
  checkStops,
  killLeavesAddress,
  killOfParent,
  restartsKeepalived,
  powerlessUser,
  resultUnused,
];
