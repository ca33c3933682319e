/**
 * How long a check needs to be believed. Sources: keepalived 2.2.7
 * vrrp_scheduler.c:vrrp_script_child_thread (fall counter), 2.3.3 vrrp_script_thread (a run that is still
 * under way at its tick is skipped). The first result after the start acts at once and is left out.
 */
import type { Us } from "../../core/time.ts";
import type { VrrpScript } from "../config.ts";
import type { VersionProfile } from "../versions.ts";

export interface Bounds {
  readonly minUs: Us;
  readonly maxUs: Us;
}

/** From the moment the check would fail until it is DOWN, for a run that takes `runUs`. */
export function failingCheck({ intervalUs, fall }: VrrpScript, runUs: Us): Bounds {
  return { minUs: (fall - 1) * intervalUs + runUs, maxUs: fall * intervalUs + runUs };
}

/** The same for a check that hangs until its time-out. */
export function hangingCheck(script: VrrpScript, profile: VersionProfile): Bounds {
  const { intervalUs, timeoutUs, fall } = script;
  const ticks = profile.runningScriptSkipped ? Math.floor(timeoutUs / intervalUs) + 1 : 1;
  const before = (fall - 1) * intervalUs * ticks + timeoutUs;
  return { minUs: before, maxUs: before + intervalUs };
}
