/** What delays packets on this engine: its kernel's netem, or the link emulator where there is none. */
import type Dockerode from "dockerode";
import { messageOf } from "../../core/errors.ts";
import { complaintOf, TRIAL_SCRIPT } from "./emulator.ts";
import { execute } from "./exec.ts";
import { ensureToolbox } from "./images/images.ts";
import { engineFeatures } from "./kernel-features.ts";
import { createTrial } from "./trial.ts";

export type DelaySource = "kernel" | "emulator" | { readonly reason: string };

export async function delaySource(
  docker: Dockerode,
  progress: (text: string) => void,
): Promise<DelaySource> {
  const image = await ensureToolbox(docker, progress);
  if ((await engineFeatures(docker)).has("netem")) return "kernel";
  const container = await createTrial(docker, image);
  try {
    await container.start();
    const { exitCode, stderr } = await execute(container, ["sh", "-c", TRIAL_SCRIPT]);
    return exitCode === 0 ? "emulator" : { reason: complaintOf(stderr) || `exit code ${exitCode}` };
  } catch (error) {
    return { reason: messageOf(error) };
  } finally {
    await container.remove({ force: true });
  }
}
