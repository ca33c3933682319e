/**
 * A cluster in memory, for tests of what drives one. Its time is virtual: it passes only while
 * somebody waits, and what the script says will happen becomes known as its time comes.
 */
import type { Cluster, Injection } from "../backend/backend.ts";
import type { Us } from "../core/time.ts";
import type { Fault } from "../fault/fault.ts";
import type { Receipt } from "../fault/receipt.ts";
import type { EventBody, LeftoverEvent, TimedEvent, TimedEventOf } from "../history/events.ts";
import { resolvedPair } from "./topology.ts";

export const CONFIRMED: Receipt = { confirmed: true, proof: "it is gone", facts: {} };

export interface Script {
  /** Facts that come to be known at their time. */
  readonly future?: readonly TimedEvent[];
  /** What an injection leaves behind, by step; a confirmed receipt and a healing unless said. */
  readonly injections?: Readonly<Record<string, Partial<Injection>>>;
  /** Facts that follow from an injection, counted from it. */
  readonly consequences?: (step: string, fault: Fault) => readonly TimedEvent[];
  readonly leftovers?: Omit<LeftoverEvent, "kind">;
  /** The call that fails, such as `settle`. */
  readonly failsAt?: { readonly call: string; readonly error: Error };
}

export interface FakeCluster extends Cluster {
  /** What was asked of the cluster, in order, with its virtual time in seconds. */
  readonly calls: readonly string[];
}

export function fakeCluster(script: Script = {}): FakeCluster {
  const known: TimedEvent[] = [];
  const calls: string[] = [];
  let future = [...(script.future ?? [])].sort((a, b) => a.tUs - b.tUs);
  let nowUs = 0;

  const advance = (toUs: Us): void => {
    nowUs = Math.max(nowUs, toUs);
    known.push(...future.filter((fact) => fact.tUs <= nowUs));
    future = future.filter((fact) => fact.tUs > nowUs);
  };
  const called = (call: string): void => {
    calls.push(`${(nowUs / 1_000_000).toFixed(3)} ${call}`);
    if (script.failsAt?.call === call) throw script.failsAt.error;
  };
  const done = async (call: string): Promise<void> => {
    called(call);
  };

  const cluster: FakeCluster = {
    calls,
    topology: resolvedPair(),
    versions: { "db1 keepalived": "2.3.4" },
    originEpochUs: 1_795_244_414_262_325,
    nowUs: () => nowUs,
    record: (body: EventBody) => {
      known.push({ ...body, tUs: nowUs });
    },
    events: () => known,
    eventsOf: <K extends EventBody["kind"]>(kind: K) =>
      known.filter((event): event is TimedEventOf<K> => event.kind === kind),
    settle: () => done("settle"),
    startWorkload: () => done("startWorkload"),
    stopWorkload: () => done("stopWorkload"),
    inject: async (step, fault) => {
      await done(`inject ${step}`);
      const node = "db1";
      cluster.record({ kind: "fault", step, fault, node, action: "inject", edge: "begin" });
      cluster.record({ kind: "fault", step, fault, node, action: "inject", edge: "end" });
      const follows = script.consequences?.(step, fault) ?? [];
      future = [...future, ...follows.map((fact) => ({ ...fact, tUs: nowUs + fact.tUs }))].sort(
        (a, b) => a.tUs - b.tUs,
      );
      return {
        node,
        receipt: () => Promise.resolve(CONFIRMED),
        heal: async () => {
          await done(`heal ${step}`);
          return CONFIRMED;
        },
        ...script.injections?.[step],
      };
    },
    sleepUntil: (tUs) => {
      advance(tUs);
      return Promise.resolve();
    },
    until: (holds, boundUs) => {
      const endUs = nowUs + boundUs;
      while (!holds()) {
        const next = future[0]?.tUs ?? Number.POSITIVE_INFINITY;
        if (next > endUs) {
          advance(endUs);
          return Promise.resolve(holds());
        }
        advance(next);
      }
      return Promise.resolve(true);
    },
    quiesce: async () => {
      await done("quiesce");
      return true;
    },
    collect: () => done("collect"),
    dismantle: async () => {
      await done("dismantle");
      const nothing = { containers: [], networks: [], volumes: [] };
      const found: LeftoverEvent = { kind: "leftovers", ...(script.leftovers ?? nothing) };
      cluster.record(found);
      return found;
    },
    keep: async () => {
      await done("keep");
      return "docker exec -it vipdrill-abc123-db1 bash";
    },
  };
  return cluster;
}
