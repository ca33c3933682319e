/**
 * Ctrl-C, SIGTERM, a crash: remove what this process created, then go. A second signal goes at once.
 */
import type Dockerode from "dockerode";
import { sweepOwn } from "../backend/docker/sweep.ts";
import { messageOf } from "../core/errors.ts";
import { EXIT } from "./exit-codes.ts";

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

let engine: Dockerode | undefined;
const farewells = new Set<(reason: string) => void>();

/** Called once, before anything is removed, if this process has to leave; returns how to take it back. */
export function beforeLeaving(farewell: (reason: string) => void): () => void {
  farewells.add(farewell);
  return () => farewells.delete(farewell);
}

let leaving = false;

/** After an error that ended the command: other runs of this process may have clusters up. */
export async function removeOwn(): Promise<void> {
  if (engine !== undefined) await sweepOwn(engine);
}

/** From here on no way out of this process leaves anything behind, short of kill -9. */
export function cleanUpOnSignals(docker: Dockerode): void {
  if (engine !== undefined) return;
  engine = docker;
  for (const [signal, exitCode] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      if (leaving) process.exit(exitCode);
      leave(docker, `interrupted by ${signal}: removing what this run created`, exitCode);
    });
  }
  const crash = (error: unknown): void => {
    if (!leaving) leave(docker, messageOf(error), EXIT.harness);
  };
  process.on("uncaughtException", crash);
  process.on("unhandledRejection", crash);
}

function leave(docker: Dockerode, reason: string, exitCode: number): void {
  leaving = true;
  for (const farewell of farewells) farewell(reason);
  process.stderr.write(`\nvipdrill: ${reason}\n`);
  void sweepOwn(docker)
    .then(() => {
      process.stderr.write("vipdrill: everything of this run is removed from the engine\n");
    })
    .catch((error: unknown) => {
      process.stderr.write(`vipdrill: clean-up failed: ${messageOf(error)}; `);
      process.stderr.write("the next start removes what is left\n");
    })
    .finally(() => {
      process.exit(exitCode);
    });
}

/** Never resolves once this process is on its way out, so that nobody reports half a run. */
export async function unlessLeaving(): Promise<void> {
  if (leaving) await new Promise(() => undefined);
}
