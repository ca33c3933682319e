/** What the tables of a cluster leave out of its virtual servers, one sentence each, for a reader to know before them. */
import type { Checker, VirtualServer } from "../keepalived/config.ts";
import { endpointName, serviceName } from "../keepalived/services.ts";
import { profileOf } from "../keepalived/versions.ts";
import type { PredictedNode } from "./cluster.ts";
import { asksForTcp, directs } from "./directors.ts";

/** In the order of the nodes; what several nodes say alike stands once. */
export function leftOutOf(nodes: readonly PredictedNode[]): string[] {
  const found = nodes.flatMap((node) =>
    node.config.virtualServers
      .filter(({ usable }) => usable)
      .flatMap((server) =>
        sentences(server, node).map((text) => ({
          text,
          service: serviceName(server),
          node: node.name,
        })),
      ),
  );
  const groups = Map.groupBy(found, ({ service, text }) => `${service} ${text}`);
  return [...groups.values()].flatMap((list) => {
    const [first] = list;
    if (first === undefined) return [];
    const names = [...new Set(list.map(({ node }) => node))].join(", ");
    return [`virtual_server ${first.service} on ${names}: ${first.text}`];
  });
}

function sentences(server: VirtualServer, node: PredictedNode): string[] {
  if (!asksForTcp(server, node.config)) {
    const kinds = server.realServers.flatMap(({ checkers }) => checkers.map(({ kind }) => kind));
    const checked = kinds.length === 0 ? "no checker" : [...new Set(kinds)].join(", ");
    return [`${server.protocol} (${checked}) is not computed`];
  }
  if (!directs(server, node)) return [];
  const { quorum, hysteresis, sorryServer } = server;
  const parts = [
    ...(quorum === 1 ? [] : [`quorum ${quorum}`]),
    ...(hysteresis === 0 ? [] : [`hysteresis ${hysteresis}`]),
    ...(sorryServer === undefined ? [] : [`sorry_server ${endpointName(sorryServer)}`]),
  ];
  const quorumText =
    parts.length === 0
      ? []
      : [
          `${parts.join(", ")} not computed: the table says when each server is removed, not what clients then get`,
        ];
  const checkers = server.realServers.flatMap((real) => real.checkers);
  return [...quorumText, ...new Set(checkers.flatMap((checker) => withoutEffect(checker, node)))];
}

/** Settings that this version does not know there, written with an effect in mind. */
function withoutEffect({ kind, other, timing }: Checker, { config }: PredictedNode): string[] {
  const names = [
    ...new Set(other.filter(({ known }) => !known).map(({ words: [word = ""] }) => word)),
  ];
  if (names.length === 0) return [];
  const retry = profileOf(config.version).tcpCheckRetries
    ? `retry is ${timing.retry}`
    : "no retries";
  const held = kind === "TCP_CHECK" && names.includes("nb_get_retry") ? `; ${retry}` : "";
  const verb = names.length === 1 ? "has" : "have";
  return [`${names.join(", ")} ${verb} no effect in ${kind}${held}`];
}
