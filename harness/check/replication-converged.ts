/**
 * Promise: after healing, replication runs on every edge, has caught up, and all copies are equal.
 * Rows that differ are named.
 */
import { only, type EventOf } from "../history/events.ts";
import { phaseSpan } from "../history/queries.ts";
import type { ReplicationEdge } from "../topology/topology.ts";
import { fail, inconclusive, pass, type Checker } from "./checker.ts";
import { copies, rowNames } from "./copies.ts";

export const replicationConverged: Checker = {
  name: "replication-converged",
  promise: "replication runs on every edge and all copies are equal",
  judge: ({ events, topology }) => {
    const tables = copies(events);
    const nodes = topology.nodes.filter((node) => node.mysql !== undefined);
    const unread = nodes.find((node) => !tables.has(node.name));
    if (unread !== undefined) return inconclusive(`the table of ${unread.name} was not read`);
    const lastOf = (edge: ReplicationEdge): EventOf<"replication"> | undefined =>
      only(events, "replication").findLast(
        (event) =>
          event.replica === edge.replica &&
          event.source === edge.source &&
          event.tUs >= (phaseSpan(events, "quiesce")?.startUs ?? 0),
      );
    const unseen = topology.replication.find((edge) => lastOf(edge) === undefined);
    if (unseen !== undefined) {
      return inconclusive(`replication ${unseen.source} to ${unseen.replica} was not looked at`);
    }
    const stuck = topology.replication
      .map(lastOf)
      .find(
        (state) =>
          state !== undefined && !(state.receiverRunning && state.applierRunning && state.caughtUp),
      );
    if (stuck !== undefined) {
      return fail(
        `replication ${stuck.source} to ${stuck.replica} does not run or did not catch up: ${stuck.lastError || "no error reported"}`,
        [stuck.seq],
      );
    }
    const all = nodes.map((node) => ({
      node: node.name,
      rows: rowNames(tables.get(node.name) ?? { rows: [] }),
    }));
    const names = new Set(all.flatMap(({ rows }) => [...rows.keys()]));
    const [first] = all;
    const differing = [...names].filter((name) =>
      all.some(({ rows }) => rows.get(name) !== first?.rows.get(name)),
    );
    const facts = { rows: names.size, differing: differing.slice(0, 100) };
    if (differing.length > 0) {
      return fail(
        `${differing.length} of ${names.size} rows differ between ${all.map(({ node }) => node).join(" and ")}: ${differing.slice(0, 3).join(", ")}`,
        only(events, "copy").map((event) => event.seq),
        facts,
      );
    }
    return pass(
      `${names.size} rows, equal on ${all.map(({ node }) => node).join(" and ")}`,
      only(events, "copy").map((event) => event.seq),
      facts,
    );
  },
};
