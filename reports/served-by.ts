/** Behind directors: which server answered how many of the new connections, from the begin of the drill to the end of the load. */
import { compareText } from "../harness/core/text.ts";
import { only, type Event } from "../harness/history/events.ts";
import { serversOf } from "../harness/timing/failover.ts";
import { freshConnections } from "../harness/timing/ipvs.ts";
import { loadSpan } from "../harness/timing/outages.ts";

export interface ServedBy {
  readonly connections: number;
  readonly unanswered: number;
  readonly servers: readonly { readonly node: string; readonly connections: number }[];
}

/** Absent where nothing is balanced. */
export function servedBy(events: readonly Event[]): ServedBy | undefined {
  const span = loadSpan(events);
  const balanced = only(events, "ipvs").some(({ services }) => services.length > 0);
  if (span === undefined || !balanced) return undefined;
  const names = serversOf(events);
  const all = freshConnections(events).filter(
    ({ invokedUs, endUs }) => invokedUs >= span.startUs && endUs <= span.endUs,
  );
  const answered = all.flatMap(({ server }) =>
    server === undefined ? [] : [names.get(server) ?? "an unknown server"],
  );
  const counts = [...Map.groupBy(answered, (node) => node)]
    .map(([node, list]) => ({ node, connections: list.length }))
    .sort((a, b) => compareText(a.node, b.node));
  return {
    connections: all.length,
    unanswered: all.length - answered.length,
    servers: counts,
  };
}

/** `1450 new connections: 510 by db1 (35.2%), 887 by db2 (61.2%), 53 by nobody (3.7%)`. */
export function servedByWords({ connections, unanswered, servers }: ServedBy): string {
  const part = (count: number, by: string): string =>
    `${count} by ${by} (${((100 * count) / Math.max(1, connections)).toFixed(1)}%)`;
  const parts = [
    ...servers.map(({ node, connections: own }) => part(own, node)),
    ...(unanswered === 0 ? [] : [part(unanswered, "nobody")]),
  ];
  return `${connections} new connections${parts.length === 0 ? "" : `: ${parts.join(", ")}`}`;
}
