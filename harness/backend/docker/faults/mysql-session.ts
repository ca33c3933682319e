/**
 * MySQL sessions of root's in the node's own container that stay open until they are ended. Their clients
 * end when our end of the input does, so that nothing of them outlives this process.
 */
import { HarnessError } from "../../../core/errors.ts";
import { lineSplitter, startStream } from "../stream.ts";
import { timed, type DockerNode, type TimedCommand } from "../node.ts";
import { until } from "./until.ts";

export interface HeldSessions {
  /** Lines that they have printed so far, split at tabs. */
  readonly lines: readonly (readonly string[])[];
  /** What went wrong, in the clients' words. */
  said(): string;
  /** Process group of the clients and of all that feeds them. */
  readonly group: string;
  /** Our end of the input is closed. */
  end(): void;
}

/** A feed that has nothing more to say; a day is longer than any drill. */
export const FOREVER = "exec sleep 86400";

/** `feed`: a shell command that prints the statements, and does not end before the session should. */
export async function holdSessions(
  node: DockerNode,
  feed: string,
  count = 1,
): Promise<HeldSessions> {
  const lines: string[][] = [];
  let errors = "";
  // `docker exec` makes the shell the leader of a process group, to which all of this belongs.
  const script = `echo "group $$"; i=0
while [ $i -lt ${count} ]; do
  { ${feed}
  } | mysql --batch --skip-column-names --unbuffered &
  i=$((i + 1))
done
cat >/dev/null; kill -KILL 0`;
  const stream = await startStream(node.host, ["sh", "-c", script], {
    stdin: true,
    onStdout: lineSplitter((line) => lines.push(line.split("\t"))),
    onStderr: (chunk) => {
      errors += chunk.toString("utf8");
    },
  });
  await awaitLines(lines, 1);
  const group = /^group (\d+)$/.exec(lines[0]?.[0] ?? "")?.[1];
  if (group === undefined) {
    throw new HarnessError("COMMAND_FAILED", `no session on ${node.spec.name}: ${errors.trim()}`);
  }
  lines.shift();
  return {
    lines,
    said: () => errors.trim(),
    group,
    end: () => {
      stream.endInput();
    },
  };
}

/** The clients are killed, and the server sees their connections end. `then` follows in the same command. */
export async function killSessions(
  node: DockerNode,
  sessions: readonly HeldSessions[],
  then = "true",
): Promise<TimedCommand> {
  const groups = sessions.map(({ group }) => `-${group}`).join(" ");
  const killed = await timed(node.host, `kill -KILL ${groups}; ${then}`);
  for (const session of sessions) session.end();
  return killed;
}

/** Waits until there are that many lines that begin so; false when the bound is over. */
export function heard(
  session: HeldSessions,
  word: string,
  count: number,
  boundMs: number,
): Promise<boolean> {
  return until(() => session.lines.filter(([first]) => first === word).length >= count, boundMs);
}

function awaitLines(lines: readonly unknown[], count: number): Promise<boolean> {
  return until(() => lines.length >= count, START_MS_MAX);
}

const START_MS_MAX = 10_000;
