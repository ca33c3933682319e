/**
 * The state machine before 2.0.0, which moves only when a timer of the instance fires or an advert comes
 * (section 1.8): a way over GOTO_MASTER, addresses an interval late, faults noticed at the next turn.
 *
 * Read from 1.4.3 and 1.2.13, never observed. Sources: `vrrp_scheduler.c:vrrp_goto_master`, `:vrrp_master`,
 * `:vrrp_fault`, `:vrrp_backup`, `:vrrp_leave_fault`, `:vrrp_update_priority`, `vrrp.c:vrrp_state_backup`,
 * `:vrrp_state_master_rx`, `vrrp_sync.c:vrrp_init_instance_sands`.
 */
import { compareAddresses } from "./addresses.ts";
import { sendAdvert } from "./advert.ts";
import { announceVips, announceVipsLater, forgetAnnouncements, refreshIfDue } from "./garp.ts";
import type { Advert } from "./host.ts";
import { PRIORITY_OWNER, PRIORITY_STOP, say, type Generation, type Instance } from "./model.ts";
import { notifyInstance } from "./notify.ts";
import { checkPacket } from "./packet-check.ts";
import { canGroupGo, isGroupUp, syncOldAfter, type OldActions } from "./sync-old.ts";
import { ownMasterDownUs, masterDownUs, skewUs } from "./timers.ts";
import { setEffectivePriority } from "./track.ts";
import { addVips, removeVips } from "./vip.ts";

export function armOld(instance: Instance): void {
  const { config, generation } = instance;
  const nowUs = generation.loop.nowUs();
  const isOnTheWay = instance.isGoingMaster || instance.wantState === "GOTO_MASTER";
  if (instance.isReloadMaster) instance.deadline.set(nowUs);
  else if (instance.state === "MASTER" || isOnTheWay) {
    instance.deadline.set(nowUs + config.advertIntUs);
  } else {
    instance.deadline.set(nowUs + instance.masterDownUs);
  }
}

/** `state MASTER` goes for it at once; the others wait. Weights count from the first interval on. */
export function initialiseOld(generation: Generation): void {
  const { profile, loop } = generation;
  for (const instance of generation.instances) {
    const { config } = instance;
    if (config.preemptDelayUs > 0 && profile.preemptDelayFromStart) {
      instance.preemptUntilUs = loop.nowUs() + config.preemptDelayUs;
    }
    const isWeighed = instance.basePriority !== PRIORITY_OWNER;
    if (isWeighed && (instance.group?.config.trackingWeight ?? true)) weighEveryInterval(instance);
    instance.masterDownUs = ownMasterDownUs(instance);
    if (instance.state === "MASTER" && instance.isReloadMaster) continue;
    if (config.state === "MASTER" && profile.stateMasterStartsEarly && instance.state === "INIT") {
      instance.isGoingMaster = true;
    } else {
      say(instance, "Entering BACKUP STATE");
      if (instance.isVipSet) removeVips(instance);
      instance.state = "BACKUP";
      instance.wantState = "BACKUP";
      notifyInstance(instance);
    }
  }
  for (const instance of generation.instances) {
    armOld(instance);
    instance.isReloadMaster = false;
  }
}

function weighEveryInterval(instance: Instance): void {
  const { loop } = instance.generation;
  const alarm = loop.alarm(() => {
    weigh(instance);
    alarm.set(loop.nowUs() + instance.masterAdvertIntUs);
  });
  alarm.set(loop.nowUs() + instance.masterAdvertIntUs);
}

function weigh(instance: Instance): void {
  const { generation } = instance;
  let total = instance.basePriority;
  for (const { isUp, trackers } of generation.interfaces.values()) {
    for (const tracker of trackers) {
      if (tracker.instance === instance && isUp === tracker.weight > 0) total += tracker.weight;
    }
  }
  for (const script of generation.scripts) {
    for (const tracker of script.trackers) {
      if (tracker.instance === instance && script.isUp === tracker.weight > 0) {
        total += tracker.weight;
      }
    }
  }
  instance.totalPriority = total;
  setEffectivePriority(instance);
}

/** `vrrp.h` VRRP_ISUP: interfaces and scripts without weight. */
function isUp(instance: Instance): boolean {
  const { generation } = instance;
  for (const tracked of generation.interfaces.values()) {
    if (tracked.isUp) continue;
    if (tracked.trackers.some((t) => t.instance === instance && t.weight === 0)) return false;
  }
  return generation.scripts.every(
    (script) =>
      script.isUp || !script.trackers.some((t) => t.instance === instance && t.weight === 0),
  );
}

const ACTIONS: OldActions = { isUp, goMaster: transition, leaveMaster, arm: armOld };

export function oldDeadlinePassed(instance: Instance): void {
  const { state, isGoingMaster } = instance;
  if (state === "MASTER") masterTurn(instance);
  else if (state === "FAULT") faultTurn(instance);
  else tryMaster(instance);
  if (!isGoingMaster) syncOldAfter(state, instance, ACTIONS);
  armOld(instance);
}

export function oldAdvertReceived(instance: Instance, advert: Advert): void {
  const { state, isGoingMaster } = instance;
  if (state === "MASTER") receiveAsMaster(instance, advert);
  else if (state === "FAULT") receiveInFault(instance, advert);
  else if (isGoingMaster) {
    // On the way any packet at all makes it jump
    instance.wantState = "MASTER";
    transition(instance);
  } else receiveAsBackup(instance, advert);
  if (!isGoingMaster) syncOldAfter(state, instance, ACTIONS);
  armOld(instance);
}

function enterFault(instance: Instance): void {
  say(instance, "Now in FAULT state");
  instance.isGoingMaster = false;
  if (instance.state === "FAULT") return;
  instance.state = "FAULT";
  notifyInstance(instance);
}

function tryMaster(instance: Instance): void {
  if (!isUp(instance)) {
    enterFault(instance);
    instance.masterDownUs = ownMasterDownUs(instance);
    return;
  }
  instance.wantState = "MASTER";
  transition(instance);
}

/** An advert that says so; the addresses come with the next one, an interval later. */
function transition(instance: Instance): void {
  if (!canGroupGo(instance)) return;
  sendAdvert(instance, instance.effectivePriority);
  instance.isGoingMaster = false;
  instance.state = "MASTER";
  say(instance, "Transition to MASTER STATE");
  if (!instance.generation.profile.takesVipOneIntervalLate) becomeMaster(instance);
}

function becomeMaster(instance: Instance): void {
  const { config, generation } = instance;
  const { garp } = config;
  say(instance, "Entering MASTER STATE");
  addVips(instance);
  announceVips(instance, garp.masterRepeat);
  instance.garpRefreshUs = generation.loop.nowUs() + garp.masterRefreshUs;
  notifyInstance(instance);
  announceVipsLater(instance, garp.masterDelayUs, garp.masterRepeat);
}

function masterTurn(instance: Instance): void {
  if (instance.wantState !== "GOTO_FAULT" && !isUp(instance)) instance.wantState = "GOTO_FAULT";
  if (instance.wantState === "GOTO_FAULT" || instance.wantState === "BACKUP") {
    leaveMaster(instance);
    say(instance, `Now in ${instance.state} state`);
    return;
  }
  if (instance.isVipSet) refreshIfDue(instance);
  else becomeMaster(instance);
  sendAdvert(instance, instance.effectivePriority);
}

function leaveMaster(instance: Instance): void {
  const isFault = instance.wantState === "GOTO_FAULT";
  say(instance, `Entering ${isFault ? "FAULT" : "BACKUP"} STATE`);
  forgetAnnouncements(instance);
  if (instance.isVipSet) removeVips(instance);
  instance.state = isFault ? "FAULT" : "BACKUP";
  notifyInstance(instance);
  if (isFault) sendAdvert(instance, PRIORITY_STOP);
  else if (!instance.generation.profile.preemptDelayFromStart) instance.preemptUntilUs = 0;
  instance.masterDownUs = ownMasterDownUs(instance);
}

/** Looked at once per master-down time. */
function faultTurn(instance: Instance): void {
  const { config, generation } = instance;
  if (!(instance.group === undefined ? isUp(instance) : isGroupUp(instance.group, isUp))) return;
  const goesAnyway = generation.profile.faultEndsInConfiguredState && config.state === "MASTER";
  if (instance.basePriority === PRIORITY_OWNER || goesAnyway) {
    say(instance, "Transition to MASTER STATE");
    tryMaster(instance);
    return;
  }
  instance.state = "BACKUP";
  instance.wantState = "BACKUP";
  notifyInstance(instance);
  if (config.preemptDelayUs > 0) {
    instance.preemptUntilUs = generation.loop.nowUs() + config.preemptDelayUs;
  }
  say(instance, "Entering BACKUP STATE");
}

function receiveInFault(instance: Instance, advert: Advert): void {
  if (!isUp(instance)) return;
  if (instance.group !== undefined && !isGroupUp(instance.group, isUp)) return;
  const isBetter =
    checkPacket(instance, advert, true) === "ok" &&
    instance.effectivePriority > advert.priority &&
    !instance.config.nopreempt;
  if (isBetter) {
    say(instance, "prio is higher than received advert");
    instance.wantState = "MASTER";
    transition(instance);
    return;
  }
  say(instance, "Entering BACKUP STATE");
  instance.state = "BACKUP";
  notifyInstance(instance);
}

function receiveAsBackup(instance: Instance, advert: Advert): void {
  const { config, generation } = instance;
  const { profile } = generation;
  if (!isUp(instance)) {
    enterFault(instance);
    return;
  }
  const isNewMaster = instance.masterSource !== advert.source;
  const verdict = checkPacket(instance, advert, isNewMaster || !config.skipCheckAdvAddr);
  // "dropped" is processed all the same: a wrong v2 interval (`intervalMismatchRejected`)
  if (verdict === "bad" || (verdict === "dropped" && profile.intervalMismatchRejected)) {
    say(instance, "ignoring received advertisment...");
    if (profile.badAdvertsResetBackup) instance.masterDownUs = masterDownUs(instance);
    else instance.masterDownUs = restUs(instance);
  } else if (advert.priority === PRIORITY_STOP) {
    instance.masterDownUs = skewUs(instance);
  } else if (isAccepted(instance, advert)) {
    accept(instance, advert);
  } else if (profile.preemptsByAdvert) {
    say(instance, "forcing a new MASTER election");
    instance.wantState = "GOTO_MASTER";
    sendAdvert(instance, instance.effectivePriority);
  } else {
    instance.masterDownUs = restUs(instance);
  }
}

function restUs({ deadline, generation }: Instance): number {
  return Math.max(0, deadline.deadlineUs - generation.loop.nowUs());
}

function isAccepted(instance: Instance, advert: Advert): boolean {
  const { config, generation, preemptUntilUs } = instance;
  if (config.nopreempt || advert.priority >= instance.effectivePriority) return true;
  if (config.preemptDelayUs === 0) return false;
  if (preemptUntilUs > generation.loop.nowUs()) return true;
  return preemptUntilUs === 0 && !generation.profile.preemptDelayFromStart;
}

function accept(instance: Instance, advert: Advert): void {
  const { config, generation } = instance;
  if (config.version === 3 && instance.masterAdvertIntUs !== advert.advertIntUs) {
    instance.masterAdvertIntUs = advert.advertIntUs;
    say(instance, `advertisement interval updated to ${advert.advertIntUs / 1000} milli-sec`);
  }
  instance.masterDownUs = masterDownUs(instance);
  instance.masterSource = advert.source;
  if (config.preemptDelayUs === 0 || generation.profile.preemptDelayFromStart) return;
  if (advert.priority > instance.effectivePriority) {
    instance.preemptUntilUs = 0;
  } else if (instance.preemptUntilUs === 0) {
    say(instance, `start preempt delay(${Math.floor(config.preemptDelayUs / 1_000_000)})`);
    instance.preemptUntilUs = generation.loop.nowUs() + config.preemptDelayUs;
  }
}

function receiveAsMaster(instance: Instance, advert: Advert): void {
  if (!isUp(instance)) {
    instance.wantState = "GOTO_FAULT";
    leaveMaster(instance);
    return;
  }
  if (checkPacket(instance, advert, true) !== "ok") {
    say(instance, "Dropping received VRRP packet...");
    return;
  }
  const { config, generation } = instance;
  const { profile } = generation;
  const tie =
    config.family === "inet" || profile.ipv6TieResolved
      ? compareAddresses(advert.source, instance.source)
      : 0;
  const { priority } = advert;
  if (priority === PRIORITY_STOP) {
    sendAdvert(instance, instance.effectivePriority);
    return;
  }
  const isHigher = (ours: number): boolean => priority > ours || (priority === ours && tie > 0);
  const answers = config.higherPrioSendAdvert || profile.alwaysAnswersHigherPriority;
  if (answers && isHigher(instance.effectivePriority)) {
    sendAdvert(instance, instance.effectivePriority);
  }
  const ours = instance.effectivePriority;
  if (priority < ours || (priority === ours && tie < 0)) {
    say(
      instance,
      `Received advert with lower priority ${priority}, ours ${ours}, forcing new election`,
    );
    if (!config.lowerPrioNoAdvert) sendAdvert(instance, ours);
    const { lowerPrioRepeat, lowerPrioDelayUs } = config.garp;
    announceVips(instance, lowerPrioRepeat);
    announceVipsLater(instance, lowerPrioDelayUs, lowerPrioRepeat);
    return;
  }
  if (priority === PRIORITY_OWNER && ours === PRIORITY_OWNER) lowerItself(instance);
  if (isHigher(instance.effectivePriority)) yieldTo(instance, advert);
}

function lowerItself(instance: Instance): void {
  say(
    instance,
    "CONFIGURATION ERROR: local instance and a remote instance are both configured as address owner, please fix - reducing local priority",
  );
  instance.effectivePriority -= 1;
  instance.basePriority -= 1;
}

function yieldTo(instance: Instance, advert: Advert): void {
  const { priority, advertIntUs } = advert;
  const ours = instance.effectivePriority;
  say(
    instance,
    priority > ours
      ? `Master received advert with higher priority ${priority}, ours ${ours}`
      : `Master received advert with same priority ${priority} but higher IP address than ours (${advert.source})`,
  );
  if (instance.config.version === 3) instance.masterAdvertIntUs = advertIntUs;
  instance.masterSource = advert.source;
  instance.wantState = "BACKUP";
  leaveMaster(instance);
  instance.masterDownUs = masterDownUs(instance);
}
