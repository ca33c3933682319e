/** Each node's mysqld, the replication between them, and the tables of directors. */
import { only, type EventOf, type IpvsService } from "../../../harness/history/events.ts";
import { nodeAt } from "../../../harness/topology/virtual-servers.ts";
import { ipvsEntries } from "../../timeline-ipvs.ts";
import { byName, lasting, type Lane, type Source } from "./lane.ts";
import type { SpanLookName } from "./looks.ts";
import { shorten } from "./wire.ts";

interface Shown {
  readonly look: SpanLookName;
  readonly text: string;
}

export function mysqlLanes(source: Source): Lane[] {
  const states = byName(source, only(source.events, "mysqld"), ({ node }) => node);
  return states.map(([node, events]) => ({
    group: "MySQL",
    label: `${node} mysqld`,
    hint: "What the server says at the node's own address, asked again and again; a change is seen up to one turn late.",
    spans: lasting(
      events.map((event) => ({ tUs: event.tUs, seq: event.seq, shown: serverState(event) })),
      source.watchEndUs,
    ),
    marks: [],
  }));
}

function serverState({ state, writable, server }: EventOf<"mysqld">): Shown {
  if (state === "down") return { look: "bad", text: "down" };
  if (state === "unresponsive") return { look: "warn", text: "does not answer" };
  const name = server === undefined ? "" : `, ${server}`;
  if (writable === false) return { look: "warn", text: `up, READ-ONLY${name}` };
  return { look: "good", text: `up${writable === true ? ", writable" : ""}${name}` };
}

export function replicationLanes(source: Source): Lane[] {
  const edges = Map.groupBy(only(source.events, "replication"), edgeOf);
  return [...edges]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([edge, events]) => ({
      group: "Replication",
      label: edge,
      hint: "Receiver and applier of the replica, and whether it has all that the source has.",
      spans: lasting(
        events.map((event) => ({ tUs: event.tUs, seq: event.seq, shown: edgeState(event) })),
        source.watchEndUs,
      ),
      marks: [],
    }));
}

function edgeOf({ source, replica }: EventOf<"replication">): string {
  return `${source} to ${replica}`;
}

function edgeState(event: EventOf<"replication">): Shown {
  const stopped = [
    ...(event.receiverRunning
      ? []
      : [event.connecting === true ? "receiver reconnecting" : "receiver stopped"]),
    ...(event.applierRunning ? [] : ["applier stopped"]),
  ];
  const behind = event.caughtUp ? "caught up" : "behind";
  const error = event.lastError === "" ? "" : `: ${shorten(event.lastError)}`;
  if (stopped.length > 0) return { look: "bad", text: `${stopped.join(", ")}, ${behind}${error}` };
  return { look: event.caughtUp ? "good" : "warn", text: `running, ${behind}${error}` };
}

/** Only where there are tables: a node without IPVS has none to look at. */
export function ipvsLanes(source: Source): Lane[] {
  const tables = byName(source, only(source.events, "ipvs"), ({ node }) => node);
  const changes = ipvsEntries(source.events, source.topology);
  return tables.flatMap(([node, events]): Lane[] => {
    if (events.every(({ services }) => services.length === 0)) return [];
    return [
      {
        group: "IPVS",
        label: `${node} table`,
        hint: "The node's IPVS table: to which servers it directs, with their weights.",
        spans: lasting(
          events.map((event) => ({
            tUs: event.tUs,
            seq: event.seq,
            shown: tableState(source, event),
          })),
          source.watchEndUs,
        ),
        marks: changes
          .filter(({ lane }) => lane === node)
          .map(({ tUs, seq, text, tone }) => ({
            tUs,
            seq,
            look: tone === "bad" ? "warn" : "event",
            text,
          })),
      },
    ];
  });
}

function tableState(source: Source, { node, services }: EventOf<"ipvs">): Shown {
  if (services.length === 0) return { look: "absent", text: "no service" };
  const text = services
    .map((service) => {
      const servers = serverWords(source, node, service);
      return services.length === 1 ? servers : `${service.address}:${service.port} to ${servers}`;
    })
    .join("; ");
  const idle = services.some(({ servers }) => servers.every(({ weight }) => weight === 0));
  return { look: idle ? "bad" : "info", text };
}

/** With their weights. */
function serverWords({ topology }: Source, node: string, { servers }: IpvsService): string {
  const nameOf = (server: string): string =>
    (topology === undefined ? undefined : nodeAt(topology, node, server)) ?? server;
  const list = servers.map((server) => `${nameOf(server.address)} (${server.weight})`).join(", ");
  return list || "no server";
}
