/**
 * Sync groups before 2.0.0: the matrix of transitions after each turn of a member.
 *
 * Read from 1.4.3: `vrrp_sync.c`, `vrrp_scheduler.c` VRRP_TSM. Never observed.
 */
import { sendAdvert } from "./advert.ts";
import { say, type Group, type Instance, type VrrpState } from "./model.ts";
import { notifyGroup, notifyInstance } from "./notify.ts";

/** What the state machine lends. */
export interface OldActions {
  isUp(instance: Instance): boolean;
  goMaster(instance: Instance): void;
  leaveMaster(instance: Instance): void;
  arm(instance: Instance): void;
}

export function canGroupGo(instance: Instance): boolean {
  const { group } = instance;
  if (group === undefined || group.state === "MASTER") return true;
  return group.members.every(
    (m) => m === instance || m.wantState === "MASTER" || m.wantState === "GOTO_MASTER",
  );
}

export function isGroupUp({ members }: Group, isUp: (i: Instance) => boolean): boolean {
  return members.every((member) => isUp(member));
}

export function syncOldAfter(before: VrrpState, instance: Instance, actions: OldActions): void {
  const { group, state } = instance;
  if (group === undefined) return;
  if (state === "BACKUP" && before === "BACKUP") elect(group, instance);
  else if (state === "BACKUP") syncBackup(group, instance, actions);
  else if (state === "MASTER") syncMaster(group, instance, actions);
  else if (state === "FAULT") syncFault(group, instance);
}

function elect(group: Group, instance: Instance): void {
  if (instance.wantState !== "GOTO_MASTER" || group.state === "FAULT") return;
  instance.generation.log(`VRRP_Group(${group.config.name}) Transition to MASTER state`);
  for (const member of group.members) {
    if (member === instance || member.wantState === "GOTO_MASTER") continue;
    member.wantState = "GOTO_MASTER";
    say(member, "forcing a new MASTER election");
    sendAdvert(member, member.effectivePriority);
  }
}

function syncBackup(group: Group, instance: Instance, actions: OldActions): void {
  if (group.state === "BACKUP") return;
  instance.generation.log(`VRRP_Group(${group.config.name}) Syncing instances to BACKUP state`);
  for (const member of group.members) {
    if (member === instance || member.state === "BACKUP") continue;
    member.wantState = "BACKUP";
    actions.leaveMaster(member);
    actions.arm(member);
  }
  group.state = "BACKUP";
  notifyGroup(instance.generation, group);
}

function syncMaster(group: Group, instance: Instance, actions: OldActions): void {
  if (group.state === "MASTER" || !canGroupGo(instance)) return;
  instance.generation.log(`VRRP_Group(${group.config.name}) Syncing instances to MASTER state`);
  for (const member of group.members) {
    if (member === instance || member.state === "MASTER") continue;
    member.wantState = "MASTER";
    actions.goMaster(member);
    actions.arm(member);
  }
  group.state = "MASTER";
  notifyGroup(instance.generation, group);
}

function syncFault(group: Group, instance: Instance): void {
  if (group.state === "FAULT") return;
  instance.generation.log(`VRRP_Group(${group.config.name}) Syncing instances to FAULT state`);
  for (const member of group.members) {
    if (member === instance || member.state === "FAULT") continue;
    if (member.state === "MASTER") member.wantState = "GOTO_FAULT";
    if (member.state === "BACKUP") {
      member.state = "FAULT";
      notifyInstance(member);
    }
  }
  group.state = "FAULT";
  notifyGroup(instance.generation, group);
}
