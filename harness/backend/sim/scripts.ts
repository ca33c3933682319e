/**
 * Check and notify scripts of the user, run as they are written: the interpreter says what comes next,
 * this lets the time pass that it takes, and the host says what a command sees and does.
 *
 * A script that the interpreter cannot run (another language, a command it does not know) is a limit of
 * the simulator and ends the run with `SCRIPT_NOT_MODELLED`: no answer is better than a guess.
 */
import { HarnessError } from "../../core/errors.ts";
import type { Us } from "../../core/time.ts";
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
 * How a script went that only looked, and did not wait: as long as it would see the same, it goes the
 * same way, and need not be run again.
 */
interface KnownRun {
  readonly version: number;
  /** When it looked for the last time, from its start. */
  readonly lookedUs: Us;
  readonly durationUs: Us;
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
  const known = knownRuns(host).get(argv.join("\0"));
  if (known?.version === host.version()) {
    const job = new Job(host, parent, argv, done);
    job.repeat(known, () => {
      // What has changed since its start counts as from its start: it is a matter of milliseconds.
      const program = programOf(host, argv[0] ?? "");
      if (program === undefined) job.end({ kind: "not-run" });
      else start(job, program, { host, argv, parent });
    });
    return job;
  }
  const program = programOf(host, argv[0] ?? "");
  if (program === undefined) {
    host.clock.after(0, () => {
      done({ kind: "not-run" });
    });
    return { pid: 0, kill: () => undefined };
  }
  const job = new Job(host, parent, argv, done);
  start(job, program, { host, argv, parent });
  return job;
}

/** Runs a text with bash, as `bash -c TEXT NAME`. What it gave; nothing, when a signal ended it. */
export function runText(
  host: ScriptHost,
  { name, text }: { readonly name: string; readonly text: string },
  done: (result: ShellResult | undefined) => void,
): RunningScript {
  let result: ShellResult | undefined;
  const job = new Job(host, 1, [name], () => {
    done(result);
  });
  const shell = { host: host.view, name, args: [], pid: job.pid, parentPid: 1 };
  const steps = runShell(parsed(host, { path: name, text }), shell);
  job.begin(
    (function* kept(): Steps {
      result = yield* steps;
      return result;
    })(),
  );
  return job;
}

interface Call {
  readonly host: ScriptHost;
  readonly argv: readonly string[];
  readonly parent: number;
}

function start(job: Job, program: Program, { host, argv, parent }: Call): void {
  if (program.kind === "script" && !canBeExecuted(program.text)) {
    // The child's exec fails, and it ends as if all were well (`notify.c:system_call_script`, 2.3.4).
    job.endIn(PROCESS_US, { kind: "exited", status: 0 });
    return;
  }
  const looked = lookingOnly(host);
  job.view = looked.view;
  job.onEnd = (run) => {
    if (!looked.only()) return;
    const lookedUs = Math.max(0, looked.lastUs() - job.beganUs);
    knownRuns(host).set(argv.join("\0"), { ...run, lookedUs });
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
}

const runs = new WeakMap<ScriptHost, Map<string, KnownRun>>();

function knownRuns(host: ScriptHost): Map<string, KnownRun> {
  const known = runs.get(host) ?? new Map<string, KnownRun>();
  runs.set(host, known);
  return known;
}

interface Looking {
  readonly view: HostView;
  /** Nothing but looking at the host's own state was done through the view. */
  only(): boolean;
  /** The time of the last look. */
  lastUs(): Us;
}

function lookingOnly(host: ScriptHost): Looking {
  const { view, clock } = host;
  let only = true;
  let lastUs: Us = 0;
  const look = (): HostView => {
    lastUs = clock.nowUs();
    return view;
  };
  const act = (): HostView => {
    only = false;
    return view;
  };
  return {
    only: () => only,
    lastUs: () => lastUs,
    view: {
      // These never change.
      hostname: () => view.hostname(),
      lacksCommand: (name) => view.lacksCommand(name),
      sockets: () => look().sockets(),
      processes: () => look().processes(),
      addresses: () => look().addresses(),
      readFile: (path) => look().readFile(path),
      fileKind: (path) => look().fileKind(path),
      // What other hosts do is not counted in this one's version.
      connect: (address, port) => act().connect(address, port),
      ping: (address) => act().ping(address),
      arp: (address) => act().arp(address),
      arpingOf: () => view.arpingOf(),
      log: (program, text) => {
        act().log(program, text);
      },
      signal: (pid, signal) =>
        (signal === "0" || signal === "SIG0" ? look() : act()).signal(pid, signal),
      nowUs: () => act().nowUs(),
      writeFile: (path, text, append) => act().writeFile(path, text, append),
      removeFile: (path) => act().removeFile(path),
      service: (name, action) => act().service(name, action),
      startDaemon: (program, args) => act().startDaemon(program, args),
      changeAddress: (name, address, prefixLength, change) =>
        act().changeAddress(name, address, prefixLength, change),
      mysql: (request) => act().mysql(request),
      mail: (recipient, subject) => act().mail(recipient, subject),
      act: (argv) => {
        act().act(argv);
      },
    },
  };
}

function programOf(host: ScriptHost, path: string): Program | undefined {
  const text = host.view.readFile(path);
  if (text !== undefined) {
    return host.isExecutable(path) ? { kind: "script", path, text } : undefined;
  }
  const system = !path.includes("/") || /^(?:\/usr)?(?:\/local)?\/s?bin\/[^/]+$/.test(path);
  if (!system) return undefined;
  const name = path.slice(path.lastIndexOf("/") + 1);
  return host.view.lacksCommand(name) ? undefined : { kind: "command" };
}

/**
 * The kernel runs a text only by the interpreter in its first line; a carriage return belongs to the name.
 * keepalived executes the file itself (`notify.c:system_call_script`, since 2.0; before, a shell did, which
 * takes a text without such a line for its own: not modelled).
 */
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
  onEnd: ((run: Omit<KnownRun, "lookedUs">) => void) | undefined;
  readonly beganUs: Us;
  private readonly host: ScriptHost;
  /** Time that has passed already and need not be waited for. */
  private passedUs: Us = 0;
  private readonly version: number;
  private isOver = false;
  private readonly done: (end: ScriptEnd) => void;
  private readonly children = new Set<Job>();
  private steps: Steps | undefined;
  private timer: Timer | undefined;
  private next: { readonly dueUs: Us; readonly run: () => void } | undefined;
  /** Since when it is stopped (SIGSTOP). */
  private stoppedUs: Us | undefined;
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
    this.later(PROCESS_US, () => {
      this.go(undefined);
    });
  }

  /** Goes as it is known to go, unless something has changed before its last look; then it is run. */
  repeat({ version, lookedUs, durationUs, end }: KnownRun, run: () => void): void {
    this.later(lookedUs, () => {
      if (this.host.version() !== version) {
        this.passedUs = lookedUs;
        run();
        return;
      }
      this.endIn(durationUs - lookedUs, end);
    });
  }

  endIn(delayUs: Us, end: ScriptEnd): void {
    this.later(delayUs, () => {
      this.end(end);
    });
  }

  /** Traps are not modelled: what ends a process by default ends it. */
  kill(signal: Signal): void {
    if (this.isOver) return;
    if (signal === "STOP") this.stop();
    if (signal === "CONT") this.goOn();
    if (!ENDS.has(signal)) return;
    for (const child of this.children) child.kill(signal);
    this.end({ kind: "signalled", signal });
  }

  private stop(): void {
    this.stoppedUs ??= this.host.clock.nowUs();
    this.timer?.cancel();
  }

  /** All that was under way takes longer by the time it stood still. */
  private goOn(): void {
    const { stoppedUs, next } = this;
    if (stoppedUs === undefined) return;
    this.stoppedUs = undefined;
    this.onEnd = undefined;
    if (next !== undefined) this.later(Math.max(0, next.dueUs - stoppedUs), next.run);
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
        // What it sees afterwards may be another world.
        this.onEnd = undefined;
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
    this.later(delayUs, () => {
      this.go(reply);
    });
  }

  private later(delayUs: Us, run: () => void): void {
    const passedUs = Math.min(this.passedUs, delayUs);
    this.passedUs -= passedUs;
    const dueUs = this.host.clock.nowUs() + delayUs - passedUs;
    this.next = { dueUs, run };
    if (this.stoppedUs === undefined) this.timer = this.host.clock.at(dueUs, run);
  }

  end(end: ScriptEnd): void {
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
