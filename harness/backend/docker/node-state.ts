/** What a node says of itself when something failed that should not: for people, kept as evidence. */
import type Dockerode from "dockerode";
import { messageOf } from "../../core/errors.ts";
import { execute } from "./exec.ts";
import type { DockerNode } from "./node.ts";

const INSIDE =
  "ps -eo pid,stat,etimes,wchan:24,args 2>/dev/null; ip -o -4 address; tail -n 15 /var/log/mysql/error.log /var/log/syslog";
/** Beside a guest that does not answer: whether its kernel runs, and what it waits for. */
const OUTSIDE = `for process in /proc/[0-9]*; do
  printf '%s %s %s\\n' "\${process#/proc/}" "$(cat $process/comm)" "$(cat $process/wchan)"
  grep -E '^(State|voluntary|nonvoluntary)' $process/status
done 2>/dev/null`;
const BOUND_MS = 5000;

/** Processes, addresses and the ends of the logs; why not, where it does not answer. */
export function stateInside(host: Dockerode.Container): Promise<string> {
  return told(host, INSIDE);
}

export async function stateOf({ host, container, kernel }: DockerNode): Promise<string> {
  const parts = await Promise.all([
    stateInside(host),
    ...(kernel === "own" ? [told(container, OUTSIDE)] : []),
  ]);
  return parts.join("\n");
}

async function told(container: Dockerode.Container, script: string): Promise<string> {
  try {
    const options = { timeoutMs: BOUND_MS };
    const { stdout, stderr } = await execute(container, ["sh", "-c", script], options);
    return stdout + stderr;
  } catch (error) {
    return messageOf(error);
  }
}
