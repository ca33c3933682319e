/** What a running script asks of whoever drives it, and what it gets back. */
import type { Us } from "../core/time.ts";
import type { CommandContext } from "./host.ts";
import type { Note } from "./state.ts";

/** A program that is not part of the shell; answered when it has ended. */
export interface CommandRequest {
  readonly kind: "command";
  /** `/dev/tcp HOST PORT` stands for a redirection that connects. */
  readonly argv: readonly string[];
  readonly stdin: string;
  /** Past it the program is ended and the status is 124. */
  readonly timeoutUs: Us | undefined;
  readonly line: number;
  readonly context: CommandContext;
}

export interface SleepRequest {
  readonly kind: "sleep";
  readonly us: Us;
  readonly line: number;
}

/** Runs beside the script from now on; the answer has its process number. */
export interface BackgroundRequest {
  readonly kind: "background";
  readonly run: Generator<ShellRequest, ShellResult, ShellReply>;
  /** Started with `setsid`, `nohup` or `systemd-run`: meant to outlive the script. */
  readonly detached: boolean;
  readonly line: number;
}

/** Until that background process has ended, or all of them have. */
export interface WaitRequest {
  readonly kind: "wait";
  readonly pid: number | undefined;
  readonly line: number;
}

export type ShellRequest = CommandRequest | SleepRequest | BackgroundRequest | WaitRequest;

export interface ShellReply {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly pid?: number;
}

export interface ShellResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What the script used that is not modelled, or is modelled only in part. */
  readonly notes: readonly Note[];
}
