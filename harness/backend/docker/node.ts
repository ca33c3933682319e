/**
 * A plain-container node and the seams through which everything reaches it: run a command as the
 * host's root, run a tool in its namespaces, query its MySQL. Other kinds of nodes replace this file.
 */
import type Dockerode from "dockerode";
import { HarnessError } from "../../core/errors.ts";
import type { ResolvedNode } from "../../topology/resolve.ts";
import { execute, executeOk, type CommandOptions, type CommandResult } from "./exec.ts";

export interface DockerNode {
  readonly spec: ResolvedNode;
  readonly host: Dockerode.Container;
  readonly toolbox: Dockerode.Container;
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

/** Process ids of a service that are alive (zombies are not). */
export async function livePids(node: DockerNode, service: Service): Promise<number[]> {
  const script = `for p in $(pgrep -x '${PROCESS_NAMES[service]}'); do
    case "$(ps -o stat= -p "$p")" in ""|Z*) ;; *) echo "$p";; esac
  done`;
  const text = await inToolbox(node, script);
  return text.split("\n").filter(Boolean).map(Number);
}

/** Milliseconds between looks at a process that is going away; a lower bound on the receipt's age. */
const LOOK_EVERY_SECONDS = "0.02";

/** Waits (bounded) until none of the processes is alive; returns those that still are. */
export async function waitUntilGone(
  node: DockerNode,
  pids: readonly number[],
  boundSeconds: number,
): Promise<number[]> {
  const script = `i=0; while [ $i -lt ${boundSeconds * 50} ]; do
    left=""
    for p in ${pids.join(" ")}; do
      case "$(ps -o stat= -p "$p")" in ""|Z*) ;; *) left="$left $p";; esac
    done
    [ -z "$left" ] && break
    i=$((i + 1)); sleep ${LOOK_EVERY_SECONDS}
  done; echo $left`;
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
  await inToolbox(
    node,
    `i=0; while [ $i -lt ${boundSeconds * 50} ]; do
      dying=""
      for p in $(pgrep '${PROCESS_NAMES[service]}'); do
        case "$(ps -o stat= -p "$p")" in Z*|X*) dying=1;; esac
      done
      [ -z "$dying" ] && break
      i=$((i + 1)); sleep ${LOOK_EVERY_SECONDS}
    done`,
  );
}
