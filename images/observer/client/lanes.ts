/**
 * The lanes of client activity. `fresh` is open loop: a slow server does not slow the ticks, so an
 * outage is seen at full resolution. `held` is one connection, as a pool's member would be; so are the
 * lanes at the nodes' own addresses.
 */
import type { Connection } from "mysql2";
import type { ClientConfig } from "../../../harness/observe/client.ts";
import type { Lane } from "../../../harness/workload/workload.ts";
import { connect, type Target } from "./connection.ts";
import { failed, invoke, perform } from "./operations.ts";

export interface LaneHandle {
  /** No new ticks; resolves when what was under way has ended. */
  stop(): Promise<void>;
}

export function startFresh(config: ClientConfig, target: Target): LaneHandle {
  const underWay = new Set<Promise<void>>();
  const tick = (): void => {
    const work = freshTick(config, target).finally(() => underWay.delete(work));
    underWay.add(work);
  };
  const timer = setInterval(tick, config.cadenceMs);
  return {
    stop: async () => {
      clearInterval(timer);
      await Promise.all(underWay);
    },
  };
}

/** Connect, read, write, close: first answer, first read and first write of one new client. */
async function freshTick(config: ClientConfig, target: Target): Promise<void> {
  const read = invoke("fresh", "read");
  let connection: Connection;
  try {
    connection = await connect(target, config.connectDeadlineMs);
  } catch (error) {
    failed(read, error);
    return;
  }
  let good = await perform(connection, read, config);
  if (good) good = await perform(connection, invoke("fresh", "write"), config);
  if (good) connection.end();
  else connection.destroy();
}

export function startHeld(config: ClientConfig, target: Target, lane: Lane): LaneHandle {
  let connection: Connection | undefined;
  let busy: Promise<void> | undefined;
  let turn = 0;

  const step = async (): Promise<void> => {
    const operation = invoke(lane, turn % 2 === 0 ? "write" : "read");
    turn += 1;
    try {
      connection ??= await connect(target, config.connectDeadlineMs);
    } catch (error) {
      failed(operation, error);
      return;
    }
    if (await perform(connection, operation, config)) return;
    connection.destroy();
    connection = undefined;
  };
  const tick = (): void => {
    busy ??= step().finally(() => {
      busy = undefined;
    });
  };
  const timer = setInterval(tick, config.cadenceMs);
  return {
    stop: async () => {
      clearInterval(timer);
      await busy;
      connection?.destroy();
    },
  };
}
