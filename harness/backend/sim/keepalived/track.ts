/**
 * What tracking does to an instance: priorities that shift, faults that come and go (sections 3.4, 4).
 *
 * Sources: `vrrp_track.c:vrrp_set_effective_priority`, `:down_instance`, `:process_script_update_priority`,
 * `vrrp_scheduler.c:try_up_instance`, `keepalived_netlink.c:process_if_status_change`, 2.2.7 and 2.3.4.
 */
import { canGroupGoMaster, leaveFault, leaveMaster } from "./fsm.ts";
import { announceSource } from "./garp.ts";
import {
  PRIORITY_OWNER,
  say,
  type Generation,
  type Instance,
  type Script,
  type Tracker,
} from "./model.ts";
import { syncBackup, syncFault, syncMaster } from "./sync.ts";
import { armDeadline, masterDownUs, skewUs } from "./timers.ts";

export type FaultKind = "tracker" | "interface" | "no-source";

/**
 * The sum of weights, clamped, and the deadline shifted by what master-down changes. After a discarded
 * advert the daemon holds the rest of the wait for the whole of it, and then shifts by too much: kept.
 */
export function setEffectivePriority(instance: Instance): void {
  if (instance.basePriority === PRIORITY_OWNER) return;
  const priority = Math.min(Math.max(instance.totalPriority, 1), PRIORITY_OWNER - 1);
  if (priority === instance.effectivePriority) return;
  const { generation, effectivePriority } = instance;
  say(instance, `Changing effective priority from ${effectivePriority} to ${priority}`);
  instance.effectivePriority = priority;
  if (!generation.profile.weightsActAtOnce) return;
  const beforeUs = instance.masterDownUs;
  instance.masterDownUs = masterDownUs(instance);
  if (instance.state === "BACKUP" && instance.deadline.isSet) {
    instance.deadline.set(instance.deadline.deadlineUs + instance.masterDownUs - beforeUs);
  }
}

function setFault(instance: Instance, kind: FaultKind): void {
  switch (kind) {
    case "tracker":
      instance.trackerFaults += 1;
      break;
    case "interface":
      instance.interfaceFaults = instance.generation.profile.interfaceFaultsShareABit
        ? 1
        : instance.interfaceFaults + 1;
      break;
    case "no-source":
      instance.hasNoSource = true;
      break;
  }
}

/** With one bit for all interfaces the first one that comes up clears it (row 2 of the 2.3 page). */
function clearFault(instance: Instance, kind: FaultKind): void {
  switch (kind) {
    case "tracker":
      instance.trackerFaults -= 1;
      break;
    case "interface":
      instance.interfaceFaults = instance.generation.profile.interfaceFaultsShareABit
        ? 0
        : instance.interfaceFaults - 1;
      break;
    case "no-source":
      instance.hasNoSource = false;
      break;
  }
}

export function bringDown(instance: Instance, kind: FaultKind): void {
  const wasDown = instance.isFaulty;
  setFault(instance, kind);
  if (wasDown && instance.state !== "INIT") return;
  instance.wantState = "FAULT";
  if (instance.state === "MASTER") leaveMaster(instance, true);
  else leaveFault(instance);
  const { group } = instance;
  if (group === undefined) return;
  group.memberFaults += 1;
  if (group.memberFaults === 1) syncFault(group, instance);
}

/** The fault is over, or (`undefined`) the last script of an instance has its first result. */
export function tryUp(instance: Instance, kind: FaultKind | undefined): void {
  const { group } = instance;
  if (kind !== undefined) clearFault(instance, kind);
  if (instance.isFaulty) return;
  if (instance.scriptsInInit > 0) {
    if (group !== undefined) {
      group.memberFaults -= 1;
      group.state = "INIT";
    }
    instance.wantState = "BACKUP";
    return;
  }
  const isOwner = instance.wantState === "MASTER" && instance.basePriority === PRIORITY_OWNER;
  if (!isOwner) instance.wantState = "BACKUP";
  instance.masterAdvertIntUs = instance.config.advertIntUs;
  instance.masterDownUs = isOwner
    ? instance.masterAdvertIntUs + skewUs(instance)
    : masterDownUs(instance);
  if (group !== undefined) {
    if (kind !== undefined) group.memberFaults -= 1;
    if (group.memberFaults !== 0) return;
    if (kind !== undefined && group.membersInInit !== 0) return;
  }
  const wanted = instance.wantState;
  if (wanted === "MASTER" && !canGroupGoMaster(instance)) instance.wantState = "BACKUP";
  leaveFault(instance);
  announceSource(instance);
  armDeadline(instance);
  instance.wantState = wanted;
  if (group === undefined) return;
  if (instance.state === "MASTER") syncMaster(group, instance);
  else syncBackup(group, instance);
}

/** A script has changed between up and down, or has its first result. */
export function applyScriptResult(script: Script, isUp: boolean): void {
  for (const tracker of script.trackers) {
    if (tracker.weight === 0) faultByScript(tracker, script, isUp);
    else weighScript(tracker, script, isUp);
  }
}

function faultByScript({ instance, multiplier }: Tracker, script: Script, isUp: boolean): void {
  const { group } = instance;
  let hasLeftInit = false;
  if (script.init === "start") {
    instance.scriptsInInit -= 1;
    hasLeftInit = instance.scriptsInInit === 0;
    if (hasLeftInit && group !== undefined) group.membersInInit -= 1;
  }
  if (isUp !== (multiplier === 1)) {
    bringDown(instance, "tracker");
  } else if (
    instance.scriptsInInit === 0 &&
    script.init !== "reload" &&
    (group === undefined || group.membersInInit === 0)
  ) {
    tryUp(instance, hasLeftInit ? undefined : "tracker");
  }
}

function weighScript(
  { instance, weight, multiplier }: Tracker,
  script: Script,
  isUp: boolean,
): void {
  if (script.init === "start" || script.init === "reload") {
    if (isUp === weight > 0) instance.totalPriority += weight * multiplier;
  } else {
    instance.totalPriority += (isUp ? 1 : -1) * Math.abs(weight) * multiplier;
  }
  setEffectivePriority(instance);
}

/** Netlink says that an interface came up or went down (section 4.2). */
export function interfaceChanged(generation: Generation, name: string, isUp: boolean): void {
  const tracked = generation.interfaces.get(name);
  if (tracked === undefined || tracked.isUp === isUp) return;
  tracked.isUp = isUp;
  if (generation.profile.faultsNoticedAtTimer) {
    generation.log(`Kernel is reporting: interface ${name} ${isUp ? "UP" : "DOWN"}`);
    return;
  }
  generation.log(`Netlink reports ${name} ${isUp ? "up" : "down"}`);
  for (const { instance, weight, multiplier } of tracked.trackers) {
    if (weight !== 0) {
      instance.totalPriority += (isUp ? 1 : -1) * Math.abs(weight) * multiplier;
      setEffectivePriority(instance);
    } else if (isUp === (multiplier === 1)) {
      tryUp(instance, "interface");
    } else {
      bringDown(instance, "interface");
    }
  }
}
