/**
 * Notifications of a transition (section 8): the script of the state, then the one for all, then mail.
 * They are forked and left alone.
 *
 * Sources: `vrrp_notify.c:send_instance_notifies`, `:send_group_notifies`, `:notify_shutdown`, 2.2.7 to
 * 2.3.4 the same. Left out: FIFO, D-Bus, SNMP.
 */
import type { NotifyScripts, ScriptCommand } from "../../../keepalived/config.ts";
import { NOTIFY_STOP_LIMIT_US } from "./costs.ts";
import { sendAlert } from "./alert.ts";
import type { RunningScript } from "./host.ts";
import type { Generation, Group, Instance, NotifiedState } from "./model.ts";

/**
 * Of a stop nothing arrives: in a stop of 2.2.7, of 2.3.3 and of 2.3.4 the script was told, but the daemon ended
 * without a connection to its server. What a deleted instance sends was not tried, and is left out.
 */
const MAIL_SUBJECTS: Partial<Record<NotifiedState, string>> = {
  MASTER: "Entering MASTER state",
  BACKUP: "Entering BACKUP state",
  FAULT: "Entering FAULT state",
};

export function notifyInstance(instance: Instance, state: NotifiedState = instance.state): void {
  const { generation, config, group } = instance;
  if (instance.notifiesSent && group !== undefined && state === group.state) return;
  instance.notifiesSent = true;
  notify(generation, config.notify, state, "INSTANCE", config.name, instance.effectivePriority);
  if (!config.smtpAlert) return;
  const body = `=> VRRP Instance is ${state === "MASTER" ? "now" : "no longer"} owning VRRP VIPs <=`;
  mail(generation, instance, { who: `VRRP Instance ${config.name}`, state, body });
}

export function notifyGroup(
  generation: Generation,
  group: Group,
  state: NotifiedState = group.state,
): void {
  notify(generation, group.config.notify, state, "GROUP", group.config.name, 0);
  if (!group.config.smtpAlert) return;
  // What the body of a group's mail says was not tried.
  mail(generation, group, { who: `VRRP Group ${group.config.name}`, state, body: "" });
}

/** Section 1.5: a MASTER that stays one is told of it with this one only. */
export function notifyLowerPriority(instance: Instance): void {
  const { generation, config } = instance;
  if (config.notify.masterRxLowerPri !== undefined) {
    runNotify(generation, config.notify.masterRxLowerPri, []);
  }
}

function notify(
  generation: Generation,
  scripts: NotifyScripts,
  state: NotifiedState,
  type: "INSTANCE" | "GROUP",
  name: string,
  priority: number,
): void {
  // An instance that a reload removed is told as FAULT unless notify_deleted is given
  const told = state === "DELETED" && scripts.deleted === undefined ? "FAULT" : state;
  const specific = scriptFor(scripts, told);
  if (specific !== undefined) {
    if (told === "STOP") runWithLimit(generation, specific);
    else runNotify(generation, specific, []);
  }
  if (scripts.any !== undefined) {
    runNotify(generation, scripts.any, [type, name, told, String(priority)]);
  }
}

function scriptFor(scripts: NotifyScripts, state: NotifiedState): ScriptCommand | undefined {
  switch (state) {
    case "MASTER":
      return scripts.master;
    case "BACKUP":
      return scripts.backup;
    case "FAULT":
      return scripts.fault;
    case "STOP":
      return scripts.stop;
    case "DELETED":
      return scripts.deleted;
    case "INIT":
      return undefined;
  }
}

function runNotify(
  { host, pid, children }: Generation,
  command: ScriptCommand,
  words: readonly string[],
): void {
  children.addNotify(host.notify(command, words, pid));
}

/** notify_stop: the process waits for it, but not for long. */
function runWithLimit(
  { host, pid, processLoop, children }: Generation,
  command: ScriptCommand,
): void {
  let isOver = false;
  const run: { script?: RunningScript } = {};
  run.script = host.run(command, pid, () => {
    isOver = true;
    if (run.script !== undefined) children.removeCheck(run.script);
  });
  const { script } = run;
  if (isOver) return;
  children.addCheck(script);
  processLoop.after(NOTIFY_STOP_LIMIT_US, () => {
    if (!isOver) script.kill("TERM");
  });
}

/** One mail for each change (`smtp.c:smtp_alert`, 2.3.4). */
function mail(
  generation: Generation,
  sender: Instance | Group,
  {
    who,
    state,
    body,
  }: { readonly who: string; readonly state: NotifiedState; readonly body: string },
): void {
  const subject = MAIL_SUBJECTS[state];
  if (subject === undefined || sender.mailed === state) return;
  sender.mailed = state;
  const from = { ...generation, program: "Keepalived_vrrp" } as const;
  sendAlert(from, { subject: `${who} - ${subject}`, body });
}
