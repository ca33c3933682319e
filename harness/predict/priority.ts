/**
 * Priority arithmetic: a positive weight is added while its check passes, a negative one while it
 * fails, `reverse` negates the sign; the sum is kept within 1 and 254; an owner stays 255.
 *
 * Source: keepalived 2.2.7 `vrrp_track.c:process_script_update_priority`, `vrrp_set_effective_priority`.
 */
import type { Tracked, VrrpInstance } from "../keepalived/config.ts";

export const OWNER = 255;

interface Watched {
  readonly tracked: Tracked;
}

export function contribution({ weight, reverse }: Tracked, passes: boolean): number {
  const sign = reverse ? -1 : 1;
  return passes === weight > 0 ? sign * weight : 0;
}

/** Weight 0: a failing check means FAULT; with `reverse` a passing one does. */
export function meansFault({ weight, reverse }: Tracked, passes: boolean): boolean {
  return weight === 0 && passes === reverse;
}

export function effectivePriority<W extends Watched>(
  { priority }: Pick<VrrpInstance, "priority">,
  watches: readonly W[],
  passes: (watch: W) => boolean,
): number {
  if (priority === OWNER) return OWNER;
  const weights = watches.map((watch) => contribution(watch.tracked, passes(watch)));
  return Math.min(
    OWNER - 1,
    Math.max(
      1,
      weights.reduce((so, weight) => so + weight, priority),
    ),
  );
}
