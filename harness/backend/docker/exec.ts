/** Running a command in a container: to its end, or as a stream that lasts as long as the container. */
import type Dockerode from "dockerode";
import { PassThrough, type Duplex } from "node:stream";
import { HarnessError } from "../../core/errors.ts";

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
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  const stream = await startStream(container, command, {
    stdin: options.input !== undefined,
    onStdout: (chunk) => stdout.push(chunk),
    onStderr: (chunk) => stderr.push(chunk),
  });
  if (options.input !== undefined) stream.endInput(options.input);
  await bounded(stream.ended, timeoutMs, command.join(" ").slice(0, 120));
  return {
    exitCode: await stream.exitCode(),
    stdout: Buffer.concat(stdout).toString("utf8"),
    stderr: Buffer.concat(stderr).toString("utf8"),
  };
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

export interface RunningStream {
  /** Resolves when the command has ended and everything it printed was delivered. */
  readonly ended: Promise<void>;
  exitCode(): Promise<number>;
  endInput(text?: string): void;
}

export interface StreamHandlers {
  readonly stdin?: boolean;
  readonly onStdout: (chunk: Buffer) => void;
  readonly onStderr: (chunk: Buffer) => void;
}

export async function startStream(
  container: Dockerode.Container,
  command: readonly string[],
  handlers: StreamHandlers,
): Promise<RunningStream> {
  const exec = await container.exec({
    Cmd: [...command],
    User: "0",
    AttachStdin: handlers.stdin === true,
    AttachStdout: true,
    AttachStderr: true,
    Tty: false,
  });
  const socket: Duplex = await exec.start({ hijack: true, stdin: handlers.stdin === true });
  const stdout = new PassThrough().on("data", handlers.onStdout);
  const stderr = new PassThrough().on("data", handlers.onStderr);
  container.modem.demuxStream(socket, stdout, stderr);
  const ended = new Promise<void>((resolve) => {
    socket
      .on("end", resolve)
      .on("close", resolve)
      .on("error", () => {
        resolve(); // the container went away under us: the stream is over
      });
  });
  return {
    ended,
    exitCode: async () => (await exec.inspect()).ExitCode ?? -1,
    endInput: (text) => {
      if (text === undefined) socket.end();
      else socket.end(text);
    },
  };
}

/** Splits a byte stream into lines; the last, unfinished one stays behind. */
export function lineSplitter(onLine: (line: string) => void): (chunk: Buffer) => void {
  let rest = "";
  return (chunk) => {
    const lines = (rest + chunk.toString("utf8")).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  };
}

async function bounded(work: Promise<void>, timeoutMs: number, what: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(
        new HarnessError("COMMAND_TIMEOUT", `command did not end within ${timeoutMs} ms: ${what}`),
      );
    }, timeoutMs);
  });
  try {
    await Promise.race([work, expiry]);
  } finally {
    clearTimeout(timer);
  }
}
