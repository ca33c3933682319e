/** A server behind a director that routes: it has the VIP on its loopback interface, and is silent about it. */
import type { ResolvedTopology } from "../../topology/resolve.ts";
import type { RealServer } from "../../topology/topology.ts";
import { inToolbox, type DockerNode } from "./node.ts";

/** What keeps a host from answering ARP for an address of its loopback interface (ip-sysctl, `arp_ignore`, `arp_announce`). */
export function arpSettings({ arp }: RealServer): Record<string, string> {
  if (arp === "answers") return {};
  return {
    "net.ipv4.conf.all.arp_ignore": "1",
    "net.ipv4.conf.all.arp_announce": "2",
    "net.ipv4.conf.lo.arp_ignore": "1",
    "net.ipv4.conf.lo.arp_announce": "2",
  };
}

/** Gives the node the VIP whose packets are forwarded to it; nothing on any other node. As a host's init script does at boot. */
export async function takeForwarded(node: DockerNode, { vips }: ResolvedTopology): Promise<void> {
  const vip = vips.find(({ name }) => name === node.spec.realServer?.vip);
  if (vip !== undefined) await inToolbox(node, `ip address replace ${vip.address}/32 dev lo`);
}
