/**
 * A node and the seams through which everything reaches it: run a command as the host's root, run a tool among
 * its processes and addresses, meet its frames, query its MySQL. They are the same for a plain container and for
 * one with a kernel of its own (`own-kernel.ts`); what differs is where each leads.
 */
import type Dockerode from "dockerode";
import { HarnessError } from "../../core/errors.ts";
import type { ResolvedNode } from "../../topology/resolve.ts";
import { execute, executeOk, type CommandOptions, type CommandResult } from "./exec.ts";

export interface DockerNode {
  readonly spec: ResolvedNode;
  /** What the engine freezes, limits and ends. */
  readonly container: Dockerode.Container;
  /** Where the host's own commands run. */
  readonly host: Dockerode.Container;
  /** Our tools among the node's processes, addresses and neighbours. */
  readonly toolbox: Dockerode.Container;
  /**
   * Our tools where the node's frames pass, under the engine's kernel and by its clock. Of a plain container it is the
   * toolbox; a node with a kernel of its own has a second one, outside of that kernel.
   */
  readonly wire: Dockerode.Container;
  /** The engine's, or one of the node's own. */
  readonly kernel: "engine" | "own";
  readonly mac: string;
}

export type Service = "mysql" | "keepalived";

/** Names under which a service's processes run, as an extended regular expression for `pgrep -x`. */
export const PROCESS_NAMES: Readonly<Record<Service, string>> = {
  mysql: "mysqld|mariadbd",
  keepalived: "keepalived",
};

export function inHost(
  node: DockerNode,
  command: readonly string[],
  options?: CommandOptions,
): Promise<CommandResult> {
  return execute(node.host, command, options);
}

/** A shell script in the toolbox: the node's network and processes, our tools. */
export function inToolbox(node: DockerNode, script: string): Promise<string> {
  return executeOk(node.toolbox, `a tool beside ${node.spec.name}`, ["sh", "-c", script]);
}

/** A shell script where the node's frames pass. */
export function onWire(node: DockerNode, script: string): Promise<string> {
  return executeOk(node.wire, `a tool at the link of ${node.spec.name}`, ["sh", "-c", script]);
}

/** Runs statements as root over the socket; returns tab-separated rows without a header. */
export function sql(node: DockerNode, statements: string, timeoutMs?: number): Promise<string> {
  return executeOk(
    node.host,
    `SQL on ${node.spec.name}`,
    ["mysql", "--batch", "--skip-column-names", "--raw"],
    { input: statements, ...(timeoutMs === undefined ? {} : { timeoutMs }) },
  );
}

/** One row of a `SHOW ...` statement by column name; empty when there is no row. */
export async function sqlRow(node: DockerNode, statement: string): Promise<Record<string, string>> {
  const command = ["mysql", "--raw", "--vertical", "--execute", statement];
  const text = await executeOk(node.host, `SQL on ${node.spec.name}`, command);
  return Object.fromEntries(
    [...text.matchAll(/^\s*(\w+): (.*)$/gm)].map((match) => [match[1] ?? "", match[2] ?? ""]),
  );
}

export interface TimedCommand extends CommandResult {
  readonly beginEpochUs: number;
  readonly endEpochUs: number;
}

/**
 * A command with the node's own clock read just before and just after it; `before` runs ahead of the
 * first reading, for what takes time and has no effect. Throws `CLOCK_UNREADABLE` when the stamps
 * are missing.
 */
export async function timed(
  container: Dockerode.Container,
  script: string,
  options: CommandOptions & { readonly before?: string } = {},
): Promise<TimedCommand> {
  const wrapped = `${options.before ?? ":"}; date +@%s%6N >&2; { ${script}\n}; rc=$?; date +@%s%6N >&2; exit $rc`;
  const result = await execute(container, ["sh", "-c", wrapped], options);
  const stamps = [...result.stderr.matchAll(/^@(\d{16})$/gm)].map((match) => Number(match[1]));
  const [begin, end] = [stamps[0], stamps.at(-1)];
  if (begin === undefined || end === undefined) {
    throw new HarnessError("CLOCK_UNREADABLE", `no time stamps around a command: ${result.stderr}`);
  }
  return { ...result, beginEpochUs: begin, endEpochUs: end };
}

/**
 * For scripts: `state_of PID` sets `state` to the letter of proc(5), or to nothing. With the shell's own means: on a node
 * with a kernel of its own every program that is started costs milliseconds.
 */
export const STATE_OF = `state_of() {
  state=; read -r line 2>/dev/null </proc/$1/stat || return 0
  line=\${line##*) }; state=\${line%% *}
}`;

/** Process ids of a service that are alive (zombies are not). */
export async function livePids(node: DockerNode, service: Service): Promise<number[]> {
  const script = `${STATE_OF}
  for p in $(pgrep -x '${PROCESS_NAMES[service]}'); do
    state_of "$p"; case "$state" in ""|Z|X) ;; *) echo "$p";; esac
  done`;
  const text = await inToolbox(node, script);
  return text.split("\n").filter(Boolean).map(Number);
}

/** Seconds between looks at a process that is going away; a lower bound on the receipt's age. */
const LOOK_EVERY_SECONDS = "0.02";

/** Waits (bounded) until none of the processes is alive; returns those that still are. */
export async function waitUntilGone(
  node: DockerNode,
  pids: readonly number[],
  boundSeconds: number,
): Promise<number[]> {
  const script = `${STATE_OF}
  look() {
    left=""
    for p in ${pids.join(" ")}; do
      state_of "$p"; case "$state" in ""|Z|X) ;; *) left="$left $p";; esac
    done
  }
  ${untilOver('look; [ -z "$left" ]', boundSeconds)}
  look; echo $left`;
  const text = await inToolbox(node, script);
  return text.trim().split(" ").filter(Boolean).map(Number);
}

/**
 * Waits (bounded) until nothing of a service is dying. A killed process is a zombie until its parent has taken note, with
 * threads that may still hold its files; a server that is started meanwhile finds its lock taken and gives up.
 */
export async function waitUntilBuried(
  node: DockerNode,
  service: Service,
  boundSeconds: number,
): Promise<void> {
  const look = `dying=""
    for p in $(pgrep '${PROCESS_NAMES[service]}'); do
      state_of "$p"; case "$state" in Z|X) dying=1;; esac
    done
    [ -z "$dying" ]`;
  await inToolbox(node, `${STATE_OF}\n${untilOver(look, boundSeconds)}`);
}

/** A look that is repeated until it succeeds or its time is over: by the clock, in whole seconds, not by the number of looks. */
function untilOver(look: string, boundSeconds: number): string {
  return `read -r now rest </proc/uptime; end=$((\${now%.*} + ${boundSeconds} + 1))
  while ! { ${look}; }; do
    read -r now rest </proc/uptime; [ \${now%.*} -lt $end ] || break
    sleep ${LOOK_EVERY_SECONDS}
  done`;
}
