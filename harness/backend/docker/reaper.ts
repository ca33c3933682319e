/**
 * Ryuk, testcontainers' reaper, removes what carries its session label when this process dies. It is
 * used where its image is at hand, and is not required: the sweep at the next start does the same.
 */
import type Dockerode from "dockerode";
import {
  getContainerRuntimeClient,
  getReaper,
  LABEL_TESTCONTAINERS_SESSION_ID,
} from "testcontainers";

/** The version that testcontainers 12 asks for by itself. */
export const RYUK_IMAGE = "testcontainers/ryuk:0.14.0";

export interface Reaper {
  readonly active: boolean;
  readonly labels: Record<string, string>;
}

const NO_REAPER: Reaper = { active: false, labels: {} };

/** Never pulls: whoever builds images from a registry pulls Ryuk along with them. */
export async function reaper(docker: Dockerode, wanted: boolean): Promise<Reaper> {
  const switchedOff = process.env["TESTCONTAINERS_RYUK_DISABLED"] === "true";
  if (!wanted || switchedOff || !(await isHere(docker))) return NO_REAPER;
  process.env["RYUK_CONTAINER_IMAGE"] = RYUK_IMAGE;
  try {
    const { sessionId } = await getReaper(await getContainerRuntimeClient());
    return { active: true, labels: { [LABEL_TESTCONTAINERS_SESSION_ID]: sessionId } };
  } catch {
    // It cannot be reached from here (a remote or rootless engine): the sweep does without it.
    process.env["TESTCONTAINERS_RYUK_DISABLED"] = "true";
    return NO_REAPER;
  }
}

async function isHere(docker: Dockerode): Promise<boolean> {
  const filters = JSON.stringify({ reference: [RYUK_IMAGE] });
  return (await docker.listImages({ filters })).length > 0;
}
