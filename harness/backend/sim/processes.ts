/** The process table of a simulated host: who runs, whose child it is, and what a signal does. */
import type { Signal } from "./keepalived/host.ts";

export interface ProcessEntry {
  readonly pid: number;
  readonly ppid: number;
  /** As in `ps -o comm`. */
  readonly name: string;
  readonly args: string;
  readonly user: string;
  readonly stopped: boolean;
}

interface Row {
  pid: number;
  ppid: number;
  name: string;
  args: string;
  user: string;
  passing: boolean;
  stopped: boolean;
  onSignal: (signal: Signal) => void;
}

/** Where pids of a fresh container begin, after its init and its services. */
const FIRST_PID = 40;

export class ProcessTable {
  private readonly rows = new Map<number, Row>();
  private next = FIRST_PID;
  private changes = 0;

  /** Moves whenever a process that stays comes, goes, stops or goes on. */
  get version(): number {
    return this.changes;
  }

  spawn(
    process: {
      ppid: number;
      name: string;
      args: string;
      user?: string;
      /** A script or a command, gone again soon: it does not count as a change. */
      passing?: boolean;
    },
    onSignal: (signal: Signal) => void,
  ): number {
    const pid = this.next;
    this.next += 1;
    const { ppid, name, args, user = "root", passing = false } = process;
    if (!passing) this.changes += 1;
    this.rows.set(pid, { pid, ppid, name, args, user, passing, stopped: false, onSignal });
    return pid;
  }

  exit(pid: number): void {
    if (this.rows.get(pid)?.passing === false) this.changes += 1;
    this.rows.delete(pid);
    // Orphans are taken over by init.
    for (const row of this.rows.values()) if (row.ppid === pid) row.ppid = 1;
  }

  isAlive(pid: number): boolean {
    return this.rows.has(pid);
  }

  /** False when there is no such process. */
  signal(pid: number, signal: Signal): boolean {
    const row = this.rows.get(pid);
    if (row === undefined) return false;
    if (signal === "STOP" || signal === "CONT") this.changes += 1;
    if (signal === "STOP") row.stopped = true;
    if (signal === "CONT") row.stopped = false;
    row.onSignal(signal);
    return true;
  }

  list(): readonly ProcessEntry[] {
    return [...this.rows.values()];
  }

  named(name: string): readonly ProcessEntry[] {
    return this.list().filter((row) => row.name === name);
  }
}
