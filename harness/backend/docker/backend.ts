/** The backend `docker`: from a topology to running containers. */
import { randomBytes } from "node:crypto";
import type Dockerode from "dockerode";
import { present } from "../../core/assert.ts";
import { randomStream } from "../../core/random.ts";
import type { Account } from "../../mysql/dialect.ts";
import { OBSERVER_HOST_PART, resolveTopology } from "../../topology/resolve.ts";
import type { Topology } from "../../topology/topology.ts";
import {
  LIVE_EVENTS,
  type Backend,
  type Cluster,
  type Missing,
  type PrepareRequest,
} from "../backend.ts";
import { keepalivedOf } from "../lines.ts";
import { missingCapabilities } from "./capabilities.ts";
import { DockerCluster } from "./cluster.ts";
import { CPU_SHARES } from "./cgroups.ts";
import { OBSERVER_CAPABILITIES, startContainer, STRANGER_CAPABILITIES } from "./containers.ts";
import type { Engine } from "./engine.ts";
import { execute } from "./exec.ts";
import { ensureImages, ensureOwnKernel, type ImageSet } from "./images/images.ts";
import { missingIpvs } from "./kernel-features.ts";
import { observerName, runLabels } from "./labels.ts";
import { createNetwork } from "./network.ts";
import { startNode, type Lab } from "./nodes.ts";
import { reaper } from "./reaper.ts";
import { Recorder } from "./recorder.ts";
import { STRANGER_HOST_PART, type Stranger } from "./stranger.ts";
import { ofRun, sweepUntilQuiet } from "./sweep.ts";

export interface DockerBackendOptions {
  readonly engine: Engine;
  /** Clusters outlive the run, so that Ryuk must not watch over them. */
  readonly keep: boolean;
}

/** VRIDs for clusters; 255 is left to probe packets (see `faults/probe.ts`). */
const VRID_MIN = 1;
const VRID_MAX = 200;

export function dockerBackend(options: DockerBackendOptions): Backend {
  const { docker } = options.engine;
  return {
    name: "docker",
    simulated: false,
    missing: async (): Promise<readonly Missing[]> => [
      ...(await missingCapabilities(docker, () => undefined)),
      ...(await missingIpvs(docker)),
    ],
    prepare: async (request): Promise<Cluster> => {
      const images = await ensureImages(docker, request);
      return prepareCluster(docker, images, request, options.keep);
    },
  };
}

async function prepareCluster(
  docker: Dockerode,
  images: ImageSet,
  request: PrepareRequest,
  keep: boolean,
): Promise<Cluster> {
  const { active, labels: session } = await reaper(docker, !keep);
  const labels = { ...runLabels(request.runId), ...session };
  try {
    request.progress("creating the network");
    const network = await createNetwork(docker, { ...request, labels });
    const check = newAccount("check");
    const topology = resolveTopology(
      request.topology,
      {
        subnetPrefix: network.subnetPrefix,
        prefixLength: network.prefixLength,
        vrids: drawVrids(request.topology, request.seed),
        checkPassword: check.password,
      },
      keepalivedOf(request.image),
    );
    const ownKernel = lazily(() => ensureOwnKernel(docker, request.image, request.progress));
    const lab: Lab = {
      docker,
      images,
      network,
      topology,
      labels,
      request,
      ownKernel,
      reaped: active,
    };
    request.progress("starting containers");
    const [observer, nodes] = await Promise.all([
      startObserver(lab),
      Promise.all(topology.nodes.map((node) => startNode(lab, node))),
    ]);
    const epochUs = await engineClock(observer);
    return new DockerCluster({
      docker,
      runId: request.runId,
      topology,
      workload: request.workload,
      settlesTo: request.settlesTo,
      nodes,
      observer,
      stranger: lazily(() => startStranger(lab)),
      accounts: { app: newAccount("app"), replication: newAccount("repl"), check },
      recorder: new Recorder((event) => {
        request.evidence.append(LIVE_EVENTS, Buffer.from(`${JSON.stringify(event)}\n`));
      }),
      evidence: request.evidence,
      originEpochUs: epochUs(),
      epochUs,
      progress: request.progress,
    });
  } catch (error) {
    // Other containers of the run may still be starting; they are waited for and removed as well.
    await sweepUntilQuiet(docker, ofRun(request.runId));
    throw error;
  }
}

function drawVrids(topology: Topology, seed: number): number[] {
  const draw = randomStream(seed, "vrid");
  return topology.vrids.map(() => draw.integer(VRID_MIN, VRID_MAX));
}

function newAccount(user: string): Account {
  return { user, password: randomBytes(18).toString("base64url") };
}

function startObserver(lab: Lab): Promise<Dockerode.Container> {
  return startContainer(lab.docker, {
    labels: lab.labels,
    autoCleanup: lab.reaped,
    image: lab.images.observer,
    name: observerName(lab.request.runId),
    hostname: "observer",
    capabilities: OBSERVER_CAPABILITIES,
    cpuShares: CPU_SHARES.watcher,
    network: {
      name: lab.network.name,
      address: `${lab.network.subnetPrefix}.${OBSERVER_HOST_PART}`,
    },
  });
}

async function startStranger(lab: Lab): Promise<Stranger> {
  const address = `${lab.network.subnetPrefix}.${STRANGER_HOST_PART}`;
  const container = await startContainer(lab.docker, {
    labels: lab.labels,
    autoCleanup: lab.reaped,
    image: lab.images.toolbox,
    name: `vipdrill-${lab.request.runId}-stranger`,
    hostname: "stranger",
    capabilities: STRANGER_CAPABILITIES,
    cpuShares: CPU_SHARES.host,
    network: { name: lab.network.name, address },
  });
  const { NetworkSettings } = await container.inspect();
  const endpoint = present(NetworkSettings.Networks[lab.network.name], "the stranger's endpoint");
  return { container, address, mac: endpoint.MacAddress, interface: "eth0" };
}

function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

/**
 * The engine's clock as seen from here. On the engine's own machine both are one clock. Elsewhere it
 * is our monotonic clock plus an offset that is measured once, good to half of one command's round
 * trip. Facts from containers carry their own stamps either way.
 */
async function engineClock(container: Dockerode.Container): Promise<() => number> {
  const localUs = (): number => Math.round((performance.timeOrigin + performance.now()) * 1000);
  const before = localUs();
  const { stdout } = await execute(container, ["date", "+%s%6N"]);
  const after = localUs();
  const engineUs = Number(stdout.trim());
  if (before <= engineUs && engineUs <= after) return localUs;
  const offset = engineUs - (before + after) / 2;
  return () => Math.round(localUs() + offset);
}
