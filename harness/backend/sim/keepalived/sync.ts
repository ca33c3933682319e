/**
 * Sync groups: what one member does, all do (section 11).
 *
 * Source: `vrrp_sync.c:vrrp_sync_master`, `:vrrp_sync_backup`, `:vrrp_sync_fault`, and the transition
 * matrix of `vrrp_scheduler.c`, 2.2.7 to 2.3.4 the same.
 */
import { canGroupGoMaster, goMaster, leaveFault, leaveMaster } from "./fsm.ts";
import type { Group, Instance, VrrpState } from "./model.ts";
import { notifyGroup } from "./notify.ts";

/** After each turn of a member's state machine. */
export function syncAfter(before: VrrpState, instance: Instance): void {
  const { group } = instance;
  if (group === undefined) return;
  if (instance.state === "MASTER") syncMaster(group, instance);
  else if (instance.state === "BACKUP" && before === "MASTER") syncBackup(group, instance);
}

export function syncMaster(group: Group, instance: Instance): void {
  if (group.state === "MASTER" || !canGroupGoMaster(instance)) return;
  const { generation } = instance;
  generation.log(`VRRP_Group(${group.config.name}) Syncing instances to MASTER state`);
  for (const member of group.members) {
    if (member === instance || member.state === "MASTER") continue;
    member.wantState = "MASTER";
    goMaster(member);
  }
  group.state = "MASTER";
  notifyGroup(generation, group);
}

export function syncBackup(group: Group, instance: Instance): void {
  if (group.state === "BACKUP") return;
  const { generation } = instance;
  generation.log(`VRRP_Group(${group.config.name}) Syncing instances to BACKUP state`);
  for (const member of group.members) {
    if (member === instance || member.state === "BACKUP") continue;
    member.wantState = "BACKUP";
    if (member.state === "MASTER") leaveMaster(member, false);
    else leaveFault(member);
  }
  group.state = "BACKUP";
  notifyGroup(generation, group);
}

export function syncFault(group: Group, instance: Instance): void {
  if (group.state === "FAULT") return;
  const { generation } = instance;
  generation.log(`VRRP_Group(${group.config.name}) Syncing instances to FAULT state`);
  for (const member of group.members) {
    if (member === instance || member.state === "FAULT") continue;
    member.wantState = "FAULT";
    if (member.state === "MASTER") {
      leaveMaster(member, false);
    } else {
      member.state = "FAULT";
      leaveFault(member);
    }
  }
  group.state = "FAULT";
  notifyGroup(generation, group);
}
