/** Running a command in a container to its end. */
import type Dockerode from "dockerode";
import { HarnessError } from "../../core/errors.ts";
import { borrowShell } from "./shell.ts";
import { bounded, shortly } from "./stream.ts";

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly input?: string;
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 60_000;

/** Runs to the end, whatever the exit code. Throws `COMMAND_TIMEOUT` past the bound. */
export async function execute(
  container: Dockerode.Container,
  command: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const shell = await borrowShell(container);
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  try {
    return await bounded(shell.run(command, options.input), timeoutMs, shortly(command));
  } finally {
    shell.giveBack();
  }
}

/** As `execute`, and throws `COMMAND_FAILED` with what it printed when the exit code is not 0. */
export async function executeOk(
  container: Dockerode.Container,
  what: string,
  command: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const result = await execute(container, command, options);
  if (result.exitCode === 0) return result.stdout;
  const said = `${result.stderr}\n${result.stdout}`.trim().split("\n").slice(-5).join(" | ");
  throw new HarnessError(
    "COMMAND_FAILED",
    `${what} failed (exit code ${result.exitCode}): ${said}`,
  );
}
