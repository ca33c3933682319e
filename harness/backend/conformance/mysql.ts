/** Faults of group `mysql`: what clients, the probe and replication show of each. */
import type { TimedEvent } from "../../history/events.ts";
import { seconds } from "../../core/time.ts";
import type { Cluster } from "../backend.ts";
import {
  confirmed,
  countOf,
  expectCount,
  expectAfter,
  expectEvent,
  fail,
  healed,
  HOLDER,
  inject,
  STANDBY,
  type ConformanceCase,
} from "./case.ts";
import { settledAgain } from "./settled.ts";

export const MYSQL_CASES: readonly ConformanceCase[] = [
  {
    name: "mysql-read-only: writes get error 1290, reads pass, the probe sees it; then writes pass again",
    covers: ["mysql-read-only"],
    run: async (cluster) => {
      for (const isSuper of [false, true]) {
        const fault = { kind: "mysql-read-only", node: HOLDER, super: isSuper } as const;
        const injection = await inject(cluster, fault);
        await expectAfter(
          cluster,
          injection,
          "a refused write",
          ended("write", "ER_OPTION_PREVENTS_STATEMENT"),
        );
        await expectAfter(cluster, injection, "a read that passes", ended("read"));
        const seen = (writable: boolean) => (event: TimedEvent) =>
          event.kind === "mysqld" && event.node === injection.node && event.writable === writable;
        await expectAfter(
          cluster,
          injection,
          `${injection.node} to be seen read-only`,
          seen(false),
        );
        const writableAgain = countOf(cluster, seen(true)) + 1;
        await healed(injection);
        await writesPass(cluster);
        await expectCount(
          cluster,
          `${injection.node} to be seen writable again`,
          seen(true),
          writableAgain,
        );
      }
    },
  },
  {
    name: "connections-exhausted: new connections get error 1040, one that exists goes on",
    covers: ["connections-exhausted"],
    run: async (cluster) => {
      const full = await inject(cluster, { kind: "connections-exhausted", node: HOLDER });
      await expectAfter(
        cluster,
        full,
        "a refused login",
        (event) => isEnd(event) && event.lane === "fresh" && event.error === "ER_CON_COUNT_ERROR",
      );
      await expectAfter(
        cluster,
        full,
        "a write on a connection that was there before",
        (event) =>
          isEnd(event) &&
          event.lane === "held" &&
          event.action === "write" &&
          event.outcome === "ok",
      );
      await healed(full);
      await writesPass(cluster);
    },
  },
  {
    name: "tables-locked: writes wait for longer than clients do, reads pass; then writes pass again",
    covers: ["tables-locked"],
    run: async (cluster) => {
      const locked = await inject(cluster, { kind: "tables-locked", node: HOLDER });
      await expectAfter(
        cluster,
        locked,
        "a write that runs into its deadline",
        ended("write", "DEADLINE"),
      );
      await expectAfter(cluster, locked, "a read that passes", ended("read"));
      await healed(locked);
      await writesPass(cluster);
    },
  },
  {
    name: "replication-stopped: each thread alone and both together, and they run again after healing",
    covers: ["replication-stopped"],
    run: async (cluster) => {
      for (const thread of ["receiver", "applier", "both"] as const) {
        const stopped = await inject(cluster, {
          kind: "replication-stopped",
          node: STANDBY,
          thread,
        });
        await expectAfter(
          cluster,
          stopped,
          "the client to see it stopped",
          (event) =>
            isState(event, stopped.node) &&
            event.receiverRunning === (thread === "applier") &&
            event.applierRunning === (thread === "receiver"),
        );
        const again = await cluster.inject(`again-${thread}`, {
          kind: "replication-stopped",
          node: { name: stopped.node },
          thread,
        });
        // What is stopped already is nobody's doing.
        await confirmed(again, false);
        const stillUs = cluster.nowUs();
        await healed(stopped);
        await runsAgain(cluster, stopped.node, stillUs);
      }
    },
  },
  {
    name: "replication-delayed: the status says so, and no longer after healing",
    covers: ["replication-delayed"],
    run: async (cluster) => {
      const fault = { kind: "replication-delayed", node: STANDBY, delayUs: seconds(1) } as const;
      await healed(await inject(cluster, fault));
    },
  },
  {
    name: "replication-broken: the applier stops with error 1062, and catches up after healing",
    covers: ["replication-broken"],
    run: async (cluster) => {
      const broken = await inject(cluster, { kind: "replication-broken", node: STANDBY });
      await expectAfter(
        cluster,
        broken,
        "the client to see the error",
        (event) =>
          isState(event, broken.node) && !event.applierRunning && event.lastError.includes("1062"),
      );
      const stillUs = cluster.nowUs();
      await healed(broken);
      await runsAgain(cluster, broken.node, stillUs);
    },
  },
  {
    name: "crash-recovery-slow: the probe sees it down for longer than a start takes, and up again",
    covers: ["crash-recovery-slow"],
    run: async (cluster) => {
      // The standby's own check script would stop its keepalived; it is not what is looked at here.
      const quiet = await inject(cluster, { kind: "keepalived-stopped", node: STANDBY });
      const node = { name: quiet.node };
      const state =
        (wanted: "up" | "down") =>
        (event: TimedEvent): boolean =>
          event.kind === "mysqld" && event.node === quiet.node && event.state === wanted;
      const ups = countOf(cluster, state("up"));
      const slow = await inject(cluster, { kind: "crash-recovery-slow", node, forUs: seconds(3) });
      await expectAfter(cluster, slow, `${slow.node} to be seen down`, state("down"));
      await cluster.sleepUntil(cluster.nowUs() + seconds(2));
      if (countOf(cluster, state("up")) > ups) fail(`${slow.node} was up again too early`);
      await healed(slow);
      await expectCount(cluster, `${slow.node} to be seen up again`, state("up"), ups + 1);
      await healed(quiet);
      await settledAgain(cluster);
    },
  },
  {
    name: "semi-sync-off: the status is off and on again, and writes go on",
    covers: ["semi-sync-off"],
    world: "semi-sync",
    run: async (cluster) => {
      const off = await inject(cluster, { kind: "semi-sync-off", node: HOLDER });
      await expectAfter(cluster, off, "a write that passes", ended("write"));
      await healed(off);
      await writesPass(cluster);
    },
  },
  {
    name: "semi-synchronous replication: with the receivers stopped, a write waits for the timeout",
    covers: ["replication-stopped", "semi-sync-off"],
    world: "semi-sync",
    run: async (cluster) => {
      const stop = { kind: "replication-stopped", node: STANDBY, thread: "receiver" } as const;
      const stopped = await inject(cluster, stop);
      const waited = longestWrite(cluster);
      if (!(await cluster.until(() => longestWrite(cluster) >= ACK_TIMEOUT_US, seconds(5)))) {
        fail(`the longest write took ${waited} us`);
      }
      await healed(stopped);
    },
  },
];

/** Of the set-up `semi-sync`, less what a timer may be early. */
const ACK_TIMEOUT_US = 900_000;

type State = Extract<TimedEvent, { readonly kind: "replication" }>;

function isState(event: TimedEvent, replica: string): event is State & TimedEvent {
  return event.kind === "replication" && event.replica === replica;
}

function runsAgain(cluster: Cluster, replica: string, sinceUs: number): Promise<void> {
  return expectEvent(
    cluster,
    "the client to see both threads run again",
    (event) =>
      isState(event, replica) &&
      event.tUs > sinceUs &&
      event.receiverRunning &&
      event.applierRunning,
  );
}

type End = Extract<TimedEvent, { readonly kind: "complete" }>;

function isEnd(event: TimedEvent): event is End {
  return event.kind === "complete";
}

/** Absent: it was acknowledged. */
function ended(action: "read" | "write", error?: string): (event: TimedEvent) => boolean {
  return (event) =>
    isEnd(event) &&
    event.action === action &&
    (error === undefined ? event.outcome === "ok" : event.error === error);
}

async function writesPass(cluster: Cluster): Promise<void> {
  const nowUs = cluster.nowUs();
  for (const lane of ["fresh", "held"] as const) {
    await expectEvent(
      cluster,
      `a write on the lane ${lane}`,
      (event) => event.tUs > nowUs && isEnd(event) && event.lane === lane && ended("write")(event),
    );
  }
}

function longestWrite(cluster: Cluster): number {
  const begun = new Map(cluster.eventsOf("invoke").map((event) => [event.op, event.tUs]));
  const spans = cluster
    .eventsOf("complete")
    .filter((event) => ended("write")(event))
    .map((event) => event.tUs - (begun.get(event.op) ?? event.tUs));
  return Math.max(0, ...spans);
}
