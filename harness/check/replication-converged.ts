/**
 * Promise: after healing, replication runs on every edge, has caught up, and all copies are equal.
 * Rows that differ are named, and generated keys that different rows got on different nodes.
 */
import { only, type Event, type EventOf } from "../history/events.ts";
import { phaseSpan } from "../history/queries.ts";
import type { ReplicationEdge } from "../topology/topology.ts";
import { fail, inconclusive, pass, type Checker } from "./checker.ts";
import {
  clashes,
  clashFact,
  clashWords,
  copies,
  rowNames,
  type Clash,
  type Copy,
} from "./copies.ts";

/** More rows than this are counted, not listed. */
const LISTED_MAX = 100;

export const replicationConverged: Checker = {
  name: "replication-converged",
  promise: "replication runs on every edge and all copies are equal",
  judge: ({ events, topology }) => {
    const tables = copies(events);
    const nodes = topology.nodes.filter((node) => node.mysql !== undefined);
    const unread = nodes.find((node) => !tables.has(node.name));
    if (unread !== undefined) return inconclusive(`the table of ${unread.name} was not read`);
    const states = topology.replication.map((edge) => ({ edge, state: lastState(events, edge) }));
    const unseen = states.find(({ state }) => state === undefined)?.edge;
    if (unseen !== undefined) {
      return inconclusive(`replication ${unseen.source} to ${unseen.replica} was not looked at`);
    }
    const stuck = states.flatMap(({ state }) =>
      state === undefined || (state.receiverRunning && state.applierRunning && state.caughtUp)
        ? []
        : [state],
    );
    const found = compare(tables);
    const evidence = only(events, "copy").map((event) => event.seq);
    const facts = {
      rows: found.rows,
      differing: found.differing.slice(0, LISTED_MAX),
      ...(found.clashing.length === 0
        ? {}
        : { clashes: found.clashing.slice(0, LISTED_MAX).map(clashFact) }),
      ...(stuck.length === 0 ? {} : { stuck: stuck.map(edgeFact) }),
    };
    if (stuck.length > 0) {
      return fail(
        [stuckWords(stuck), ...differenceWords(found)].join("; "),
        [...stuck.map((state) => state.seq), ...evidence],
        facts,
      );
    }
    if (found.differing.length > 0) {
      return fail(differenceWords(found).join("; "), evidence, facts);
    }
    return pass(`${found.rows} rows, equal on ${listed(tables)}`, evidence, facts);
  },
};

/** How the edge stood when replication was given its time to catch up. */
function lastState(
  events: readonly Event[],
  edge: ReplicationEdge,
): EventOf<"replication"> | undefined {
  const fromUs = phaseSpan(events, "quiesce")?.startUs ?? 0;
  return only(events, "replication").findLast(
    (event) =>
      event.replica === edge.replica && event.source === edge.source && event.tUs >= fromUs,
  );
}

interface Comparison {
  readonly nodes: string;
  readonly rows: number;
  readonly differing: readonly string[];
  readonly clashing: readonly Clash[];
}

function compare(tables: ReadonlyMap<string, Copy>): Comparison {
  const all = [...tables.values()].map(rowNames);
  const names = new Set(all.flatMap((rows) => [...rows.keys()]));
  const [first] = all;
  return {
    nodes: listed(tables),
    rows: names.size,
    differing: [...names].filter((name) => all.some((rows) => rows.get(name) !== first?.get(name))),
    clashing: clashes(tables),
  };
}

function listed(tables: ReadonlyMap<string, Copy>): string {
  return [...tables.keys()].join(" and ");
}

/** Both directions usually stop for the same reason: the error is told once, the rest is in the facts. */
function stuckWords(stuck: readonly EventOf<"replication">[]): string {
  const edges = stuck.map(({ source, replica }) => `${source} to ${replica}`);
  const verb = edges.length === 1 ? "does not run or did" : "do not run or did";
  const error = stuck.find(({ lastError }) => lastError !== "")?.lastError;
  return `replication ${edges.join(" and ")} ${verb} not catch up: ${error ?? "no error reported"}`;
}

function differenceWords({ nodes, rows, differing, clashing }: Comparison): string[] {
  if (differing.length === 0) return [];
  const clash = clashWords(clashing);
  const some = `${differing.slice(0, 3).join(", ")}${differing.length > 3 ? ", ..." : ""}`;
  return [
    `${differing.length} of ${rows} rows differ between ${nodes}: ${some}`,
    ...(clash === undefined ? [] : [clash]),
  ];
}

function edgeFact(state: EventOf<"replication">): Record<string, string | boolean> {
  const { source, replica, receiverRunning, applierRunning, caughtUp, lastError } = state;
  return { source, replica, receiverRunning, applierRunning, caughtUp, lastError };
}
