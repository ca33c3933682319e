/**
 * What a virtual_server of a node is for: to send clients on (it has a table of its own), to be a check of the node itself
 * whose script stops keepalived (it is counted in the routers' tables), or something that is not computed (UDP, SCTP).
 *
 * A script that stops keepalived because of a server elsewhere takes the director and its addresses away, which no
 * formula of the routers' tables has.
 */
import type { KeepalivedConfig, RealServer, VirtualServer } from "../keepalived/config.ts";
import { serviceName } from "../keepalived/services.ts";
import { surroundingsOf, type PredictedNode } from "./cluster.ts";
import { conductOf } from "./conduct.ts";

/** A fwmark has no protocol of its own, and what the file says is ignored (`check_data.c:validate_check_config`). */
export function asksForTcp(
  { service, protocol }: VirtualServer,
  { virtualServerGroups }: KeepalivedConfig,
): boolean {
  if (service.kind === "fwmark" || protocol === "TCP") return true;
  if (service.kind !== "group") return false;
  const services = virtualServerGroups.find(({ name }) => name === service.name)?.services ?? [];
  return services.length > 0 && services.every(({ kind }) => kind === "fwmark");
}

/** It sends clients on, and is no check of the node. */
export function directs(server: VirtualServer, node: PredictedNode): boolean {
  if (!server.usable || !asksForTcp(server, node.config)) return false;
  return !server.realServers.some(
    (real) => isOwnServer(real, server, node) && stoppersOf(server, real, node).length > 0,
  );
}

/** A real server at the address of this node, or the only one of its virtual server. */
export function isOwnServer(real: RealServer, server: VirtualServer, node: PredictedNode): boolean {
  const own = node.config.instances.map(({ sourceAddress }) => sourceAddress ?? node.address);
  if (own.includes(real.address) || real.address.startsWith("127.")) return true;
  return server.realServers.length === 1 && server.realServers[0] === real;
}

export type Stopper = "notify_down" | "quorum_down";

/** Which scripts stop keepalived when this server is removed, as far as is known. */
export function stoppersOf(
  { quorumDown }: VirtualServer,
  { notifyDown }: RealServer,
  node: PredictedNode,
): readonly Stopper[] {
  const host = surroundingsOf(node);
  const stops = (command: RealServer["notifyDown"]): boolean =>
    command !== undefined && conductOf(command, host, "mysqld-down").stops !== undefined;
  return [
    ...(stops(notifyDown) ? (["notify_down"] as const) : []),
    ...(stops(quorumDown) ? (["quorum_down"] as const) : []),
  ];
}

/** Why it is not known what mysqld does to the addresses of a director: each virtual_server that can stop it. */
export function stopsFromAfar(node: PredictedNode): string[] {
  return node.config.virtualServers
    .filter((server) => directs(server, node))
    .flatMap((server) => {
      const found = new Set(server.realServers.flatMap((real) => stoppersOf(server, real, node)));
      return found.size === 0
        ? []
        : [
            `${[...found].join(" and ")} of virtual_server ${serviceName(server)} stops keepalived on ${node.name}: what that ` +
              "does to the VIP is not computed; the table of its servers says when they are removed",
          ];
    });
}

/** What is left of the weight once a server is removed, and whether that is enough (`ipwrapper.c:update_quorum_state`). */
export function quorumWithout(
  { realServers, quorum, hysteresis }: VirtualServer,
  { weight }: RealServer,
): { readonly left: number; readonly needed: number; readonly lost: boolean } {
  const left = realServers.reduce((so, real) => so + real.weight, 0) - weight;
  const needed = Math.max(1, quorum - hysteresis);
  return { left, needed, lost: left < needed };
}
