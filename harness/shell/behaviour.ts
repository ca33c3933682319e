/**
 * What a check or notify script does in a given situation: how it ends, when, and what it does to
 * keepalived, mysqld and addresses on its way. Found by running it, not by reading it.
 */
import { seconds, type Us } from "../core/time.ts";
import { CannedHost, VRRP_PID, type Action, type CannedOptions, type Situation } from "./canned.ts";
import { drive, type DriveClock } from "./drive.ts";
import { ShellBudgetExceeded } from "./errors.ts";
import { readShell } from "./parse.ts";
import { runShell } from "./run.ts";

export interface Behaviour {
  readonly ends: "exit" | "hangs" | "killed-with-keepalived" | "budget" | "unknown";
  /** Of an exit; 2 for a script that stops at a syntax error. */
  readonly status?: number;
  readonly elapsedUs: Us;
  readonly actions: readonly Action[];
  /** What was used that the model does not have: with entries here the rest is a guess. */
  readonly unmodelled: readonly { readonly what: string; readonly line: number }[];
  /** What it waits for when it hangs. */
  readonly waitsFor?: { readonly command: string; readonly line: number };
  readonly stdout: string;
  readonly stderr: string;
}

export interface BehaviourOptions extends CannedOptions {
  /** The script's path as keepalived calls it: process lists show it. */
  readonly path?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly maxSteps?: number;
  /** A script that runs longer counts as one that hangs; default 10 minutes. */
  readonly horizonUs?: Us;
}

const DEFAULT_HORIZON_US = seconds(600);

/** 2026-01-01 00:00:00 UTC: any date does, so long as it is always the same. */
const EPOCH_US = 1_767_225_600_000_000;

/** The program a script's first line names, or nothing: then keepalived's shell would read it. */
export function interpreterOf(text: string): string | undefined {
  const line = /^#!\s*([^\n]*)/.exec(text)?.[1];
  if (line === undefined) return undefined;
  const [path = "", ...args] = line.trim().split(/\s+/);
  const name = path.split("/").at(-1) ?? "";
  return name === "env" ? (args.find((arg) => !arg.startsWith("-")) ?? "") : name;
}

export function behaviourOf(
  text: string,
  args: readonly string[],
  situation: Situation,
  options: BehaviourOptions = {},
): Behaviour {
  const clock: DriveClock = { nowUs: EPOCH_US, endsAtUs: undefined };
  const interpreter = interpreterOf(text);
  if (interpreter !== undefined && !/^(?:ba|da)?sh$/.test(interpreter)) {
    return ending("unknown", [], [{ what: `interpreter ${interpreter}`, line: 1 }]);
  }
  const host = new CannedHost(situation, clock, options);
  const unmodelled: { what: string; line: number }[] = [];
  const script = readShell(text);
  const name = options.path ?? "/etc/keepalived/check.sh";
  const run = runShell(script, {
    host,
    name,
    args,
    parentPid: VRRP_PID,
    posix: interpreter === "sh" || interpreter === "dash",
    ...(options.environment === undefined ? {} : { environment: options.environment }),
    ...(options.maxSteps === undefined ? {} : { maxSteps: options.maxSteps }),
  });
  const note = (what: string, line: number): void => {
    if (!unmodelled.some((one) => one.what === what && one.line === line))
      unmodelled.push({ what, line });
  };
  try {
    const end = drive(run, {
      host,
      clock,
      horizonUs: EPOCH_US + (options.horizonUs ?? DEFAULT_HORIZON_US),
      onUnmodelled: note,
      onCommand: ({ line }) => {
        host.line = line;
      },
      afterCommand: () => {
        host.settle();
      },
    });
    for (const { what, line } of host.unknown) note(what, line);
    const common = {
      elapsedUs: clock.nowUs - EPOCH_US,
      actions: relative(host.actions),
      unmodelled,
    };
    if (end.kind === "hangs") {
      const { command, line } = end;
      return { ends: "hangs", waitsFor: { command, line }, ...common, stdout: "", stderr: "" };
    }
    if (end.kind === "killed")
      return { ends: "killed-with-keepalived", ...common, stdout: "", stderr: "" };
    const { status, stdout, stderr, notes } = end.result;
    for (const { what, line } of notes) note(what, line);
    return { ends: "exit", status, ...common, stdout, stderr };
  } catch (error) {
    if (!(error instanceof ShellBudgetExceeded)) throw error;
    return {
      ...ending("budget", relative(host.actions), unmodelled),
      elapsedUs: clock.nowUs - EPOCH_US,
    };
  }
}

function relative(actions: readonly Action[]): Action[] {
  return actions.map((action) => ({ ...action, atUs: action.atUs - EPOCH_US }));
}

function ending(
  ends: Behaviour["ends"],
  actions: readonly Action[],
  unmodelled: Behaviour["unmodelled"],
): Behaviour {
  return { ends, elapsedUs: 0, actions, unmodelled, stdout: "", stderr: "" };
}
