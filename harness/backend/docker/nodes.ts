/** The nodes of a cluster: plain containers, and such with a kernel of their own where a node asks for what the engine's lacks. */
import type Dockerode from "dockerode";
import { present } from "../../core/assert.ts";
import { InputError } from "../../core/errors.ts";
import { settingsFile } from "../../mysql/dialect.ts";
import { nodeFiles, type ResolvedNode, type ResolvedTopology } from "../../topology/resolve.ts";
import type { PrepareRequest } from "../backend.ts";
import { CPU_SHARES } from "./cgroups.ts";
import {
  HOST_CAPABILITIES,
  startContainer,
  TOOLBOX_CAPABILITIES,
  type LabContainerSpec,
} from "./containers.ts";
import { dataDiskMount, mountDataDisk, moveDataToDisk } from "./disk.ts";
import { execute } from "./exec.ts";
import type { ImageSet } from "./images/images.ts";
import { needsOwnKernel, noOwnKernel } from "./kernel-features.ts";
import type { ClusterNetwork } from "./network.ts";
import type { DockerNode } from "./node.ts";
import { startOwnKernel } from "./own-kernel.ts";
import { arpSettings, takeForwarded } from "./real-server.ts";

export interface Lab {
  readonly docker: Dockerode;
  readonly images: ImageSet;
  readonly network: ClusterNetwork;
  readonly topology: ResolvedTopology;
  readonly labels: Record<string, string>;
  readonly request: PrepareRequest;
  /** The image of nodes with a kernel of their own; built when a node first asks for it. */
  readonly ownKernel: () => Promise<string>;
  /** Ryuk watches over this run. */
  readonly reaped: boolean;
}

const HOST_LABEL = "org.vipdrill.host";
/** A director needs little; a server gets what MySQL 9.7 with the lab's settings uses, and as much again. */
const GUEST_MEMORY_MB = { director: 128, server: 768 } as const;

export async function startNode(lab: Lab, node: ResolvedNode): Promise<DockerNode> {
  const own = await needsOwnKernel(lab.docker, node);
  const started = own ? await startGuest(lab, node) : await startPlain(lab, node);
  await takeForwarded(started, lab.topology);
  return started;
}

/** What the record says of a node's kernel: which one, and whose it is. */
export async function kernelWords(node: DockerNode): Promise<string> {
  const { stdout } = await execute(node.host, ["uname", "-sr"]);
  return `${stdout.trim()} (${node.kernel === "engine" ? "the engine's" : "its own, user-mode"})`;
}

async function startPlain(lab: Lab, node: ResolvedNode): Promise<DockerNode> {
  const { docker, images } = lab;
  const diskMb = node.mysql?.dataDiskMb;
  const host = await startContainer(docker, {
    ...commonOf(lab, node),
    image: images.host,
    capabilities: HOST_CAPABILITIES,
    cpuShares: CPU_SHARES.host,
    ...(diskMb === undefined ? {} : { tmpfs: dataDiskMount(diskMb) }),
    ...(await ownCommand(docker, images.host)),
  });
  if (diskMb !== undefined) await moveDataToDisk(host, node.name);
  const toolbox = await startToolbox(lab, node, host);
  return {
    spec: node,
    container: host,
    host,
    toolbox,
    wire: toolbox,
    kernel: "engine",
    mac: await macOf(lab, host),
  };
}

async function startGuest(lab: Lab, node: ResolvedNode): Promise<DockerNode> {
  const { docker, ownKernel } = lab;
  const features = (node.kernel ?? []).join(" and ");
  const refused = (why: string): InputError =>
    new InputError(
      "KERNEL_FEATURE_MISSING",
      `${node.name} asks for ${features}, which the engine's kernel does not have; ${why}`,
    );
  const impossible = await noOwnKernel(docker);
  if (impossible !== undefined) throw refused(impossible);
  const diskMb = node.mysql?.dataDiskMb;
  const { container, guest } = await startOwnKernel(docker, {
    ...commonOf(lab, node),
    image: await ownKernel(),
    // Its netlink watcher is inside; a director beside it is little work, a server is a host's.
    cpuShares: node.mysql === undefined ? CPU_SHARES.watcher : CPU_SHARES.host,
    // A data disk is made of the guest's memory.
    memoryMb:
      (node.mysql === undefined ? GUEST_MEMORY_MB.director : GUEST_MEMORY_MB.server) +
      (diskMb ?? 0),
  });
  if (diskMb !== undefined) {
    await mountDataDisk(guest, node.name, diskMb);
    await moveDataToDisk(guest, node.name);
  }
  const wire = await startToolbox(lab, node, container);
  const mac = await macOf(lab, container);
  return { spec: node, container, host: guest, toolbox: guest, wire, kernel: "own", mac };
}

function nameOf(lab: Lab, node: ResolvedNode): string {
  return `vipdrill-${lab.request.runId}-${node.name}`;
}

function commonOf(lab: Lab, node: ResolvedNode): CommonSpec {
  const { network, topology, labels } = lab;
  return {
    labels,
    autoCleanup: lab.reaped,
    name: nameOf(lab, node),
    hostname: node.name,
    network: {
      name: network.name,
      address: node.address,
      ...(node.realServer === undefined ? {} : { sysctls: arpSettings(node.realServer) }),
    },
    hosts: topology.nodes.map((other) => ({ host: other.name, ipAddress: other.address })),
    files: hostFiles(node),
  };
}

type CommonSpec = Pick<
  LabContainerSpec,
  "labels" | "autoCleanup" | "name" | "hostname" | "network" | "hosts" | "files"
>;

function startToolbox(
  lab: Lab,
  node: ResolvedNode,
  beside: Dockerode.Container,
): Promise<Dockerode.Container> {
  return startContainer(lab.docker, {
    labels: lab.labels,
    autoCleanup: lab.reaped,
    image: lab.images.toolbox,
    name: `${nameOf(lab, node)}-toolbox`,
    capabilities: TOOLBOX_CAPABILITIES,
    cpuShares: CPU_SHARES.watcher,
    beside: beside.id,
  });
}

async function macOf(lab: Lab, container: Dockerode.Container): Promise<string> {
  const { NetworkSettings, Name } = await container.inspect();
  return present(NetworkSettings.Networks[lab.network.name], `endpoint of ${Name}`).MacAddress;
}

function hostFiles(node: ResolvedNode): { content: string; target: string; mode: number }[] {
  const files = nodeFiles(node).map(({ path, mode, text }) => ({
    target: path,
    mode,
    content: text,
  }));
  if (node.mysql === undefined) return files;
  const settings = settingsFile({ ...node.mysql, name: node.name });
  return [...files, { target: "/etc/mysql/conf.d/99-cluster.cnf", mode: 0o644, content: settings }];
}

/** Our images behave as hosts by themselves; a user's image is kept alive, and nothing more. */
async function ownCommand(
  docker: Dockerode,
  image: string,
): Promise<{ entrypoint?: string[]; command?: string[] }> {
  const { Config } = await docker.getImage(image).inspect();
  const label = (Config.Labels as Record<string, string> | null)?.[HOST_LABEL] ?? "";
  if (label !== "") return {};
  return { entrypoint: ["sleep"], command: ["infinity"] };
}
