/**
 * Ctrl-C, SIGTERM, a crash: say what there is, remove what this process created, then go. A second
 * signal goes at once.
 */
import type Dockerode from "dockerode";
import { sweepOwn } from "../backend/docker/sweep.ts";
import { messageOf } from "../core/errors.ts";
import { EXIT } from "./exit-codes.ts";

/** 128 and the number of the signal, as shells have it. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

let engine: Dockerode | undefined;
let listening = false;
let leaving = false;
const farewells = new Set<(reason: string) => void>();

/**
 * Called once, before anything is removed, if this process has to leave, the latest first; returns how
 * to take it back.
 */
export function beforeLeaving(farewell: (reason: string) => void): () => void {
  farewells.add(farewell);
  return () => farewells.delete(farewell);
}

/** After an error that ended the command: other runs of this process may have clusters up. */
export async function removeOwn(): Promise<void> {
  if (engine !== undefined) await sweepOwn(engine);
}

/** From here on no way out of this process leaves anything behind, short of kill -9. */
export function cleanUpOnSignals(docker: Dockerode): void {
  engine = docker;
  leaveOnSignals();
}

/** From here on whoever asked for it gets to say something before this process goes. */
export function leaveOnSignals(): void {
  if (listening) return;
  listening = true;
  for (const [signal, exitCode] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      if (leaving) process.exit(exitCode);
      const rest = engine === undefined ? "" : ": removing what this run created";
      void leave(`interrupted by ${signal}${rest}`, exitCode);
    });
  }
  const crash = (error: unknown): void => {
    if (!leaving) void leave(messageOf(error), EXIT.harness);
  };
  process.on("uncaughtException", crash);
  process.on("unhandledRejection", crash);
}

async function leave(reason: string, exitCode: number): Promise<void> {
  leaving = true;
  for (const farewell of [...farewells].reverse()) sayFarewell(farewell, reason);
  process.stderr.write(`\nvipdrill: ${reason}\n`);
  if (engine !== undefined) await removeAndSay(engine);
  await outputTaken();
  process.exit(exitCode);
}

/** A report that cannot be written must not keep clusters from being removed. */
function sayFarewell(farewell: (reason: string) => void, reason: string): void {
  try {
    farewell(reason);
  } catch (error) {
    process.stderr.write(`\nvipdrill: ${messageOf(error)}`);
  }
}

async function removeAndSay(docker: Dockerode): Promise<void> {
  try {
    await sweepOwn(docker);
    process.stderr.write("vipdrill: everything of this run is removed from the engine\n");
  } catch (error) {
    process.stderr.write(`vipdrill: clean-up failed: ${messageOf(error)}; `);
    process.stderr.write("the next start removes what is left\n");
  }
}

/** A pipe takes long output in pieces; what has not been taken by the exit would be lost. */
export async function outputTaken(): Promise<void> {
  await Promise.all([process.stdout, process.stderr].map(taken));
}

function taken(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed) resolve();
    else
      stream.write("", () => {
        resolve();
      });
  });
}

/** Never resolves once this process is on its way out, so that nobody reports half a run. */
export async function unlessLeaving(): Promise<void> {
  if (leaving) await new Promise(() => undefined);
}
