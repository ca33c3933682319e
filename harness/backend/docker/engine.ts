/**
 * The container engine: found the way testcontainers finds it (DOCKER_HOST over tcp or a
 * socket, the usual, rootless and Desktop sockets; neither Docker contexts nor ssh), spoken to through dockerode.
 */
import Dockerode from "dockerode";
import { getContainerRuntimeClient } from "testcontainers";
import { HarnessError, InputError, messageOf } from "../../core/errors.ts";

export interface Engine {
  readonly docker: Dockerode;
  readonly serverVersion: string;
  readonly operatingSystem: string;
}

const PING_TIMEOUT_MS = 10_000;

/** Throws `ENGINE_UNREACHABLE` when nothing answers. */
export async function connectEngine(): Promise<Engine> {
  const host = process.env["DOCKER_HOST"] ?? "";
  if (host.startsWith("ssh:")) {
    throw new InputError(
      "ENGINE_OVER_SSH",
      `DOCKER_HOST=${host}: engines over ssh are not supported; forward its socket: ssh -L /tmp/docker.sock:/var/run/docker.sock ..., DOCKER_HOST=unix:///tmp/docker.sock`,
    );
  }
  try {
    // testcontainers would try other sockets as well; who names an engine means that one.
    if (host !== "") await withTimeout(new Dockerode().ping(), PING_TIMEOUT_MS);
    const client = await withTimeout(getContainerRuntimeClient(), PING_TIMEOUT_MS);
    return {
      docker: client.container.dockerode,
      serverVersion: String(client.info.containerRuntime.serverVersion),
      operatingSystem: client.info.containerRuntime.operatingSystem,
    };
  } catch (error) {
    const where = process.env["DOCKER_HOST"] ?? "the usual sockets";
    throw new HarnessError(
      "ENGINE_UNREACHABLE",
      `no container engine answers at ${where}. Is Docker installed and running? (vipdrill doctor tells more)`,
      { cause: error, facts: { reason: messageOf(error) } },
    );
  }
}

async function withTimeout<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${timeoutMs} ms`));
    }, timeoutMs);
  });
  try {
    return await Promise.race([work, expiry]);
  } finally {
    clearTimeout(timer);
  }
}
