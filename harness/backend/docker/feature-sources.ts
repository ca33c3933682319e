/** What this machine can give a node that asks for a kernel feature, found by doing it. */
import type Dockerode from "dockerode";
import { messageOf } from "../../core/errors.ts";
import { KERNEL_FEATURES, type KernelFeature } from "../../topology/topology.ts";
import { CPU_SHARES } from "./cgroups.ts";
import { execute } from "./exec.ts";
import { ensureOwnKernel } from "./images/images.ts";
import { engineFeatures, noOwnKernel } from "./kernel-features.ts";
import { runLabels } from "./labels.ts";
import { startOwnKernel, type OwnKernel } from "./own-kernel.ts";
import { ofRun, sweepUntilQuiet } from "./sweep.ts";

export interface FeatureSource {
  readonly feature: KernelFeature;
  /** Whose kernel has it for a node that asks. */
  readonly source: "engine" | "own" | "none";
  /** Which kernel, or why there is none. */
  readonly detail: string;
}

const MEMORY_MB = 128;

/** Each is used once, and not only looked for. */
const IN_GUEST: Readonly<Record<KernelFeature, string>> = {
  ip_vs: "ipvsadm -A -t 198.19.255.254:3306 -s wrr && ipvsadm -S -n | grep -q wrr && ipvsadm -C",
  netem:
    "tc qdisc add dev lo root netem delay 20ms && ping -c 1 -W 2 127.0.0.1 >/dev/null && tc qdisc del dev lo root",
};

/** Nothing of it stays on the engine, the image aside. */
export async function featureSources(
  docker: Dockerode,
  progress: (text: string) => void,
): Promise<readonly FeatureSource[]> {
  const have = await engineFeatures(docker);
  const { KernelVersion } = (await docker.info()) as { KernelVersion: string };
  const engine = (feature: KernelFeature): FeatureSource => ({
    feature,
    source: "engine",
    detail: `Linux ${KernelVersion}`,
  });
  if (KERNEL_FEATURES.every((feature) => have.has(feature))) return KERNEL_FEATURES.map(engine);
  const own = await tryOwnKernel(docker, progress);
  return KERNEL_FEATURES.map((feature) => (have.has(feature) ? engine(feature) : own(feature)));
}

async function tryOwnKernel(
  docker: Dockerode,
  progress: (text: string) => void,
): Promise<(feature: KernelFeature) => FeatureSource> {
  const none = (detail: string) => (feature: KernelFeature) =>
    ({ feature, source: "none", detail }) as const;
  const impossible = await noOwnKernel(docker);
  if (impossible !== undefined) return none(impossible);
  const run = `features-${process.pid}`;
  try {
    const image = await ensureOwnKernel(docker, "sid", progress);
    const name = `vipdrill-${run}-node`;
    const node = await startOwnKernel(docker, {
      image,
      name,
      hostname: "node",
      labels: runLabels(run),
      autoCleanup: false,
      cpuShares: CPU_SHARES.host,
      memoryMb: MEMORY_MB,
    });
    const results = new Map<KernelFeature, FeatureSource>();
    for (const feature of KERNEL_FEATURES) results.set(feature, await tryInGuest(node, feature));
    return (feature) => results.get(feature) ?? none("it was not tried")(feature);
  } catch (error) {
    return none(messageOf(error));
  } finally {
    await sweepUntilQuiet(docker, ofRun(run));
  }
}

async function tryInGuest({ guest }: OwnKernel, feature: KernelFeature): Promise<FeatureSource> {
  const { exitCode, stderr } = await execute(guest, ["sh", "-c", IN_GUEST[feature]]);
  const { stdout } = await execute(guest, ["uname", "-r"]);
  if (exitCode === 0) return { feature, source: "own", detail: `user-mode Linux ${stdout.trim()}` };
  return { feature, source: "none", detail: stderr.trim().split("\n")[0] ?? `exit ${exitCode}` };
}
