/**
 * What keepalived costs beside its timers, as ranges in microseconds drawn from the host's chance; and
 * the fixed waits of its process tree. Every number says where it is from.
 *
 * "Laboratory" means keepalived 2.2.7 and 2.3.4 measured in network namespaces on an idle machine.
 */
import type { RandomStream } from "../../../core/random.ts";
import { milliseconds, seconds, type Us } from "../../../core/time.ts";

export type Range = readonly [minUs: Us, maxUs: Us];

export interface DaemonCosts {
  /** From the start of the program to the fork of its children; with `childReadUs` 7-20 ms in the laboratory. */
  readonly parentReadUs: Range;
  /**
   * A timer fires this much after its deadline, and the next advert counts from then. Containers, 2.3.4, on two
   * shared cores: adverts came 0.1 ms (least) to 0.75 ms (median) later than their interval.
   */
  readonly timerLateUs: Us;
  /** From the fork of a child to "Entering BACKUP STATE (init)". A respawned one took off a left VIP after 10-15 ms. */
  readonly childReadUs: Range;
  /** A signal or the end of a child, to its handler (containers, 2.3.4: 0.3 ms from "Stopping" to the peer's log). */
  readonly signalUs: Range;
  /** The end of a script, to its handler. A guess of the same size. */
  readonly reapUs: Range;
  /** A change of link state, to its handler (laboratory: 5-7 ms, both ways). */
  readonly linkUs: Range;
  /** A change of addresses, to its handler (laboratory: below 1 ms). */
  readonly addressUs: Range;
  /** From the last child's end to the parent's (laboratory, checkers: 1036 against 1040 ms). */
  readonly parentExitUs: Range;
  /** A checker child deletes its IPVS table and ends this long after SIGTERM (laboratory: 10-40 ms, with delivery). */
  readonly checkerExitUs: Range;
}

export const DEFAULT_COSTS: DaemonCosts = {
  timerLateUs: 150,
  parentReadUs: [milliseconds(1), milliseconds(8)],
  childReadUs: [milliseconds(6), milliseconds(12)],
  signalUs: [100, 400],
  reapUs: [100, 500],
  linkUs: [milliseconds(5), milliseconds(7)],
  addressUs: [200, 900],
  parentExitUs: [milliseconds(1), milliseconds(5)],
  checkerExitUs: [milliseconds(5), milliseconds(30)],
};

export function draw(random: RandomStream, [minUs, maxUs]: Range): Us {
  return minUs === maxUs ? minUs : random.integer(minUs, maxUs);
}

/** The vrrp child stays after SIGTERM so that its IGMP leave gets out (`vrrp_daemon.c:vrrp_terminate_phase1`, 2.2.7). */
export const LINGER_US: Us = seconds(1);

/** Scripts that still run after that are killed (`vrrp_daemon.c:vrrp_shutdown_timer_thread`, 2.2.7). */
export const BACKSTOP_US: Us = milliseconds(100);

/** notify_stop gets this long (`vrrp_notify.c:notify_shutdown`, 2.2.7). */
export const NOTIFY_STOP_LIMIT_US: Us = seconds(1);

/** The parent waits this long for its children, then kills them (`main.c:sigend`, CHILD_WAIT_SECS, 2.2.7). */
export const CHILD_WAIT_US: Us = seconds(5);

/** A child that lived this long is respawned at once (`scheduler.c:calc_restart_delay`, 2.2.7). */
export const RESPAWN_QUIET_US: Us = seconds(60);

/** The longest respawn delay (the same). */
export const RESPAWN_DELAY_SECONDS_MAX = 60;

/** After SIGTERM and after SIGKILL to a script (`vrrp_scheduler.c:vrrp_script_child_thread`, 2.2.7). */
export const SCRIPT_TERM_GRACE_US: Us = seconds(2);
export const SCRIPT_KILL_GRACE_US: Us = seconds(2);
export const SCRIPT_KILL_AGAIN_US: Us = seconds(10);

/** A timer this late is logged (`min_auto_priority_delay`, default of `global_data.c`, 2.2.7). */
export const LATE_TIMER_US: Us = seconds(1);

/**
 * Adverts that wait in the raw socket of a stopped process: net.core.rmem_default of 212992 bytes by the
 * 832 bytes that a small packet is charged (sk_buff and its data, x86-64). An estimate.
 */
export const SOCKET_BUFFER_PACKETS = 256;

/** First check of a checker, before its random share of warmup (`check_api.c`, BOOTSTRAP_DELAY, 2.2.7). */
export const CHECKER_BOOTSTRAP_US: Us = seconds(1);
