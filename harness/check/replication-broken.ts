/**
 * Promise: replication ran on every edge from the moment it was proven to the end of the load: no applier
 * stopped, and no receiver but one that keeps trying to connect.
 *
 * Known from the client's watch, which looks five times a second and tells changes only, and from the looks
 * at the beginning and at the end. A replica that does not answer says nothing, and one whose server ends stops its
 * threads first: that is the server's end, and what counts is whether they run when it is up again. A thread that was
 * stopped and started again within 0.2 s may not be seen.
 */
import { formatSeconds, seconds, type Us } from "../core/time.ts";
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
    const ends = endsOf(events);
    const looks = topology.replication.map((edge) => ({ edge, states: statesOf(events, edge) }));
    const unseen = looks.find(({ states }) => states.length < 2)?.edge;
    if (unseen !== undefined) {
      return inconclusive(`replication ${unseen.source} to ${unseen.replica} was not looked at`);
    }
    const breaks = looks.flatMap(({ edge, states }) =>
      breaksIn(states.filter((state) => !isEnd(state, states, ends.get(edge.replica) ?? []))),
    );
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

/** A clean stop begins with the threads and took 1.9 to 11 s in our images. What was stopped by hand shortly before it passes for it. */
const STOPS_WITHIN_US: Us = seconds(15);

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

/** From when a server was seen down until it was seen up. */
interface End {
  readonly downUs: Us;
  readonly upUs: Us;
}

function endsOf(events: readonly Event[]): ReadonlyMap<string, readonly End[]> {
  const seen = Map.groupBy(only(events, "mysqld"), ({ node }) => node);
  return new Map(
    [...seen].map(([node, states]) => [
      node,
      states.flatMap(({ state, tUs }, index) => {
        if (state !== "down") return [];
        const up = states.slice(index).find((later) => later.state === "up");
        return [{ downUs: tUs, upUs: up?.tUs ?? Number.POSITIVE_INFINITY }];
      }),
    ]),
  );
}

/** A broken state from which the server went straight to its end, or which was told meanwhile. */
function isEnd(state: State, states: readonly State[], ends: readonly End[]): boolean {
  if (!isBroken(state)) return false;
  const later = states.slice(states.indexOf(state)).find((other) => !isBroken(other));
  const nextUs = later?.tUs ?? Number.POSITIVE_INFINITY;
  return ends.some(
    ({ downUs, upUs }) =>
      (state.tUs >= downUs && state.tUs < upUs) ||
      (downUs >= state.tUs && downUs - state.tUs <= STOPS_WITHIN_US && downUs < nextUs),
  );
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
