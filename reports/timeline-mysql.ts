/** Each node's mysqld as it answers at its own address, and the replication between them. */
import { only, type Event, type EventOf } from "../harness/history/events.ts";
import type { Fact } from "./timeline-fact.ts";
import { formatMilliseconds } from "./units.ts";

export function mysqlEntries(events: readonly Event[]): Fact[] {
  return [...servers(events), ...replication(events)];
}

function servers(events: readonly Event[]): Fact[] {
  const before = new Map<string, EventOf<"mysqld">>();
  return only(events, "mysqld").flatMap((event) => {
    const last = before.get(event.node);
    before.set(event.node, event);
    if (last !== undefined && sameState(last, event)) return [];
    return [
      {
        tUs: event.tUs,
        seq: event.seq,
        lane: event.node,
        text: `${stateWords(event, last)}${since(event)}`,
        tone:
          event.state === "up" && event.writable !== false ? ("good" as const) : ("bad" as const),
      },
    ];
  });
}

function sameState(a: EventOf<"mysqld">, b: EventOf<"mysqld">): boolean {
  return a.state === b.state && a.writable === b.writable && a.server === b.server;
}

function stateWords(event: EventOf<"mysqld">, last: EventOf<"mysqld"> | undefined): string {
  if (event.state === "down") return "mysqld is down";
  if (event.state === "unresponsive") return "mysqld does not answer";
  const writable =
    event.writable === undefined ? "" : event.writable ? ", writable" : ", READ ONLY";
  const other =
    last?.server !== undefined && event.server !== undefined && last.server !== event.server
      ? ", with another identity"
      : "";
  return `mysqld is up${writable}${other}`;
}

/** A probe sees a change up to one turn late. */
function since(event: EventOf<"mysqld">): string {
  const late = event.tUs - event.notBeforeUs;
  return late >= 1000 ? ` (seen ${formatMilliseconds(late)} late at most)` : "";
}

function replication(events: readonly Event[]): Fact[] {
  const before = new Map<string, string>();
  return only(events, "replication").flatMap((event) => {
    const edge = `${event.source} -> ${event.replica}`;
    const words = replicationWords(event);
    if (before.get(edge) === words) return [];
    before.set(edge, words);
    const running = event.receiverRunning && event.applierRunning;
    return [
      {
        tUs: event.tUs,
        seq: event.seq,
        lane: event.replica,
        text: `replication from ${event.source}: ${words}`,
        tone: running ? ("plain" as const) : ("bad" as const),
      },
    ];
  });
}

function replicationWords(event: EventOf<"replication">): string {
  const stopped = [
    ...(event.receiverRunning
      ? []
      : [event.connecting === true ? "receiver reconnecting" : "receiver stopped"]),
    ...(event.applierRunning ? [] : ["applier stopped"]),
  ];
  const state = stopped.length === 0 ? "running" : stopped.join(", ");
  const error = event.lastError === "" ? "" : `: ${event.lastError}`;
  return `${state}, ${event.caughtUp ? "caught up" : "behind"}${error}`;
}
