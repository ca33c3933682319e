/**
 * Drives one script to its end on a clock of its own. A simulator with other things going on drives the
 * generator itself, with the same answers; this is the plain case, and the model of how to do it.
 *
 * Background commands are run at once, on time that is then set back; what ends the script ends them
 * too, even those that were started to outlive it (`setsid`, `nohup`).
 */
import type { Us } from "../core/time.ts";
import { executeCommand } from "./commands/execute.ts";
import type { HostView } from "./host.ts";
import type { CommandRequest, ShellReply, ShellRequest, ShellResult } from "./requests.ts";

export interface DriveClock {
  nowUs: Us;
  /** When something from outside ends the script; it may be set while it runs. */
  endsAtUs: Us | undefined;
}

export interface DriveOptions {
  readonly host: HostView;
  readonly clock: DriveClock;
  /** Past it the script counts as one that does not come to an end. */
  readonly horizonUs: Us;
  /** A command that the model does not know; the script goes on as if it had succeeded in silence. */
  readonly onUnmodelled: (what: string, line: number) => void;
  /** Before a command acts, and after. */
  readonly onCommand?: (request: CommandRequest) => void;
  readonly afterCommand?: (request: CommandRequest) => void;
}

export type DriveEnd =
  | { readonly kind: "ended"; readonly result: ShellResult }
  /** Something it waits for does not come, or it goes on past the horizon. */
  | { readonly kind: "hangs"; readonly line: number; readonly command: string }
  | { readonly kind: "killed"; readonly line: number };

const QUIET: ShellReply = { status: 0, stdout: "", stderr: "" };
const TIMED_OUT: ShellReply = { status: 124, stdout: "", stderr: "" };
/** Far above the process numbers that hosts give. */
const FIRST_BACKGROUND_PID = 30_000;

type Step = { readonly reply: ShellReply } | { readonly end: DriveEnd };

export function drive(
  run: Generator<ShellRequest, ShellResult, ShellReply>,
  options: DriveOptions,
): DriveEnd {
  const jobs = new Map<number, { readonly endUs: Us | undefined; readonly status: number }>();
  let next = run.next();
  while (next.done !== true) {
    const step = answer(next.value, options, jobs);
    if ("end" in step) {
      // Lets the script's own clean-up code in the interpreter run; it asks for nothing any more.
      run.return({ status: 143, stdout: "", stderr: "", notes: [] });
      return step.end;
    }
    next = run.next(step.reply);
  }
  return { kind: "ended", result: next.value };
}

type Jobs = Map<number, { readonly endUs: Us | undefined; readonly status: number }>;

function answer(request: ShellRequest, options: DriveOptions, jobs: Jobs): Step {
  switch (request.kind) {
    case "command":
      return command(request, options);
    case "sleep":
      return pass(request.us, request.line, "sleep", QUIET, options);
    case "background":
      return background(request, options, jobs);
    case "wait": {
      const waited = [...jobs].filter(([pid]) => request.pid === undefined || request.pid === pid);
      if (waited.some(([, job]) => job.endUs === undefined)) {
        return { end: { kind: "hangs", line: request.line, command: "wait" } };
      }
      const lastUs = Math.max(options.clock.nowUs, ...waited.map(([, job]) => job.endUs ?? 0));
      const status = request.pid === undefined ? 0 : (waited[0]?.[1].status ?? 127);
      return pass(
        lastUs - options.clock.nowUs,
        request.line,
        "wait",
        { ...QUIET, status },
        options,
      );
    }
  }
}

function command(request: CommandRequest, options: DriveOptions): Step {
  const { argv, line, timeoutUs } = request;
  options.onCommand?.(request);
  const end = executeCommand(argv, request.stdin, options.host, request.context);
  options.afterCommand?.(request);
  const name = argv.join(" ");
  switch (end.kind) {
    case "ended":
      if (timeoutUs !== undefined && end.durationUs >= timeoutUs) {
        return pass(timeoutUs, line, name, TIMED_OUT, options);
      }
      return pass(end.durationUs, line, name, end, options);
    case "hangs":
      if (timeoutUs !== undefined) return pass(timeoutUs, line, name, TIMED_OUT, options);
      if (options.clock.endsAtUs !== undefined) return killed(line, options);
      return { end: { kind: "hangs", line, command: name } };
    case "unmodelled":
      options.onUnmodelled(end.why, line);
      return { reply: QUIET };
  }
}

function killed(line: number, options: DriveOptions): Step {
  options.clock.nowUs = Math.max(options.clock.nowUs, options.clock.endsAtUs ?? 0);
  return { end: { kind: "killed", line } };
}

/** Lets time pass, unless the script or the wait is over first. */
function pass(us: Us, line: number, name: string, reply: ShellReply, options: DriveOptions): Step {
  const { clock } = options;
  if (clock.endsAtUs !== undefined && clock.nowUs + us >= clock.endsAtUs)
    return killed(line, options);
  clock.nowUs += us;
  if (clock.nowUs > options.horizonUs) {
    clock.nowUs = options.horizonUs;
    return { end: { kind: "hangs", line, command: name } };
  }
  return { reply };
}

function background(
  request: Extract<ShellRequest, { kind: "background" }>,
  options: DriveOptions,
  jobs: Jobs,
): Step {
  const pid = FIRST_BACKGROUND_PID + jobs.size;
  const { nowUs, endsAtUs } = options.clock;
  const end = drive(request.run, options);
  jobs.set(pid, {
    endUs: end.kind === "hangs" ? undefined : options.clock.nowUs,
    status: end.kind === "ended" ? end.result.status : 143,
  });
  options.clock.nowUs = nowUs;
  options.clock.endsAtUs ??= endsAtUs;
  return { reply: { ...QUIET, pid } };
}
