/** A command in a container as a stream that lasts as long as the container, and bounds for what is waited for. */
import type Dockerode from "dockerode";
import { PassThrough, type Duplex } from "node:stream";
import { HarnessError } from "../../core/errors.ts";

/** An engine that takes longer to answer a request than this does not answer at all. */
export const ENGINE_ANSWER_MS = 60_000;

/** In images with a kernel of their own: runs a command in the guest. */
export const GUEST_EXEC = "/usr/lib/vipdrill/guest-exec";

const guests = new WeakSet<Dockerode.Container>();

/** The container as a place for commands: those given to this handle run under its own kernel. */
export function guestOf(docker: Dockerode, container: Dockerode.Container): Dockerode.Container {
  const guest = docker.getContainer(container.id);
  guests.add(guest);
  return guest;
}

export interface RunningStream {
  /** Resolves when the command has ended and everything it printed was delivered. */
  readonly ended: Promise<void>;
  exitCode(): Promise<number>;
  write(text: string): void;
  endInput(): void;
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
  const what = `start of ${shortly(command)}`;
  const exec = await bounded(
    container.exec({
      Cmd: [...(guests.has(container) ? [GUEST_EXEC] : []), ...command],
      User: "0",
      AttachStdin: handlers.stdin === true,
      AttachStdout: true,
      AttachStderr: true,
      Tty: false,
    }),
    ENGINE_ANSWER_MS,
    what,
  );
  const socket: Duplex = await bounded(
    exec.start({ hijack: true, stdin: handlers.stdin === true }),
    ENGINE_ANSWER_MS,
    what,
  );
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
    write: (text) => {
      socket.write(text);
    },
    endInput: () => {
      socket.end();
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

export function shortly(command: readonly string[]): string {
  return command.join(" ").slice(0, 120);
}

/** Waits so long and no longer. Throws `COMMAND_TIMEOUT` past the bound; the work itself is left alone. */
export async function bounded<T>(work: Promise<T>, timeoutMs: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(
        new HarnessError("COMMAND_TIMEOUT", `command did not end within ${timeoutMs} ms: ${what}`),
      );
    }, timeoutMs);
  });
  try {
    return await Promise.race([work, expiry]);
  } finally {
    clearTimeout(timer);
  }
}
