/**
 * Whether each node's mysqld answers at its own address and accepts writes. Only changes are
 * printed, each with the last moment at which the old state was still known. A connection that the
 * server closes is an event, not a poll: kill -9 shows up within a millisecond. Beside it runs the watch over the
 * node's replication.
 */
import type { Connection } from "mysql2";
import type { ClientConfig } from "../../../harness/observe/client.ts";
import { nowUs } from "./clock.ts";
import { ask, codeOf, connect, DeadlineExceeded, type Target } from "./connection.ts";
import { emit } from "./output.ts";
import { startReplicationWatch } from "./replication.ts";

type State = "up" | "down" | "unresponsive";

/** Longer than any answer of a healthy server on a busy machine, far below a failover. */
const ANSWER_DEADLINE_MS = 500;
/** The first answer is waited for longer: this program is starting itself, and the server was seen to be well. */
const FIRST_ANSWER_MS = 5000;

export function startHealth(
  config: ClientConfig,
  target: Target,
  name: string,
): { stop(): Promise<void> } {
  let connection: Connection | undefined;
  let busy: Promise<void> | undefined;
  let known: string | undefined;
  let confirmedUs = nowUs();
  let stopped = false;

  const report = (state: State, writable: boolean | null, server: string | null): void => {
    const now = nowUs();
    const key = `${state} ${String(writable)} ${String(server)}`;
    if (key !== known && !stopped) emit(["h", now, name, state, writable, server, confirmedUs]);
    known = key;
    confirmedUs = now;
  };
  const lose = (state: State): void => {
    connection?.destroy();
    connection = undefined;
    report(state, null, null);
  };
  const deadlineMs = (): number => (known === undefined ? FIRST_ANSWER_MS : ANSWER_DEADLINE_MS);
  const open = async (): Promise<Connection> => {
    const opened = await connect(target, deadlineMs());
    connection = opened;
    // The socket's end is the earliest sign that the process is gone.
    opened.on("end", () => {
      if (connection === opened) lose("down");
    });
    opened.on("error", () => {
      if (connection === opened) lose("down");
    });
    return opened;
  };
  const check = async (): Promise<void> => {
    try {
      const current = connection ?? (await open());
      const sql = `SELECT ${config.identitySql} AS server, @@global.read_only AS ro`;
      const rows = await ask(current, sql, deadlineMs());
      report("up", Number(rows[0]?.["ro"]) === 0, String(rows[0]?.["server"] ?? ""));
    } catch (error) {
      const silent = error instanceof DeadlineExceeded || codeOf(error) === "ETIMEDOUT";
      lose(silent ? "unresponsive" : "down");
    }
  };
  const tick = (): void => {
    busy ??= check().finally(() => {
      busy = undefined;
    });
  };
  const replication = startReplicationWatch(target, name);
  tick();
  const timer = setInterval(tick, config.healthCadenceMs);
  return {
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      await Promise.all([busy, replication.stop()]);
      connection?.destroy();
    },
  };
}
