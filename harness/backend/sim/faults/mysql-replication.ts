/** Replication stopped, delayed and broken, on a node as a replica. */
import type { JsonObject } from "../../../core/json.ts";
import { present } from "../../../core/assert.ts";
import { seconds, type Us } from "../../../core/time.ts";
import type { ReplicationDelayed } from "../../../fault/mysql/replication-delayed.ts";
import type { ReplicationStopped } from "../../../fault/mysql/replication-stopped.ts";
import type { ReplicationEvent } from "../../../history/events.ts";
import type { ReplicationEdge } from "../../../topology/topology.ts";
import type { MysqlServer } from "../mysql/server.ts";
import { BREAK, DELAY, SQL } from "./costs.ts";
import {
  AT_ONCE,
  type Command,
  type Proof,
  type SimFault,
  type SimFaultContext,
} from "./driver.ts";

function edgeOf({ world, host }: SimFaultContext): ReplicationEdge | undefined {
  return world.topology.replication.find(({ replica }) => replica === host.name);
}

function stateOf(context: SimFaultContext): ReplicationEvent | undefined {
  const edge = edgeOf(context);
  return context.world.traffic
    .replicationStates()
    .find(({ source, replica }) => source === edge?.source && replica === edge.replica);
}

function factsOf(state: ReplicationEvent | undefined): JsonObject {
  if (state === undefined) return {};
  const { receiverRunning, connecting = false, applierRunning, lastError } = state;
  return { receiverRunning, connecting, applierRunning, lastError };
}

function words({ host }: SimFaultContext, { lastError = "", ...facts }: JsonObject): string {
  if (facts["applierRunning"] === undefined) return `${host.name} is no replica`;
  const thread = (name: string): string => (facts[name] === true ? "runs" : "does not run");
  return (
    `on ${host.name} the receiver ${thread("receiverRunning")} and the applier ${thread("applierRunning")}` +
    (typeof lastError !== "string" || lastError === "" ? "" : `: ${lastError}`)
  );
}

function proof(context: SimFaultContext, holds: (facts: JsonObject) => boolean): Proof {
  const facts = factsOf(stateOf(context));
  const confirmed = holds(facts);
  return { confirmed, undecided: !confirmed, proof: words(context, facts), facts };
}

function notBefore(context: SimFaultContext, before: JsonObject): Proof {
  return { confirmed: false, proof: `before the fault: ${words(context, before)}`, facts: before };
}

/** The threads that are meant run, or none of them does. */
function run(threads: ReplicationStopped["thread"], runs: boolean): (facts: JsonObject) => boolean {
  return ({ receiverRunning, connecting, applierRunning }) =>
    (threads === "applier" || (receiverRunning === runs && (runs || connecting === false))) &&
    (threads === "receiver" || applierRunning === runs);
}

/** An edge's threads come and go while commands wait for nothing. */
function onEdge(context: SimFaultContext, act: (edge: ReplicationEdge) => void): Command {
  const edge = edgeOf(context);
  if (edge !== undefined) act(edge);
  return AT_ONCE;
}

export function stoppedReplication(
  context: SimFaultContext,
  { thread }: ReplicationStopped,
): SimFault {
  const { replication } = context.world.traffic;
  const suffix = thread === "both" ? "" : (`-${thread}` as const);
  const order = (verb: "start" | "stop"): Command =>
    onEdge(context, ({ source, replica }) => {
      replication.replica(source, replica, `${verb}${suffix}`);
    });
  return {
    look: () => factsOf(stateOf(context)),
    act: () => order("stop"),
    prove: (before) =>
      run(thread, true)(before)
        ? { ...proof(context, run(thread, false)), undecided: false }
        : notBefore(context, before),
    heal: {
      act: () => {
        order("start");
        return within(context, START_BOUND_US, () => run(thread, true)(factsOf(stateOf(context))));
      },
      prove: () => proof(context, run(thread, true)),
    },
    costs: { inject: SQL, heal: SQL },
  };
}

export function delayedReplication(
  context: SimFaultContext,
  { delayUs }: ReplicationDelayed,
): SimFault {
  const { replication } = context.world.traffic;
  const delay = (): number => {
    const edge = edgeOf(context);
    return edge === undefined ? 0 : replication.delayOf(edge.source, edge.replica);
  };
  let earlierUs = 0;
  const change = (us: number): Command =>
    onEdge(context, ({ source, replica }) => {
      replication.delayReplica(source, replica, us);
    });
  const delayed = (us: number): Proof => {
    const found = proof(context, ({ applierRunning }) => applierRunning === true && delay() === us);
    const now = delay() / seconds(1);
    return {
      ...found,
      undecided: false,
      proof: `${found.proof}; SQL_Delay is ${now} s`,
      facts: { ...found.facts, delaySeconds: now },
    };
  };
  return {
    look: () => {
      earlierUs = delay();
      return { ...factsOf(stateOf(context)), delayUs: earlierUs };
    },
    act: () => change(delayUs),
    prove: (before) => {
      if (before["applierRunning"] !== true) return notBefore(context, before);
      if (before["delayUs"] !== delayUs) return delayed(delayUs);
      const late = `${context.host.name} applied ${delayUs / seconds(1)} s late before the fault`;
      return { confirmed: false, proof: late, facts: before };
    },
    heal: { act: () => change(earlierUs), prove: () => delayed(earlierUs) },
    costs: { inject: DELAY, heal: DELAY },
  };
}

export function brokenReplication(context: SimFaultContext): SimFault {
  const { world } = context;
  const { replication } = world.traffic;
  const both = run("both", true);
  let injected = false;
  let position: Position = new Map();
  return {
    look: () => factsOf(stateOf(context)),
    act: () => {
      injected = true;
      return onEdge(context, ({ source, replica }) => {
        replication.collide(source, replica, `broken-${world.clock.nowUs()}`);
      });
    },
    prove: (before) => {
      if (!both(before)) return notBefore(context, before);
      const found = proof(
        context,
        ({ applierRunning, lastError }) =>
          applierRunning === false && typeof lastError === "string" && lastError.includes("1062"),
      );
      // Without the row there is nothing to wait for.
      return { ...found, undecided: injected && found.undecided === true };
    },
    heal: {
      act: () => {
        const edge = edgeOf(context);
        if (edge === undefined) return AT_ONCE;
        replication.mend(edge.source, edge.replica);
        position = positionOf(context, edge);
        return within(context, CATCH_UP_BOUND_US, () => reached(context, position));
      },
      prove: () => {
        const found = proof(context, both);
        const caughtUp = reached(context, position);
        const caught = caughtUp ? "it has caught up" : "it did not catch up within 20 s";
        return {
          ...found,
          confirmed: found.confirmed && caughtUp,
          proof: `${found.proof}; ${caught}`,
        };
      },
    },
    costs: { inject: BREAK, heal: SQL },
  };
}

const CATCH_UP_BOUND_US = seconds(20);
const START_BOUND_US = seconds(10);

/** As on containers, where the proof of a healing looks again until its bound is over. */
function within({ world }: SimFaultContext, boundUs: Us, holds: () => boolean): Command {
  const endUs = world.clock.nowUs() + boundUs;
  return { done: () => holds() || world.clock.nowUs() >= endUs };
}

/** What the source has executed of each server's transactions. */
function positionOf({ world }: SimFaultContext, { source }: ReplicationEdge): Position {
  const server = present(world.traffic.server(source), `mysqld on ${source}`);
  world.traffic.replicationStates();
  return new Map([...server.origins()].map((origin) => [origin, server.executed(origin)]));
}

type Position = ReadonlyMap<MysqlServer, number>;

function reached({ world, host }: SimFaultContext, position: Position): boolean {
  // Asking makes what was passed over be computed.
  world.traffic.replicationStates();
  const server = present(world.traffic.server(host.name), `mysqld on ${host.name}`);
  return [...position].every(([origin, gno]) => server.executed(origin) >= gno);
}
