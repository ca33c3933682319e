/**
 * The timers of an instance, with the integer divisions of the daemon.
 *
 * Source: `vrrp.h` VRRP_TIMER_SKEW_CALC and VRRP_MS_DOWN_TIMER, 2.3.4; VRRP_TIMER_SKEW, 1.4.3 and 1.2.13.
 */
import type { Us } from "../../../core/time.ts";
import { PRIORITY_OWNER, type Instance } from "./model.ts";

const CENTISECOND_US = 10_000;

function skewOf(parts: number, version: 2 | 3, intervalUs: Us): Us {
  return version === 3
    ? Math.floor((parts * Math.floor(intervalUs / CENTISECOND_US) * 625) / 16)
    : Math.floor((parts * 1_000_000) / 256);
}

export function skewUs(instance: Instance): Us {
  const { config, generation } = instance;
  if (!generation.profile.skewOfEffectivePriority) {
    return skewOf(256 - instance.basePriority, config.version, config.advertIntUs);
  }
  const priority =
    instance.basePriority === PRIORITY_OWNER ? PRIORITY_OWNER : instance.effectivePriority;
  return skewOf(256 - priority, config.version, instance.masterAdvertIntUs);
}

/** The least skew there is: what an owner waits. */
export function skewMinUs(instance: Instance): Us {
  return skewOf(1, instance.config.version, instance.masterAdvertIntUs);
}

export function masterDownUs(instance: Instance): Us {
  const { config } = instance;
  return config.downTimerAdverts * instance.masterAdvertIntUs + skewUs(instance);
}

/** Before 2.0.0 everything but an accepted v3 advert counts with the own interval. */
export function ownMasterDownUs(instance: Instance): Us {
  const { config } = instance;
  return config.downTimerAdverts * config.advertIntUs + skewUs(instance);
}

/** The one deadline of an instance, from its state (`vrrp_scheduler.c:vrrp_init_instance_sands`, 2.3.4). */
export function armDeadline(instance: Instance): void {
  if (instance.isDeaf) {
    instance.deadline.off();
    return;
  }
  const { loop, startupEndsUs } = instance.generation;
  const nowUs = loop.clock.nowUs();
  if (instance.state === "BACKUP") {
    const fromUs = startupEndsUs > nowUs ? startupEndsUs : nowUs;
    instance.deadline.set(fromUs + instance.masterDownUs);
  } else if (instance.state === "MASTER") {
    instance.deadline.set(instance.isReloadMaster ? nowUs : nowUs + instance.config.advertIntUs);
  } else {
    instance.deadline.off();
  }
}
