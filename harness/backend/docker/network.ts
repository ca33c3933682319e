/**
 * One network per cluster, with a /24 of its own inside 198.18.0.0/15 (RFC 2544, set aside for tests
 * of network devices), no way out and no published ports.
 *
 * Not `--internal`: with br_netfilter, Docker's isolation rule then drops bridged packets to
 * 224.0.0.18 and every node becomes master.
 */
import type Dockerode from "dockerode";
import { randomStream } from "../../core/random.ts";
import { HarnessError, messageOf } from "../../core/errors.ts";

export interface ClusterNetwork {
  readonly name: string;
  readonly id: string;
  /** First three octets, as in `198.18.7`. */
  readonly subnetPrefix: string;
  readonly prefixLength: number;
}

const SUBNETS = 512; // 198.18.0.0/24 to 198.19.255.0/24
const PREFIX_LENGTH = 24;
/** Enough to get past other clusters' subnets even when most of the range is taken. */
const ATTEMPTS = 64;

export async function createNetwork(
  docker: Dockerode,
  options: {
    readonly runId: string;
    readonly seed: number;
    readonly labels: Record<string, string>;
  },
): Promise<ClusterNetwork> {
  const taken = await subnetsInUse(docker);
  const draw = randomStream(options.seed, `subnet ${options.runId}`);
  let lastError: unknown;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const slot = draw.integer(0, SUBNETS - 1);
    const subnetPrefix = `198.${18 + (slot >> 8)}.${slot & 255}`;
    if (taken.has(`${subnetPrefix}.0/${PREFIX_LENGTH}`)) continue;
    try {
      return await create(docker, { ...options, subnetPrefix });
    } catch (error) {
      // Another run may have taken it since we looked.
      if (!/overlap|conflict/i.test(messageOf(error))) throw error;
      lastError = error;
    }
  }
  throw new HarnessError(
    "NO_FREE_SUBNET",
    `no free /24 in 198.18.0.0/15 after ${ATTEMPTS} attempts; vipdrill doctor --clean removes leftovers`,
    { cause: lastError },
  );
}

async function create(
  docker: Dockerode,
  options: {
    readonly runId: string;
    readonly labels: Record<string, string>;
    readonly subnetPrefix: string;
  },
): Promise<ClusterNetwork> {
  const name = `vipdrill-${options.runId}`;
  const network = await docker.createNetwork({
    Name: name,
    Driver: "bridge",
    CheckDuplicate: true,
    Labels: options.labels,
    IPAM: {
      Driver: "default",
      Config: [
        {
          Subnet: `${options.subnetPrefix}.0/${PREFIX_LENGTH}`,
          Gateway: `${options.subnetPrefix}.1`,
        },
      ],
    },
    Options: { "com.docker.network.bridge.enable_ip_masquerade": "false" },
  });
  return {
    name,
    id: network.id,
    subnetPrefix: options.subnetPrefix,
    prefixLength: PREFIX_LENGTH,
  };
}

async function subnetsInUse(docker: Dockerode): Promise<Set<string>> {
  const networks = await docker.listNetworks();
  return new Set(
    networks.flatMap((network) => (network.IPAM?.Config ?? []).map((item) => item.Subnet ?? "")),
  );
}
