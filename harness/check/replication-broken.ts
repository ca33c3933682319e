/**
 * Promise: replication ran on every edge from the moment it was proven to the end of the load: no applier
 * stopped, and no receiver but one that keeps trying to connect.
 *
 * Known from the client's watch, which looks five times a second and tells changes only, and from the looks
 * at the beginning and at the end. A replica that does not answer says nothing. A thread that was stopped
 * and started again within 0.2 s may not be seen.
 */
import { formatSeconds } from "../core/time.ts";
import { only, type Event, type EventOf } from "../history/events.ts";
import { phaseSpan } from "../history/queries.ts";
import type { ReplicationEdge } from "../topology/topology.ts";
import { fail, inconclusive, pass, type Checker } from "./checker.ts";

export const replicationBroken: Checker = {
  name: "replication-broken",
  promise:
    "no replication thread stops, and none reports an error that it does not get over by itself",
  judge: ({ events, topology }) => {
    if (topology.replication.length === 0) return inconclusive("the topology has no replication");
    const looks = topology.replication.map((edge) => ({ edge, states: statesOf(events, edge) }));
    const unseen = looks.find(({ states }) => states.length < 2)?.edge;
    if (unseen !== undefined) {
      return inconclusive(`replication ${unseen.source} to ${unseen.replica} was not looked at`);
    }
    const breaks = looks.flatMap(({ states }) => breaksIn(states));
    const evidence = breaks.flatMap(({ from, until }) =>
      until === undefined ? [from.seq] : [from.seq, until.seq],
    );
    const facts = { breaks: breaks.map(factOf) };
    const [first] = breaks.toSorted((a, b) => a.from.tUs - b.from.tUs);
    if (first !== undefined) return fail(wordsOf(first, breaks.length), evidence, facts);
    const count = looks.flatMap(({ states }) => states).length;
    const reason = `replication ran on every edge whenever it was looked at or told a change (${count} times)`;
    return pass(reason, [], facts);
  },
};

type State = EventOf<"replication">;

interface Break {
  readonly from: State;
  /** When it ran again; absent: it did not. */
  readonly until: State | undefined;
}

/** From the first proof that it ran. */
function statesOf(events: readonly Event[], edge: ReplicationEdge): readonly State[] {
  const states = only(events, "replication").filter(
    ({ replica, source }) => replica === edge.replica && source === edge.source,
  );
  const first = states.findIndex((state) => !isBroken(state));
  const endUs = phaseSpan(events, "quiesce")?.endUs ?? Number.POSITIVE_INFINITY;
  return first < 0 ? states : states.slice(first).filter((state) => state.tUs <= endUs);
}

function isBroken({ applierRunning, receiverRunning, connecting = false }: State): boolean {
  return !applierRunning || (!receiverRunning && !connecting);
}

function breaksIn(states: readonly State[]): Break[] {
  return states.flatMap((from, index) => {
    const earlier = states[index - 1];
    if (!isBroken(from) || (earlier !== undefined && isBroken(earlier))) return [];
    return [{ from, until: states.slice(index).find((state) => !isBroken(state)) }];
  });
}

function wordsOf({ from, until }: Break, count: number): string {
  const { source, replica, applierRunning, receiverRunning, connecting = false, lastError } = from;
  const threads = [
    ...(receiverRunning || connecting ? [] : ["receiver"]),
    ...(applierRunning ? [] : ["applier"]),
  ].join(" and ");
  const when = `from ${formatSeconds(from.tUs)} ${until === undefined ? "on" : `to ${formatSeconds(until.tUs)}`}`;
  const others = count === 1 ? "" : `; ${count} breaks in all`;
  const error = lastError === "" ? "no error was reported, somebody stopped it" : lastError;
  return `the ${threads} of replication ${source} to ${replica} did not run ${when}: ${error}${others}`;
}

function factOf({ from, until }: Break): Record<string, string | number | boolean | null> {
  const { source, replica, receiverRunning, applierRunning, lastError } = from;
  const span = { fromUs: from.tUs, untilUs: until?.tUs ?? null };
  return { source, replica, ...span, receiverRunning, applierRunning, lastError };
}
