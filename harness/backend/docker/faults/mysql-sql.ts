/** SQL of an administrator's and of the application's on a node, with what the server said to it. */
import type { Json } from "../../../core/json.ts";
import { execute, type CommandResult } from "../exec.ts";
import { timed, type DockerNode, type TimedCommand } from "../node.ts";
import type { FaultContext } from "./driver.ts";

/** How a statement of the application's account ended. */
export interface Attempt {
  /** Number of the error; absent when it went through. */
  readonly errno?: number;
  readonly said: string;
}

const TIMEOUT_MS = 30_000;
const LOOK_MS = 100;

/** As root over the socket, between two readings of the node's clock. What failed is left to the proof. */
export function timedSql(node: DockerNode, statements: string): Promise<TimedCommand> {
  return timed(node.host, "mysql --batch --skip-column-names --raw", {
    input: statements,
    timeoutMs: TIMEOUT_MS,
  });
}

/** As root over the socket; an error is an answer here. */
export async function rootTries(node: DockerNode, statements: string): Promise<Attempt> {
  const command = ["mysql", "--batch", "--skip-column-names", "--raw"];
  return attemptOf(await execute(node.host, command, { input: statements, timeoutMs: TIMEOUT_MS }));
}

/** A fresh login of the application's account from the node itself; its password is in no command line. */
export async function appTries(context: FaultContext, statements: string): Promise<Attempt> {
  const { user, password } = context.accounts.app;
  const command = [
    "mysql",
    "--defaults-extra-file=/dev/stdin",
    "--host=127.0.0.1",
    "--batch",
    "--skip-column-names",
    "--execute",
    statements,
  ];
  const input = `[client]\nuser=${user}\npassword=${password}\n`;
  return attemptOf(await execute(context.node.host, command, { input, timeoutMs: TIMEOUT_MS }));
}

function attemptOf({ exitCode, stdout, stderr }: CommandResult): Attempt {
  if (exitCode === 0) return { said: stdout.trim() };
  const line = /^.*ERROR (\d+).*$/m.exec(`${stderr}\n${stdout}`);
  return { errno: Number(line?.[1] ?? -1), said: line?.[0] ?? stderr.trim() };
}

export function attemptWords({ errno, said }: Attempt): string {
  return errno === undefined ? "went through" : `got "${said}"`;
}

/** A text among the facts of before. */
export function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

/** Asks again until it holds or the looks are used up; returns the last answer. */
export async function lookUntil<T>(
  ask: () => Promise<T>,
  holds: (answer: T) => boolean,
  looks: number,
): Promise<T> {
  for (let look = 1; ; look += 1) {
    const answer = await ask();
    if (holds(answer) || look >= looks) return answer;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
