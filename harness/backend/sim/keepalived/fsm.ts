/**
 * The state machine of an instance since 2.0.0: what each state does with its deadline, and the ways
 * from one state to another (sections 0 to 2 and 4).
 *
 * Sources: `vrrp.c:vrrp_state_goto_master`, `:vrrp_state_master_tx`, `:vrrp_state_become_master`,
 * `:vrrp_state_leave_master`, `:vrrp_state_leave_fault`, `:vrrp_restore_interface`, 2.2.7 and 2.3.4.
 */
import { sendAdvert } from "./advert.ts";
import {
  announceVips,
  announceVipsLater,
  forgetAnnouncements,
  refreshForEver,
  refreshIfDue,
} from "./garp.ts";
import { PRIORITY_OWNER, PRIORITY_STOP, say, type Instance } from "./model.ts";
import { notifyInstance } from "./notify.ts";
import { armDeadline, masterDownUs, skewUs } from "./timers.ts";
import { addVips, removeVips } from "./vip.ts";

/** Section 11: only when the whole group wants to; otherwise the wait begins anew (`vrrp_sync.c`). */
export function canGroupGoMaster(instance: Instance): boolean {
  const { group } = instance;
  if (group === undefined || group.state === "MASTER") return true;
  if (group.members.every((m) => m === instance || m.wantState === "MASTER")) return true;
  instance.masterDownUs = masterDownUs(instance);
  armDeadline(instance);
  return false;
}

export function goMaster(instance: Instance): void {
  if (!canGroupGoMaster(instance)) {
    instance.wantState = "MASTER";
    return;
  }
  instance.loggedKinds = 0;
  instance.state = "MASTER";
  armDeadline(instance);
  transmit(instance);
}

/** Section 1.7: the advert goes out before the address is taken, so that the old holder lets go first. */
export function transmit(instance: Instance): void {
  sendAdvert(instance, instance.effectivePriority);
  if (!instance.isVipSet) {
    say(instance, "Entering MASTER STATE");
    becomeMaster(instance);
    return;
  }
  if (!instance.generation.profile.garpRefreshLeaks) refreshIfDue(instance);
  if (instance.rogueCounter > 0) waitForRogue(instance);
}

function becomeMaster(instance: Instance): void {
  const { generation, config } = instance;
  const { garp } = config;
  restoreOwner(instance, "since other address owner has disappeared");
  if (config.version === 3 && instance.masterAdvertIntUs !== config.advertIntUs) {
    const [fromMs, toMs] = [instance.masterAdvertIntUs / 1000, config.advertIntUs / 1000];
    say(instance, `changing advert interval from ${fromMs}ms to locally configured ${toMs}ms`);
    instance.masterAdvertIntUs = config.advertIntUs;
  }
  addVips(instance);
  announceVips(instance, garp.masterRepeat);
  announceVipsLater(instance, garp.masterDelayUs, garp.masterRepeat);
  if (generation.profile.garpRefreshLeaks) {
    refreshForEver(instance, garp.masterDelayUs + garp.masterRefreshUs);
  } else {
    instance.garpRefreshUs = generation.loop.nowUs() + garp.masterRefreshUs;
  }
  notifyInstance(instance);
}

/** Since 2.3.3 an owner that yielded to another one takes its 255 back. */
export function restoreOwner(instance: Instance, reason: string): void {
  if (instance.generation.profile.ownerLowersItselfForGood) return;
  if (instance.basePriority !== PRIORITY_OWNER) return;
  if (instance.effectivePriority === PRIORITY_OWNER) return;
  say(instance, `Restoring our priority to ${PRIORITY_OWNER} ${reason}`);
  instance.effectivePriority = PRIORITY_OWNER;
  instance.totalPriority = PRIORITY_OWNER;
}

/** Two more adverts, and 1.2 intervals: then the other owner should be silent (2.3.3 and later). */
function waitForRogue(instance: Instance): void {
  instance.rogueCounter -= 1;
  if (instance.rogueCounter > 0) return;
  const intervalUs = Math.max(instance.rogueAdvertIntUs, instance.config.advertIntUs);
  const { loop } = instance.generation;
  instance.rogueTimer.set(loop.nowUs() + Math.floor((intervalUs * 12) / 10));
}

/** Addresses off, and before that the word that it stops, if it is to be said. */
export function letGo(instance: Instance, withGoodbye: boolean): void {
  if (withGoodbye) {
    sendAdvert(instance, PRIORITY_STOP);
    say(instance, "sent 0 priority");
  }
  forgetAnnouncements(instance);
  if (instance.isVipSet) removeVips(instance);
}

/** To `wantState`: BACKUP, or FAULT with priority 0 twice (section 4.3). */
export function leaveMaster(instance: Instance, withGoodbye: boolean): void {
  instance.loggedKinds = 0;
  if (instance.wantState === "FAULT") {
    say(instance, "Entering FAULT STATE");
    sendAdvert(instance, PRIORITY_STOP);
    letGo(instance, withGoodbye);
    instance.state = "FAULT";
  } else {
    say(instance, "Entering BACKUP STATE");
    instance.preemptUntilUs = 0;
    letGo(instance, withGoodbye);
    instance.state = "BACKUP";
  }
  notifyInstance(instance);
  instance.masterDownUs = masterDownUs(instance);
  armDeadline(instance);
  if (instance.rogueTimer.isSet) instance.rogueTimer.off();
  else instance.rogueCounter = 0;
}

/** To `wantState` from anywhere; the address of a MASTER stays where it is (2.3 page, section 3.5). */
export function leaveFault(instance: Instance): void {
  if (instance.wantState === "MASTER") {
    goMaster(instance);
  } else {
    const next = instance.wantState === "FAULT" ? "FAULT" : "BACKUP";
    if (instance.state !== next) say(instance, `Entering ${next} STATE`);
    if (next === "FAULT" && instance.state === "MASTER") {
      sendAdvert(instance, PRIORITY_STOP);
      letGo(instance, false);
    }
    instance.state = next;
    notifyInstance(instance);
    if (next === "BACKUP") instance.preemptUntilUs = 0;
  }
  instance.masterAdvertIntUs = instance.config.advertIntUs;
  instance.masterDownUs = masterDownUs(instance);
  armDeadline(instance);
}

/** The address was deleted behind its back: a short wait, then it comes back (section 4.4). */
export function loseVip(instance: Instance): void {
  instance.wantState = "BACKUP";
  leaveMaster(instance, true);
  const { group } = instance;
  if (group !== undefined) {
    for (const member of group.members) {
      if (member.state !== "MASTER") continue;
      member.wantState = "BACKUP";
      leaveMaster(member, true);
      member.masterDownUs = skewUs(member);
      armDeadline(member);
    }
    group.state = "BACKUP";
  }
  instance.masterDownUs = skewUs(instance);
  armDeadline(instance);
}
