/**
 * vrrp_script: when it runs, what its end means, and what a slow one suffers (section 3; 2.3 page,
 * section 4).
 *
 * Source: `vrrp_scheduler.c:vrrp_script_thread`, `:vrrp_script_child_thread`, `:vrrp_init_script`,
 * 2.2.7 and 2.3.4; `:vrrp_script_child_thread`, 1.2.13.
 */
import { draw, SCRIPT_KILL_AGAIN_US, SCRIPT_KILL_GRACE_US, SCRIPT_TERM_GRACE_US } from "./costs.ts";
import type { RunningScript, ScriptEnd, Signal } from "./host.ts";
import type { Alarm } from "./loop.ts";
import type { Generation, Script } from "./model.ts";
import { applyScriptResult } from "./track.ts";

/** One run of a script; before 2.3.3 there may be several at a time. */
interface Run {
  script: RunningScript | undefined;
  isOver: boolean;
  readonly limit: Alarm;
}

const SIGNAL_NUMBERS: Partial<Record<Signal, number>> = { HUP: 1, INT: 2, KILL: 9, TERM: 15 };

/** The first run is at once, the others by the clock from the start of the one before. */
export function startScripts(generation: Generation): void {
  const { loop } = generation;
  for (const script of generation.scripts) {
    const { rise } = script.config;
    if (script.init === "start" || script.init === "reload") script.result = rise - 1;
    else if (script.init === "failed") script.result = 0;
    const tick = loop.alarm(() => {
      tick.set(loop.nowUs() + script.config.intervalUs);
      runIfIdle(generation, script);
    });
    tick.set(loop.nowUs());
  }
}

function runIfIdle(generation: Generation, script: Script): void {
  if (script.activity !== "idle" && !generation.profile.scriptTimeoutCountsAtOnce) {
    const what = script.activity === "running" ? "already running" : "being timed out";
    generation.log(`Track script ${script.config.name} is ${what}, expect idle - skipping run`);
    if (generation.profile.runningScriptSkipped) return;
  }
  run(generation, script);
}

function run(generation: Generation, script: Script): void {
  const { host, pid, loop, children, costs, random } = generation;
  const current: Run = {
    script: undefined,
    isOver: false,
    limit: loop.alarm(() => timeOut(generation, script, current)),
  };
  script.activity = "running";
  current.limit.set(loop.nowUs() + script.config.timeoutUs);
  current.script = host.run(script.config.command, pid, (end) => {
    if (current.script !== undefined) children.removeCheck(current.script);
    // Time passes before the daemon collects it, so a run that ends with its tick still counts as running
    loop.after(draw(random, costs.reapUs), () => {
      if (current.isOver) return;
      current.isOver = true;
      current.limit.off();
      ended(generation, script, current, end);
    });
  });
  children.addCheck(current.script);
}

function timeOut(generation: Generation, script: Script, current: Run): void {
  if (current.isOver) return;
  const nowUs = generation.loop.nowUs();
  if (generation.profile.scriptTimeoutCountsAtOnce) {
    timeOutAtOnce(generation, script, current);
    return;
  }
  switch (script.activity) {
    case "running":
      script.activity = "terminating";
      current.script?.kill("TERM");
      current.limit.set(nowUs + SCRIPT_TERM_GRACE_US);
      break;
    case "terminating":
      script.activity = "killing";
      current.script?.kill("KILL");
      current.limit.set(nowUs + SCRIPT_KILL_GRACE_US);
      break;
    case "killing":
      generation.log(
        `Script ${script.config.name} child (PID ${current.script?.pid ?? 0}) failed to terminate after kill`,
      );
      current.script?.kill("KILL");
      current.limit.set(nowUs + SCRIPT_KILL_AGAIN_US);
      break;
    case "idle":
      break;
  }
}

/** 1.2.13: the timeout itself is the failure, and what comes after does not count. */
function timeOutAtOnce(generation: Generation, script: Script, current: Run): void {
  const { loop } = generation;
  current.isOver = true;
  count(generation, script, false, "timed out", "");
  current.script?.kill("TERM");
  loop.after(SCRIPT_TERM_GRACE_US, () => current.script?.kill("KILL"));
}

function ended(generation: Generation, script: Script, current: Run, end: ScriptEnd): void {
  const activity = script.activity;
  const { profile } = generation;
  switch (end.kind) {
    case "exited": {
      const { status } = end;
      if (status !== script.lastStatus && !profile.scriptTimeoutCountsAtOnce) {
        generation.log(`Script \`${script.config.name}\` now returning ${status}`);
      }
      script.lastStatus = status;
      if (status === 0) count(generation, script, true, "succeeded", "");
      else count(generation, script, false, "failed", ` (exited with status ${status})`);
      break;
    }
    case "signalled": {
      // Whoever outlives its SIGTERM's grace dies with its group
      if (activity === "terminating" && end.signal === "TERM") current.script?.kill("KILL");
      const wasTimedOut =
        (activity === "terminating" && end.signal === "TERM") ||
        (activity === "killing" && (end.signal === "KILL" || end.signal === "TERM"));
      if (profile.scriptSignalDeathSucceeds) count(generation, script, true, "succeeded", "");
      else if (wasTimedOut) count(generation, script, false, "timed_out", "");
      else {
        const number = SIGNAL_NUMBERS[end.signal] ?? 0;
        count(generation, script, false, "failed", ` (due to signal ${number})`);
      }
      break;
    }
    case "not-run":
      // The child that could not execute it ends with 0 (`notify.c:system_call_script`, 2.3.4)
      count(generation, script, true, "succeeded", "");
      break;
  }
  script.activity = "idle";
  script.init = "done";
}

/** The counter of section 3.3. The very first result decides alone. */
function count(
  generation: Generation,
  script: Script,
  isSuccess: boolean,
  how: string,
  why: string,
): void {
  const { rise, fall, name } = script.config;
  const full = rise + fall - 1;
  if (isSuccess) {
    if (script.result < rise - 1) {
      script.result += 1;
      return;
    }
    if (script.result < rise) {
      generation.log(`VRRP_Script(${name}) ${how}`);
      change(generation, script, true, full);
    } else {
      script.result = full;
    }
    return;
  }
  if (script.result > rise) {
    script.result -= 1;
    return;
  }
  if (script.result === rise || script.init === "start" || script.init === "reload") {
    generation.log(`VRRP_Script(${name}) ${how}${why}`);
    change(generation, script, false, 0);
  } else {
    script.result = 0;
  }
}

/** Before 2.0.0 nobody is told: instances look at the counter when their own timers fire. */
function change(generation: Generation, script: Script, isUp: boolean, result: number): void {
  if (generation.profile.weightsActAtOnce) applyScriptResult(script, isUp);
  script.result = result;
}
