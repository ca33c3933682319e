/** An engine that answers, set up first where that is ours to do; and what a killed run left, gone. */
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { connectEngine, type Engine } from "../backend/docker/engine.ts";
import { abandoned, count, describeLeftovers, sweep } from "../backend/docker/sweep.ts";
import { HarnessError, InputError } from "../core/errors.ts";
import { cleanUpOnSignals } from "./interrupt.ts";

const SETUP = resolve(import.meta.dirname, "../../setup/engine.sh");

/** Throws `ENGINE_UNREACHABLE` when there is none and it is not ours to install one. */
export async function readyEngine(): Promise<Engine> {
  const engine = await connectOrSetUp();
  cleanUpOnSignals(engine.docker);
  await sweepAbandoned(engine);
  return engine;
}

/** At the start and at the end: a killed run's last requests may still be under way at the start. */
export async function sweepAbandoned({ docker }: Engine): Promise<void> {
  const removed = await sweep(docker, abandoned);
  if (count(removed) === 0) return;
  process.stderr.write(`vipdrill: removed what a killed run left: ${describeLeftovers(removed)}\n`);
}

async function connectOrSetUp(): Promise<Engine> {
  try {
    return await connectEngine();
  } catch (error) {
    if (error instanceof InputError) throw error;
    const { status } = spawnSync("sh", [SETUP], { stdio: "inherit" });
    if (status === 0) return connectEngine();
    // The script has said in its last line what the matter is and what to type.
    throw new HarnessError("ENGINE_UNREACHABLE", "", { cause: error });
  }
}
