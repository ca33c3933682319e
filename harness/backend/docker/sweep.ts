/**
 * Removal by label: what a killed run left behind, or, on request, everything that is ours.
 */
import type Dockerode from "dockerode";
import { HarnessError, messageOf } from "../../core/errors.ts";
import { isKeptName, LABEL_OWNER, LABEL_RUN, ownerIsGone, ownerLabel } from "./labels.ts";

export interface Leftovers {
  readonly containers: readonly string[];
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
}

type Labels = Readonly<Record<string, string>>;
/** `kept`: it is of a cluster that was kept on purpose. */
type Choice = (labels: Labels, kept: boolean) => boolean;

/** Whatever belongs to runs whose process is gone; clusters kept on purpose stay. */
export const abandoned: Choice = (labels, kept) => !kept && ownerIsGone(labels[LABEL_OWNER]);

export const everything: Choice = () => true;

export function ofRun(runId: string): Choice {
  return (labels) => labels[LABEL_RUN] === runId;
}

export function count(leftovers: Leftovers): number {
  return leftovers.containers.length + leftovers.networks.length + leftovers.volumes.length;
}

export async function find(docker: Dockerode, choose: Choice): Promise<Leftovers> {
  const filters = JSON.stringify({ label: [LABEL_RUN] });
  const [containers, networks, volumes] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
    docker.listVolumes({ filters }),
  ]);
  const keptRuns = new Set(
    containers.filter(({ Names }) => Names.some(isKeptName)).map(({ Labels }) => Labels[LABEL_RUN]),
  );
  const isChosen = ({ Labels }: { Labels?: Labels | undefined }): boolean =>
    choose(Labels ?? {}, keptRuns.has(Labels?.[LABEL_RUN]));
  return {
    containers: containers.filter(isChosen).map((item) => item.Id),
    networks: networks.filter(isChosen).map((item) => item.Id),
    // The engine answers null instead of an empty list.
    volumes: ((volumes.Volumes as typeof volumes.Volumes | null) ?? [])
      .filter(isChosen)
      .map((item) => item.Name),
  };
}

/** Removes what was chosen and returns it. Something already gone is fine. */
export async function sweep(docker: Dockerode, choose: Choice): Promise<Leftovers> {
  const found = await find(docker, choose);
  await Promise.all(
    found.containers.map((id) =>
      unlessGone(docker.getContainer(id).remove({ force: true, v: true })),
    ),
  );
  await Promise.all(found.networks.map((id) => removeNetwork(docker, id)));
  await Promise.all(found.volumes.map((name) => unlessGone(docker.getVolume(name).remove())));
  return found;
}

/**
 * A network cannot go while a container is still leaving it (403): the engine is asked again until
 * it can, with a bound.
 */
async function removeNetwork(docker: Dockerode, id: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await unlessGone(docker.getNetwork(id).remove());
      return;
    } catch (error) {
      if (statusOf(error) !== IN_USE || attempt === LOOKS_MAX) throw error;
      await detachAll(docker, id);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }
}

/** Containers of ours that appeared on the network since we looked. */
async function detachAll(docker: Dockerode, id: string): Promise<void> {
  const network = (await docker.getNetwork(id).inspect()) as {
    Containers?: Record<string, unknown>;
  };
  const attached = Object.keys(network.Containers ?? {});
  await Promise.all(
    attached.map((container) =>
      unlessGone(docker.getContainer(container).remove({ force: true, v: true })),
    ),
  );
}

/** Quiet looks in a row before we believe that nothing more of ours is being created. */
const QUIET_LOOKS = 3;
const LOOK_EVERY_MS = 200;
const LOOKS_MAX = 50;

/** Removes what this process created and did not keep, requests under way at the engine included. */
export function sweepOwn(docker: Dockerode): Promise<void> {
  const own = ownerLabel();
  return sweepUntilQuiet(docker, (labels, kept) => !kept && labels[LABEL_OWNER] === own);
}

/**
 * Removes until nothing new turns up: requests that are under way at the engine count as well. Throws
 * `NOT_REMOVED` with what stood in the way last when it is not quiet after `LOOKS_MAX` looks.
 */
export async function sweepUntilQuiet(docker: Dockerode, choose: Choice): Promise<void> {
  let quiet = 0;
  let trouble = "new containers of this run turned up again and again";
  for (let look = 0; look < LOOKS_MAX; look += 1) {
    try {
      quiet = count(await sweep(docker, choose)) === 0 ? quiet + 1 : 0;
    } catch (error) {
      trouble = messageOf(error); // looked at again
      quiet = 0;
    }
    if (quiet === QUIET_LOOKS) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  throw new HarnessError("NOT_REMOVED", trouble);
}

/** `5 containers, 1 network`. */
export function describeLeftovers(left: Leftovers): string {
  const parts = [
    [left.containers.length, "container"],
    [left.networks.length, "network"],
    [left.volumes.length, "volume"],
  ] as const;
  return parts
    .filter(([number]) => number > 0)
    .map(([number, word]) => `${number} ${word}${number === 1 ? "" : "s"}`)
    .join(", ");
}

const IN_USE = 403; // the network has active endpoints
const GONE = new Set([404, 409]); // no such object; removal already in progress

async function unlessGone(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!GONE.has(statusOf(error))) throw error;
  }
}

function statusOf(error: unknown): number {
  return error instanceof Error && "statusCode" in error ? Number(error.statusCode) : 0;
}
