/**
 * One process of the daemon, as the kernel sees it: signals, stopping and going on, ending. What the
 * process does is in its handlers.
 */
import type { DaemonHost, DaemonProcess, Program, Signal } from "./host.ts";
import { Loop } from "./loop.ts";

/** How a process ended, as its parent learns. */
export type ProcessEnd =
  | { readonly kind: "exited"; readonly status: number }
  | { readonly kind: "killed" }
  /** The host went off: nobody is left to be told. */
  | { readonly kind: "lost" };

export interface ProcessHandlers {
  /** TERM, INT, HUP and the user signals, when the process runs. */
  signal(signal: Signal): void;
  frozen(): void;
  /** Goes on after SIGCONT: what waited in sockets and timers is up to it. */
  thawed(): void;
  ended(end: ProcessEnd): void;
}

export class SimProcess {
  readonly program: Program;
  readonly parent: number;
  readonly loop: Loop;
  alive = true;
  frozen = false;
  private readonly process: DaemonProcess;
  private readonly handlers: ProcessHandlers;
  private pending: Signal[] = [];

  constructor(host: DaemonHost, program: Program, parent: number, handlers: ProcessHandlers) {
    this.program = program;
    this.parent = parent;
    this.handlers = handlers;
    this.loop = new Loop(host.clock);
    this.process = host.spawn(program, parent, (signal) => this.deliver(signal));
  }

  get pid(): number {
    return this.process.pid;
  }

  deliver(signal: Signal): void {
    if (!this.alive) return;
    switch (signal) {
      case "KILL":
        this.end({ kind: "killed" });
        break;
      case "STOP":
        if (this.frozen) break;
        this.frozen = true;
        this.loop.frozen = true;
        this.handlers.frozen();
        break;
      case "CONT":
        if (this.frozen) this.goOn();
        break;
      case "TERM":
      case "INT":
      case "HUP":
      case "USR1":
      case "USR2":
        if (!this.frozen) this.handlers.signal(signal);
        else if (!this.pending.includes(signal)) this.pending.push(signal);
        break;
    }
  }

  exit(status: number): void {
    if (this.alive) this.end({ kind: "exited", status });
  }

  lose(): void {
    if (this.alive) this.end({ kind: "lost" });
  }

  /** What waited in sockets is read before what its timers missed, and signals come last. */
  private goOn(): void {
    this.frozen = false;
    this.handlers.thawed();
    if (this.alive) this.loop.thaw();
    const signals = this.pending;
    this.pending = [];
    for (const signal of signals) this.deliver(signal);
  }

  private end(end: ProcessEnd): void {
    this.alive = false;
    this.loop.end();
    this.process.exit();
    this.handlers.ended(end);
  }
}
