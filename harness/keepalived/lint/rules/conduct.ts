/**
 * What the scripts do, found by running them with mysqld up, dead, frozen, full and read-only. Only
 * scripts that look after MySQL are judged by it, and only where nothing was left out of the run.
 */
import { formatSeconds, type Us } from "../../../core/time.ts";
import { hangingCheck } from "../check-times.ts";
import { conductOf, isSure, passes, type Conduct, type Situation } from "../conduct.ts";
import { listed, placeOf, span, trackersOf } from "../helpers.ts";
import type { Problem, Rule, RuleContext } from "../rule.ts";
import { roleName, type ScriptUse } from "../script-use.ts";
import {
  canBeExecuted,
  concernsMysql,
  interpreterOf,
  isShellScript,
  placeIn,
  type ScriptText,
} from "../script-text.ts";
import type { VrrpScript } from "../../config.ts";

interface Check extends ScriptUse {
  readonly text: ScriptText;
  readonly script: VrrpScript;
}

function checks({ scripts }: RuleContext): Check[] {
  return scripts.flatMap((use) => {
    const { text, role } = use;
    if (text === undefined || role.kind !== "check") return [];
    return [{ ...use, text, script: role.script }];
  });
}

/** Checks of MySQL whose text is at hand. */
function mysqlChecks(context: RuleContext): Check[] {
  return checks(context).filter(({ text }) => concernsMysql(text));
}

/** The made-up host has mysqld and no other service, so what looks after another finds it gone. */
function whenDead(text: ScriptText): string {
  return concernsMysql(text) ? "With mysqld dead" : "When its service is gone";
}

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

function sure(use: ScriptUse, situation: Situation): Conduct | undefined {
  const conduct = conductOf(use, situation);
  return conduct !== undefined && isSure(conduct) ? conduct : undefined;
}

function at(
  use: ScriptUse & { text: ScriptText },
  line: number | undefined,
): Pick<Problem, "node" | "at" | "related"> {
  const { node, command, text, role } = use;
  const place = placeIn(text, command, line);
  return text.kind === "inline"
    ? { node, at: place }
    : { node, at: place, related: [{ at: command.at, note: `run as ${roleName(role)}` }] };
}

const PATH_NOTE =
  "keepalived looks at the exit status only; what the script prints does not count.";

const neverFails: Rule = {
  id: "VD301",
  name: "check-never-fails",
  severity: "error",
  title: "the check succeeds with a dead mysqld",
  why: `Run with mysqld gone and its port closed, the script ends with status 0. ${PATH_NOTE}`,
  mend: "End with exit 1 when mysqld does not answer.",
  source:
    "vrrp_scheduler.c:vrrp_script_child_thread (2.2.7); the script was run in the simulator's shell",
  *check(context) {
    for (const use of mysqlChecks(context)) {
      const [up, down] = [sure(use, "mysqld-up"), sure(use, "mysqld-down")];
      if (up === undefined || down === undefined || !passes(down) || !passes(up)) continue;
      if (down.stops !== undefined) continue; // it acts itself: check-stops-keepalived
      yield {
        ...at(use, undefined),
        what: `${use.script.name} ends with status 0 when mysqld is dead, so the VIP stays.`,
      };
    }
  },
};

const inverted: Rule = {
  id: "VD302",
  name: "check-inverted",
  severity: "error",
  title: "the check fails while mysqld is well and succeeds when it is dead",
  why: `The exit statuses are the wrong way round: 0 means success. ${PATH_NOTE}`,
  mend: "Swap them: exit 0 when mysqld answers.",
  source:
    "vrrp_scheduler.c:vrrp_script_child_thread (2.2.7); the script was run in the simulator's shell",
  *check(context) {
    for (const use of mysqlChecks(context)) {
      const [up, down] = [sure(use, "mysqld-up"), sure(use, "mysqld-down")];
      if (up === undefined || down === undefined || up.ends !== "exit") continue;
      if (passes(up) || !passes(down) || down.stops !== undefined) continue;
      yield {
        ...at(use, undefined),
        what: `${use.script.name} ends with status ${up.status ?? "?"} when mysqld answers and with 0 when it is dead.`,
      };
    }
  },
};

const alwaysFails: Rule = {
  id: "VD303",
  name: "check-fails-when-well",
  severity: "info",
  title: "the check fails in the canned situation with a healthy mysqld",
  why: "In that situation mysqld answers on its port and socket, takes any account and does not replicate. A script that wants more (a role, a file, another host) may be right where it runs.",
  mend: "Run the script by hand on the node and look at $?.",
  source: "the script was run in the simulator's shell",
  *check(context) {
    for (const use of mysqlChecks(context)) {
      const [up, down] = [sure(use, "mysqld-up"), sure(use, "mysqld-down")];
      if (up === undefined || down === undefined) continue;
      if (up.ends !== "exit" || passes(up) || passes(down)) continue;
      yield {
        ...at(use, undefined),
        what: `${use.script.name} ends with status ${up.status ?? "?"} although mysqld answers${up.stops === undefined ? "" : ", and stops keepalived"}.`,
      };
    }
  },
};

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

const checkHangs: Rule = {
  id: "VD308",
  name: "check-hangs",
  severity: "warning",
  title: "the check hangs on a frozen mysqld",
  why: "A stopped or overloaded mysqld still accepts connections by way of the kernel and then says nothing; a client without a time-out waits for ever. keepalived kills the run at the script's timeout (the interval unless given) and counts it as failed.",
  mend: "Give the client a limit below the interval: timeout 1 mysqladmin ping, or --connect-timeout=1, and set timeout in the vrrp_script.",
  source:
    "vrrp_scheduler.c:vrrp_script_thread, :vrrp_script_child_thread (2.2.7, 2.3.3); the script was run in the simulator's shell",
  *check(context) {
    for (const use of mysqlChecks(context)) {
      const frozen = sure(use, "mysqld-frozen");
      if (frozen?.ends !== "hangs") continue;
      const { minUs, maxUs } = hangingCheck(use.script, context.profile);
      yield {
        ...at(use, frozen.waitsFor?.line),
        what: `With a frozen mysqld ${use.script.name} waits for ${frozen.waitsFor?.command ?? "an answer"} until it is killed: ${span(minUs, maxUs)} until it counts as down.`,
      };
    }
  },
};

const frozenPasses: Rule = {
  id: "VD309",
  name: "frozen-passes-check",
  severity: "warning",
  title: "a frozen mysqld passes the check",
  why: "The process is there and the kernel completes connections, so looking at processes or ports finds nothing wrong with a mysqld that is stopped, deadlocked or out of disk.",
  mend: "Ask mysqld something, with a time-out: timeout 1 mysqladmin ping.",
  source: "listen(2); the script was run in the simulator's shell",
  *check(context) {
    for (const use of mysqlChecks(context)) {
      const [frozen, down] = [sure(use, "mysqld-frozen"), sure(use, "mysqld-down")];
      if (frozen === undefined || down === undefined || !passes(frozen)) continue;
      if (passes(down) && down.stops === undefined) continue; // check-never-fails
      if (frozen.stops !== undefined) continue;
      yield {
        ...at(use, undefined),
        what: `${use.script.name} ends with status 0 while mysqld hangs, so the VIP stays on a server that does not answer.`,
      };
    }
  },
};

const slowCheck: Rule = {
  id: "VD315",
  name: "check-outlives-timeout",
  severity: "warning",
  title: "the check takes longer than it is given",
  why: "A run that is not over at its timeout (the interval unless given) is killed and counts as failed, so the script's own counting and waiting never ends as written, and what it wanted to do last does not happen.",
  mend: "Leave counting to fall and keep a run shorter than the interval, or set timeout and interval to match.",
  source: "vrrp_scheduler.c:vrrp_script_child_thread (2.2.7)",
  *check(context) {
    for (const use of checks(context)) {
      const down = sure(use, "mysqld-down");
      if (down === undefined || down.ends === "hangs") continue;
      const { timeoutUs, intervalUs } = use.script;
      const takesUs: Us = down.stops?.atUs ?? down.elapsedUs;
      if (takesUs <= Math.min(timeoutUs, intervalUs)) continue;
      yield {
        ...at(use, down.stops?.line),
        what:
          takesUs > timeoutUs
            ? `${whenDead(use.text)} ${use.script.name} would take ${formatSeconds(takesUs)}${down.stops === undefined ? "" : " until it stops keepalived"} and is killed after ${formatSeconds(timeoutUs)}.`
            : `${whenDead(use.text)} ${use.script.name} takes ${formatSeconds(takesUs)} and is started every ${formatSeconds(intervalUs)}.`,
      };
    }
  },
};

const restartsMysqld: Rule = {
  id: "VD317",
  name: "check-restarts-mysqld",
  severity: "warning",
  title: "the check starts mysqld",
  why: "It runs again every interval on every node, also when mysqld was stopped on purpose, and each attempt delays the result. A server that crashed may recover for minutes, or come back behind its peer and take writes.",
  mend: "Leave restarts to systemd (Restart=) and let the check only report.",
  source:
    "vrrp_scheduler.c:vrrp_script_thread (2.2.7); the script was run in the simulator's shell",
  *check(context) {
    for (const use of mysqlChecks(context)) {
      const acts = conductOf(use, "mysqld-down")?.actions ?? [];
      const start = acts.find(({ kind }) => kind === "starts-mysqld" || kind === "restarts-mysqld");
      if (start === undefined) continue;
      yield {
        ...at(use, start.line),
        what: `With mysqld dead ${use.script.name} tries to start it, ${formatSeconds(start.atUs)} into every run.`,
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

const fullHouse: Rule = {
  id: "VD321",
  name: "full-server-moves-vip",
  severity: "info",
  title: "a server without a free connection fails the check",
  why: "Too many connections (error 1040) then moves the VIP, and the clients that filled one server go on to fill the next.",
  mend: "Keep a way in for the check (admin_address and admin_port, or an account with SUPER or CONNECTION_ADMIN), or take error 1040 as alive.",
  source: "MySQL manual, Too many connections; the script was run in the simulator's shell",
  *check(context) {
    for (const use of mysqlChecks(context)) {
      const [up, full] = [sure(use, "mysqld-up"), sure(use, "mysqld-refuses")];
      if (up === undefined || full === undefined || !passes(up)) continue;
      if (full.ends !== "exit" || (passes(full) && full.stops === undefined)) continue;
      yield {
        ...at(use, full.stops?.line),
        what: `At max_connections ${use.script.name} ${full.stops === undefined ? `ends with status ${full.status ?? "?"}` : "stops keepalived"}.`,
      };
    }
  },
};

const readOnlyPasses: Rule = {
  id: "VD322",
  name: "read-only-passes-check",
  severity: "info",
  title: "a read-only server passes the check",
  why: "Where the VIP is for writes, a server left with read_only (after a failover by hand, or as a replica) takes it and refuses every write.",
  mend: "If the VIP is for writes, have the check ask SELECT @@global.read_only.",
  source: "MySQL manual, read_only; the script was run in the simulator's shell",
  *check(context) {
    for (const use of mysqlChecks(context)) {
      const [locked, down] = [sure(use, "mysqld-readonly"), sure(use, "mysqld-down")];
      if (locked === undefined || down === undefined || !passes(locked) || passes(down)) continue;
      yield {
        ...at(use, undefined),
        what: `${use.script.name} does not ask whether mysqld takes writes.`,
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

const notFollowed: Rule = {
  id: "VD390",
  name: "script-not-followed",
  severity: "info",
  title: "the script could not be followed to its end",
  why: "The rules on what a script does need every command of it to be known. With an unknown one they stay silent rather than guess.",
  mend: "Try it in a drill on containers.",
  source: "vipdrill",
  *check(context) {
    for (const use of mysqlChecks(context)) {
      if (!canBeExecuted(use.text, context.version)) continue;
      const down = conductOf(use, "mysqld-down");
      const [first] = down?.unmodelled ?? [{ what: languageOf(use.text), line: 1 }];
      if (first === undefined) continue;
      yield {
        ...at(use, first.line),
        what: `${use.script.name} was not judged by what it does; unknown here: ${first.what}.`,
      };
    }
  },
};

function languageOf(text: ScriptText): string {
  return isShellScript(text)
    ? "its syntax"
    : `a script for ${interpreterOf(text) ?? "another program"}`;
}

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

export const conductRules: readonly Rule[] = [
  neverFails,
  inverted,
  alwaysFails,
  checkStops,
  killLeavesAddress,
  killOfParent,
  checkHangs,
  frozenPasses,
  slowCheck,
  restartsMysqld,
  restartsKeepalived,
  fullHouse,
  readOnlyPasses,
  powerlessUser,
  resultUnused,
  notFollowed,
];
