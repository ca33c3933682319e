/**
 * Where a node gets the kernel features it asks for: from the engine's kernel when that one has them, from a kernel of its
 * own otherwise (`own-kernel.ts`).
 */
import type Dockerode from "dockerode";
import { KERNEL_FEATURES, type KernelFeature, type TopologyNode } from "../../topology/topology.ts";
import type { Missing } from "../backend.ts";
import { execute } from "./exec.ts";
import { ensureToolbox } from "./images/images.ts";
import { createTrial } from "./trial.ts";

/** What works in a container that has no more rights than a node's tools; it sees a module once it is loaded, and cannot load it. */
const TRIALS: Readonly<Record<KernelFeature, string>> = {
  ip_vs: "test -e /proc/net/ip_vs",
  netem: "tc qdisc add dev lo root netem delay 1ms && tc qdisc del dev lo root",
};

/** User-mode Linux is built for this machine only (Debian, package user-mode-linux). */
const OWN_KERNEL_ARCHITECTURE = "x86_64";

let tried: Promise<ReadonlySet<KernelFeature>> | undefined;

/** Features of the engine's kernel that containers can use; tried once in a process. */
export function engineFeatures(docker: Dockerode): Promise<ReadonlySet<KernelFeature>> {
  return (tried ??= tryFeatures(docker));
}

/** True when one of the features that the node asks for is not the engine's. */
export async function needsOwnKernel(
  docker: Dockerode,
  { kernel = [] }: Pick<TopologyNode, "kernel">,
): Promise<boolean> {
  if (kernel.length === 0) return false;
  const have = await engineFeatures(docker);
  return kernel.some((feature) => !have.has(feature));
}

/** Why a node cannot have a kernel of its own here; nothing when it can. */
export async function noOwnKernel(docker: Dockerode): Promise<string | undefined> {
  const { Architecture } = (await docker.info()) as { Architecture: string };
  if (Architecture === OWN_KERNEL_ARCHITECTURE) return undefined;
  return `nodes with a kernel of their own are for ${OWN_KERNEL_ARCHITECTURE}, and the engine's machine is ${Architecture}`;
}

/** IPVS is to be had from neither kernel. */
export async function missingIpvs(docker: Dockerode): Promise<readonly Missing[]> {
  const impossible = await noOwnKernel(docker);
  if (impossible === undefined || (await engineFeatures(docker)).has("ip_vs")) return [];
  return [{ capability: "ip-vs", reason: `the engine's kernel has none, and ${impossible}` }];
}

async function tryFeatures(docker: Dockerode): Promise<ReadonlySet<KernelFeature>> {
  const image = await ensureToolbox(docker, () => undefined);
  const container = await createTrial(docker, image);
  try {
    await container.start();
    const found = new Set<KernelFeature>();
    for (const feature of KERNEL_FEATURES) {
      const { exitCode } = await execute(container, ["sh", "-c", TRIALS[feature]]);
      if (exitCode === 0) found.add(feature);
    }
    return found;
  } finally {
    await container.remove({ force: true });
  }
}
