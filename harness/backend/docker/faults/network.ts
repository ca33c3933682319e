/**
 * Takes a node's container out of its network and puts it back. The interface goes with everything that is
 * bound to it, and another one of the same name, address and hardware address takes its place. A node with a kernel of its
 * own loses its adapter instead, as a virtual machine does; the container stays in the network, with nobody behind it.
 */
import type Dockerode from "dockerode";
import { connectEngine } from "../engine.ts";
import { bounded, ENGINE_ANSWER_MS } from "../stream.ts";
import { insertAdapter, removeAdapter } from "../own-kernel.ts";
import { inToolbox, timed, type DockerNode } from "../node.ts";
import type { Applied, FaultDriver } from "./driver.ts";
import { readInterface, restored, routeCommands, type InterfaceState } from "./interface.ts";

/** What takes one node's interface away and puts one back. */
interface Attachment {
  readonly detach: () => Promise<void>;
  readonly attach: (routes: readonly string[]) => Promise<void>;
}

interface Endpoint {
  readonly network: Dockerode.Network;
  readonly mac: string;
}

export function networkDisconnectedDriver(): FaultDriver {
  let before: InterfaceState | undefined;
  let attachment: Attachment | undefined;
  return {
    look: ({ node }) => readInterface(node),
    act: async ({ node }) => {
      before = await readInterface(node);
      const found = node.kernel === "own" ? adapterOf(node, before) : await engineSide(node);
      attachment = found;
      return stamped(node, async () => {
        await found?.detach();
      });
    },
    prove: async ({ node }, { up: wasUp }) => {
      const now = await readInterface(node);
      const name = `${node.spec.interface} of ${node.spec.name}`;
      const proof = now.exists ? `${name} is still there` : `${name} is no longer there`;
      if (wasUp === true) return { confirmed: !now.exists, proof, facts: { now } };
      return { confirmed: false, proof: `${name} was not there or not up before`, facts: { now } };
    },
    heal: async ({ node }) => {
      const left = attachment;
      const applied = await stamped(node, async () => {
        // What was away before is not ours to put back.
        await left?.attach(before?.routes ?? []);
      });
      return { ...applied, receipt: await restored(node, before) };
    },
  };
}

function adapterOf(node: DockerNode, { exists }: InterfaceState): Attachment | undefined {
  if (!exists) return undefined;
  const { container, spec } = node;
  return {
    detach: () => removeAdapter(container, spec.name),
    attach: async (routes) => {
      await insertAdapter(container, spec.name);
      await inToolbox(node, [":", ...routeCommands(spec.interface, routes)].join("\n"));
    },
  };
}

async function engineSide(node: DockerNode): Promise<Attachment | undefined> {
  const endpoint = await endpointOf(node);
  if (endpoint === undefined) return undefined;
  return {
    detach: () => disconnect(node, endpoint),
    attach: async (routes) => {
      await connect(node, endpoint);
      await inToolbox(node, nameScript(node, routes));
    },
  };
}

/**
 * Engines count the interfaces that a container ever had (`eth1` after the first reconnect, Docker 20.10), and
 * a name can be changed only while the interface is down. Routes go with it and are set again.
 */
export function nameScript({ spec }: DockerNode, routes: readonly string[]): string {
  const { address, interface: wanted } = spec;
  return [
    `device=$(ip -o -4 address show to ${address}/32 | { read -r _ name _; echo "$name"; })`,
    `if [ "$device" != ${wanted} ]; then`,
    `  ip link set dev "$device" down; ip link set dev "$device" name ${wanted}`,
    `  ip link set dev ${wanted} up`,
    "fi",
    ...routeCommands(wanted, routes),
  ].join("\n");
}

/** In the network in which the node has its address; nothing when it is in none. */
async function endpointOf({ container, spec }: DockerNode): Promise<Endpoint | undefined> {
  const { NetworkSettings } = await container.inspect();
  const endpoint = Object.values(NetworkSettings.Networks).find(
    ({ IPAddress }) => IPAddress === spec.address,
  );
  if (endpoint === undefined) return undefined;
  const { docker } = await connectEngine();
  return { network: docker.getNetwork(endpoint.NetworkID), mac: endpoint.MacAddress };
}

/** An interface that we have given its name back stays behind when the engine looks for it under its own. */
async function disconnect(node: DockerNode, { network }: Endpoint): Promise<void> {
  const left = network.disconnect({ Container: node.container.id });
  await bounded(left, ENGINE_ANSWER_MS, `${node.spec.name} leaving its network`);
  await inToolbox(node, `ip link delete dev ${node.spec.interface} 2>/dev/null || true`);
}

async function connect({ container, spec }: DockerNode, { network, mac }: Endpoint): Promise<void> {
  const joined = network.connect({
    Container: container.id,
    EndpointConfig: { IPAMConfig: { IPv4Address: spec.address }, MacAddress: mac },
  });
  await bounded(joined, ENGINE_ANSWER_MS, `${spec.name} joining its network`);
}

/** The engine acts, not a command in the node; the node's clock is read before and after. */
async function stamped({ toolbox }: DockerNode, act: () => Promise<void>): Promise<Applied> {
  const { beginEpochUs } = await timed(toolbox, ":");
  await act();
  const { endEpochUs } = await timed(toolbox, ":");
  return { beginEpochUs, endEpochUs };
}
