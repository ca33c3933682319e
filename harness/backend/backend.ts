/**
 * The port between a run and a world that can be drilled: containers or the simulator.
 *
 * `run` knows only this. Time is the world's own (`nowUs`), waiting is the world's own (`sleepUntil`,
 * `until`), so that a simulator can answer in virtual time.
 */
import type { Us } from "../core/time.ts";
import type { Capability, Fault } from "../fault/fault.ts";
import type { Receipt } from "../fault/receipt.ts";
import type { EventBody, LeftoverEvent, TimedEvent, TimedEventOf } from "../history/events.ts";
import type { ResolvedTopology } from "../topology/resolve.ts";
import type { SettlesTo } from "../topology/settles.ts";
import type { Topology } from "../topology/topology.ts";
import type { Workload } from "../workload/workload.ts";

export interface Missing {
  readonly capability: Capability;
  readonly reason: string;
}

export interface PrepareRequest {
  readonly topology: Topology;
  readonly workload: Workload;
  readonly settlesTo: SettlesTo;
  readonly runId: string;
  readonly seed: number;
  readonly image: string;
  readonly evidence: EvidenceStore;
  /** Shown to the user: what is being done or waited for. */
  readonly progress: (text: string) => void;
}

/** Evidence file with the facts in order of arrival; what is left of a run that was killed. */
export const LIVE_EVENTS = "events.jsonl";

/** Where raw evidence goes; the run directory on disk, memory in tests. */
export interface EvidenceStore {
  append(name: string, bytes: Uint8Array): void;
}

export interface Backend {
  readonly name: "docker" | "sim";
  /** True when what happens is computed, not measured: shown wherever a result is shown. */
  readonly simulated: boolean;
  /** What this world cannot do, with the reason. */
  missing(): Promise<readonly Missing[]>;
  prepare(request: PrepareRequest): Promise<Cluster>;
}

/** An applied fault. */
export interface Injection {
  /** Where it happened: a node, or `stranger`. */
  readonly node: string;
  /** The proof, which is sought from the injection on; asking waits for it, in the world's own time. */
  receipt(): Promise<Receipt>;
  /** Undoes exactly what was done. Absent when there is nothing that lasts. */
  readonly heal?: () => Promise<Receipt>;
}

export interface Cluster {
  readonly topology: ResolvedTopology;
  readonly versions: Readonly<Record<string, string>>;
  /** The zero of the history on the engine's clock, in microseconds since the epoch. */
  readonly originEpochUs: number;
  nowUs(): Us;
  record(body: EventBody): void;
  /** Everything known so far, in order of arrival. */
  events(): readonly TimedEvent[];
  eventsOf<K extends EventBody["kind"]>(kind: K): readonly TimedEventOf<K>[];
  /** Proves steady state or throws `NOT_SETTLED`, saying what was still pending. */
  settle(): Promise<void>;
  /** Resolves when clients are served; where nothing has to settle, when they have begun to try. */
  startWorkload(): Promise<void>;
  /** Stops the load and waits for what was under way. */
  stopWorkload(): Promise<void>;
  inject(step: string, fault: Fault): Promise<Injection>;
  sleepUntil(tUs: Us): Promise<void>;
  /** True as soon as the condition holds; false at the bound. */
  until(holds: () => boolean, boundUs: Us): Promise<boolean>;
  /**
   * Waits until every replica has what its source has by now, or the bound is over; records how it stands.
   * True when it has caught up everywhere.
   */
  quiesce(boundUs: Us): Promise<boolean>;
  /** Takes what can only be read while the nodes live: table copies, final addresses. */
  collect(): Promise<void>;
  /** Removes everything. Returns what is left, which should be nothing. */
  dismantle(): Promise<LeftoverEvent>;
  /** Leaves the nodes running, and says how to reach them. */
  keep(): Promise<string>;
}
