/**
 * Shells in containers that stay open between commands. Every `docker exec` costs 50 ms of processor time
 * (runc, the shim and the engine; measured, 50 in a row), which a drill would spend some sixty times over;
 * a command in an open shell costs its own fork. One shell runs one command at a time, so a container has as
 * many as it ever had commands at once. They end with the container, or when our end of their input does.
 */
import { randomBytes } from "node:crypto";
import type Dockerode from "dockerode";
import { bounded, ENGINE_ANSWER_MS, startStream, type RunningStream } from "./stream.ts";

export interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface BorrowedShell {
  /** Runs one command to its end. What ends the shell ends the command, with the engine's exit code. */
  run(command: readonly string[], input?: string): Promise<Ended>;
  /** For the next one, unless its command has not ended. */
  giveBack(): void;
}

interface Shell {
  readonly stream: RunningStream;
  /** Printed after each command on both outputs; nobody else can know it. */
  readonly mark: string;
  readonly printed: { stdout: string; stderr: string };
  /** Called whenever something was printed, and at the end. */
  changed: () => void;
  busy: boolean;
  over: boolean;
}

const shells = new WeakMap<Dockerode.Container, Shell[]>();

export async function borrowShell(container: Dockerode.Container): Promise<BorrowedShell> {
  const free = idleOf(container).pop();
  const shell = free === undefined || free.over ? await openShell(container) : free;
  return {
    run: (command, input) => run(shell, command, input),
    giveBack: () => {
      if (shell.over) return;
      if (shell.busy) shell.stream.endInput();
      else idleOf(container).push(shell);
    },
  };
}

/** Before the container is paused: a command in a shell that is open would wait, where the engine refuses one. */
export function closeShells(container: Dockerode.Container): void {
  for (const shell of idleOf(container).splice(0)) shell.stream.endInput();
}

function idleOf(container: Dockerode.Container): Shell[] {
  const known = shells.get(container);
  if (known !== undefined) return known;
  const none: Shell[] = [];
  shells.set(container, none);
  return none;
}

async function openShell(container: Dockerode.Container): Promise<Shell> {
  const printed = { stdout: "", stderr: "" };
  const decode = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  let shell: Shell | undefined;
  const take = (from: "stdout" | "stderr") => (chunk: Buffer) => {
    printed[from] += decode[from].decode(chunk, { stream: true });
    shell?.changed();
  };
  const stream = await startStream(container, ["sh"], {
    stdin: true,
    onStdout: take("stdout"),
    onStderr: take("stderr"),
  });
  const opened: Shell = {
    stream,
    mark: `vipdrill-${randomBytes(9).toString("hex")}`,
    printed,
    changed: () => undefined,
    busy: false,
    over: false,
  };
  shell = opened;
  void stream.ended.then(() => {
    opened.over = true;
    opened.changed();
  });
  return opened;
}

async function run(shell: Shell, command: readonly string[], input?: string): Promise<Ended> {
  const { printed, mark } = shell;
  printed.stdout = "";
  printed.stderr = "";
  shell.busy = true;
  const finished = (): boolean =>
    tail(printed.stdout).includes(mark) &&
    tail(printed.stdout).endsWith(";") &&
    tail(printed.stderr).includes(mark);
  const done = new Promise<void>((resolve) => {
    shell.changed = () => {
      if (shell.over || finished()) resolve();
    };
  });
  shell.stream.write(commandText(command, mark, input));
  await done;
  if (!finished()) {
    const exitCode = await bounded(shell.stream.exitCode(), ENGINE_ANSWER_MS, "an exit code");
    return { exitCode, ...printed };
  }
  shell.busy = false;
  const [stdout = "", rest = ""] = printed.stdout.split(mark);
  const [stderr = ""] = printed.stderr.split(mark);
  return { exitCode: Number.parseInt(rest, 10), stdout, stderr };
}

/** The command as a child of the shell, with its input in a here-document; then the mark with its exit code. */
export function commandText(command: readonly string[], mark: string, input?: string): string {
  const words = command.map(quoted).join(" ");
  const told = `printf '${mark}%s;' "$?"; printf '${mark}' >&2\n`;
  if (input === undefined) return `${words} </dev/null; ${told}`;
  const body = input === "" || input.endsWith("\n") ? input : `${input}\n`;
  return `${words} <<'${mark}'\n${body}${mark}\n${told}`;
}

/** Long output comes in many pieces, and the mark is at its end. */
function tail(text: string): string {
  return text.slice(-200);
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
