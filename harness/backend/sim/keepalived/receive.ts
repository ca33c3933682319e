/**
 * What an advert, or the deadline, does to an instance since 2.0.0: the event table of section 0.
 *
 * Sources: `vrrp.c:vrrp_state_backup`, `:vrrp_state_master_rx`, `vrrp_scheduler.c:vrrp_dispatcher_read`,
 * `:vrrp_dispatcher_read_timeout`, 2.2.7 and 2.3.4.
 */
import { compareAddresses } from "./addresses.ts";
import { sendAdvert } from "./advert.ts";
import { goMaster, leaveMaster, restoreOwner, transmit } from "./fsm.ts";
import { announceVips, announceVipsLater } from "./garp.ts";
import type { Advert } from "./host.ts";
import { PRIORITY_OWNER, PRIORITY_STOP, say, type Instance } from "./model.ts";
import { notifyLowerPriority } from "./notify.ts";
import { checkPacket } from "./packet-check.ts";
import { syncAfter } from "./sync.ts";
import { armDeadline, masterDownUs, skewUs } from "./timers.ts";

export function deadlinePassed(instance: Instance): void {
  const before = instance.state;
  if (before === "BACKUP") {
    say(instance, "Receive advertisement timeout");
    instance.wantState = "MASTER";
    goMaster(instance);
  } else if (before === "MASTER") {
    transmit(instance);
    instance.isReloadMaster = false;
  }
  if (instance.group !== undefined) syncAfter(before, instance);
  armDeadline(instance);
}

/**
 * A MASTER's own next advert moves to a whole interval from now after any advert, also a rejected one,
 * because the dispatcher takes it that something was sent (section 1.5).
 */
export function advertReceived(instance: Instance, advert: Advert): void {
  const before = instance.state;
  if (before === "BACKUP") receiveAsBackup(instance, advert);
  else if (before === "MASTER") receiveAsMaster(instance, advert);
  else return;
  if (instance.group !== undefined) syncAfter(before, instance);
  if (instance.state !== "MASTER" || !instance.config.lowerPrioNoAdvert) armDeadline(instance);
}

function receiveAsBackup(instance: Instance, advert: Advert): void {
  const { config } = instance;
  const isNewMaster = instance.masterSource !== advert.source;
  if (isNewMaster) masterSeen(instance, advert);
  const checkAddresses = isNewMaster || !config.skipCheckAdvAddr;
  if (checkPacket(instance, advert, checkAddresses) !== "ok") {
    keepWaiting(instance);
    return;
  }
  if (instance.effectivePriority === PRIORITY_OWNER - 1)
    restoreInBackup(instance, advert, isNewMaster);
  const { priority } = advert;
  if (priority === PRIORITY_STOP) {
    say(instance, "Backup received priority 0 advertisement");
    instance.masterDownUs = skewUs(instance);
  } else if (
    priority >= instance.effectivePriority ||
    config.nopreempt ||
    isPreemptDelayed(instance)
  ) {
    accept(instance, advert);
  } else {
    say(
      instance,
      `received lower priority (${priority}) advert from ${advert.source} - discarding`,
    );
    instance.masterSource = advert.source;
    keepWaiting(instance);
  }
}

/** Since 2.3.3 said before the advert is judged, so it proves nothing (2.3 page, section 5). */
function masterSeen(instance: Instance, advert: Advert): void {
  instance.loggedKinds = 0;
  if (!instance.generation.profile.badPacketsLoggedOnce) return;
  const { masterSource } = instance;
  say(
    instance,
    masterSource === undefined
      ? `master set to ${advert.source}`
      : `master changed from ${masterSource} to ${advert.source}`,
  );
}

function restoreInBackup(instance: Instance, advert: Advert, isNewMaster: boolean): void {
  if (isNewMaster || advert.priority !== PRIORITY_OWNER) {
    restoreOwner(instance, "since received advert with lower priority");
  }
}

/** The rest of the wait stays what it is, and is held for the whole of it. */
function keepWaiting(instance: Instance): void {
  const restUs = instance.deadline.deadlineUs - instance.generation.loop.nowUs();
  instance.masterDownUs = Math.max(0, restUs);
}

function isPreemptDelayed({ config, preemptUntilUs, generation }: Instance): boolean {
  if (config.preemptDelayUs === 0) return false;
  return preemptUntilUs === 0 || preemptUntilUs > generation.loop.nowUs();
}

function accept(instance: Instance, advert: Advert): void {
  const { config } = instance;
  if (config.version === 3 && instance.masterAdvertIntUs !== advert.advertIntUs) {
    learnInterval(instance, advert.advertIntUs);
  }
  instance.masterDownUs = masterDownUs(instance);
  instance.masterSource = advert.source;
  if (config.preemptDelayUs > 0) runPreemptDelay(instance, advert);
  instance.wantState = "BACKUP";
}

function learnInterval(instance: Instance, intervalUs: number): void {
  const [fromMs, toMs] = [instance.masterAdvertIntUs / 1000, intervalUs / 1000];
  say(instance, `advertisement interval updated from ${fromMs}ms to ${toMs}ms by master`);
  instance.masterAdvertIntUs = intervalUs;
}

/** Section 2.4: counts from the first lower advert, and ends with the first that is not lower. */
function runPreemptDelay(instance: Instance, advert: Advert): void {
  const { config, generation } = instance;
  if (advert.priority >= instance.effectivePriority) {
    if (instance.preemptUntilUs !== 0) say(instance, "stop preempt delay");
    instance.preemptUntilUs = 0;
  } else if (instance.preemptUntilUs === 0) {
    say(instance, `start preempt delay (${(config.preemptDelayUs / 1_000_000).toFixed(6)})`);
    instance.preemptUntilUs = generation.loop.nowUs() + config.preemptDelayUs;
  }
}

function receiveAsMaster(instance: Instance, advert: Advert): void {
  if (checkPacket(instance, advert, true) !== "ok") return;
  const { config } = instance;
  const ours = instance.effectivePriority;
  const theirs = advert.priority;
  const order = compareAddresses(advert.source, instance.source);
  const isHigher = theirs > ours || (theirs === ours && order > 0);
  if (theirs === PRIORITY_STOP || (config.higherPrioSendAdvert && isHigher)) {
    sendAdvert(instance, ours);
    if (theirs === PRIORITY_STOP) {
      say(instance, "Master received priority 0 message");
      return;
    }
  }
  if (theirs === ours) receiveEqual(instance, advert, order);
  const now = instance.effectivePriority;
  if (theirs < now || (theirs === now && order < 0)) forceElection(instance, advert);
  else if (theirs > now || (theirs === now && order > 0)) yieldTo(instance, advert);
}

/** Section 1.3, and row 16 of the 2.3 page: two owners of one address. */
function receiveEqual(instance: Instance, advert: Advert, order: number): void {
  if (order === 0) {
    say(instance, "WARNING - equal priority advert received from remote host with our IP address.");
    return;
  }
  if (instance.effectivePriority !== PRIORITY_OWNER) return;
  const both = "are both configured as address owner, please";
  if (instance.generation.profile.ownerLowersItselfForGood) {
    say(
      instance,
      `CONFIGURATION ERROR: local instance and a remote instance ${both} fix - reducing local priority`,
    );
    instance.effectivePriority = PRIORITY_OWNER - 1;
    instance.basePriority = PRIORITY_OWNER - 1;
    instance.totalPriority = PRIORITY_OWNER - 1;
    return;
  }
  const error = `CONFIGURATION ERROR: local instance and ${advert.source} ${both} resolve`;
  if (order > 0) {
    say(instance, error);
  } else if (instance.rogueTimer.isSet) {
    say(
      instance,
      `${advert.source} is still advertising as address owner, please resolve - reducing our priority`,
    );
    instance.rogueTimer.off();
    instance.effectivePriority = PRIORITY_OWNER - 1;
    instance.totalPriority = PRIORITY_OWNER - 1;
  } else {
    instance.rogueAdvertIntUs = advert.advertIntUs;
    if (instance.rogueCounter > 0) return;
    say(instance, error);
    instance.rogueCounter = 2;
  }
}

/** Section 1.5: stays, says so, and announces its addresses again; notify_master is not run. */
function forceElection(instance: Instance, advert: Advert): void {
  const { config, group } = instance;
  const ours = instance.effectivePriority;
  const answer = config.lowerPrioNoAdvert ? "" : ", forcing new election";
  say(
    instance,
    `Received advert from ${advert.source} with lower priority ${advert.priority}, ours ${ours}${answer}`,
  );
  if (!config.lowerPrioNoAdvert) sendAdvert(instance, ours);
  announceAgain(instance);
  if (group !== undefined) {
    for (const member of group.members) if (member !== instance) announceAgain(member);
  }
  notifyLowerPriority(instance);
}

function announceAgain(instance: Instance): void {
  const { lowerPrioRepeat, lowerPrioDelayUs } = instance.config.garp;
  if (lowerPrioRepeat === 0) return;
  announceVips(instance, lowerPrioRepeat);
  announceVipsLater(instance, lowerPrioDelayUs, lowerPrioRepeat);
}

function yieldTo(instance: Instance, advert: Advert): void {
  const ours = instance.effectivePriority;
  const { priority, source } = advert;
  say(
    instance,
    priority > ours
      ? `Master received advert from ${source} with higher priority ${priority}, ours ${ours}`
      : `Master received advert from ${source} with same priority ${priority} but higher IP address than ours`,
  );
  if (instance.config.version === 3 && instance.masterAdvertIntUs !== advert.advertIntUs) {
    learnInterval(instance, advert.advertIntUs);
  }
  instance.masterDownUs = masterDownUs(instance);
  instance.masterSource = source;
  instance.wantState = "BACKUP";
  leaveMaster(instance, false);
}
