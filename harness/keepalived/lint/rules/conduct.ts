/**
 * What the scripts do, found by running them with mysqld up, dead, frozen, full and read-only. Only
 * scripts that look after MySQL are judged by it, and only where nothing was left out of the run.
 */
import { formatSeconds, type Us } from "../../../core/time.ts";
import { hangingCheck } from "../check-times.ts";
import { conductOf, passes } from "../conduct.ts";
import { span } from "../helpers.ts";
import type { Rule, RuleContext } from "../rule.ts";
import {
  canBeExecuted,
  concernsMysql,
  interpreterOf,
  isShellScript,
  type ScriptText,
} from "../script-text.ts";
import { roleName, type ScriptUse } from "../script-use.ts";
import { at, checks, mysqlChecks, sure, whenDead } from "./check-walk.ts";

interface Watch extends ScriptUse {
  readonly text: ScriptText;
  readonly label: string;
}

/** Whatever decides by its exit status whether mysqld is well: checks and MISC_CHECKs. */
function watches({ scripts }: RuleContext): Watch[] {
  return scripts.flatMap((use) => {
    const { text, role } = use;
    if (text === undefined || !concernsMysql(text)) return [];
    if (role.kind === "check") return [{ ...use, text, label: role.script.name }];
    return role.kind === "misc-check" ? [{ ...use, text, label: roleName(role) }] : [];
  });
}

/** A check keeps the VIP, a checker the server in its service. */
function staysWhat({ role }: Watch): string {
  return role.kind === "check" ? "the VIP stays" : "the real server stays";
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
    for (const use of watches(context)) {
      const [up, down] = [sure(use, "mysqld-up"), sure(use, "mysqld-down")];
      if (up === undefined || down === undefined || !passes(down) || !passes(up)) continue;
      if (down.stops !== undefined) continue; // it acts itself: check-stops-keepalived
      yield {
        ...at(use, undefined),
        what: `${use.label} ends with status 0 when mysqld is dead, so ${staysWhat(use)}.`,
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
    for (const use of watches(context)) {
      const [up, down] = [sure(use, "mysqld-up"), sure(use, "mysqld-down")];
      if (up === undefined || down === undefined || up.ends !== "exit") continue;
      if (passes(up) || !passes(down) || down.stops !== undefined) continue;
      yield {
        ...at(use, undefined),
        what: `${use.label} ends with status ${up.status ?? "?"} when mysqld answers and with 0 when it is dead.`,
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
    for (const use of watches(context)) {
      const [frozen, down] = [sure(use, "mysqld-frozen"), sure(use, "mysqld-down")];
      if (frozen === undefined || down === undefined || !passes(frozen)) continue;
      if (passes(down) && down.stops === undefined) continue; // check-never-fails
      if (frozen.stops !== undefined) continue;
      yield {
        ...at(use, undefined),
        what: `${use.label} ends with status 0 while mysqld hangs, so ${staysWhat(use)}, on a server that does not answer.`,
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
    for (const use of watches(context)) {
      const [locked, down] = [sure(use, "mysqld-readonly"), sure(use, "mysqld-down")];
      if (locked === undefined || down === undefined || !passes(locked) || passes(down)) continue;
      yield {
        ...at(use, undefined),
        what: `${use.label} does not ask whether mysqld takes writes.`,
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
    for (const use of checks(context)) {
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

export const conductRules: readonly Rule[] = [
  neverFails,
  inverted,
  alwaysFails,
  checkHangs,
  frozenPasses,
  slowCheck,
  restartsMysqld,
  fullHouse,
  readOnlyPasses,
  notFollowed,
];
