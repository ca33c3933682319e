/**
 * Priorities under track scripts: who leads a virtual router, and what a failing check changes.
 *
 * A negative weight is subtracted while the check fails, a positive one added while it succeeds; the
 * sum is kept within 1 and 254 and does not touch an owner (keepalived 2.2.7
 * vrrp_track.c:vrrp_set_effective_priority). A backup takes over only from a priority lower than its
 * own (vrrp.c:vrrp_state_backup), so equality moves nothing.
 */
import type { Tracked, VrrpInstance } from "../config.ts";
import type { Member, Router } from "./routers.ts";

export const OWNER = 255;

/** What moves a priority; faults (weight 0) do not. */
export function weighted(instance: VrrpInstance): readonly Tracked[] {
  return trackedOf(instance).filter(({ weight }) => weight !== 0);
}

export function trackedOf(instance: VrrpInstance): readonly Tracked[] {
  return [
    ...instance.trackScripts,
    ...instance.trackFiles,
    ...instance.trackProcesses,
    ...instance.trackInterfaces,
  ];
}

/** Effective priority while the named checks fail. */
export function priorityWith(instance: VrrpInstance, failing: ReadonlySet<Tracked>): number {
  if (instance.priority === OWNER) return OWNER;
  const sum = weighted(instance).reduce(
    (total, tracked) => total + contribution(tracked, failing.has(tracked)),
    instance.priority,
  );
  return Math.min(254, Math.max(1, sum));
}

function contribution({ weight, reverse }: Tracked, fails: boolean): number {
  const counts = fails === reverse;
  return counts ? Math.max(weight, 0) : Math.min(weight, 0);
}

const NONE: ReadonlySet<Tracked> = new Set();

export function healthyPriority(instance: VrrpInstance): number {
  return priorityWith(instance, NONE);
}

/** Members by priority while all is well, the leader first; ties stay in the order given. */
export function ranking({ members }: Router): readonly Member[] {
  return [...members].sort((a, b) => healthyPriority(b.instance) - healthyPriority(a.instance));
}

/** The node that would take over from the leader. */
export function standbyOf(router: Router): Member | undefined {
  return ranking(router)[1];
}
