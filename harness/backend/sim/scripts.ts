/**
 * Check and notify scripts of the user, run as they are written: the interpreter says what comes next,
 * this lets the time pass that it takes, and the host says what a command sees and does.
 *
 * A script that the interpreter cannot run (another language, a command it does not know) is a limit of
 * the simulator and ends the run with `SCRIPT_NOT_MODELLED`: no answer is better than a guess.
 */
import { HarnessError } from "../../core/errors.ts";
import type { ShellScript } from "../../shell/ast.ts";
import { executeCommand } from "../../shell/commands/execute.ts";
import { PROCESS_US } from "../../shell/costs.ts";
import type { CommandContext, HostView } from "../../shell/host.ts";
import { parseShell } from "../../shell/parse.ts";
import type { ShellReply, ShellRequest, ShellResult } from "../../shell/requests.ts";
import { runShell } from "../../shell/run.ts";
import type { Clock, Timer } from "./clock.ts";
import type { RunningScript, ScriptEnd, Signal } from "./keepalived/host.ts";
import type { ProcessTable } from "./processes.ts";

export interface ScriptHost {
  readonly name: string;
  readonly clock: Clock;
  readonly processes: ProcessTable;
  readonly view: HostView;
  isExecutable(path: string): boolean;
  /** Moves whenever a script could see something else than before. */
  version(): number;
}

/**
 * How a script went that only looked: as long as it would see the same, it goes the same way, and need
 * not be run again.
 */
interface KnownRun {
  readonly version: number;
  readonly durationUs: number;
  readonly end: ScriptEnd;
}

type Steps = Generator<ShellRequest, ShellResult, ShellReply>;

/** What is run when keepalived executes these words; nothing when there is no such program. */
type Program =
  | { readonly kind: "script"; readonly path: string; readonly text: string }
  | { readonly kind: "command" };

export function runScript(
  host: ScriptHost,
  argv: readonly string[],
  parent: number,
  done: (end: ScriptEnd) => void,
): RunningScript {
  const key = argv.join("\0");
  const known = knownRuns(host).get(key);
  if (known?.version === host.version()) {
    const job = new Job(host, parent, argv, done);
    job.repeat(known);
    return job;
  }
  const program = programOf(host, argv[0] ?? "");
  if (program === undefined) {
    host.clock.after(0, () => {
      done({ kind: "not-run" });
    });
    return { pid: 0, kill: () => undefined };
  }
  if (program.kind === "script" && !canBeExecuted(program.text)) {
    const job = new Job(host, parent, argv, done);
    // The child's exec fails, and it ends as if all were well (`notify.c:system_call_script`, 2.3.4).
    const end: ScriptEnd = { kind: "exited", status: 0 };
    job.repeat({ version: host.version(), durationUs: PROCESS_US, end });
    return job;
  }
  const job = new Job(host, parent, argv, done);
  const looked = lookingOnly(host.view);
  job.view = looked.view;
  job.onEnd = (run) => {
    if (looked.only()) knownRuns(host).set(key, run);
  };
  job.begin(
    program.kind === "script"
      ? runShell(parsed(host, program), {
          host: looked.view,
          name: argv[0] ?? "",
          args: argv.slice(1),
          pid: job.pid,
          parentPid: parent,
        })
      : single(argv, job.pid, parent),
  );
  return job;
}

const runs = new WeakMap<ScriptHost, Map<string, KnownRun>>();

function knownRuns(host: ScriptHost): Map<string, KnownRun> {
  const known = runs.get(host) ?? new Map<string, KnownRun>();
  runs.set(host, known);
  return known;
}

/** The view, and whether nothing but looking at the host's own state was done through it. */
function lookingOnly(view: HostView): { readonly view: HostView; only(): boolean } {
  let only = true;
  const noted = <T>(answer: T): T => {
    only = false;
    return answer;
  };
  return {
    only: () => only,
    view: {
      ...view,
      nowUs: () => noted(view.nowUs()),
      writeFile: (path, text, append) => noted(view.writeFile(path, text, append)),
      removeFile: (path) => noted(view.removeFile(path)),
      signal: (pid, signal) => {
        const answer = view.signal(pid, signal);
        return signal === "0" || signal === "SIG0" ? answer : noted(answer);
      },
      service: (name, action) => noted(view.service(name, action)),
      startDaemon: (program, args) => noted(view.startDaemon(program, args)),
      changeAddress: (name, address, prefixLength, change) =>
        noted(view.changeAddress(name, address, prefixLength, change)),
      mysql: (request) => noted(view.mysql(request)),
      mail: (recipient, subject) => noted(view.mail(recipient, subject)),
      act: (argv) => {
        noted(view.act(argv));
      },
    },
  };
}

function programOf(host: ScriptHost, path: string): Program | undefined {
  const text = host.view.readFile(path);
  if (text !== undefined) {
    return host.isExecutable(path) && kernelRuns(text) ? { kind: "script", path, text } : undefined;
  }
  const system = !path.includes("/") || /^(?:\/usr)?(?:\/local)?\/s?bin\/[^/]+$/.test(path);
  if (!system) return undefined;
  const name = path.slice(path.lastIndexOf("/") + 1);
  return host.view.lacksCommand(name) ? undefined : { kind: "command" };
}

/**
 * keepalived executes the file itself (`notify.c:system_call_script`, since 2.0; before, a shell did, which
 * takes a text without an interpreter line for its own: not modelled). With DOS line ends the kernel looks
 * for an interpreter whose name ends in a carriage return.
 */
function kernelRuns(text: string): boolean {
  return /^#![^\r\n]+(?:\n|$)/.test(text);
}

/** The kernel runs a text only by the interpreter in its first line; a carriage return belongs to the name. */
function canBeExecuted(text: string): boolean {
  return /^#![ \t]*\/[^\r\n]*(?:\n|$)/.test(text);
}

const scripts = new Map<string, ShellScript>();

/** Scripts are parsed once, whoever runs them. */
function parsed(host: ScriptHost, { path, text }: { path: string; text: string }): ShellScript {
  const known = scripts.get(text);
  if (known !== undefined) return known;
  const interpreter = /^#!\s*(\S+)(?:\s+(\S+))?/.exec(text);
  const shell = interpreter?.[1]?.endsWith("/env") === true ? interpreter[2] : interpreter?.[1];
  if (shell !== undefined && !/(?:^|\/)(?:ba|da|a|k)?sh$/.test(shell)) {
    throw notModelled(host, `${path} is written for ${shell}`);
  }
  const script = parseShell(text);
  scripts.set(text, script);
  return script;
}

/** A program named directly in keepalived.conf. */
function* single(argv: readonly string[], pid: number, parentPid: number): Steps {
  const context: CommandContext = {
    pid,
    parentPid,
    script: argv[0] ?? "",
    args: argv.slice(1),
    siblings: [],
    environment: () => undefined,
  };
  const reply = yield { kind: "command", argv, stdin: "", timeoutUs: undefined, line: 1, context };
  return { status: reply.status, stdout: reply.stdout, stderr: reply.stderr, notes: [] };
}

function notModelled(host: ScriptHost, why: string): HarnessError {
  return new HarnessError(
    "SCRIPT_NOT_MODELLED",
    `the simulator cannot run a script of ${host.name}: ${why}. Containers can (--backend docker)`,
  );
}

/** One script under way: a process of the host, with the steps that are left of it. */
class Job implements RunningScript {
  readonly pid: number;
  view: HostView;
  onEnd: ((run: KnownRun) => void) | undefined;
  private readonly host: ScriptHost;
  private readonly beganUs: number;
  private readonly version: number;
  private isOver = false;
  private readonly done: (end: ScriptEnd) => void;
  private readonly children = new Set<Job>();
  private steps: Steps | undefined;
  private timer: Timer | undefined;
  /** Told when a background process ends. */
  private onChildEnd: (() => void) | undefined;

  constructor(
    host: ScriptHost,
    parent: number,
    argv: readonly string[],
    done: (end: ScriptEnd) => void,
  ) {
    this.host = host;
    this.view = host.view;
    this.beganUs = host.clock.nowUs();
    this.version = host.version();
    this.done = done;
    const path = argv[0] ?? "";
    this.pid = host.processes.spawn(
      {
        ppid: parent,
        name: path.slice(path.lastIndexOf("/") + 1),
        args: argv.join(" "),
        passing: true,
      },
      (signal) => {
        this.kill(signal);
      },
    );
  }

  begin(steps: Steps): void {
    this.steps = steps;
    this.timer = this.host.clock.after(PROCESS_US, () => {
      this.go(undefined);
    });
  }

  repeat({ durationUs, end }: KnownRun): void {
    this.timer = this.host.clock.after(durationUs, () => {
      this.end(end);
    });
  }

  /** Traps are not modelled: what ends a process by default ends it. */
  kill(signal: Signal): void {
    if (this.isOver || !ENDS.has(signal)) return;
    for (const child of this.children) child.kill(signal);
    this.end({ kind: "signalled", signal });
  }

  private go(reply: ShellReply | undefined): void {
    const { steps } = this;
    if (steps === undefined) return;
    const next = reply === undefined ? steps.next(NOTHING) : steps.next(reply);
    if (next.done === true) this.end({ kind: "exited", status: next.value.status });
    else this.ask(next.value);
  }

  private ask(request: ShellRequest): void {
    switch (request.kind) {
      case "sleep":
        this.answerIn(request.us, NOTHING);
        return;
      case "command":
        this.command(request);
        return;
      case "background": {
        const child = new Job(this.host, this.pid, ["(background)"], () => {
          this.children.delete(child);
          this.onChildEnd?.();
        });
        // What was started with setsid or nohup outlives the script and its group.
        if (!request.detached) this.children.add(child);
        child.view = this.view;
        // What goes on beside the script is not part of how it went.
        this.onEnd = undefined;
        child.begin(request.run);
        this.answerIn(PROCESS_US, { ...NOTHING, pid: child.pid });
        return;
      }
      case "wait": {
        const { pid } = request;
        const waiting = (): boolean =>
          [...this.children].some((child) => pid === undefined || child.pid === pid);
        this.onChildEnd = () => {
          if (waiting()) return;
          this.onChildEnd = undefined;
          this.answerIn(0, NOTHING);
        };
        this.onChildEnd();
        return;
      }
    }
  }

  private command(request: Extract<ShellRequest, { kind: "command" }>): void {
    const { argv, stdin, context, timeoutUs } = request;
    const end = executeCommand(argv, stdin, this.view, context);
    // The command itself may have ended this script, as `pkill` does.
    if (this.isOver) return;
    switch (end.kind) {
      case "unmodelled":
        throw notModelled(this.host, `line ${request.line}: ${argv[0] ?? ""}: ${end.why}`);
      case "hangs":
        if (timeoutUs !== undefined) this.answerIn(timeoutUs, TIMED_OUT);
        return;
      case "ended":
        if (timeoutUs !== undefined && end.durationUs > timeoutUs) {
          this.answerIn(timeoutUs, TIMED_OUT);
        } else {
          this.answerIn(end.durationUs, end);
        }
    }
  }

  private answerIn(delayUs: number, reply: ShellReply): void {
    this.timer = this.host.clock.after(delayUs, () => {
      this.go(reply);
    });
  }

  private end(end: ScriptEnd): void {
    this.isOver = true;
    this.steps = undefined;
    this.timer?.cancel();
    this.host.processes.exit(this.pid);
    const { version, beganUs, host } = this;
    if (end.kind === "exited" && host.version() === version) {
      this.onEnd?.({ version, durationUs: host.clock.nowUs() - beganUs, end });
    }
    this.done(end);
  }
}

const ENDS: ReadonlySet<Signal> = new Set(["TERM", "KILL", "INT", "HUP", "USR1", "USR2"]);
const NOTHING: ShellReply = { status: 0, stdout: "", stderr: "" };
/** timeout(1): the status when the time was up. */
const TIMED_OUT: ShellReply = { status: 124, stdout: "", stderr: "" };
