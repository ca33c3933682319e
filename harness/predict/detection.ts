/**
 * From a change of mysqld to the change of a check: how long a script, a checker or a process watch
 * takes. The change falls on any moment of the check's period.
 *
 * Sources: keepalived 2.2.7 and 2.3.4 `vrrp_scheduler.c:vrrp_script_thread`, `vrrp_script_child_thread`;
 * `check_tcp.c:tcp_epilog`, `check_misc.c`. Checks of different intervals are taken as independent;
 * those of one interval tick together, since all start with the process.
 */
import { formatSeconds, type Us } from "../core/time.ts";
import type { Checker, VrrpScript } from "../keepalived/config.ts";
import type { VersionProfile } from "../keepalived/versions.ts";
import { ANY_BACK_LOG } from "../mysql/listen-queue.ts";
import type { Conduct } from "./conduct.ts";
import { constant, sum, uniform, ZERO, type SettingName, type Simple } from "./quantity.ts";
import { untilRemoved } from "./tcp-check.ts";

/** Letters of one check: plain when it is the only one, with its name otherwise. */
export type Letters = (letter: string) => string;

export function lettersFor(name: string, alone: boolean): Letters {
  return (letter) => (alone ? letter : `${letter}[${name}]`);
}

/** Run time of a check as far as it is known. */
function runTime(conduct: Conduct, name: string, letter: string): Simple {
  const text =
    conduct.runUs === undefined
      ? `run time of ${name}, not known, taken as 0`
      : `run time of ${name}, ${formatSeconds(conduct.runUs)} by the model of its commands`;
  return constant(conduct.runUs ?? 0, letter, text);
}

/** `U(I, 2I)`: between two ticks, counted in intervals. */
function between(
  from: number,
  intervalUs: Us,
  letter: string,
  text: string,
  setting: SettingName,
): Simple {
  const times = (count: number): string =>
    count === 0 ? "0" : count === 1 ? letter : `${count}${letter}`;
  const symbol = `U(${times(from)}, ${times(from + 1)})`;
  return uniform(from * intervalUs, (from + 1) * intervalUs, symbol, [
    { symbol: letter, text, setting },
  ]);
}

function everyInterval({ name, intervalUs }: VrrpScript): string {
  return `interval of ${name}, ${formatSeconds(intervalUs)}`;
}

/** Until the script counts as failed: `fall` runs in a row, each as long as it takes or may take. */
export function untilFailed(
  script: VrrpScript,
  conduct: Conduct,
  profile: VersionProfile,
  letters: Letters,
): Simple {
  const { intervalUs, timeoutUs, fall, name } = script;
  const hangs = conduct.ends === "hangs" || (conduct.runUs ?? 0) >= timeoutUs;
  const lastsUs = hangs ? timeoutUs : (conduct.runUs ?? 0);
  // A run that is not over at the next tick makes that tick fall out, where the daemon really skips.
  const ticks = profile.runningScriptSkipped ? Math.floor(lastsUs / intervalUs) + 1 : 1;
  const phase = between((fall - 1) * ticks, intervalUs, letters("I"), everyInterval(script), {
    keyword: "interval",
    owner: name,
  });
  const last = hangs
    ? constant(timeoutUs, letters("T"), `timeout of ${name}, ${formatSeconds(timeoutUs)}`, {
        keyword: "timeout",
        owner: name,
      })
    : runTime(conduct, name, letters("d"));
  return sum(phase, last);
}

export function untilPassed(script: VrrpScript, conduct: Conduct, letters: Letters): Simple {
  const phase = between(script.rise - 1, script.intervalUs, letters("I"), everyInterval(script), {
    keyword: "interval",
    owner: script.name,
  });
  return sum(phase, runTime(conduct, script.name, letters("d")));
}

/** Until the script itself acts, in its first run after the change; fall and weight play no part. */
export function untilActs(script: VrrpScript, atUs: Us, letters: Letters): Simple {
  const text = `${script.name} up to its act, ${formatSeconds(atUs)} by the model of its commands`;
  return sum(
    between(0, script.intervalUs, letters("I"), everyInterval(script), {
      keyword: "interval",
      owner: script.name,
    }),
    constant(atUs, letters("s"), text),
  );
}

/** Until a TCP_CHECK takes its server out. `frozen`: the kernel goes on accepting for mysqld. */
export function untilRefused(
  { timing }: Pick<Checker, "timing">,
  profile: VersionProfile,
  frozen: boolean,
): Simple {
  return untilRemoved(
    timing,
    profile,
    frozen ? { kind: "full-queue", backlog: ANY_BACK_LOG } : { kind: "refused" },
  );
}

/** Until a MISC_CHECK takes its server out; a hung run is cut off at the timeout T. */
export function untilMiscFailed(checker: Checker, conduct: Conduct): Simple {
  const { delayLoopUs, retry, delayBeforeRetryUs } = checker.timing;
  const timeoutUs = checker.scriptTimeoutUs ?? delayLoopUs;
  const hangs = conduct.ends === "hangs";
  const loop = between(0, delayLoopUs, "D", `delay_loop ${formatSeconds(delayLoopUs)}`, {
    keyword: "delay_loop",
    owner: checker.kind,
  });
  const gapUs = hangs ? Math.max(delayBeforeRetryUs, timeoutUs) : delayBeforeRetryUs;
  const retries =
    retry === 0
      ? ZERO
      : constant(
          retry * gapUs,
          hangs ? `${retry} max(Dr, T)` : `${retry}Dr`,
          `${retry} retries ${formatSeconds(gapUs)} apart`,
          { keyword: "retry", owner: checker.kind },
        );
  const last = hangs
    ? constant(timeoutUs, "T", `misc_timeout ${formatSeconds(timeoutUs)}`)
    : runTime(conduct, "the MISC_CHECK script", "d");
  return sum(loop, retries, last);
}
