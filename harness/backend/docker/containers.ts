/**
 * The containers of a cluster, started through testcontainers: hosts under test, a toolbox beside
 * each, and the observer. No privileged mode, no published ports, only the capabilities named here.
 */
import type Dockerode from "dockerode";
import { GenericContainer, PullPolicy } from "testcontainers";
import { cgroupParent } from "./cgroups.ts";

/** Why each one: what stops working on a host when it is left out (tried one at a time). */
export const HOST_CAPABILITIES: readonly string[] = [
  "NET_ADMIN", // keepalived adds and removes the VIP
  "NET_RAW", // VRRP and gratuitous ARP go through raw sockets
  "CHOWN", // rsyslogd and init scripts hand files to other users
  "DAC_OVERRIDE", // root reads and starts what belongs to mysql
  "SETUID", // mysqld changes to the mysql user
  "SETGID", // the same; and keepalived runs check scripts with a group of its own choice
  "KILL", // root's init scripts signal the mysql user's mysqld
];

export const TOOLBOX_CAPABILITIES: readonly string[] = [
  "NET_ADMIN", // packet filters, addresses
  "NET_RAW", // captures, probes
  "KILL", // signals to processes of any user of the node
  "SYS_NICE", // the netlink watcher runs ahead of the load
];

/** Of a container with a kernel of its own; what is root in there has its rights from that kernel. */
export const OWN_KERNEL_CAPABILITIES: readonly string[] = [
  "NET_ADMIN", // silences the container's own stack
  "NET_RAW", // the guest's packets go through a raw socket
  "CHOWN", // the guest's file system is this container's: rsyslogd and init scripts hand files to other users
  "DAC_OVERRIDE", // and root there opens what belongs to mysql
];

export const STRANGER_CAPABILITIES: readonly string[] = [
  "NET_ADMIN", // takes an address
  "NET_RAW", // adverts and ARP of its own
];

export const OBSERVER_CAPABILITIES: readonly string[] = ["NET_RAW"];

export interface ContainerNetwork {
  readonly name: string;
  readonly address: string;
  /** Kernel settings of its network namespace, beyond those that every container of ours gets. */
  readonly sysctls?: Readonly<Record<string, string>>;
}

export interface LabContainerSpec {
  readonly image: string;
  readonly name: string;
  readonly labels: Record<string, string>;
  readonly capabilities: readonly string[];
  readonly autoCleanup: boolean;
  /** Against other containers, when the processors are busy (`cgroups.ts`). */
  readonly cpuShares: number;
  readonly hostname?: string;
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly network?: ContainerNetwork;
  /** Shares the network and process namespaces of this container. */
  readonly beside?: string;
  readonly hosts?: readonly { host: string; ipAddress: string }[];
  readonly files?: readonly { content: string; target: string; mode: number }[];
  /** Memory file systems, by mount point, with their mount options. */
  readonly tmpfs?: Record<string, string>;
}

/** testcontainers' container with what it has no setter for: fixed addresses, shared namespaces, init. */
class LabContainer extends GenericContainer {
  constructor(spec: LabContainerSpec, parent: string | undefined) {
    super(spec.image);
    this.withName(spec.name)
      .withLabels(spec.labels)
      .withPullPolicy(PullPolicy.neverPull())
      .withDroppedCapabilities("ALL")
      .withAddedCapabilities(...spec.capabilities)
      .withAutoCleanup(spec.autoCleanup);
    this.hostConfig.Init = true;
    this.hostConfig.CpuShares = spec.cpuShares;
    if (parent !== undefined) this.hostConfig.CgroupParent = parent;
    if (spec.hostname !== undefined) this.withHostname(spec.hostname);
    if (spec.command !== undefined) this.withCommand([...spec.command]);
    if (spec.entrypoint !== undefined) this.withEntrypoint([...spec.entrypoint]);
    if (spec.hosts !== undefined) this.withExtraHosts([...spec.hosts]);
    if (spec.files !== undefined && spec.files.length > 0) {
      this.withCopyContentToContainer([...spec.files]);
    }
    if (spec.tmpfs !== undefined) this.withTmpFs(spec.tmpfs);
    if (spec.network !== undefined) this.attach(spec.network);
    if (spec.beside !== undefined) {
      this.withNetworkMode(`container:${spec.beside}`);
      this.hostConfig.PidMode = `container:${spec.beside}`;
    }
  }

  private attach(network: ContainerNetwork): void {
    this.withNetworkMode(network.name);
    // Docker turns forwarding on in every container. A database host does not forward, and one that
    // does passes on what reaches it by a stale ARP entry, which hides lost announcements.
    this.hostConfig.Sysctls = { "net.ipv4.ip_forward": "0", ...network.sysctls };
    this.createOpts.NetworkingConfig = {
      EndpointsConfig: { [network.name]: { IPAMConfig: { IPv4Address: network.address } } },
    };
  }
}

export async function startContainer(
  docker: Dockerode,
  spec: LabContainerSpec,
): Promise<Dockerode.Container> {
  const started = await new LabContainer(spec, await cgroupParent(docker)).start();
  return docker.getContainer(started.getId());
}
