/**
 * Promise: the machine under the cluster was never later than the allowance, so that times measured on it
 * are those of the cluster.
 *
 * No precondition: a failover on a busy machine is a failover. Checkers that rest on a time deal with
 * noise themselves (`noise.ts`); a scenario declares this one when it wants figures to be published.
 */
import { judgedSpan } from "../history/queries.ts";
import { isListenedTo, noiseIn, QUIET_US_MAX, worstLateness } from "../timing/noise.ts";
import { milliseconds } from "../core/time.ts";
import { inconclusive, pass, setting, type Checker } from "./checker.ts";

export const machineQuiet: Checker = {
  name: "machine-quiet",
  promise: "timers on the machine went off in time while the run was judged",
  settings: { maxLateMs: "number" },
  judge: (subject) => {
    const { events } = subject;
    const span = judgedSpan(events);
    if (span === undefined) return inconclusive("the run ended before anything could be judged");
    if (!isListenedTo(events)) return inconclusive("nobody watched how late the machine was");
    const allowedUs = milliseconds(setting(subject, "maxLateMs", QUIET_US_MAX / 1000));
    const noise = noiseIn(events, span);
    // Seconds up to the allowance are not reported one by one; then the summary is the best bound.
    const worst = noise ?? worstLateness(events);
    const lateUs = noise?.lateUs ?? Math.min(worst?.lateUs ?? 0, QUIET_US_MAX);
    const facts = { lateUs, allowedUs };
    const evidence = worst === undefined ? [] : [worst.event];
    const text = `timers were late by up to ${(lateUs / 1000).toFixed(1)} ms`;
    return lateUs <= allowedUs
      ? pass(text, evidence, facts)
      : inconclusive(
          `${text}, ${allowedUs / 1000} ms are allowed: times are noisy`,
          evidence,
          facts,
        );
  },
};
